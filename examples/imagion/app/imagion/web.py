# SPDX-License-Identifier: Apache-2.0
"""HTTP: which page answers which address."""

import json
import mimetypes
import re
import socket
import sys
import threading
import traceback
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .forms import BadForm, read_form
from .pictures import LARGEST_UPLOAD, NotAPicture, take_in
from .visitors import COOKIE

PAGE = 24
LARGEST_BODY = LARGEST_UPLOAD + 64 * 1024
LARGEST_ID = 2**63 - 1
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Refused(Exception):
    def __init__(self, status: HTTPStatus, text: str):
        super().__init__(text)
        self.status = status


class Site:
    """What the pages are made from; one for the whole process."""

    def __init__(self, settings, release, gallery, counters, visitors, pages):
        self.settings = settings
        self.release = release
        self.gallery = gallery
        self.counters = counters
        self.visitors = visitors
        self.pages = pages

    def models(self) -> list[str]:
        return sorted(path.name for path in self.settings.models.glob("*.onnx"))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, port: int, site: Site):
        self.site = site
        self._busy = 0
        self._quiet = threading.Condition()
        super().__init__(("0.0.0.0", port), Handler)

    def begin_request(self):
        with self._quiet:
            self._busy += 1

    def end_request(self):
        with self._quiet:
            self._busy -= 1
            self._quiet.notify_all()

    def wait_for_requests(self, seconds: float):
        with self._quiet:
            self._quiet.wait_for(lambda: self._busy == 0, seconds)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, socket.timeout)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "imagion"
    sys_version = ""
    timeout = 20
    disable_nagle_algorithm = True
    wbufsize = -1

    GET = [
        (re.compile(r"/"), "gallery_page"),
        (re.compile(r"/image/(\d{1,19})"), "picture_page"),
        (re.compile(r"/media/([\w-]+(?:\.\w+)+)"), "media_file"),
        (re.compile(r"/static/(\w+\.\w+)"), "static_file"),
        (re.compile(r"/api/health"), "health"),
        (re.compile(r"/api/version"), "version"),
        (re.compile(r"/api/images"), "image_list"),
    ]
    POST = [
        (re.compile(r"/upload"), "upload"),
        (re.compile(r"/image/(\d{1,19})/like"), "like"),
    ]

    def do_GET(self):
        self._dispatch(self.GET)

    do_HEAD = do_GET

    def do_POST(self):
        self._dispatch(self.POST)

    # --- pages ---

    def gallery_page(self):
        site = self.server.site
        before = self._query_id("before")
        images = site.gallery.newest(PAGE + 1, before)
        shown = images[:PAGE]
        older = shown[-1].id if len(images) > PAGE else None
        likes = site.counters.likes([image.id for image in shown])
        self._html(site.pages.gallery(shown, likes, site.gallery.count(), site.models(), older))

    def picture_page(self, image_id: str):
        site = self.server.site
        image = self._image(image_id)
        views = site.counters.viewed(image.id)
        likes = site.counters.likes([image.id]).get(image.id, 0)
        self._html(site.pages.picture(image, views, likes, site.models()))

    def like(self, image_id: str):
        site = self.server.site
        image = self._image(image_id)
        visitor = site.visitors.recognise(self._cookie())
        headers = {}
        if visitor is None:
            cookie = site.visitors.new()
            visitor = site.visitors.recognise(cookie)
            headers["Set-Cookie"] = f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"
        site.counters.like(image.id, visitor)
        self._redirect(f"/image/{image.id}", headers)

    def upload(self):
        site = self.server.site
        form = read_form(self.headers.get("Content-Type", ""), self._body)
        text = {name: self._text(form, name) for name in ("title", "caption", "licence")}
        if not 1 <= len(text["title"]) <= 120:
            raise Refused(HTTPStatus.BAD_REQUEST, "A title of up to 120 letters is needed.")
        picture = take_in(form.get("picture", b""), site.settings.uploads)
        image_id = site.gallery.add(picture, text["title"], text)
        self._redirect(f"/image/{image_id}")

    def media_file(self, name: str):
        settings = self.server.site.settings
        for folder in (settings.uploads, settings.samples):
            if (folder / name).is_file():
                return self._file(folder / name, "public, max-age=31536000, immutable")
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such file.")

    def static_file(self, name: str):
        path = self.server.site.settings.static / name
        if not path.is_file():
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such file.")
        self._file(path, "public, max-age=300")

    # --- for programs ---

    def health(self):
        site = self.server.site
        try:
            well = site.gallery.is_reachable() and site.counters.is_reachable()
        except Exception as error:  # whatever it is, it is not well
            self._json({"status": "unavailable", "cause": type(error).__name__}, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self._json({"status": "ok" if well else "unavailable"})

    def version(self):
        release = self.server.site.release
        self._json({"version": release.version, "features": sorted(release.features)})

    def image_list(self):
        images = self.server.site.gallery.newest(PAGE, self._query_id("before"))
        self._json([{**image._asdict(), "created_at": image.created_at.isoformat()} for image in images])

    # --- request and answer ---

    def _dispatch(self, routes):
        self.server.begin_request()
        try:
            self._body = self._read_body()
            self._refuse_other_sites()
            path = urlsplit(self.path).path
            for pattern, method in routes:
                match = pattern.fullmatch(path)
                if match:
                    return getattr(self, method)(*match.groups())
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such page.")
        except Refused as error:
            self._problem(error.status, str(error))
        except (BadForm, NotAPicture) as error:
            self._problem(HTTPStatus.BAD_REQUEST, str(error))
        except (ConnectionError, socket.timeout):
            self.close_connection = True
        except Exception:
            traceback.print_exc()
            self._problem(HTTPStatus.INTERNAL_SERVER_ERROR, "That did not work. The log says why.")
        finally:
            self.server.end_request()

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self.close_connection = True
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "The length of the request must be known.")
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A picture may have up to 10 MB.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionResetError
        return body

    def _refuse_other_sites(self):
        """A form of another site must not act in a visitor's name."""
        origin = self.headers.get("Origin")
        if self.command == "POST" and origin and urlsplit(origin).netloc != self.headers.get("Host"):
            raise Refused(HTTPStatus.FORBIDDEN, "This form came from another site.")

    def _query_id(self, name: str) -> int | None:
        value = parse_qs(urlsplit(self.path).query).get(name, [""])[0]
        return int(value) if value.isdecimal() and int(value) <= LARGEST_ID else None

    def _image(self, image_id: str):
        image = self.server.site.gallery.find(int(image_id)) if int(image_id) <= LARGEST_ID else None
        if image is None:
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such picture.")
        return image

    def _cookie(self) -> str | None:
        try:
            morsel = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        except CookieError:
            return None
        return morsel.value if morsel else None

    @staticmethod
    def _text(form: dict, name: str) -> str:
        return form.get(name, b"").decode("utf-8", "replace").replace("\0", "").strip()[:300]

    def _html(self, text: str, status=HTTPStatus.OK):
        self._answer(status, "text/html; charset=utf-8", text.encode())

    def _json(self, value, status=HTTPStatus.OK):
        text = json.dumps(value, separators=(",", ":"))
        self._answer(status, "application/json", text.encode(), {"Cache-Control": "no-store"})

    def _file(self, path: Path, caching: str):
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._answer(HTTPStatus.OK, media_type, path.read_bytes(), {"Cache-Control": caching})

    def _redirect(self, address: str, headers=None):
        self._answer(HTTPStatus.SEE_OTHER, "text/plain", b"", {"Location": address, **(headers or {})})

    def _problem(self, status: HTTPStatus, text: str):
        if urlsplit(self.path).path.startswith("/api/"):
            self._json({"error": text}, status)
        else:
            self._html(self.server.site.pages.problem(status.value, text), status)

    def _answer(self, status: HTTPStatus, media_type: str, content: bytes, headers=None):
        self.send_response(status)
        for name, value in {**SECURITY, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    def log_request(self, code="-", size="-"):
        if not (urlsplit(self.path).path == "/api/health" and code == HTTPStatus.OK):
            print(f"{self.command} {urlsplit(self.path).path} {int(code)}", flush=True)
