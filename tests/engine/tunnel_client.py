#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for cloudflared, which cannot reach Cloudflare here: it runs in the tunnel's network and
asks http://app:8080, as a dashboard far away says. It knows nothing of an edge.

While FOLDER/load is there it asks GET /version by connections that are kept and by new ones. Port 2000
is its metrics port: /ready answers 503 the first time and while FOLDER/down is there, else 200;
/report says how many answers by which version, the longest wait in ms, and each request that failed;
/forget begins anew. An idle connection that is closed is opened again, nothing else is retried.
"""

import http.client
import http.server
import json
import os
import socket
import sys
import threading
import time

FOLDER = sys.argv[1]
KEPT, FRESH, PAUSE, LIMIT = 3, 2, 0.004, 70
lock = threading.Lock()
seen = {"answers": {}, "failed": [], "longest_ms": 0}
asked = 0


def there(name):
    return os.path.exists(os.path.join(FOLDER, name))


def note(begin, what, error):
    with lock:
        seen["longest_ms"] = max(seen["longest_ms"], round((time.monotonic() - begin) * 1000))
        if error:
            seen["failed"].append(f"{time.time():.3f} {error}")
        else:
            seen["answers"][what] = seen["answers"].get(what, 0) + 1


def ask(connection):
    connection.request("GET", "/version", headers={"Host": "shop.example"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace").strip()


def client(keeps):
    connection, used = None, False
    while True:
        if not there("load"):
            if connection:
                connection.close()
            connection, used = None, False
            time.sleep(0.02)
            continue
        connection = connection or http.client.HTTPConnection("app", 8080, timeout=LIMIT)
        begin = time.monotonic()
        try:
            status, body = ask(connection)
            note(begin, body, f"status {status}" if status != 200 else "")
            used = keeps
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            connection.close()
            if not used:
                note(begin, "", repr(error))
            used = False
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            note(begin, "", repr(error))
            used = False
        if not keeps:
            connection.close()
        time.sleep(PAUSE)


class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked, seen
        status, body = 404, {}
        if self.path == "/ready":
            asked += 1
            ready = asked > 1 and not there("down")
            status = 200 if ready else 503
            body = {"status": status, "readyConnections": 4 if ready else 0}
        with lock:
            if self.path == "/report":
                status, body = 200, seen
            if self.path == "/forget":
                status, seen = 200, {"answers": {}, "failed": [], "longest_ms": 0}
            text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET
    daemon_threads = True


for i in range(KEPT + FRESH):
    threading.Thread(target=client, args=(i < KEPT,), daemon=True).start()
Server(("0.0.0.0", 2000), Metrics).serve_forever()
