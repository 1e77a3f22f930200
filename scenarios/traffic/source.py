"""A recorded file as formats read it: lines with their numbers, plain or gzipped, from a path or from standard input.

Streams: never more than one line and the head are held. Whether it is gzipped says its first bytes, not its name. What
cannot be read is refused with file and line; with `skip_broken` broken lines are counted instead and the first is kept.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from scenarios.traffic.record import TrafficError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEAD_BYTES = 1 << 16
"""What is looked at to tell the format."""
LINE_BYTES = 1 << 24
"""A longer line is no line of a log, but another kind of file."""
STDIN = "-"
_GZIP = b"\x1f\x8b"
_REFUSED: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x28\xb5\x2f\xfd": "is compressed with zstd: `zstd -dc FILE | tacorush traffic import -`",
        b"BZh": "is compressed with bzip2: `bzip2 -dc FILE | tacorush traffic import -`",
        b"\xfd7zXZ": "is compressed with xz: `xz -dc FILE | tacorush traffic import -`",
        b"PK\x03\x04": "is a zip archive: unpack it first",
        b"\xff\xfe": "is text in UTF-16: write it as UTF-8",
        b"\xfe\xff": "is text in UTF-16: write it as UTF-8",
    }
)
"""First bytes to what is said of such a file."""


class Source:
    """One file that is being read, once, from front to back. Use as a context manager."""

    def __init__(self, path: str, skip_broken: bool = False) -> None:
        self.path = path
        self.name = "standard input" if path == STDIN else Path(path).name
        self._skip_broken = skip_broken
        self._opened, self._stream = _opened(path, self.name)
        self.head = self._peeked()
        self.line = 0
        """The number of the line that was read last, from 1."""
        self.broken_lines = 0
        self.first_broken = ""
        """What was wrong with the first line that was skipped."""

    def __enter__(self) -> Source:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._opened.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yields the lines that are left, each with its end; blank ones are only numbered."""
        for line in iter(partial(self._read, LINE_BYTES), b""):
            self.line += 1
            if len(line) == LINE_BYTES and not line.endswith(b"\n"):
                raise self.wrong("line", f"more than {LINE_BYTES:,} bytes", "lines of a log or a table")
            if not line.isspace():
                yield line

    def text(self) -> Iterator[str]:
        """Yields the lines that are left as text; raises TrafficError for what is not UTF-8."""
        for line in self:
            try:
                yield line.decode("utf-8-sig" if self.line == 1 else "utf-8")
            except UnicodeDecodeError as failure:
                raise self.wrong("text", repr(line[failure.start : failure.start + 4])[1:], "UTF-8") from None

    def whole(self, limit: int) -> bytes:
        """Returns all that is left; raises TrafficError when that is more than `limit` bytes."""
        parts = []
        left = limit
        while part := self._read(left + 1):
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise TrafficError(f"{self.name}: more than {limit:,} bytes, which is the most for this format")
        return b"".join(parts)

    def wrong(self, field: str, found: str, allowed: str) -> TrafficError:
        """The error that the line read last makes: file, line, field, what was found, what is allowed."""
        return TrafficError(f"{self.name}, line {self.line}: {field}: found {_short(found)}; allowed: {allowed}")

    def broken(self, field: str, found: str, allowed: str) -> None:
        """Raises the same error, or counts the line as skipped where that was asked for."""
        error = self.wrong(field, found, allowed)
        if not self._skip_broken:
            raise TrafficError(f"{error}; leave such lines out with --skip-broken")
        self.broken_lines += 1
        self.first_broken = self.first_broken or str(error)

    def _read(self, limit: int) -> bytes:
        try:
            return self._stream.readline(limit)
        except (EOFError, zlib.error, gzip.BadGzipFile) as failure:
            raise TrafficError(f"{self.name}, after line {self.line}: the gzip data is damaged: {failure}") from None
        except OSError as failure:
            raise TrafficError(f"{self.name}: cannot be read: {failure.strerror}") from None

    def _peeked(self) -> bytes:
        """Returns the first bytes, and puts them back before the rest."""
        self.line = 0
        parts: list[bytes] = []
        size = 0
        while size < HEAD_BYTES and (part := self._read(HEAD_BYTES - size)):
            parts.append(part)
            size += len(part)
        head = b"".join(parts)
        for first, said in _REFUSED.items():
            if head.startswith(first):
                raise TrafficError(f"{self.name} {said}")
        self._stream = _buffered(head, self._stream)
        return head


class _Rejoined(io.RawIOBase):
    """Bytes that were read already, and then the stream that they came from."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first, self._rest = memoryview(first), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._first:
            size = min(len(buffer), len(self._first))
            buffer[:size], self._first = self._first[:size], self._first[size:]
            return size
        return cast("io.BufferedReader", self._rest).readinto(buffer)


def _buffered(first: bytes, rest: IO[bytes]) -> io.BufferedReader:
    return io.BufferedReader(_Rejoined(first, rest), HEAD_BYTES)


def _opened(path: str, name: str) -> tuple[BinaryIO, IO[bytes]]:
    """Opens the file: what is to be closed, and what is to be read."""
    try:
        raw = sys.stdin.buffer if path == STDIN else Path(path).open("rb")  # noqa: SIM115 - closed by Source
        first = raw.read(2)
    except OSError as failure:
        raise TrafficError(f"{path}: cannot be read: {(failure.strerror or str(failure)).lower()}") from None
    if not first:
        raise TrafficError(f"{name} is empty")
    stream = _buffered(first, raw)
    if first == _GZIP:
        return raw, cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    return raw, stream


def _short(found: str) -> str:
    most = 60
    return found if len(found) <= most else f"{found[:most]}…"
