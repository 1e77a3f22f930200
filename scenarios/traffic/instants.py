"""Instants as tools write them, read as whole nanoseconds since 1970 (or since the start, where there is no date).

    2026-01-31T13:00:00.25+01:00   ISO 8601 and RFC 3339; a blank for the T; without a zone it is in `zone`
    31/Jan/2026:13:00:00 +0100     access logs
    1769860800.25                  Unix time in s, ms, µs or ns; below 10**8 it is seconds from the start

Which unit a number has follows from the size of the first one read, and holds for all that come after it. Decimals
are read exactly, never as binary fractions.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scenarios.traffic.record import SECOND_NS

if TYPE_CHECKING:
    from collections.abc import Mapping

ALLOWED = "an ISO 8601 time, an access log's time, or Unix time in s, ms, µs or ns"
MONTHS: Mapping[str, int] = MappingProxyType(
    {
        name: number
        for number, name in enumerate(
            ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
        )
    }
)
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,12})?", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,12}))? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_LOG = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})", re.ASCII)
_UNITS: tuple[tuple[int, str, int], ...] = (
    (10**8, "seconds from the start", SECOND_NS),
    (10**11, "Unix time in s", SECOND_NS),
    (10**14, "Unix time in ms", 10**6),
    (10**17, "Unix time in µs", 10**3),
    (10**20, "Unix time in ns", 1),
)
"""Numbers below this bound are so called, and have so many nanoseconds a unit."""


class Instants:
    """Reads one file's times. What was assumed on the way stands in `dated`, `unit` and `zoneless`."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._factor = 0
        self._epoch = datetime(1970, 1, 1, tzinfo=UTC)
        self._second = lru_cache(maxsize=4096)(self._whole_second)
        self.unit = ""
        """What numbers were taken for; empty when there was none."""
        self.dated = True
        """False when numbers count from the start."""
        self.zoneless = 0
        """How many times had no zone."""

    def ns(self, text: str) -> int:
        """Returns nanoseconds since 1970 or the start; raises ValueError for what is no instant."""
        text = text.strip()
        if _NUMBER.fullmatch(text):
            return self._number(text)
        if found := _ISO.fullmatch(text):
            day, time, fraction, zone = found.groups()
            self.zoneless += zone is None
            return self._second(day, time, zone or "") + int((fraction or "0")[:9].ljust(9, "0"))
        return self.log_ns(text)

    def log_ns(self, text: str) -> int:
        """The same for the time of an access log, to the second: `31/Jan/2026:13:00:00 +0100`."""
        found = _LOG.fullmatch(text)
        if found is None or found[2] not in MONTHS:
            raise ValueError(f"{text!r} is no instant")
        day, month, year, hour, minute, second, zone = found.groups()
        at = datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=offset(zone))
        return (at - self._epoch) // timedelta(seconds=1) * SECOND_NS

    def assumptions(self) -> list[str]:
        """What was assumed of the times read so far, a sentence each."""
        said = [f"its numbers were taken for {self.unit}"] if self.unit else []
        return said + ([f"{self.zoneless:,} times without a zone were taken as {self._zone}"] if self.zoneless else [])

    def _number(self, text: str) -> int:
        if not self._factor:
            value = Decimal(text)
            bound, self.unit, self._factor = next(row for row in _UNITS if value < row[0])
            self.dated = bound != _UNITS[0][0]
        if "." not in text:
            return int(text) * self._factor
        return int(Decimal(text) * self._factor)

    def _whole_second(self, day: str, time: str, zone: str) -> int:
        at = datetime.fromisoformat(f"{day}T{time}")
        at = at.replace(tzinfo=offset(zone) if zone else self._zone)
        return (at - self._epoch) // timedelta(seconds=1) * SECOND_NS


def offset(text: str) -> tzinfo:
    """Reads `Z`, `UTC`, `+02`, `+0200` or `+02:00`; raises ValueError for an offset that cannot be."""
    if text.upper() in ("Z", "UTC"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-length if text[0] == "-" else length)


def zone_of(text: str) -> tzinfo:
    """Reads a zone as people name it: an offset, or a name such as `Europe/Berlin`; raises ValueError."""
    try:
        if re.fullmatch(r"Z|UTC|[+-]\d\d(?::?\d\d)?", text, re.ASCII | re.IGNORECASE):
            return offset(text)
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone: write +02:00, UTC or a name such as Europe/Berlin") from None
