# SPDX-License-Identifier: Apache-2.0
"""Starts the gallery: python3 -m imagion"""

import signal
import sys
import threading

from . import migrate
from .database import Database
from .gallery import Gallery
from .pages import Pages
from .settings import Release, Settings
from .visitors import Counters, Visitors
from .web import Server, Site

SECONDS_FOR_OPEN_REQUESTS = 5


def main() -> int:
    settings = Settings.from_environment()
    release = Release.of_this_image()
    if release.migrates_at_start:
        try:
            migrate.apply_all(settings.database_url)
        except (migrate.MigrationFailed, migrate.psycopg2.OperationalError) as error:
            print(f"imagion: cannot migrate: {str(error).strip()}", file=sys.stderr)
            return 1
    database = Database(settings.database_url)
    counters = Counters(settings.redis_url)
    site = Site(
        settings, release, Gallery(database, release), counters,
        Visitors(settings.session_secret), Pages(release),
    )
    server = Server(settings.port, site)
    stop_on_signal(server)
    print(f"imagion {release.version} listens on port {settings.port}", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.socket.close()
    server.wait_for_requests(SECONDS_FOR_OPEN_REQUESTS)
    database.close()
    counters.close()
    print("imagion stopped", flush=True)
    return 0


def stop_on_signal(server: Server):
    def stop(_signal, _frame):
        # shutdown() waits for the loop that this handler interrupts, so it needs a thread of its own.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main())
