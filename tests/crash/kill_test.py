#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills `landfast` with SIGKILL at its own points and asks whether the stack is whole again.

A point is "CALL TARGET before|after" (src/app/crash_points.h): the program lists the points that it
passes with LANDFAST_CRASH_LOG, and dies at one with LANDFAST_CRASH_AT. Four runs are killed: a first
deploy, an update, a rollback, and a deploy whose gate fails, in its undo. At every other point the
watcher is left to work: it alone must leave the old release or the new one, whole, with all rows of
its database, and the journal must say so; at the others there is none (LANDFAST_WATCHER=off). Then
the same command must end with 0 and leave exactly the wanted containers, names, policies, networks,
volumes and rows, no fence and no copy that is not of a committed deployment, and no work for another one.

  kill_test.py [--stack KIND] [--points N | --calls CALL…] [--seed S] [--only MODE…] [--at POINT]
               [--every] [--name STACK] [--keep]

KIND: fixture (the default), imagion, or a store that is migrated behind a fence in every release:
mariadb, redis, sqlite, files, folder (stores.py); or routed, behind an edge.
LANDFAST_TEST_ALL=1 takes a point of every moment (matrix.py), --every each single point; else a
seeded sample of 2 of each mode. Of another stack than the fixture it is always a sample, of 6, or
every moment around one of the CALLs.
Progress goes to build/crash/STACK-MODE.log. Exit 0: all converged. 77: no engine or program. 1: not.
"""
import argparse
import fcntl
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from matrix import MODES, NotReached, moments
from stacks import REPO, Failure, Fixture, Imagion
from stage import LANDFAST, Stage
from stores import KINDS, Guarded, Routed

IMAGES = {"imagion": ("postgres", "redis", "app"), "mariadb": ("fixture", "mariadb"),
          "redis": ("fixture", "redis"), "sqlite": ("app",), "routed": ("fixture", "postgres", "edge")}
TRIES = 3  # for a point that is not passed in every run


class Tally:
    """What came of the points of one mode, told as it goes."""

    def __init__(self, title, chosen, moments, of):
        self.title, self.chosen, self.moments, self.of = title, chosen, moments, of
        self.good = self.failed = self.not_reached = 0
        self.watcher = self.after = 0.0
        folder = REPO / "build/crash"
        folder.mkdir(parents=True, exist_ok=True)
        self.log = open(folder / f"{title.replace(', ', '-')}.log", "w", encoding="utf-8")

    def note(self, point, text):
        done = self.good + self.failed + self.not_reached
        print(f"{time.strftime('%H:%M:%S')} {done}/{self.chosen} {point}: {text}", file=self.log,
              flush=True)

    def passed(self, point, watching, seconds):
        self.good += 1
        self.watcher, self.after = max(self.watcher, watching), max(self.after, seconds)
        self.note(point, f"watcher {watching:.1f} s, then {seconds:.1f} s")

    def broke(self, point, error):
        self.failed += 1
        self.note(point, f"FAILED {error}")
        print(f"FAILED {self.title}: {point}\n    " + str(error).replace("\n", "\n    "), flush=True)

    def missed(self, point):
        self.not_reached += 1
        self.note(point, "not reached")

    def end(self):
        """Returns how many count as failed: so many points cannot all be races."""
        reached = self.chosen - self.not_reached
        print(f"{self.title}: {self.good} of {reached} converged, {self.of} points in {self.moments} "
              f"moments, {self.not_reached} chosen but not passed again, slowest watcher {self.watcher:.1f} s, "
              f"slowest run after a kill {self.after:.1f} s", flush=True)
        too_many = self.not_reached > max(2, self.chosen // 10)
        return self.failed + (self.not_reached if too_many else 0)


def sample(points, options, rng):
    if options.every:
        return points
    if options.calls:
        return [rng.choice(moment) for moment in moments(points)
                if any(point.split(" ")[0] in options.calls for point in moment)]
    chosen = [rng.choice(moment) for moment in moments(points)]
    if options.points is None or options.points >= len(chosen):
        return chosen
    return sorted(rng.sample(chosen, options.points), key=points.index)


def strike(mode, point, watched):
    for _ in range(TRIES):
        try:
            return mode.try_point(point, watched)
        except NotReached:
            continue
    return None


def run_mode(mode, options, rng):
    mode.set_up()
    points = mode.points()
    if not points:
        raise Failure("the program passes no points: LANDFAST_CRASH_LOG is not wired")
    chosen = [options.at] if options.at else sample(points, options, rng)
    tally = Tally(f"{mode.stack.name}, {mode.name}", len(chosen), len(moments(points)), len(points))
    for number, point in enumerate(chosen):
        try:
            took = strike(mode, point, watched=number % 2 == 0)
            if took:
                tally.passed(point, *took)
            else:
                tally.missed(point)
        except (Failure, subprocess.TimeoutExpired) as error:
            tally.broke(point, error)
            if options.keep:
                sys.exit(f"kept: {mode.stage.top}")
            mode.set_up()
    return tally.end()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stack", choices=["fixture", "imagion", *KINDS], default="fixture")
    parser.add_argument("--points", type=int, help="points per mode, sampled")
    parser.add_argument("--calls", nargs="+", metavar="CALL", help="every moment around one of these")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=MODES, nargs="+", default=list(MODES))
    parser.add_argument("--every", action="store_true", help="each point, not one of each moment")
    parser.add_argument("--at", help="one point, as the log writes it")
    parser.add_argument("--name", help="another name for the stack, to run side by side")
    parser.add_argument("--keep", action="store_true", help="stop at the first failure, keep all")
    options = parser.parse_args()
    options.all = os.environ.get("LANDFAST_TEST_ALL") == "1"
    options.small = options.stack == "fixture"
    options.warm = options.all and options.stack in ("fixture", "imagion")
    if options.points is None and not (options.small and options.all):
        options.points = 2 if options.small else 6
    return options


def stack_of(options):
    named = [options.name] if options.name else []
    if options.stack in KINDS:
        return (Routed if options.stack == "routed" else Guarded)(options.stack, *named)
    return (Imagion if options.stack == "imagion" else Fixture)(*named)


def missing():
    if not os.access(LANDFAST, os.X_OK):
        return f"no program at {LANDFAST}"
    if subprocess.run(["docker", "version"], capture_output=True).returncode != 0:
        return "no Docker engine answers"
    return None


def main():
    options = arguments()
    if reason := missing():
        print(f"skipped: {reason}")
        return 77
    for only in IMAGES.get(options.stack, ("fixture", "postgres")):
        subprocess.run([REPO / "tools/images", "--only", only], stdout=subprocess.DEVNULL, check=True)
    stack = stack_of(options)
    engine = hashlib.sha256(os.environ.get("DOCKER_HOST", "").encode()).hexdigest()[:8]
    lock = open(Path(tempfile.gettempdir()) / f"{stack.name}-{engine}.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # the points carry the stack's name: one run at a time
    stage, rng = Stage(stack), random.Random(options.seed)
    failed = 0
    try:
        for name in options.only:
            failed += run_mode(MODES[name](stage, warm=options.warm), options, rng)
        stage.remove()
    except Failure as error:
        print(f"FAILED: {error}")
        failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
