# SPDX-License-Identifier: Apache-2.0
"""Takes in an uploaded picture: checks that it is one, makes its thumbnail, stores both."""

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

LARGEST_UPLOAD = 10 * 1024 * 1024
LARGEST_PIXELS = 50_000_000
THUMBNAIL = (640, 640)
KINDS = {
    "PNG": (".png", "image/png"),
    "JPEG": (".jpg", "image/jpeg"),
    "WEBP": (".webp", "image/webp"),
    "GIF": (".gif", "image/gif"),
}


class NotAPicture(Exception):
    pass


@dataclass(frozen=True)
class Picture:
    file: str
    thumbnail: str
    media_type: str
    bytes: int
    width: int
    height: int


def take_in(content: bytes, uploads: Path) -> Picture:
    image = _open(content)
    suffix, media_type = KINDS[image.format]
    name = hashlib.sha256(content).hexdigest()[:32]
    picture = Picture(name + suffix, name + ".thumb.jpg", media_type, len(content), *image.size)
    thumbnail = _thumbnail(image)
    _store(uploads / picture.file, content)
    _store(uploads / picture.thumbnail, thumbnail)
    return picture


def _open(content: bytes):
    from PIL import Image  # only uploads need it, so it does not slow the start

    Image.MAX_IMAGE_PIXELS = LARGEST_PIXELS
    try:
        image = Image.open(io.BytesIO(content), formats=list(KINDS))
        if image.width * image.height > LARGEST_PIXELS:
            raise NotAPicture("The picture has more than 50 million pixels.")
        image.load()
        return image
    except NotAPicture:
        raise
    except Exception as error:
        raise NotAPicture("This is not a PNG, JPEG, WebP or GIF picture.") from error


def _thumbnail(image) -> bytes:
    from PIL import ImageOps

    small = ImageOps.exif_transpose(image).convert("RGB")
    small.thumbnail(THUMBNAIL)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _store(path: Path, content: bytes):
    """All of it or nothing: a reader never sees half a file."""
    if path.exists():
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
