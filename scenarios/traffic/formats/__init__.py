"""Every kind of record that can be imported, one file each: `FORMATS` has them by name, `recognised` tells them apart.

Kinds that other tools own are asked first; the general ones, tables and JSON lines, only when none of those fits.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from scenarios.traffic.formats.access_log import AccessLog
from scenarios.traffic.formats.counts import Counts
from scenarios.traffic.formats.format import Head
from scenarios.traffic.formats.json_lines import JsonLines
from scenarios.traffic.formats.k6_csv import K6Csv
from scenarios.traffic.formats.k6_json import K6Json
from scenarios.traffic.formats.locust_history import LocustHistory
from scenarios.traffic.formats.prometheus import Prometheus
from scenarios.traffic.formats.run_file import RunFileTraffic
from scenarios.traffic.formats.timestamps import Timestamps
from scenarios.traffic.formats.vegeta_csv import VegetaCsv
from scenarios.traffic.record import TrafficError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.traffic.formats.format import Format

_OWNED: tuple[Format, ...] = (
    AccessLog("common"),
    AccessLog("combined"),
    LocustHistory(),
    K6Json(),
    K6Csv(),
    VegetaCsv(),
    Prometheus(),
    RunFileTraffic(),
)
_GENERAL: tuple[Format, ...] = (JsonLines(), Timestamps(), Counts())

FORMATS: Mapping[str, Format] = MappingProxyType({one.name: one for one in (*_OWNED, *_GENERAL)})
"""What `--format` can be."""


class Recognised(NamedTuple):
    """A format, and what spoke for it."""

    format: Format
    grounds: str


def recognised(name: str, data: bytes) -> Recognised:
    """Tells the format of a file from its first bytes; raises TrafficError when none fits, or more than one."""
    head = Head.of(data)
    fitting = _fitting(_OWNED, head) or _fitting(_GENERAL, head)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        both = "; ".join(f"{one.format.name}, because {one.grounds}" for one in fitting)
        raise TrafficError(f"{name}: its format is ambiguous: {both}; say which with --format")
    shown = head.first if len(head.first) <= 60 else f"{head.first[:60]}…"
    raise TrafficError(
        f"{name}, line 1: its format is none that is known by sight: found {shown!r}; "
        f"say it with --format: {', '.join(sorted(FORMATS))}"
    )


def _fitting(formats: Sequence[Format], head: Head) -> list[Recognised]:
    answers = ((one, one.recognise(head)) for one in formats)
    return [Recognised(one, grounds) for one, grounds in answers if grounds]
