# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL: a small pool of connections that survives a restart of the server."""

import queue
import threading
from contextlib import suppress

import psycopg2
from psycopg2.extras import NamedTupleCursor

LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)


class Database:
    def __init__(self, url: str, size: int = 8):
        self._url = url
        self._idle = queue.LifoQueue()
        self._slots = threading.BoundedSemaphore(size)

    def run(self, work):
        """Calls work(cursor) in a transaction and returns its result.

        A pooled connection may have died with the server it led to; then the work, of which nothing
        can have been committed, is done once more on a new one.
        """
        with self._slots:
            connection, pooled = self._take()
            try:
                result = self._attempt(connection, work)
            except LOST:
                connection.close()
                if not pooled:
                    raise
                self._forget_idle()
                connection = self._connect()
                result = self._attempt(connection, work)
            try:
                connection.commit()
            except Exception:
                connection.close()
                raise
            self._idle.put(connection)
            return result

    def close(self):
        self._forget_idle()

    def _attempt(self, connection, work):
        try:
            with connection.cursor() as cursor:
                return work(cursor)
        except LOST:
            raise
        except BaseException:
            connection.close()
            raise

    def _take(self):
        with suppress(queue.Empty):
            return self._idle.get_nowait(), True
        return self._connect(), False

    def _connect(self):
        return psycopg2.connect(
            self._url, connect_timeout=3, application_name="imagion", cursor_factory=NamedTupleCursor
        )

    def _forget_idle(self):
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()
