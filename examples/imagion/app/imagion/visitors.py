# SPDX-License-Identifier: Apache-2.0
"""Who looks and what they like: signed visitor cookies, and counters in Redis."""

import hashlib
import hmac
import secrets

import redis

COOKIE = "imagion_visitor"


class Visitors:
    def __init__(self, secret: bytes):
        self._secret = secret

    def new(self) -> str:
        name = secrets.token_urlsafe(16)
        return f"{name}.{self._signature(name)}"

    def recognise(self, cookie: str | None) -> str | None:
        name, _, signature = (cookie or "").partition(".")
        if name and hmac.compare_digest(signature, self._signature(name)):
            return name
        return None

    def _signature(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).hexdigest()[:32]


class Counters:
    """Views and likes. The gallery goes on without them while Redis is away."""

    def __init__(self, url: str):
        self._redis = redis.Redis.from_url(
            url, socket_timeout=2, socket_connect_timeout=1, health_check_interval=30, decode_responses=True
        )

    def is_reachable(self) -> bool:
        return bool(self._redis.ping())

    def viewed(self, image_id: int) -> int | None:
        return self._ask(lambda: self._redis.incr(f"views:{image_id}"))

    def like(self, image_id: int, visitor: str):
        return self._ask(lambda: self._redis.sadd(f"likes:{image_id}", visitor))

    def likes(self, image_ids: list[int]) -> dict[int, int]:
        def count():
            batch = self._redis.pipeline(transaction=False)
            for image_id in image_ids:
                batch.scard(f"likes:{image_id}")
            return dict(zip(image_ids, batch.execute()))

        return self._ask(count) or {}

    def close(self):
        self._redis.close()

    @staticmethod
    def _ask(question):
        try:
            return question()
        except redis.RedisError:
            return None
