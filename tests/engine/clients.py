#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""People who use a service while it is deployed.

clients.py PORT FILE [HOST [CERTIFICATE]]: asks GET /version on 127.0.0.1:PORT, by connections that are
kept and by new ones, until SIGTERM, which is heeded once FILE is there, empty; then writes to FILE: how
many answers, by which version, the longest wait in ms, and each request that failed. With HOST: of
that name; with CERTIFICATE by HTTPS, which must vouch for it. CLIENTS_PAUSE: seconds between two
requests of one of them. An idle connection that the server
closes is opened again, nothing else is retried. Exit code 1 where a request failed.
"""

import http.client
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time

KEPT, FRESH, LIMIT = 3, 2, 70
PAUSE = float(os.environ.get("CLIENTS_PAUSE", "0.004"))
stopped = threading.Event()
lock = threading.Lock()
answers, failed, longest = {}, [], 0.0


class Named(http.client.HTTPSConnection):
    """To 127.0.0.1, by the name of a host: nobody's name server knows it."""

    def __init__(self, host, port, context):
        super().__init__(host, port, timeout=LIMIT, context=context)
        self.named = context

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), LIMIT)
        self.sock = self.named.wrap_socket(plain, server_hostname=self.host)


def connection_to(port, name):
    if len(name) < 2:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    host, certificate = name
    return Named(host, port, ssl.create_default_context(cafile=certificate))


def ask(connection, name):
    connection.request("GET", "/version", headers={"Host": name[0]} if name else {})
    answer = connection.getresponse()
    body = answer.read().decode(errors="replace").strip()
    return answer.status, body


def note(begin, what, error):
    global longest
    with lock:
        longest = max(longest, time.monotonic() - begin)
        if error:
            failed.append(f"{time.time():.3f} {error}")
        else:
            answers[what] = answers.get(what, 0) + 1


def client(port, name, keeps):
    connection = connection_to(port, name)
    used = False
    while not stopped.is_set():
        begin = time.monotonic()
        try:
            status, body = ask(connection, name)
            note(begin, body, f"status {status}" if status != 200 else "")
            used = keeps
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            connection.close()
            if not used:  # a fresh connection that is cut is an error; an idle one may be closed
                note(begin, "", repr(error))
            used = False
        except OSError as error:
            connection.close()
            note(begin, "", repr(error))
            used = False
        if not keeps:
            connection.close()
        time.sleep(PAUSE)


def main():
    port, report = int(sys.argv[1]), sys.argv[2]
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    threads = [threading.Thread(target=client, args=(port, sys.argv[3:5], i < KEPT)) for i in range(KEPT + FRESH)]
    for thread in threads:
        thread.start()
    open(report, "w", encoding="utf-8").close()
    while not stopped.is_set():
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    with open(report, "w", encoding="utf-8") as file:
        json.dump({"answers": answers, "longest_ms": round(longest * 1000), "failed": failed}, file)
    sys.exit(1 if failed else 0)


main()
