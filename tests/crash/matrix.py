# SPDX-License-Identifier: Apache-2.0
"""What is killed in the kill matrix: a first deploy, an update, a rollback, an undo."""
import contextlib
import re
import signal

from stacks import Failure
from stage import await_watchers

NO_WATCHER = {"LANDFAST_WATCHER": "off"}
WARM = 6  # deploys before an update's points are listed: then old kept images go, as they mostly do


# What these calls do leaves nothing behind: before and after them the world is the same.
LOOKS = {"container", "containers", "events", "exec", "facts", "get_archive", "image", "logs",
         "networks", "processes", "volumes", "wait_container"}


def moments(points):
    """The points by what had been asked and answered when they were passed: a kill cannot tell the
    points of one moment from each other ("record x after" and "intend y before" with nothing
    between them). Changes that are under way side by side make moments of their own."""
    found, new = [], True
    for point in points:
        call, side = point.split(" ")[0], point.rsplit(" ", 1)[1]
        changes = call not in LOOKS
        if new or (changes and side == "after"):
            found.append([])
        found[-1].append(point)
        new = changes and side == "before"
    return found


class NotReached(Exception):
    """The call of the point was not made this time: who sees first that a container is ready, the
    engine's event or our own probe, is a race."""


class Mode:
    """One row of the matrix. `strike` runs what is killed and returns its exit code; the stack was
    at `version` before it, and `finish` brings it to where the next point begins."""

    name, unkilled = "", 0

    def __init__(self, stage, warm):
        self.stage, self.stack, self.warm = stage, stage.stack, warm
        self.version = self.release = 0
        self.watching = 0.0

    def set_up(self):
        self.stage.clear()
        self.stack.provide()
        self.stage.must(self.stage.deploy(1), "the deploy of v1")
        self.version = self.release = 1
        self.stack.rows.create(self.stage.by_service())
        self.stack.rows.add(self.stage.check(1), 1)

    def ready(self):
        """Before each point."""

    def points(self):
        log = self.stage.top / "points"
        log.unlink(missing_ok=True)
        self.ready()
        base = self.stage.numbers()
        self.stage.must(self.strike(LANDFAST_CRASH_LOG=str(log)), "the run that lists the points",
                        self.unkilled)
        self.finish()
        return [self.relative(point, base) for point in log.read_text().splitlines()]

    def numbered(self, point, change):
        """`change` of each deployment's (0) or release's (1) number in a point."""
        point = re.sub(r"(\.lf-(?:was-)?)(\{[+-]?\d+\}|\d+)",
                       lambda m: m[1] + change(m[2], 0), point)
        return re.sub(rf"(landfast/{re.escape(self.stack.name)}/[\w-]+:)(\{{[+-]?\d+\}}|\d+)",
                      lambda m: m[1] + change(m[2], 1), point)

    def relative(self, point, base):
        return self.numbered(point, lambda text, kind: f"{{{int(text) - base[kind]:+d}}}")

    def absolute(self, point, base):
        return self.numbered(
            point, lambda text, kind: str(int(text[1:-1]) + base[kind]) if text[0] == "{" else text)

    def try_point(self, point, watched):
        """One kill and its recovery. Returns the seconds of the watcher and of the run after it."""
        self.ready()
        at = self.absolute(point, self.stage.numbers())
        users = self.stack.users() if self.version else contextlib.nullcontext()
        with users:
            return self.strike_and_recover(at, watched)

    def strike_and_recover(self, at, watched):
        code = self.strike(LANDFAST_CRASH_AT=at, **({} if watched else NO_WATCHER))
        if code == self.unkilled:
            self.finish()
            raise NotReached()
        self.stage.must(code, "what should be killed", -signal.SIGKILL)
        self.watching = await_watchers(self.stack.name)
        if watched:
            self.check_recovered()
        self.finish()
        self.stack.rows.add(self.stage.by_service(), self.version)
        return self.watching, self.stage.seconds

    def check_recovered(self):
        """What a watcher leaves: the old release or the new one, wholly, and the journal says so."""
        target = self.target()
        found = self.stage.version_of(self.version, target)
        if found:
            self.stage.check(found, self.checks_one_shots())
        moved = found == target and target != self.version
        self.stage.check_journal(self.release + (1 if moved else 0))

    def target(self):
        return self.version + 1

    def checks_one_shots(self):
        return True

    def arrived(self, version, release):
        self.version, self.release = version, release
        seconds = self.stage.seconds
        self.stage.check(version, self.checks_one_shots())
        self.stage.check_journal(release)
        self.stage.stack.prepare(self.stage.app, version)
        self.stage.check_settled("the deploy after all")
        self.stage.seconds = seconds


class First(Mode):
    name = "first"

    def ready(self):
        self.stage.clear()
        self.stack.provide()
        self.version = self.release = 0

    def strike(self, **crash):
        return self.stage.deploy(1, **crash)

    def finish(self):
        self.stage.must(self.stage.deploy(1), "the deploy after the kill")
        self.arrived(1, 1)
        if self.stack.rows.kept is None:
            self.stack.rows.create(self.stage.by_service())


class Update(Mode):
    name = "update"

    def set_up(self):
        super().set_up()
        while self.version < (WARM if self.warm else 1):
            self.stage.must(self.stage.deploy(self.version + 1), "a deploy before the points")
            self.version, self.release = self.version + 1, self.release + 1

    def strike(self, **crash):
        return self.stage.deploy(self.version + 1, **crash)

    def finish(self):
        self.stage.must(self.stage.deploy(self.version + 1), "the deploy after the kill")
        self.arrived(self.version + 1, self.release + 1)


class Undo(Mode):
    """A deploy whose gate fails, killed in its undo."""

    name, unkilled = "undo", 4

    def points(self):
        found = super().points()
        begin = next((i for i, p in enumerate(found) if p.startswith("set_state undoing")), None)
        if begin is None:
            raise Failure("the deploy whose gate fails was not undone")
        return found[begin:]

    def strike(self, **crash):
        return self.stage.deploy(self.version + 1, gate_fails=True, **crash)

    def target(self):
        return self.version  # it never commits

    def finish(self):
        self.stage.must(self.stage.deploy(self.version), "the deploy after the kill")
        self.arrived(self.version, self.release)


class Rollback(Mode):
    """Between version 1 and version 2, again and again."""

    name = "rollback"

    def set_up(self):
        super().set_up()
        for version in [2, 1, 2, 1, 2] if self.warm else [2]:
            self.stage.must(self.stage.deploy(version), "a deploy before the rollback")
            self.version, self.release = version, self.release + 1
        self.stack.rows.branch(1, 2)

    def strike(self, **crash):
        return self.stage.landfast("rollback", "--yes", *self.stack.rollback_words, **crash)

    def target(self):
        return 3 - self.version

    def checks_one_shots(self):
        return False  # it ran for both versions: a rollback does not run it again

    def finish(self):
        self.stage.must(self.stage.landfast("recover"), "recover")
        if self.stage.version_of(1, 2) == self.version:
            self.stage.must(self.strike(), "the rollback after the kill")
        self.arrived(self.target(), self.release + 1)


MODES = {mode.name: mode for mode in (First, Update, Rollback, Undo)}
