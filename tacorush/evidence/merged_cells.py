"""The histograms of a long run, merged by steps of seconds and over the kinds of journeys, straight from their bytes.

An hour of a busy run has a million cells: as objects they take gigabytes. Merging adds counts, so that every figure of
the whole run stays exactly what it was; only which second of a step, and which kind of journey, is no longer told.
Kinds are kept where they matter: pre-flight and read-back, and whatever counts no calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import PREFLIGHT, READBACK, CellKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ANY_KIND = "any"
"""What stands for the kind of journey where kinds were merged."""


def over_kinds(key: tuple[str, ...]) -> tuple[str, ...]:
    """Into which cells those of a key (measure, kind, outcome, code, clock) are merged: kinds of journeys into one."""
    measure, journey, *rest = key
    kept = "/" not in measure or journey in (PREFLIGHT, READBACK)
    return (measure, journey if kept else ANY_KIND, *rest)


def merged_cells(
    rows: Iterable[tuple[int, int, bytes]],
    keys: Mapping[int, tuple[str, ...]],
    step_s: int,
    into: Callable[[tuple[str, ...]], tuple[str, ...] | None] = over_kinds,
) -> Iterator[tuple[CellKey, Histogram]]:
    """Yields merged histograms; `rows` are second, number of the key and bytes, by rising second.

    The second of a merged cell is the first of its step; steps are counted from second 0. `into` says into which key a
    key is merged, None to leave it out.
    """
    targets = {number: target for number, key in keys.items() if (target := into(key)) is not None}
    found: dict[tuple[str, ...], list[bytes]] = {}
    step = 0
    for second, number, octets in rows:
        if second // step_s != step:
            yield from _of_step(found, step * step_s)
            found, step = {}, second // step_s
        if (target := targets.get(number)) is not None:
            found.setdefault(target, []).append(octets)
    yield from _of_step(found, step * step_s)


def _of_step(found: Mapping[tuple[str, ...], list[bytes]], second: int) -> Iterator[tuple[CellKey, Histogram]]:
    for key in sorted(found):
        yield CellKey._make((second, *key)), Histogram.sum_of_bytes(found[key])
