#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills `landfast deploy` with SIGKILL at its own points and asks whether the stack is whole again.

A point is "CALL TARGET before|after" (src/app/crash_points.h): the program lists the points that it
passes with LANDFAST_CRASH_LOG, and dies at one with LANDFAST_CRASH_AT. For each point: a fresh stack
(first deploy) or one at v1 (update), and a deploy that is killed. At every other point its watcher is
left to work: it alone must leave the old release or the new one, whole; at the others there is none
(LANDFAST_WATCHER=off). Then a deploy that must end with 0 and leave exactly the wanted containers,
names, policies, networks and volumes, and no work for a third.

  kill_test.py [--points N] [--seed S] [--only first|update] [--at POINT] [--imagion] [--keep]

LANDFAST_TEST_ALL=1 takes every point; else a seeded sample of 12 (with --imagion 40).
Exit 0: all converged. 77: no engine or no program. 1: not.
"""
import argparse
import fcntl
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
LANDFAST = os.environ.get("LANDFAST_BIN", str(REPO / "build/dev/landfast"))
LIMIT = 180  # seconds for one deploy
WATCHER_LIMIT = 60  # seconds for one recovery
NO_WATCHER = {"LANDFAST_WATCHER": "off"}


class Fixture:
    """A small stack: a store, a one-shot, a web service and a guest of its namespace."""

    name = "landfast-kill"
    one_shots = {"migrate"}
    services = {"db", "web", "guest"}
    volumes = {"landfast-kill_data"}
    networks = {"landfast-kill_default", "landfast-kill_back"}
    images = {1: "landfast/fixture:1", 2: "landfast/fixture:2"}
    policies = {"db": "always", "web": "unless-stopped", "guest": "no", "migrate": "no"}
    changed = {"web", "guest", "migrate"}  # what the update replaces

    def prepare(self, folder, version):
        shutil.copy(REPO / "tests/crash/fixture/compose.yaml", folder / "compose.yaml")
        (folder / ".env").write_text(f"WEB_IMAGE={self.images[version]}\n")

    def arguments(self):
        return []

    def mark_data(self, containers):
        run("docker", "exec", containers["db"]["Id"], "sh", "-c", "echo precious > /data/mark")

    def data_is_intact(self, containers):
        return run("docker", "exec", containers["db"]["Id"], "cat", "/data/mark") == "precious\n"

    def expected_image(self, service, version):
        return self.images[1 if service == "db" else version]


class Imagion:
    """examples/imagion: postgres, redis, an app and its migration."""

    name = "landfast-kill-imagion"
    one_shots = {"migrate"}
    services = {"app", "postgres", "redis"}
    volumes = {f"landfast-kill-imagion_{v}" for v in ("postgres_data", "redis_data", "uploads")}
    networks = {"landfast-kill-imagion_internal", "landfast-kill-imagion_tunnel"}
    policies = {"app": "unless-stopped", "postgres": "unless-stopped", "redis": "unless-stopped",
                "migrate": "no"}
    changed = {"app", "migrate"}

    def prepare(self, folder, version):
        source = REPO / "examples/imagion"
        for item in ("compose.yaml", "landfast.yaml"):
            if (source / item).exists():
                shutil.copy(source / item, folder / item)
        shutil.copytree(source / "models", folder / "models", dirs_exist_ok=True)
        (folder / ".env").write_text(
            f"IMAGE_TAG=v{version}\nPOSTGRES_PASSWORD=kill-test\nREDIS_PASSWORD=kill-test\n"
            "JWT_SECRET=kill-test-kill-test-kill-test-kill\nAPP_PORT=38471\n")

    def arguments(self):
        return ["--profile", "migration"]

    def mark_data(self, containers):
        self.psql(containers, "create table mark (word text); insert into mark values ('precious')")

    def data_is_intact(self, containers):
        return self.psql(containers, "select word from mark").strip() == "precious"

    def psql(self, containers, statement):
        return run("docker", "exec", containers["postgres"]["Id"], "psql", "-U", "imagion", "-At",
                   "-c", statement, "imagion")

    def expected_image(self, service, version):
        return {"postgres": "postgres:15", "redis": "redis:7"}.get(service,
                                                                    f"imagion/app:v{version}")


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def listed(*argv):
    return run(*argv).split()


class Failure(Exception):
    pass


class Stage:
    """One stack on the engine, with a state folder and a project folder of its own."""

    def __init__(self, stack):
        self.stack = stack
        self.label = f"label=com.docker.compose.project={stack.name}"
        self.top = Path(tempfile.mkdtemp(prefix="landfast-kill."))
        self.app = self.top / "app"

    def clear(self):
        keep = listed("docker", "ps", "-aq", "--filter", f"label=landfast.stack={self.stack.name}")
        for ids, verb in ((listed("docker", "ps", "-aq", "--filter", self.label), ("rm", "-fv")),
                          (keep, ("rm", "-fv")),
                          (self.owned_networks(ids=True), ("network", "rm")),
                          (self.owned_volumes(), ("volume", "rm"))):
            if ids:
                run("docker", *verb, *ids)
        shutil.rmtree(self.top, ignore_errors=True)
        self.app.mkdir(parents=True)

    def owned_volumes(self):
        named = listed("docker", "volume", "ls", "-q", "--filter", f"name=^{self.stack.name}_")
        return set(named) | set(listed("docker", "volume", "ls", "-q", "--filter", self.label))

    def owned_networks(self, ids=False):
        form = "{{.ID}}" if ids else "{{.Name}}"
        return listed("docker", "network", "ls", "--filter", self.label, "--format", form)

    def deploy(self, version, **crash):
        self.stack.prepare(self.app, version)
        environment = {**os.environ, "LANDFAST_STATE_DIR": str(self.top / "state"),
                       "COMPOSE_PROJECT_NAME": self.stack.name, **crash}
        began = time.monotonic()
        done = subprocess.run([LANDFAST, "deploy", "--yes", *self.stack.arguments()], cwd=self.app,
                              env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=LIMIT)
        self.seconds = time.monotonic() - began
        self.said = done.stdout + done.stderr
        return done.returncode

    def must_deploy(self, version, what):
        code = self.deploy(version)
        if code != 0:
            raise Failure(f"{what} ended with {code}:\n{self.said}")

    def points(self, version):
        log = self.top / "points"
        if self.deploy(version, LANDFAST_CRASH_LOG=str(log)) != 0:
            raise Failure(f"the deploy that lists the points failed:\n{self.said}")
        return log.read_text().splitlines() if log.exists() else []

    def containers(self):
        ids = listed("docker", "ps", "-aq", "--filter", self.label)
        return json.loads(run("docker", "inspect", *ids)) if ids else []

    def check(self, version):
        """Raises Failure where the stack is not exactly what a deploy of `version` leaves."""
        by_service = {}
        for c in self.containers():
            service = c["Config"]["Labels"].get("com.docker.compose.service", "?")
            if service in by_service:
                raise Failure(f"two containers of {service}: {by_service[service]['Name']} and "
                              f"{c['Name']}")
            by_service[service] = c
        wanted = self.stack.services | self.stack.one_shots
        if set(by_service) != wanted:
            raise Failure(f"services are {sorted(by_service)}, wanted {sorted(wanted)}")
        for service, c in by_service.items():
            self.check_container(service, c, version)
        if set(self.owned_networks()) != self.stack.networks:
            raise Failure(f"networks are {self.owned_networks()}")
        if len(self.owned_networks()) != len(self.stack.networks):
            raise Failure(f"a network twice: {self.owned_networks()}")
        if not self.stack.volumes <= self.owned_volumes():
            raise Failure(f"volumes are {self.owned_volumes()}")
        return by_service

    def check_container(self, service, c, version):
        name, state = c["Name"].lstrip("/"), c["State"]
        if name != f"{self.stack.name}-{service}-1":
            raise Failure(f"{service} is called {name}")
        once = service in self.stack.one_shots
        if state["Status"] != ("exited" if once else "running") or state["ExitCode"] != 0:
            raise Failure(f"{name} is {state['Status']}, exit code {state['ExitCode']}")
        if not once and state.get("Health", {}).get("Status") == "unhealthy":
            raise Failure(f"{name} is unhealthy")
        policy = c["HostConfig"]["RestartPolicy"]["Name"] or "no"
        if policy != self.stack.policies[service]:
            raise Failure(f"{name} has restart policy {policy}")
        image = self.stack.expected_image(service, version)
        if c["Image"] != run("docker", "image", "inspect", "-f", "{{.Id}}", image).strip():
            raise Failure(f"{name} does not run {image}")

    def picture(self):
        return sorted((c["Name"], c["Id"], c["State"]["StartedAt"]) for c in self.containers())


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


def check_whole(stage, mode, version):
    """What a watcher leaves: the old release or the new one, wholly."""
    images = {c["Config"]["Image"] for c in stage.containers()
              if c["Config"]["Labels"].get("com.docker.compose.service") in stage.stack.changed}
    if mode == "first" and not images:
        if stage.containers() or stage.owned_networks() or stage.owned_volumes():
            raise Failure("the watcher left something of a first deploy")
        return
    new = images == {stage.stack.expected_image(next(iter(stage.stack.changed)), version)}
    containers = stage.check(version if new else 1)
    if mode == "update" and not stage.stack.data_is_intact(containers):
        raise Failure("the data is not what it was when the watcher was done")


def try_point(stage, mode, point, watched):
    """One kill and its recovery. Returns the seconds of the watcher and of the deploy after it."""
    stage.clear()
    if mode == "update":
        stage.must_deploy(1, "the deploy of v1")
        stage.stack.mark_data(stage.check(1))
    version = 2 if mode == "update" else 1
    code = stage.deploy(version, LANDFAST_CRASH_AT=point, **({} if watched else NO_WATCHER))
    if code != -signal.SIGKILL:
        raise Failure(f"was not killed: ended with {code}\n{stage.said}")
    watching = await_watchers(stage.stack.name)
    if watched:
        check_whole(stage, mode, version)
    stage.must_deploy(version, "the deploy after the kill")
    seconds, told = stage.seconds, stage.said
    containers = stage.check(version)
    if mode == "update" and not stage.stack.data_is_intact(containers):
        raise Failure("the data is not what it was")
    before = stage.picture()
    stage.must_deploy(version, "the third deploy")
    if stage.picture() != before:
        raise Failure(f"the third deploy still had something to do\nthe second said:\n{told}\n"
                      f"the third said:\n{stage.said}")
    return watching, seconds


def list_points(stage, mode):
    stage.clear()
    if mode == "update":
        stage.must_deploy(1, "the deploy of v1")
    return stage.points(2 if mode == "update" else 1)


def sample(points, count, rng):
    return points if count is None or count >= len(points) else sorted(
        rng.sample(points, count), key=points.index)


def run_mode(stage, mode, options, rng):
    points = list_points(stage, mode)
    if not points:
        raise Failure("the program passes no points: LANDFAST_CRASH_LOG is not wired")
    chosen = [options.at] if options.at else sample(points, options.points, rng)
    failed, slowest, slowest_watcher = [], 0.0, 0.0
    for number, point in enumerate(chosen):
        try:
            watching, seconds = try_point(stage, mode, point, watched=number % 2 == 0)
            slowest, slowest_watcher = max(slowest, seconds), max(slowest_watcher, watching)
        except (Failure, RuntimeError, subprocess.TimeoutExpired) as error:
            failed.append(point)
            print(f"FAILED {mode}: {point}\n    " + str(error).replace("\n", "\n    "), flush=True)
            if options.keep:
                sys.exit(f"kept: {stage.top}")
    good = len(chosen) - len(failed)
    print(f"{stage.stack.name}, {mode}: {good} of {len(chosen)} converged, {len(points)} points, "
          f"slowest watcher {slowest_watcher:.1f} s, slowest deploy after a kill {slowest:.1f} s",
          flush=True)
    return len(failed)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, help="points per mode, sampled")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("first", "update"))
    parser.add_argument("--at", help="one point")
    parser.add_argument("--imagion", action="store_true")
    parser.add_argument("--keep", action="store_true", help="stop at the first failure, keep all")
    options = parser.parse_args()
    if options.points is None and os.environ.get("LANDFAST_TEST_ALL") != "1":
        options.points = 20 if options.imagion else 6  # of each of the two modes
    if options.imagion and options.points is None:
        options.points = 20
    return options


def main():
    options = arguments()
    if not os.access(LANDFAST, os.X_OK):
        print(f"skipped: no program at {LANDFAST}")
        return 77
    if subprocess.run(["docker", "version"], capture_output=True).returncode != 0:
        print("skipped: no Docker engine answers")
        return 77
    only = "app" if options.imagion else "fixture"
    subprocess.run([REPO / "tools/images", "--only", only], stdout=subprocess.DEVNULL, check=True)
    stack = Imagion() if options.imagion else Fixture()
    lock = open(Path(tempfile.gettempdir()) / f"{stack.name}.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # the points carry the stack's name: one run at a time
    stage, rng = Stage(stack), random.Random(options.seed)
    failed = 0
    try:
        for mode in [options.only] if options.only else ["first", "update"]:
            failed += run_mode(stage, mode, options, rng)
        stage.clear()
    except Failure as error:
        print(f"FAILED: {error}")
        failed += 1
    shutil.rmtree(stage.top, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
