# SPDX-License-Identifier: Apache-2.0
"""Reads multipart/form-data, as browsers send it."""

from email.message import Message
from email.parser import BytesHeaderParser

MOST_PARTS = 16


class BadForm(Exception):
    pass


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise BadForm("The form is not multipart/form-data.")
    parts = (b"\r\n" + body).split(b"\r\n--" + str(boundary).encode())
    if len(parts) < 2 or len(parts) > MOST_PARTS or not parts[-1].startswith(b"--"):
        raise BadForm("The form is incomplete.")
    return dict(_read_part(part) for part in parts[1:-1])


def _read_part(part: bytes) -> tuple[str, bytes]:
    head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    name = BytesHeaderParser().parsebytes(head + b"\r\n\r\n").get_param("name", header="content-disposition")
    if not separator or not isinstance(name, str):
        raise BadForm("A part of the form has no name.")
    return name, content
