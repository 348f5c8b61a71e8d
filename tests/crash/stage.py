# SPDX-License-Identifier: Apache-2.0
"""One stack on the engine: what the crash tests do with it, and what has to hold of it."""
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from stacks import LIMIT, REPO, Failure, listed, run

LANDFAST = os.environ.get("LANDFAST_BIN", str(REPO / "build/dev/landfast"))
WATCHER_LIMIT = 150  # seconds for one recovery: the watcher gives an engine two minutes


class Stage:
    """A stack with a state folder and a project folder of its own, below `top`."""

    def __init__(self, stack, top=None):
        self.stack = stack
        self.label = f"label=com.docker.compose.project={stack.name}"
        self.top = Path(top or tempfile.mkdtemp(prefix="landfast-kill."))
        self.app = self.top / "app"
        self.seconds, self.said = 0.0, ""

    def clear(self):
        """Nothing of the stack is left but the rows' volume of a fixture."""
        ids = set(listed("docker", "ps", "-aq", "--filter", self.label)) | set(
            listed("docker", "ps", "-aq", "--filter", f"label=landfast.stack={self.stack.name}"))
        edges, edge_networks = self.edges()
        ids |= set(edges)
        networks = self.owned_networks(ids=True) + self.fences("{{.ID}}") + edge_networks
        volumes = self.owned_volumes() | {aside["Name"] for aside in self.asides()}
        for found, verb in ((ids, ("rm", "-fv")), (volumes, ("volume", "rm"))):
            if found:
                run("docker", *verb, *found)
        for network in networks:
            self.remove_network(network)
        self.stack.was_cleared()
        for folder in ("app", "state"):
            shutil.rmtree(self.top / folder, ignore_errors=True)
        self.app.mkdir(parents=True)

    @staticmethod
    def remove_network(network):
        """The engine may count containers in it that are gone (src/port/engine.h): then it stays."""
        try:
            run("docker", "network", "rm", network)
        except Failure as error:
            members = run("docker", "network", "inspect", "--format", "{{len .Containers}}", network)
            if "has active endpoints" not in str(error) or members.strip() != "0":
                raise
            print(f"miscounted by the engine, and left: {network}", flush=True)

    def remove(self):
        self.clear()
        self.stack.forget()
        tags = listed("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}",
                      f"landfast/{self.stack.name}/*")
        if tags:
            run("docker", "rmi", *tags)
        shutil.rmtree(self.top, ignore_errors=True)

    # --- acting

    def environment(self, **more):
        return {**os.environ, "LANDFAST_STATE_DIR": str(self.top / "state"),
                "COMPOSE_PROJECT_NAME": self.stack.name, **more}

    def start(self, *words, **crash):
        return subprocess.Popen([LANDFAST, *words], cwd=self.app, env=self.environment(**crash),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def finish(self, process):
        """Its exit code; what it said is kept."""
        try:
            self.said, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            self.said, _ = process.communicate()
            raise Failure(f"no end within {LIMIT} s:\n{self.said}") from None
        return process.returncode

    def landfast(self, *words, **crash):
        began = time.monotonic()
        code = self.finish(self.start(*words, **crash))
        self.seconds = time.monotonic() - began
        return code

    def deploy_words(self):
        return ("deploy", "--yes", *self.stack.arguments())

    def deploy(self, version, gate_fails=False, **crash):
        self.stack.prepare(self.app, version, gate_fails)
        return self.landfast(*self.deploy_words(), **crash)

    def must(self, code, what, wanted=0):
        if code != wanted:
            raise Failure(f"{what} ended with {code}, not {wanted}:\n{self.said}")

    # --- asking

    def owned_volumes(self):
        named = listed("docker", "volume", "ls", "-q", "--filter", f"name=^{self.stack.name}_")
        return set(named) | set(listed("docker", "volume", "ls", "-q", "--filter", self.label))

    def owned_networks(self, ids=False):
        form = "{{.ID}}" if ids else "{{.Name}}"
        return listed("docker", "network", "ls", "--filter", self.label, "--format", form)

    def fences(self, form="{{.Name}}"):
        return listed("docker", "network", "ls", "--format", form, "--filter",
                      f"label=landfast.stack={self.stack.name}", "--filter", "label=landfast.role=fence")

    def edges(self):
        """Networks and containers of an edge of the stack's own."""
        own = f"label=landfast.edge={self.stack.name}-landfast-edge"
        return (listed("docker", "ps", "-aq", "--filter", own),
                listed("docker", "network", "ls", "-q", "--filter", own)
                + listed("docker", "network", "ls", "-q", "--filter", "label=landfast.role=edge",
                         "--filter", f"label=landfast.stack={self.stack.name}"))

    def asides(self):
        """The volumes that were set aside: what inspect tells of each."""
        names = listed("docker", "volume", "ls", "-q", "--filter", "label=landfast.of", "--filter",
                       f"label=landfast.stack={self.stack.name}")
        return json.loads(run("docker", "volume", "inspect", *names)) if names else []

    def containers(self):
        ids = listed("docker", "ps", "-aq", "--filter", self.label)
        return json.loads(run("docker", "inspect", *ids)) if ids else []

    def by_service(self):
        found = {}
        for c in self.containers():
            service = c["Config"]["Labels"].get("com.docker.compose.service", "?")
            if service in found:
                raise Failure(f"two containers of {service}: {found[service]['Name']} and {c['Name']}")
            found[service] = c
        return found

    def picture(self):
        return sorted((c["Name"], c["Id"], c["State"]["StartedAt"]) for c in self.containers())

    def history(self):
        """Its deployments, the newest first."""
        done = subprocess.run([LANDFAST, "history", "--json", "-p", self.stack.name], cwd=self.app,
                              env=self.environment(), capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 0:  # nothing was ever begun
            return []
        return json.loads(done.stdout.splitlines()[-1])["deployments"]

    def numbers(self):
        """The number of the newest deployment and of the newest release; 0 for none."""
        deployments = self.history()
        releases = [d["release"] for d in deployments if d.get("release")]
        return (deployments[0]["deployment"] if deployments else 0, max(releases, default=0))

    # --- what has to hold

    def version_of(self, *versions):
        """Which of these versions the stack runs, wholly; 0: nothing is there at all."""
        found = self.by_service()
        if not found:
            self.check_set_aside()
            if self.owned_networks() or self.owned_volumes() or any(self.edges()):
                raise Failure(f"left over: {self.owned_networks()} {self.owned_volumes()} {self.edges()}")
            return 0
        mark = found.get(self.stack.changed[0])
        for version in versions:
            image = self.image_id(self.stack.expected_image(self.stack.changed[0], version))
            if mark and mark["Image"] == image:
                return version
        raise Failure(f"there are only {sorted(c['Name'] for c in found.values())}")

    def check(self, version, one_shot_image=True):
        """Raises Failure where the stack is not exactly what a deploy of `version` leaves."""
        found = self.by_service()
        wanted = self.stack.services | self.stack.one_shots
        if set(found) != wanted:
            raise Failure(f"services are {sorted(found)}, wanted {sorted(wanted)}")
        for service, c in found.items():
            self.check_container(service, c, version, one_shot_image)
        networks = self.owned_networks()
        if set(networks) != self.stack.networks or len(networks) != len(self.stack.networks):
            raise Failure(f"networks are {networks}")
        if not self.stack.volumes <= self.owned_volumes():
            raise Failure(f"volumes are {self.owned_volumes()}")
        self.check_set_aside()
        self.stack.check_answers(found, version)
        self.stack.rows.check(found, version)
        return found

    def check_set_aside(self):
        """Fences and copies are those of committed deployments, and all copies are held; of folders
        set aside, and containers of Landfast's own, nothing else is."""
        committed = {str(d["deployment"]) for d in self.history() if d["state"] == "committed"}
        for fence in self.fences():
            if fence.rsplit(".lf-", 1)[-1] not in committed:
                raise Failure(f"the network {fence} is left over")
        asides = self.asides()
        names = {aside["Name"] for aside in asides}
        places = [aside["Labels"]["landfast.of"] for aside in asides]
        if len(places) != len(set(places)):
            raise Failure(f"set aside twice: {sorted(names)}")
        if any(aside["Labels"]["landfast.deployment"] not in committed for aside in asides):
            raise Failure(f"set aside are {sorted(names)}; committed: {sorted(committed)}")
        folders = {(aside.get("Options") or {}).get("device") for aside in asides} - {None}
        if {str(path) for path in self.app.glob("*.lf-*")} != folders:
            raise Failure(f"folders are {sorted(self.app.glob('*.lf-*'))}, set aside {folders}")
        self.check_keeper(names)

    def check_keeper(self, asides):
        ours = f"label=landfast.stack={self.stack.name}"
        own = listed("docker", "ps", "-a", "--format", "{{.Names}}", "--filter", ours)
        keepers = listed("docker", "ps", "-a", "--format", "{{.Names}}", "--filter", ours,
                         "--filter", "label=landfast.role=keep")
        if any("-landfast-" in name for name in set(own) - set(keepers)):
            raise Failure(f"containers of landfast's own: {own}")
        # Two, where the engine came to the new one only after the kill, as good as one.
        inspected = json.loads(run("docker", "inspect", *keepers)) if keepers else []
        held = {mount.get("Name") for keeper in inspected for mount in keeper["Mounts"]}
        if asides - held:
            raise Failure(f"{keepers} hold {sorted(map(str, held))}, not all of {sorted(asides)}")

    def check_container(self, service, c, version, one_shot_image):
        name, state = c["Name"].lstrip("/"), c["State"]
        if name != f"{self.stack.name}-{service}-1":
            raise Failure(f"{service} is called {name}")
        once = service in self.stack.one_shots
        if state["Status"] != ("exited" if once else "running") or state["ExitCode"] != 0:
            raise Failure(f"{name} is {state['Status']}, exit code {state['ExitCode']}")
        if not once and (state.get("Health") or {}).get("Status") == "unhealthy":
            raise Failure(f"{name} is unhealthy")
        policy = c["HostConfig"]["RestartPolicy"]["Name"] or "no"
        if policy != self.stack.policies[service]:
            raise Failure(f"{name} has restart policy {policy}")
        if once and not (one_shot_image and self.stack.one_shots_run_again):
            return
        image = self.stack.expected_image(service, version)
        if c["Image"] != self.image_id(image) or not self.stack.runs_version(c, version):
            raise Failure(f"{name} is not that of version {version}")

    def image_id(self, reference):
        return run("docker", "image", "inspect", "-f", "{{.Id}}", reference).strip()

    def check_journal(self, release):
        """The newest deployment has ended, and `release` is the newest release; 0: there is none."""
        deployments = self.history()
        if deployments and deployments[0]["state"] not in ("committed", "undone"):
            raise Failure(f"the journal has {deployments[0]['state']} as the last state")
        if self.numbers()[1] != release:
            raise Failure(f"the journal's newest release is {self.numbers()[1]}, not {release}")

    def check_settled(self, what):
        """A deploy of what the folder says now has nothing to do."""
        before, told = self.picture(), self.said
        self.must(self.landfast(*self.deploy_words()), what)
        if self.picture() != before:
            raise Failure(f"{what} still had something to do\nthe one before said:\n{told}\n"
                          f"it said:\n{self.said}")


def watchers(name):
    """The pids of the stack's watchers."""
    wanted = [b"watcher", b"-p", name.encode()]
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if line.read_bytes().rstrip(b"\0").split(b"\0")[1:] == wanted:
                found.append(int(line.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def await_watchers(name):
    """Returns the seconds until the last watcher has ended."""
    began = time.monotonic()
    for pid in watchers(name):
        try:
            ended = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ready, _, _ = select.select([ended], [], [], WATCHER_LIMIT)
        os.close(ended)
        if not ready:
            raise Failure(f"the watcher {pid} still works after {WATCHER_LIMIT} s")
    return time.monotonic() - began
