# SPDX-License-Identifier: Apache-2.0
"""The images that people have put up: rows in PostgreSQL, files in the uploads volume."""

from .settings import Release


class Gallery:
    def __init__(self, database, release: Release):
        self._database = database
        self._optional = [
            column
            for feature, column in (("captions", "caption"), ("licences", "licence"))
            if feature in release.features
        ]

    def newest(self, limit: int, before: int | None):
        columns = self._columns()
        return self._database.run(
            lambda cursor: self._all(
                cursor,
                f"SELECT {columns} FROM images WHERE %(before)s::bigint IS NULL OR id < %(before)s"
                " ORDER BY id DESC LIMIT %(limit)s",
                {"before": before, "limit": limit},
            )
        )

    def find(self, image_id: int):
        columns = self._columns()
        rows = self._database.run(
            lambda cursor: self._all(
                cursor, f"SELECT {columns} FROM images WHERE id = %(id)s", {"id": image_id}
            )
        )
        return rows[0] if rows else None

    def count(self) -> int:
        return self._database.run(
            lambda cursor: self._all(cursor, "SELECT count(*) AS n FROM images", {})[0].n
        )

    def add(self, picture, title: str, extra: dict) -> int:
        values = {
            "title": title,
            "file": picture.file,
            "thumbnail": picture.thumbnail,
            "media_type": picture.media_type,
            "bytes": picture.bytes,
            "width": picture.width,
            "height": picture.height,
        }
        values.update({name: extra[name] for name in self._optional if extra.get(name)})
        names = ", ".join(values)
        marks = ", ".join(f"%({name})s" for name in values)
        return self._database.run(
            lambda cursor: self._all(
                cursor, f"INSERT INTO images ({names}) VALUES ({marks}) RETURNING id", values
            )[0].id
        )

    def is_reachable(self) -> bool:
        return self._database.run(lambda cursor: self._all(cursor, "SELECT 1 AS one", {})[0].one == 1)

    def _columns(self) -> str:
        always = "id, title, file, thumbnail, media_type, bytes, width, height, created_at"
        return ", ".join([always, *self._optional])

    @staticmethod
    def _all(cursor, statement: str, values: dict):
        cursor.execute(statement, values)
        return cursor.fetchall()
