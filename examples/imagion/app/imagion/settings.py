# SPDX-License-Identifier: Apache-2.0
"""What the container was started with: the environment and the release file of the image."""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        sys.exit(f"imagion: the variable {name} is not set")
    return value


@dataclass(frozen=True)
class Release:
    version: str
    features: frozenset
    migrates_at_start: bool

    @staticmethod
    def of_this_image() -> "Release":
        facts = json.loads((HOME / "release.json").read_text())
        return Release(facts["version"], frozenset(facts["features"]), facts["migrates_at_start"])


@dataclass(frozen=True)
class Settings:
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    session_secret: bytes = field(repr=False)
    port: int
    uploads: Path = HOME / "uploads"
    samples: Path = HOME / "samples"
    static: Path = HOME / "static"
    models: Path = HOME / "public" / "models" / "onnx"

    @staticmethod
    def from_environment() -> "Settings":
        return Settings(
            database_url=required("DATABASE_URL"),
            redis_url=required("REDIS_URL"),
            session_secret=required("JWT_SECRET").encode(),
            port=int(os.environ.get("PORT", "3000")),
        )
