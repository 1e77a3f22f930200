"""What became of each arrival, as text without times and made-up names, and as a digest; where two tellings part."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from tacorush.evidence.runfile import RunFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tacorush.evidence.records import Claim


class Arrival(NamedTuple):
    """One arrival, or a stretch of a run that is told like one, with its calls in their order."""

    who: str
    calls: tuple[str, ...]
    ending: str = ""

    @property
    def digest(self) -> str:
        """16 hex digits over everything told."""
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:16]


def told(arrivals: Iterable[Mapping[str, Any]]) -> tuple[Arrival, ...]:
    """Reads what `arrivals_one_by_one` printed of one drive."""
    return tuple(Arrival(each["who"], tuple(each["calls"]), each["ending"]) for each in arrivals)


def recorded(path: Path) -> tuple[Arrival, ...]:
    """What a run file holds: each arrival's claims; then, as the calls of no one, all calls and endings, counted.

    Which seats somebody got is left out: people who come at the same time may take them in any order.
    """
    claims: dict[int, list[Claim]] = {}
    with RunFile(path) as file:
        for claim in file.claims():
            claims.setdefault(claim.journey, []).append(claim)
        counts = Counter[str]()
        for key, histogram in file.cells():
            if key.clock == "service" or key.measure == "journey.total":
                counts[f"{key.measure} of {key.journey}: {key.outcome} {key.code}"] += histogram.count
    by_arrival = [
        Arrival(
            f"arrival {number} ({claims[number][0].kind})", tuple(_line(claim) for claim in _in_order(claims[number]))
        )
        for number in sorted(claims)
    ]
    return (*by_arrival, Arrival("all", tuple(f"{count} × {what}" for what, count in sorted(counts.items()))))


def _in_order(claims: list[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: claim.sent_ns)


def _line(claim: Claim) -> str:
    said = (claim.method, claim.action, claim.outcome, claim.code, claim.effect, claim.status, len(claim.seats))
    return " ".join(str(part) for part in said)


def digests(arrivals: Sequence[Arrival]) -> dict[str, str]:
    """The digest of each by who it is."""
    found = {arrival.who: arrival.digest for arrival in arrivals}
    assert len(found) == len(arrivals), "nobody comes twice"
    return found


def first_difference(names: tuple[str, str], ours: Sequence[Arrival], theirs: Sequence[Arrival]) -> str:
    """Names the first arrival that two tell differently, and its first call; empty when there is none."""
    nobody = Arrival("nobody", ())
    for one, other in zip_longest(ours, theirs, fillvalue=nobody):
        if one.who != other.who:
            return f"{names[0]} drove {one.who} where {names[1]} drove {other.who}"
        for number, (call, counterpart) in enumerate(zip_longest(one.calls, other.calls, fillvalue="no call"), 1):
            if call != counterpart:
                return f"{one.who}, call {number}: {names[0]} has [{call}], {names[1]} has [{counterpart}]"
        if one.ending != other.ending:
            return f"{one.who} ends {one.ending!r} with {names[0]}, {other.ending!r} with {names[1]}"
    return ""
