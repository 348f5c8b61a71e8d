#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes away what a deploy stands on, at points of the deploy, and asks whether the stack is whole.

  dockerd   SIGKILL to dockerd, which is then started again, as its service would be
  host      the deployer, its watcher, dockerd, containerd and every container are gone at once, with
            mounts and networks; the engine starts again; the boot unit's command runs
  disk      the filesystem of the state and of the engine's data is filled up to some free bytes, and
            has room again when the deploy has ended

Each on an engine of its own, at a seeded sample of the points of a first deploy and of an update.
Afterwards `landfast recover --all` must leave the old release or the new one, wholly: containers,
policies, networks, rows, answers, and the journal says so; then the same deploy must succeed.

  outage_test.py [dockerd|host|disk]… [--times N] [--seed S] [--borders] [--stack routed]

With --borders it is not a sample: once behind each step of the deploy, as the journal records it.

Progress goes to build/crash/outage-KIND.log. Exit 0: all whole. 77: cannot run here. 1: not.
"""
import argparse
import errno
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from matrix import First, Update
from stacks import REPO, Failure, Fixture, run
from stage import LANDFAST, Stage, await_watchers, watchers
from stores import Routed

TIMES = {"dockerd": 12, "host": 12, "disk": 8}
FREE = [0, 64 << 10, 512 << 10, 2 << 20, 4 << 20, 6 << 20, 12 << 20, 24 << 20]  # bytes left on the disk
DISK = 2 << 30  # bytes of the small filesystem, sparse: the images need most of it


class Engine:
    """An engine of its own below `root`."""

    def __init__(self, root):
        self.root = root

    def do(self, verb):
        return run(REPO / "tools/engine", verb, "--root", self.root).strip()

    def start(self):
        os.environ["DOCKER_HOST"] = self.do("start")


class Outage:
    """One kind of accident. `strike` does it while `process` deploys, and returns once all that was
    running for the deploy has ended; True where the deployer and its watcher were left to work."""

    def __init__(self, engine, stage):
        self.engine, self.stage = engine, stage

    def strike(self, process, number):
        raise NotImplementedError

    def settle(self, process):
        self.stage.finish(process)
        await_watchers(self.stage.stack.name)


class Dockerd(Outage):
    def strike(self, process, number):
        self.engine.do("kill")
        self.engine.start()
        self.settle(process)
        return True


class Host(Outage):
    def strike(self, process, number):
        for pid in [process.pid, *watchers(self.stage.stack.name)]:
            os.kill(pid, signal.SIGKILL)
        self.engine.do("power-off")
        self.stage.finish(process)
        self.engine.start()
        return False


class Disk(Outage):
    def strike(self, process, number):
        fill = self.stage.top.parent / "fill"
        self.fill_up(fill, FREE[number % len(FREE)])
        try:
            self.settle(process)
        finally:
            fill.unlink()
        return True

    @staticmethod
    def fill_up(path, left):
        """The deploy goes on meanwhile: what is free now may be taken in a moment."""
        with open(path, "wb") as file:
            while True:
                there = os.statvfs(path.parent)
                try:
                    return os.posix_fallocate(file.fileno(), 0,
                                              max(1, there.f_bavail * there.f_frsize - left))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                file.truncate(0)
                left += 64 << 10


KINDS = {"dockerd": Dockerd, "host": Host, "disk": Disk}


def deploy_until(mode, count):
    """Starts the mode's deploy; returns it once it has passed `count` points, or has ended."""
    mode.ready()
    fifo = mode.stage.top / "passed"
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    pipe = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    mode.stack.prepare(mode.stage.app, mode.version + 1)
    process = mode.stage.start(*mode.stage.deploy_words(), LANDFAST_CRASH_LOG=str(fifo))
    ended, passed = os.pidfd_open(process.pid), 0
    while passed < count:
        ready, _, _ = select.select([pipe, ended], [], [])
        if pipe not in ready:
            break
        passed += os.read(pipe, 65536).count(b"\n")
    os.close(ended)
    return process, pipe


def try_outage(outage, mode, count, number):
    """Returns how the deploy ended, the seconds of the recovery, and whether it was whole before
    anybody helped."""
    process, pipe = deploy_until(mode, count)
    try:
        left_to_work = outage.strike(process, number)
    finally:
        process.kill()  # where it has not ended, the strike has failed
        os.close(pipe)
    said = mode.stage.said
    whole = False
    if left_to_work:
        try:
            mode.check_recovered()
            whole = True
        except Failure:
            pass
    try:
        mode.stage.must(mode.stage.landfast("recover", "--all"), "recover --all")
        seconds = mode.stage.seconds
        mode.check_recovered()
        mode.finish()
    except Failure as error:
        raise Failure(f"{error}\nthe deploy had said:\n{said}") from error
    mode.stack.rows.add(mode.stage.by_service(), mode.version)
    return process.returncode, seconds, whole


def sampled(of, share, rng):
    """One in each part of the deploy."""
    return [1 + (of * n + rng.randrange(of)) // share for n in range(share)]


def borders(points):
    return [n for n, point in enumerate(points, 1) if re.fullmatch(r"record .* after", point)]


def run_kind(kind, engine, stage, options):
    rng = random.Random(options.seed)
    outage = KINDS[kind](engine, stage)
    folder = REPO / "build/crash"
    folder.mkdir(parents=True, exist_ok=True)
    failed = whole = done = 0
    slowest = 0.0
    with open(folder / f"outage-{kind}.log", "w", encoding="utf-8") as log:
        times = options.times or TIMES[kind]
        for mode, share in ((First(stage, False), times // 2), (Update(stage, False), times - times // 2)):
            mode.set_up()
            points = mode.points()
            of = len(points)
            for count in borders(points) if options.borders else sampled(of, share, rng):
                title = f"{mode.name}, after point {count} of {of}"
                done += 1
                try:
                    code, seconds, alone = try_outage(outage, mode, count, done - 1)
                    slowest, whole = max(slowest, seconds), whole + alone
                    print(f"{time.strftime('%H:%M:%S')} {title}: the deploy ended with {code}, whole"
                          f"{'' if alone else ' after recover'}, recover {seconds:.1f} s", file=log,
                          flush=True)
                except (Failure, subprocess.TimeoutExpired) as error:
                    failed += 1
                    print(f"{title}: FAILED {error}", file=log, flush=True)
                    print(f"FAILED {kind}, {title}\n    " + str(error).replace("\n", "\n    "), flush=True)
                    mode.set_up()
    alone = "" if kind == "host" else f", {whole} of them with no help"
    print(f"outage of {kind}: {done - failed} of {done} whole{alone}, slowest recovery {slowest:.1f} s",
          flush=True)
    return failed


def small_disk(top):
    """A filesystem of its own for the engine and the state."""
    image, folder = top / "image", top / "disk"
    folder.mkdir()
    with open(image, "wb") as file:
        file.truncate(DISK)
    run("mkfs.ext4", "-q", "-m", "0", image)
    run("mount", "-o", "loop", image, folder)
    return folder


def play(kind, top, options):
    """One kind on a fresh engine; returns how many failed."""
    folder = small_disk(top) if kind == "disk" else top
    engine = Engine(folder / "e")
    try:
        engine.start()
        routed = options.stack == "routed"
        for only in ("fixture", "postgres", *(["edge"] if routed else [])):
            run(REPO / "tools/images", "--only", only)
        stack = Routed("routed", f"lfo-{kind}") if routed else Fixture(f"lfo-{kind}", guest=False)
        stage = Stage(stack, folder / "stage")
        return run_kind(kind, engine, stage, options)
    except Failure as error:
        print(f"FAILED {kind}: {error}")
        return 1
    finally:
        engine.do("stop")
        if kind == "disk":
            run("umount", "-l", folder)
        shutil.rmtree(top)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], default=[])
    parser.add_argument("--times", type=int, help="accidents of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stack", choices=["fixture", "routed"], default="fixture")
    parser.add_argument("--borders", action="store_true", help="behind each step, not a sample")
    return parser.parse_args()


def main():
    options = arguments()
    if not os.access(LANDFAST, os.X_OK):
        print(f"skipped: no program at {LANDFAST}")
        return 77
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        print("skipped: an engine of its own needs root and dockerd")
        return 77
    failed = 0
    for kind in options.kinds or KINDS:
        top = Path(tempfile.mkdtemp(prefix="lfo.", dir="/tmp"))  # a short path, for the socket
        failed += play(kind, top, options)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
