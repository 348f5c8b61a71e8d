# SPDX-License-Identifier: Apache-2.0
"""Brings the database to the schema of this image.

    python3 -m imagion.migrate            apply what is pending
    python3 -m imagion.migrate status     list the migrations of this image and their state
    python3 -m imagion.migrate pending    exit 0 if nothing is pending, 1 if something is

Each file of migrations/ runs once, in order, in a transaction of its own, and is noted in the table
schema_migrations with its checksum. A file whose first line is "-- migrate: no-transaction" runs
statement by statement; if it fails half-way, what was done stays done, and the next run says so.
"""

import hashlib
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from .settings import HOME, Release, required

LOCK = 0x1_A61_0D  # one migration at a time, whoever starts it
LEDGER = """CREATE TABLE IF NOT EXISTS schema_migrations (
  name       text PRIMARY KEY,
  checksum   text        NOT NULL,
  begun_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_at timestamptz
)"""


class MigrationFailed(Exception):
    pass


@dataclass(frozen=True)
class Migration:
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def transactional(self) -> bool:
        return not self.sql.startswith("-- migrate: no-transaction")

    @property
    def statements(self) -> list[str]:
        """The file's statements; in these files a statement ends with a semicolon at a line's end."""
        code = re.sub(r"^--.*\n", "", self.sql, flags=re.MULTILINE)
        return [part.strip() for part in re.split(r";\s*\n", code) if part.strip()]


def of_this_image(folder: Path = HOME / "migrations") -> list[Migration]:
    return [Migration(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql"))]


class Migrator:
    def __init__(self, url: str, migrations: list[Migration]):
        self._connection = psycopg2.connect(url, connect_timeout=10, application_name="imagion-migrate")
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        self._migrations = migrations

    def state(self) -> list[tuple[Migration, str]]:
        noted = self._noted()
        return [(migration, self._state_of(migration, noted)) for migration in self._migrations]

    def apply(self) -> int:
        self._cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        self._cursor.execute(LEDGER)
        states = self.state()
        for migration, state in states:
            if state == "changed":
                raise MigrationFailed(f"{migration.name} was applied with another content")
            if state == "unfinished":
                raise MigrationFailed(f"{migration.name} was begun before and not finished; repair by hand")
        pending = [migration for migration, state in states if state == "pending"]
        for migration in pending:
            self._run(migration)
        return len(pending)

    def close(self):
        self._connection.close()

    def _noted(self) -> dict:
        self._cursor.execute("SELECT to_regclass('schema_migrations') IS NOT NULL")
        if not self._cursor.fetchone()[0]:
            return {}
        self._cursor.execute("SELECT name, checksum, applied_at FROM schema_migrations")
        return {name: (checksum, applied_at) for name, checksum, applied_at in self._cursor}

    @staticmethod
    def _state_of(migration: Migration, noted: dict) -> str:
        if migration.name not in noted:
            return "pending"
        checksum, applied_at = noted[migration.name]
        if applied_at is None:
            return "unfinished"
        return "applied" if checksum == migration.checksum else "changed"

    def _run(self, migration: Migration):
        began = time.monotonic()
        try:
            if migration.transactional:
                self._in_one_transaction(migration)
            else:
                self._one_by_one(migration)
        except psycopg2.Error as error:
            raise MigrationFailed(f"{migration.name}: {str(error).strip()}") from error
        print(f"migrate: {migration.name} applied in {time.monotonic() - began:.3f} s", flush=True)

    def _in_one_transaction(self, migration: Migration):
        self._cursor.execute("BEGIN")
        try:
            self._cursor.execute(migration.sql)
            self._note_begun(migration)
            self._note_applied(migration)
            self._cursor.execute("COMMIT")
        except psycopg2.Error:
            if not self._connection.closed:
                self._cursor.execute("ROLLBACK")
            raise

    def _one_by_one(self, migration: Migration):
        self._note_begun(migration)
        statements = migration.statements
        for number, statement in enumerate(statements, 1):
            first_line = statement.splitlines()[0]
            print(f"migrate: {migration.name} {number} of {len(statements)}: {first_line}", flush=True)
            self._cursor.execute(statement)
        self._note_applied(migration)

    def _note_begun(self, migration: Migration):
        self._cursor.execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)",
            (migration.name, migration.checksum),
        )

    def _note_applied(self, migration: Migration):
        self._cursor.execute(
            "UPDATE schema_migrations SET applied_at = clock_timestamp() WHERE name = %s", (migration.name,)
        )


def apply_all(url: str) -> int:
    migrator = Migrator(url, of_this_image())
    try:
        return migrator.apply()
    finally:
        migrator.close()


def apply_command(url: str) -> int:
    release = Release.of_this_image()
    if release.migrates_at_start:
        print(f"migrate: {release.version} migrates when the app starts; nothing to do here")
        return 0
    count = apply_all(url)
    print("migrate: nothing pending" if count == 0 else f"migrate: {count} applied")
    return 0


def status_command(url: str) -> int:
    migrator = Migrator(url, of_this_image())
    for migration, state in migrator.state():
        print(f"{state:<10} {migration.name}")
    return 0


def pending_command(url: str) -> int:
    migrator = Migrator(url, of_this_image())
    return 1 if any(state != "applied" for _, state in migrator.state()) else 0


def main(arguments: list[str]) -> int:
    commands = {"apply": apply_command, "status": status_command, "pending": pending_command}
    name = arguments[0] if arguments else "apply"
    if len(arguments) > 1 or name not in commands:
        print("usage: python3 -m imagion.migrate [apply|status|pending]", file=sys.stderr)
        return 2
    try:
        return commands[name](required("DATABASE_URL"))
    except MigrationFailed as error:
        print(f"migrate: failed: {error}", file=sys.stderr)
        return 1
    except psycopg2.OperationalError as error:
        print(f"migrate: no database: {str(error).strip()}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
