# SPDX-License-Identifier: Apache-2.0
"""The floor: what this stack takes when nobody waits for anything but the programs' own start.

The engine calls of the critical path, made as early as they can be and at the same time, with each
program asked every 10 ms whether it answers. No health checks, no plan, no journal, no comparison.
"""

import http.client
import json
import os
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

POLL = 0.01
LIMIT = 60
PROJECT = "landfast-five"
LABELS = {"com.docker.compose.project": PROJECT}
DATABASE = "DATABASE_URL=postgresql://imagion:bench@postgres:5432/imagion"

CONTAINERS = {
    "postgres": {
        "Image": "postgres:15",
        "Env": ["POSTGRES_USER=imagion", "POSTGRES_PASSWORD=bench", "POSTGRES_DB=imagion"],
        "Binds": [f"{PROJECT}_postgres_data:/var/lib/postgresql/data"],
    },
    "redis": {"Image": "redis:7", "Binds": [f"{PROJECT}_redis_data:/data"]},
    "migrate": {"Image": "imagion/app:v1", "Cmd": ["python3", "-m", "imagion.migrate"], "Env": [DATABASE]},
    "app": {
        "Image": "imagion/app:v1",
        "Env": [DATABASE, "REDIS_URL=redis://redis:6379/0", "JWT_SECRET=bench"],
    },
    "web": {"Image": "landfast/fixture:1"},
}


class Engine(http.client.HTTPConnection):
    """One connection to the engine's unix socket; one per thread."""

    _of_thread = threading.local()

    def connect(self):
        path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)

    @classmethod
    def call(cls, method: str, path: str, body=None):
        connection = getattr(cls._of_thread, "connection", None)
        if connection is None:
            connection = cls._of_thread.connection = cls("localhost", timeout=LIMIT)
        text = None if body is None else json.dumps(body)
        connection.request(method, "/v1.41" + path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return json.loads(content) if content.strip() else None


# --- does it answer? ---


def postgres_answers(address: str) -> bool:
    startup = struct.pack("!I", 196608) + b"user\0imagion\0database\0imagion\0\0"
    with socket.create_connection((address, 5432), 1) as connection:
        connection.sendall(struct.pack("!I", len(startup) + 4) + startup)
        return connection.recv(1) == b"R"  # asks for the password; E would be: not accepting yet


def redis_answers(address: str) -> bool:
    with socket.create_connection((address, 6379), 1) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")


def http_answers(address: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    finally:
        connection.close()


ANSWERS = {
    "postgres": postgres_answers,
    "redis": redis_answers,
    "app": lambda address: http_answers(address, 3000, "/api/health"),
    "web": lambda address: http_answers(address, 8080, "/health"),
}


# --- the steps ---


def create(name: str) -> str:
    facts = dict(CONTAINERS[name])
    body = {
        **{key: value for key, value in facts.items() if key != "Binds"},
        "Labels": LABELS,
        "HostConfig": {"Binds": facts.get("Binds", []), "NetworkMode": f"{PROJECT}_default"},
        "NetworkingConfig": {"EndpointsConfig": {f"{PROJECT}_default": {"Aliases": [name]}}},
    }
    return Engine.call("POST", f"/containers/create?name={PROJECT}-{name}-1", body)["Id"]


def start(container: str):
    Engine.call("POST", f"/containers/{container}/start")


def await_answer(name: str, container: str):
    networks = Engine.call("GET", f"/containers/{container}/json")["NetworkSettings"]["Networks"]
    address = networks[f"{PROJECT}_default"]["IPAddress"]
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            if ANSWERS[name](address):
                return
        time.sleep(POLL)
    raise RuntimeError(f"{name} did not answer in {LIMIT} s")


def start_and_await(name: str, container: str):
    start(container)
    await_answer(name, container)


def run_to_end(container: str):
    start(container)
    status = Engine.call("POST", f"/containers/{container}/wait")["StatusCode"]
    if status != 0:
        raise RuntimeError(f"the migration ended with {status}")


def deploy():
    with ThreadPoolExecutor(8) as pool:
        volumes = [
            pool.submit(Engine.call, "POST", "/volumes/create", {"Name": f"{PROJECT}_{name}", "Labels": LABELS})
            for name in ("postgres_data", "redis_data")
        ]
        Engine.call("POST", "/networks/create", {"Name": f"{PROJECT}_default", "Labels": LABELS})
        for volume in volumes:
            volume.result()
        made = {name: pool.submit(create, name) for name in CONTAINERS}
        postgres = pool.submit(lambda: start_and_await("postgres", made["postgres"].result()))
        redis = pool.submit(lambda: start_and_await("redis", made["redis"].result()))
        postgres.result()
        run_to_end(made["migrate"].result())
        redis.result()
        start_and_await("app", made["app"].result())
        start_and_await("web", made["web"].result())
