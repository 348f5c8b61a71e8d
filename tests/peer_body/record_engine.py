#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fake engine that records what a client sends. usage: capture.py SOCKET OUT.json API"""
import json, os, re, socketserver, sys, http.server, threading, hashlib
sock, out, api = sys.argv[1:4]
state = {"containers": {}, "networks": {}, "volumes": {}}
rec = {"containers": [], "networks": [], "volumes": [], "connects": [], "archives": []}
lock = threading.Lock()
IMG = {"Id": "sha256:" + "ab"*32, "RepoTags": [], "RepoDigests": [], "Os": "linux", "Architecture": "amd64",
  "Config": {"Env": ["IMGVAR=one", "PATH=/bin"], "Cmd": ["/bin/sleep", "3600"], "Labels": {"img.label": "1"},
             "ExposedPorts": {"7777/tcp": {}}, "Volumes": {"/anon": {}}}, "Size": 1}
def save():
    json.dump(rec, open(out, "w"), indent=1, sort_keys=True)
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def address_string(self): return "unix"
    def reply(self, obj, code=200):
        b = json.dumps(obj).encode()
        self.send_response(code); self.send_header("Content-Type", "application/json")
        self.send_header("Api-Version", api); self.send_header("Docker-Experimental", "false"); self.send_header("Ostype", "linux")
        self.send_header("Server", "Docker/28.0 (linux)")
        self.send_header("Content-Length", str(len(b))); self.end_headers(); self.wfile.write(b)
    def body(self):
        n = int(self.headers.get("Content-Length") or 0)
        if n: return self.rfile.read(n)
        if self.headers.get("Transfer-Encoding") == "chunked":
            d = b""
            while True:
                s = int(self.rfile.readline().strip() or b"0", 16)
                if s == 0: self.rfile.readline(); return d
                d += self.rfile.read(s); self.rfile.readline()
        return b""
    def path_(self):
        p = re.sub(r"^/v[0-9.]+", "", self.path)
        return p.split("?")[0], (p.split("?") + [""])[1]
    def do_HEAD(self):
        self.send_response(200); self.send_header("Api-Version", api); self.send_header("Content-Length","0"); self.end_headers()
    def do_GET(self):
        p, q = self.path_()
        with lock:
            if p == "/_ping": return self.reply("OK")
            if p == "/version": return self.reply({"Version": "28.2.2", "ApiVersion": api, "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"})
            if p == "/info": return self.reply({"ID": "x", "OSType": "linux", "Architecture": "x86_64", "Swarm": {"LocalNodeState": "inactive"}, "ServerVersion": "28", "Runtimes": {"runc": {}, "nvidia": {}}})
            if p == "/containers/json":
                import urllib.parse
                f = json.loads(urllib.parse.parse_qs(q).get("filters", ["{}"])[0])
                labels = list(f.get("label", {}))
                r = []
                for c in state["containers"].values():
                    ok = all((l.split("=",1)[0] in c["Labels"] and (("=" not in l) or c["Labels"][l.split("=",1)[0]] == l.split("=",1)[1])) for l in labels)
                    if ok: r.append(c)
                return self.reply(r)
            m = re.match(r"/containers/(.*)/json", p)
            if m:
                c = state["containers"].get(m.group(1)) or next((c for c in state["containers"].values() if c["Names"][0] == "/" + m.group(1)), None)
                if not c: return self.reply({"message": "No such container"}, 404)
                return self.reply({"Id": c["Id"], "Name": c["Names"][0], "State": {"Status": "created"}, "Config": {"Labels": c["Labels"]}, "HostConfig": {}, "NetworkSettings": {"Networks": {}}})
            if re.match(r"/images/.*/json", p): return self.reply(IMG)
            if p == "/images/json": return self.reply([])
            if p == "/networks": return self.reply(list(state["networks"].values()))
            m = re.match(r"/networks/(.*)", p)
            if m:
                n = state["networks"].get(m.group(1))
                return self.reply(n) if n else self.reply({"message": "network %s not found" % m.group(1)}, 404)
            if p == "/volumes": return self.reply({"Volumes": list(state["volumes"].values()), "Warnings": None})
            m = re.match(r"/volumes/(.*)", p)
            if m:
                v = state["volumes"].get(m.group(1)) or ({"Name":m.group(1)} if "ext" in m.group(1) else None)
                return self.reply(v) if v else self.reply({"message": "no such volume"}, 404)
            return self.reply({"message": "unknown " + p}, 404)
    def do_POST(self):
        p, q = self.path_(); b = self.body()
        import urllib.parse
        with lock:
            if p == "/containers/create":
                j = json.loads(b); name = urllib.parse.parse_qs(q)["name"][0]
                rec["containers"].append({"name": name, "query": q, "body": j}); save()
                cid = hashlib.sha256(name.encode()).hexdigest()
                state["containers"][cid] = {"Id": cid, "Names": ["/" + name], "Labels": j["Labels"], "State": "created", "Status": "Created", "Image": j["Image"], "ImageID": IMG["Id"], "HostConfig": {}, "NetworkSettings": {"Networks": {}}, "Mounts": []}
                return self.reply({"Id": cid, "Warnings": []}, 201)
            if p == "/networks/create":
                j = json.loads(b); rec["networks"].append(j); save()
                state["networks"][j["Name"]] = {"Id": hashlib.sha256(j["Name"].encode()).hexdigest(), "Name": j["Name"], "Labels": j["Labels"], "Driver": "bridge"}
                return self.reply({"Id": state["networks"][j["Name"]]["Id"]}, 201)
            if p == "/volumes/create":
                j = json.loads(b); rec["volumes"].append(j); save()
                state["volumes"][j["Name"]] = {"Name": j["Name"], "Labels": j["Labels"], "Driver": "local", "Mountpoint": "/x"}
                return self.reply(state["volumes"][j["Name"]], 201)
            m = re.match(r"/networks/(.*)/connect", p)
            if m:
                rec["connects"].append({"network": m.group(1), "body": json.loads(b)}); save()
                return self.reply({})
            return self.reply({})
    def do_PUT(self):
        p, q = self.path_(); b = self.body()
        rec["archives"].append({"path": p, "query": q, "bytes": b.hex()}); save(); self.reply({})
    def do_DELETE(self): self.reply({})
class S(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    def get_request(self):
        r, _ = super().get_request(); return r, ("unix", 0)
if os.path.exists(sock): os.unlink(sock)
S(sock, H).serve_forever()
