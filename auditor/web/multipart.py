"""Forms with files, read while they come: fields first, then files, nothing held in memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from auditor.core.errors import ReviewError

MOST_FIELDS = 64
MOST_FIELD_BYTES = 64 * 1024
HEADER_BYTES = 16 * 1024


class Taker(Protocol):
    """Takes the files of a form."""

    def begin_file(self, raw: bytes) -> None:
        """A file comes, with its name as it was sent."""

    def write(self, data: bytes) -> None:
        """Bytes of it."""

    def end_file(self) -> None:
        """It is whole."""


class Opener(Protocol):
    """Looks at the fields before the first file, and refuses by raising."""

    def __call__(self, fields: Mapping[str, str]) -> Taker:
        """Give who takes the files."""


@dataclass
class _Part:
    """The part of the form that is coming."""

    disposition: bytes = b""
    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    name: str = ""
    filename: bytes | None = None


class FormStream:
    """A form that comes in pieces. Fields that come after a file are not read."""

    def __init__(self, content_type: str, opener: Opener) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise _broken()
        self.fields: dict[str, str] = {}
        self.whole = False
        self._opener = opener
        self._taker: Taker | None = None
        self._part = _Part()
        self._header_value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_size=HEADER_BYTES,
        )

    def feed(self, chunk: bytes) -> None:
        """Take the next piece; raises what the opener and the taker raise."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _broken() from error

    def _on_part_begin(self) -> None:
        self._part = _Part()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._part.header.lower() == b"content-disposition":
            self._part.disposition = bytes(self._header_value)
        self._part.header.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        _kind, options = parse_options_header(self._part.disposition)
        self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        self._part.filename = options.get(b"filename")
        if self._part.filename:  # an empty one is an input that was left empty
            if self._taker is None:
                self._taker = self._opener(self.fields)
            self._taker.begin_file(self._part.filename)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.filename and self._taker is not None:
            self._taker.write(data[start:end])
        elif self._part.filename is None and self._taker is None:
            self._part.value += data[start:end]
            if len(self._part.value) > MOST_FIELD_BYTES:
                raise _broken()

    def _on_part_end(self) -> None:
        if self._part.filename and self._taker is not None:
            self._taker.end_file()
        elif self._part.filename is None and self._taker is None:
            self.fields[self._part.name] = self._part.value.decode("utf-8", "replace")
            if len(self.fields) > MOST_FIELDS:
                raise _broken()

    def _on_end(self) -> None:
        self.whole = True


async def take_form(request: Request, opener: Opener) -> Mapping[str, str]:
    """Read a form from its request, file by file as they come; gives its fields.

    Raises:
        ReviewError: it is no form with files, or it broke off.
    """
    form = FormStream(request.headers.get("content-type", ""), opener)
    try:
        async for chunk in request.stream():
            await run_in_threadpool(form.feed, chunk)
    except ClientDisconnect as error:
        raise _broken() from error
    if not form.whole:
        raise _broken()
    return form.fields


def _broken() -> ReviewError:
    return ReviewError("上传的表单不完整 (broken form).", hint="请重新选择文件再上传。")


async def drain(request: Request) -> None:
    """Read what is still to come and throw it away; its size is bounded around the application."""
    with suppress(ClientDisconnect, RuntimeError):  # RuntimeError: it was read to its end
        async for _chunk in request.stream():
            pass
