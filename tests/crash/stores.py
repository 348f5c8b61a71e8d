# SPDX-License-Identifier: Apache-2.0
"""Stacks of the kill test whose data is migrated, behind a fence, in every release: MariaDB, Redis
with its append-only file, SQLite with its write-ahead log, a database beside files, PostgreSQL in a
folder of the host, PostgreSQL behind services that an edge carries. The rows and the migrations are read back out of the store itself."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zlib

from stacks import REPO, Failure, eventually, run

WRITE_SQLITE = """
import sqlite3, sys
shop = sqlite3.connect("/data/shop.db", isolation_level=None)
shop.execute("insert into kept values (?)", [int(sys.argv[1])])
"""
READ_SQLITE = """
import sqlite3
shop = sqlite3.connect("/data/shop.db")
print(*[f"k{n}" for n, in shop.execute("select n from kept order by n")])
print(*[f"m{n}" for n, in shop.execute("select version from migrated order by id")])
print(*[n for n, in shop.execute("select name from sqlite_master where name = 'half'")])
"""
READ_SQL = ("select concat('k', n) from kept order by n;"
            "select concat('m', version) from migrated order by id;"
            "select table_name from information_schema.tables where table_name = 'half'")


def inside(container, *argv, **environment):
    """What a command in the container prints, as words."""
    settings = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
    return run("docker", "exec", *settings, container["Id"], *argv).split()


class Store:
    """What users wrote, each number before a crash, and which versions have migrated it: both are
    asked for after it, and nothing of a migration that is half done may be seen."""

    def __init__(self, service):
        self.service, self.kept = service, None

    def write(self, containers, number):
        """Writes a number as a user would; raises Failure unless it was acknowledged."""
        raise NotImplementedError

    def read(self, containers):
        """Words: k and each number that was written, m and each version, in the order of then."""
        raise NotImplementedError

    def create(self, _):
        """The migration of version 1 has made its place. `kept`: what was written, by version;
        where the data goes with the version each has its own, else all have the same."""
        self.kept = {}

    def branch(self, *versions):
        """From now on the data of these versions are two: a rollback brings the other one back."""
        self.kept = {version: list(self.kept.get(None, [])) for version in versions}

    def numbers(self, version):
        if version in self.kept:
            return self.kept[version]
        return self.kept.setdefault(None, [])

    def add(self, containers, version):
        numbers = self.numbers(version)
        number = max(map(max, filter(None, self.kept.values())), default=0) + 1
        self.write(containers, number)
        numbers.append(number)

    def forget(self):
        self.kept = None

    def check(self, containers, version):
        wanted = [f"k{n}" for n in ([] if self.kept is None else self.numbers(version))]
        wanted += [f"m{n}" for n in range(1, version + 1)]
        found = eventually(lambda: self.read(containers))
        if found != wanted:
            raise Failure(f"of version {version} the data has {found}, wanted {wanted}")


class MariaDb(Store):
    def write(self, containers, number):
        inside(containers[self.service], "mariadb", "-u", "root", "shop", "-e",
               f"insert into kept values ({number})", MYSQL_PWD="kill-test")

    def read(self, containers):
        return inside(containers[self.service], "mariadb", "-u", "root", "-NB", "shop", "-e",
                      READ_SQL, MYSQL_PWD="kill-test")


class Redis(Store):
    def ask(self, containers, *words):
        return inside(containers[self.service], "redis-cli", "-e", *map(str, words))

    def write(self, containers, number):
        self.ask(containers, "rpush", "kept", number)

    def read(self, containers):
        return ([f"k{n}" for n in self.ask(containers, "lrange", "kept", 0, -1)]
                + [f"m{n}" for n in self.ask(containers, "lrange", "migrated", 0, -1)]
                + self.ask(containers, "keys", "half"))


class Sqlite(Store):
    def write(self, containers, number):
        inside(containers[self.service], "python3", "-c", WRITE_SQLITE, str(number))

    def read(self, containers):
        return inside(containers[self.service], "python3", "-c", READ_SQLITE)


class Postgres(Store):
    def psql(self, containers, statement):
        return inside(containers[self.service], "psql", "-U", "postgres", "-qAt", "-v",
                      "ON_ERROR_STOP=1", "-c", statement)

    def write(self, containers, number):
        self.psql(containers, f"insert into kept values ({number})")

    def read(self, containers):
        return self.psql(containers, READ_SQL)


class PostgresAndFiles(Postgres):
    def write(self, containers, number):
        super().write(containers, number)
        inside(containers["app"], "sh", "-c", f"echo {number} >> /uploads/kept")

    def read(self, containers):
        rows = super().read(containers)
        files = inside(containers["app"], "sh", "-c",
                       "cd /uploads; [ ! -e kept ] || sed s/^/k/ kept; sed s/^/m/ migrated; ls | grep half || :")
        if rows != files:
            raise Failure(f"the database has {rows}, the files {files}")
        return rows


class Guarded:
    """A store, a migration of it in every version, and an app that depends on it."""

    changed, one_shots, one_shots_run_again = ("app",), {"migrate"}, True
    rollback_words = ("--data",)  # each migration cuts the way back with the data of today
    policies = {"db": "always", "app": "unless-stopped", "migrate": "no"}

    def __init__(self, kind, name=None):
        self.kind, self.name = kind, name or f"landfast-kill-{kind}"
        rows, self.image, volumes = KINDS[kind]
        self.rows = rows("app" if kind == "sqlite" else "db")
        self.services = {"app"} if kind == "sqlite" else {"db", "app"}
        self.volumes = {f"{self.name}_{v}" for v in volumes}
        self.networks = {f"{self.name}_default"}

    def provide(self):
        """All its volumes are its own."""

    def was_cleared(self):
        self.rows.forget()

    def forget(self):
        """Nothing stays that clear() has not removed."""

    def prepare(self, folder, version, gate_fails=False):
        shutil.copy(REPO / f"tests/crash/stores/{self.kind}.yaml", folder / "compose.yaml")
        (folder / ".env").write_text(
            f"APP_IMAGE={self.expected_image('app', version)}\nGENERATION={version}\n")
        gate = 'x-landfast: { verify: [ { run: ["false"] } ] }\n' if gate_fails else "{}\n"
        (folder / "landfast.yaml").write_text(gate)

    def arguments(self):
        return []

    def expected_image(self, service, version):
        if service != "app":
            return self.image
        number = 2 - version % 2
        return f"imagion/app:v{number}" if self.kind == "sqlite" else f"landfast/fixture:{number}"

    def runs_version(self, container, version):
        service = container["Config"]["Labels"]["com.docker.compose.service"]
        return service != "app" or f"GENERATION={version}" in container["Config"]["Env"]

    def check_answers(self, containers, version):
        """What the store answers is what the rows are compared with."""

    @contextlib.contextmanager
    def users(self):
        """Nobody uses it but through its store."""
        yield


class Routed(Guarded):
    """Two services behind an edge: one waits while its data is migrated, one is started beside.
    People use both while things are killed, and none of their requests may fail."""

    policies = {**Guarded.policies, "app": "always", "site": "always"}

    def __init__(self, kind, name=None):
        super().__init__(kind, name)
        self.services = {"db", "app", "site"}
        self.port = 24000 + 2 * (zlib.crc32(self.name.encode()) % 3000)

    def prepare(self, folder, version, gate_fails=False):
        super().prepare(folder, version, gate_fails)
        with open(folder / ".env", "a", encoding="utf-8") as env:
            env.write(f"PORT={self.port}\nSITE_PORT={self.port + 1}\n")

    def expected_image(self, service, version):
        return super().expected_image("app" if service == "site" else service, version)

    def check_answers(self, containers, version):
        for port in (self.port, self.port + 1):
            said = eventually(lambda port=port: self.ask(containers["site"], port))
            if said != str(2 - version % 2):
                raise Failure(f"the edge answers {said} on port {port}, wanted {2 - version % 2}")

    def ask(self, container, port):
        """From inside: the ports of an engine of its own are not this host's."""
        edge = f"http://{self.name}-landfast-edge:{port}/version"
        return run("docker", "exec", container["Id"], "wget", "-qO-", edge).strip()

    @contextlib.contextmanager
    def users(self):
        program = REPO / "tests/engine/clients.py"
        reports = [REPO / "build/crash" / f"{self.name}-{port}.json" for port in (self.port, self.port + 1)]
        calm = {**os.environ, "CLIENTS_PAUSE": "0.025"}  # they shall not be what the machine is busy with
        clients = [subprocess.Popen([sys.executable, program, str(self.port + i), report], env=calm)
                   for i, report in enumerate(reports)]
        try:
            yield
        finally:
            for client in clients:
                client.send_signal(signal.SIGTERM)
            codes = [client.wait(timeout=90) for client in clients]
        if any(codes):
            raise Failure(f"requests failed: {[json.loads(r.read_text())['failed'] for r in reports]}")


KINDS = {
    "mariadb": (MariaDb, "mariadb:10", ["data"]),
    "redis": (Redis, "redis:7", ["data"]),
    "sqlite": (Sqlite, "imagion/app:v1", ["data"]),
    "files": (PostgresAndFiles, "postgres:15", ["data", "uploads"]),
    "folder": (Postgres, "postgres:15", []),
    "routed": (Postgres, "postgres:15", ["data"]),
}
