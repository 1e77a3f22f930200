"""Deltas as plain values, for messages between processes: lists, dicts, strings, numbers and bytes, with a version.

`unpack(pack(delta))` equals the delta. Values of another version are refused, so that workers of another release cannot
mix in what would be misread.
"""

from __future__ import annotations

from dataclasses import astuple, fields
from operator import attrgetter
from typing import Any

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.records import ArrivalSecond, CellKey, Delta, KeptCall, ProcessInfo, SeatNews

VERSION = 3

_CALL = attrgetter(*(field.name for field in fields(KeptCall)))


class DeltaError(ValueError):
    """What came in is no delta, or one of another version."""


def pack(delta: Delta) -> dict[str, Any]:
    """Returns plain values that msgpack and JSON-with-bytes can carry; rows may be tuples, which come out as lists."""
    claims = PackedClaims.of(delta.claims)
    return {
        "version": VERSION,
        "process": delta.process,
        "sequence": delta.sequence,
        "cells": [[*key, histogram.to_bytes()] for key, histogram in delta.cells.items()],
        "claims": [claims.octets(), len(claims)],
        "calls": [_CALL(call) for call in delta.calls],
        "arrivals": [list(astuple(row)) for row in delta.arrivals],
        "info": None if delta.info is None else list(astuple(delta.info)),
        "counters": dict(delta.counters),
        "extra": dict(delta.extra),
        "seats": delta.seats,
    }


def unpack(packed: dict[str, Any]) -> Delta:
    """Returns the delta that `pack` made plain; raises DeltaError for another version and for what is none."""
    version = packed.get("version") if isinstance(packed, dict) else None
    if version != VERSION:
        raise DeltaError(f"evidence of version {version} came in, only version {VERSION} can be read: run one release")
    try:
        return Delta(
            process=packed["process"],
            sequence=packed["sequence"],
            cells={CellKey(*row[:-1]): Histogram.from_bytes(row[-1]) for row in packed["cells"]},
            claims=PackedClaims.of_octets(*packed["claims"]),
            calls=[KeptCall(*row) for row in packed["calls"]],
            arrivals=[ArrivalSecond(*row) for row in packed["arrivals"]],
            info=None if packed["info"] is None else ProcessInfo(*packed["info"]),
            counters=dict(packed["counters"]),
            extra=dict(packed["extra"]),
            seats=[SeatNews(action, event, tuple(seats), *ids) for action, event, seats, *ids in packed["seats"]],
        )
    except (KeyError, TypeError) as failure:
        raise DeltaError(f"what came in is no delta: {failure}") from failure
