# SPDX-License-Identifier: Apache-2.0
"""The stacks of the crash tests, and the Docker command that they are looked at with."""
import contextlib
import json
import shutil
import subprocess
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent.parent
LIMIT = 180  # seconds for one command


class Failure(Exception):
    """What was found is not what has to hold."""


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, argv))}: {done.stderr.strip()}")
    return done.stdout


def listed(*argv):
    return run(*argv).split()


def eventually(look, seconds=60):
    """What `look` returns once it finds what has to hold: after an undo and a restart of the engine
    the old containers are started again, and PostgreSQL needs a moment until it answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return look()
        except Failure:
            if time.monotonic() > deadline:
                raise


class Rows:
    """The rows that must stay: each is written before a crash, all are asked for after it."""

    def __init__(self, service, user, database):
        self.service, self.user, self.database, self.kept = service, user, database, None

    def psql(self, containers, statement):
        return run("docker", "exec", containers[self.service]["Id"], "psql", "-U", self.user, "-qAt",
                   "-v", "ON_ERROR_STOP=1", "-c", statement, self.database).strip()

    def create(self, containers):
        self.psql(containers, "create table if not exists kept (n integer); truncate kept")
        self.kept = 0

    def branch(self, *_):
        """The data stays what it is: only the release goes back."""

    def add(self, containers, _):
        self.kept += 1
        self.psql(containers, f"insert into kept values ({self.kept})")

    def forget(self):
        """Their volume is gone, on purpose."""
        self.kept = None

    def check(self, containers, _):
        if self.kept is None:
            return
        eventually(lambda: self.psql(containers, "select 1"))
        found = self.psql(containers, "select count(*), count(distinct n), max(n) from kept")
        if found != f"{self.kept}|{self.kept}|{self.kept or ''}":
            raise Failure(f"{self.kept} rows were written, PostgreSQL has {found}")


class Fixture:
    """A small stack: PostgreSQL, a one-shot, a web service and (for kills) a guest of its namespace.

    Version N runs image 1 or 2 and replaces every container of version N-1. PostgreSQL's volume is
    an external one, so that it is initialised once.
    """

    changed, rollback_words = ("web",), ()
    one_shots = {"migrate"}
    one_shots_run_again = True  # GENERATION is another one each time

    def __init__(self, name="landfast-kill", guest=True):
        self.name, self.guest = name, guest
        self.services = {"db", "web"} | ({"guest"} if guest else set())
        self.volumes = {f"{name}_data"}
        self.networks = {f"{name}_default", f"{name}_back"}
        self.rows_volume = f"{name}-rows"
        # Docker 20.10 that was killed stops what still runs when it starts again, by hand so to speak,
        # and leaves `unless-stopped` down: a stack that shall outlive dockerd says `always`.
        self.policies = {"db": "always", "web": "unless-stopped" if guest else "always",
                         "guest": "no", "migrate": "no"}
        self.rows = Rows("db", "postgres", "postgres")

    def provide(self):
        run("docker", "volume", "create", self.rows_volume)

    def users(self):
        return contextlib.nullcontext()

    def was_cleared(self):
        """The rows' volume is not the stack's own: it stays."""

    def forget(self):
        run("docker", "volume", "rm", "-f", self.rows_volume)

    def prepare(self, folder, version, gate_fails=False):
        shutil.copy(REPO / "tests/crash/fixture/compose.yaml", folder / "compose.yaml")
        (folder / ".env").write_text(
            f"WEB_IMAGE={self.image(version)}\nGENERATION={version}\n"
            f"ROWS_VOLUME={self.rows_volume}\nWEB_RESTART={self.policies['web']}\nGUEST={'false' if gate_fails else 'serve'}\n")

    def arguments(self):
        return ["--profile", "guest"] if self.guest else []

    @staticmethod
    def image(version):
        return f"landfast/fixture:{2 - version % 2}"

    def expected_image(self, service, version):
        return "postgres:15" if service == "db" else self.image(version)

    def runs_version(self, container, version):
        """Beside the image: what its environment tells."""
        service = container["Config"]["Labels"]["com.docker.compose.service"]
        return service != "db" or f"GENERATION={version}" in container["Config"]["Env"]

    def check_answers(self, containers, version):
        said = eventually(lambda: run("docker", "exec", containers["web"]["Id"], "wget", "-qO-",
                                      "http://127.0.0.1:8080/version")).strip()
        if said != str(2 - version % 2):
            raise Failure(f"web answers {said}, wanted {2 - version % 2}")


class Imagion:
    """examples/imagion: postgres, redis, an app and its migration."""

    changed, rollback_words = ("app",), ()
    one_shots_run_again = False  # versions alternate: the migration of each was done once
    one_shots = {"migrate"}
    services = {"app", "postgres", "redis"}
    policies = {"app": "unless-stopped", "postgres": "unless-stopped", "redis": "unless-stopped",
                "migrate": "no"}

    def users(self):
        return contextlib.nullcontext()

    def __init__(self, name="landfast-kill-imagion", port=38471):
        self.name, self.port = name, port
        self.volumes = {f"{name}_{v}" for v in ("postgres_data", "redis_data", "uploads")}
        self.networks = {f"{name}_internal", f"{name}_tunnel"}
        self.rows = Rows("postgres", "imagion", "imagion")

    def provide(self):
        """All its volumes are its own."""

    def was_cleared(self):
        self.rows.forget()

    def forget(self):
        """Nothing stays that clear() has not removed."""

    def prepare(self, folder, version, gate_fails=False):
        source = REPO / "examples/imagion"
        shutil.copy(source / "compose.yaml", folder / "compose.yaml")
        extra = (source / "landfast.yaml").read_text()
        if gate_fails:
            extra += ('\nx-landfast: { verify: [ { run: ["false"] } ] }\n')
        (folder / "landfast.yaml").write_text(extra)
        shutil.copytree(source / "models", folder / "models", dirs_exist_ok=True)
        (folder / ".env").write_text(
            f"IMAGE_TAG=v{2 - version % 2}\nPOSTGRES_PASSWORD=kill-test\n"
            "REDIS_PASSWORD=kill-test\nJWT_SECRET=kill-test-kill-test-kill-test-kill\n"
            f"APP_PORT={self.port}\n")

    def arguments(self):
        return ["--profile", "migration"]

    def expected_image(self, service, version):
        return {"postgres": "postgres:15", "redis": "redis:7"}.get(
            service, f"imagion/app:v{2 - version % 2}")

    def runs_version(self, container, version):
        return True

    def check_answers(self, containers, version):
        said = eventually(lambda: run("docker", "exec", containers["app"]["Id"], "curl", "-fsS",
                                      "http://127.0.0.1:3000/api/health"))
        if json.loads(said).get("status") != "ok":
            raise Failure(f"the app answers {said}")
