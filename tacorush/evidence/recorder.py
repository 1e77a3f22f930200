"""The book of one process: takes in every call, time and claim as it happens, and closes what came since into a Delta.

A call costs three appends to arrays of raw nanoseconds: when it was answered, and its two times. To find its second
and to bin all times into histograms is left to one pass in `close`, once a second. Nothing is sampled and nothing waits
for a second to be over: what `close` hands over is all that came since the last time, so the last second is as complete
as any other.

Beside the counts, the slowest and the first failed calls of each method are kept whole, KEPT of each. A call is handed
over when it enters the slowest of this process; the run file keeps the KEPT slowest of all.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from tacorush.evidence.histogram import grouped
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.records import SEAT_ACTIONS, ArrivalSecond, CellKey, Delta, KeptCall, SeatNews

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.evidence.histogram import Histogram
    from tacorush.evidence.records import Claim

KEPT = 100
"""Slowest calls, and failed calls, that are kept whole of each method."""
SECOND_NS = 1_000_000_000
DIGEST_MODULUS = 2**64
_FAILURES = frozenset({"failed", "unknown"})


_Kind: TypeAlias = tuple[str, str, str, str]
"""Measure (or method), kind of journey, outcome and code: a cell's key without second and clock."""
_Marks: TypeAlias = "tuple[array[int], array[int]]"
"""When, and how long."""
_Column: TypeAlias = "tuple[str, str, str, str, str, array[int], array[int]]"
"""A kind, its clock, and its marks."""


class _Calls(NamedTuple):
    """The calls of one kind since the last close: when each was answered, its two times; the method's slowest."""

    at: array[int]
    response: array[int]
    service: array[int]
    slowest: list[int]


class Recorder:
    """What one process saw. For the greenlets of one thread: no method lets another one run before it is done."""

    def __init__(self, process: str, t0_ns: int, clock: Callable[[], int]) -> None:
        self._process, self._t0_ns, self._clock = process, t0_ns, clock
        self._sequence = 0
        self._meters: list[Callable[[], Mapping[str, float]]] = []
        self._slowest: dict[str, list[int]] = {}
        self._failed: Counter[str] = Counter()
        self._reset()

    def __repr__(self) -> str:
        return f"<Recorder {self._process} closed {self._sequence}, {len(self._times)} cells open>"

    def _reset(self) -> None:
        self._times: dict[_Kind, _Calls] = {}
        self._marks: dict[_Kind, _Marks] = {}
        self._claims = PackedClaims()
        self._seats: list[SeatNews] = []
        self._calls: list[KeptCall] = []
        self._arrivals: dict[int, ArrivalSecond] = {}
        self._digests: Counter[int] = Counter()
        self._counters: Counter[str] = Counter()
        self._extra: dict[str, Any] = {}

    def call(
        self,
        method: str,
        kind: str,
        journey: int,
        outcome: str,
        code: str,
        due_ns: int,
        sent_ns: int,
        answered_ns: int,
        detail: str = "",
        trace: str = "",
    ) -> None:
        """Takes in one call: response time from `due_ns`, service time from `sent_ns`, both to `answered_ns`.

        The three are instants of the run's clock; a clock that went back between them counts as no time.
        """
        calls = self._times.get((method, kind, outcome, code))
        if calls is None:
            calls = self._times[method, kind, outcome, code] = _Calls(
                array("q"), array("q"), array("q"), self._slowest.setdefault(method, [])
            )
        at, response, service, slowest = calls
        took = answered_ns - due_ns
        took = took if took > 0 else 0
        at.append(answered_ns)
        response.append(took)
        service.append(answered_ns - sent_ns if answered_ns > sent_ns else 0)
        if len(slowest) < KEPT or took > slowest[0] or outcome in _FAILURES:
            why = self._worth_keeping(method, outcome, took)
            if why:
                self._calls.append(
                    KeptCall(method, journey, kind, outcome, code, detail, due_ns, sent_ns, answered_ns, why, trace)
                )

    def _worth_keeping(self, method: str, outcome: str, took: int) -> str:
        if outcome in _FAILURES and self._failed[method] < KEPT:
            self._failed[method] += 1
            return "failed"
        slowest = self._slowest[method]
        if len(slowest) < KEPT:
            heapq.heappush(slowest, took)
        elif took > slowest[0]:
            heapq.heapreplace(slowest, took)
        else:
            return ""
        return "slow"

    def _still_slow(self, call: KeptCall) -> bool:
        # Those that slower ones of the same second have pushed out again need not travel.
        return call.answered_ns - call.due_ns >= self._slowest[call.method][0]

    def time(self, measure: str, kind: str, outcome: str, code: str, ns: int) -> None:
        """Takes in one time of a journey or of the generator, of now."""
        marks = self._marks.get((measure, kind, outcome, code))
        if marks is None:
            marks = self._marks[measure, kind, outcome, code] = (array("q"), array("q"))
        marks[0].append(self._clock())
        marks[1].append(max(ns, 0))

    def claim(self, claim: Claim) -> None:
        """Takes in what an answer, or its absence, says about seats, orders or money, as the claim stands now."""
        self._claims.append(claim)
        if claim.action in SEAT_ACTIONS and claim.effect == "happened":
            self._seats.append(SeatNews(claim.action, claim.event, claim.seats, claim.reservation, claim.order))

    def arrival(
        self, second: int, *, planned: int = 0, started: int = 0, late: int = 0, dropped: int = 0, digest: int = 0
    ) -> None:
        """Adds to what became of the arrivals planned for one second; `digest` (64 bits) is added modulo 2**64."""
        row = self._arrivals.get(second)
        if row is None:
            row = self._arrivals[second] = ArrivalSecond(second)
        row.planned += planned
        row.started += started
        row.late += late
        row.dropped += dropped
        self._digests[second] += digest

    def count(self, name: str, n: float = 1) -> None:
        """Adds to a counter."""
        self._counters[name] += n  # type: ignore[assignment]

    def fact(self, name: str, value: Any) -> None:
        """Notes a plain value; a later one of the same name replaces it."""
        self._extra[name] = value

    def meter(self, read: Callable[[], Mapping[str, float]]) -> None:
        """Adds what `read` returns to the counters at every close: what came since it was read last."""
        self._meters.append(read)

    def close(self, final: bool = False) -> Delta:
        """Returns all that came since the last time, under the next number; `final` marks an info set by the caller."""
        times, marks, calls, claims, seats = self._times, self._marks, self._calls, self._claims, self._seats
        for read in self._meters:
            for name, value in read().items():
                self.count(name, value)
        arrivals, digests, counters, extra = self._arrivals, self._digests, self._counters, self._extra
        self._reset()
        self._sequence += 1
        for second, row in arrivals.items():
            row.digest = f"{digests[second] % DIGEST_MODULUS:016x}"
        columns = [(*key, "response", calls.at, calls.response) for key, calls in times.items()]
        columns += [(*key, "service", calls.at, calls.service) for key, calls in times.items()]
        columns += [(*key, "response", at, values) for key, (at, values) in marks.items()]
        cells = _binned(columns, self._t0_ns)
        if final:
            extra["final"] = True
        kept = [call for call in calls if call.why == "failed" or self._still_slow(call)]
        rows = [arrivals[second] for second in sorted(arrivals)]
        return Delta(self._process, self._sequence, cells, claims, kept, rows, None, dict(counters), extra, seats)


def _binned(columns: list[_Column], t0_ns: int) -> dict[CellKey, Histogram]:
    """Cuts each column by seconds and bins what lies in each, all in one pass."""
    if not columns:
        return {}
    sizes = [len(column[-1]) for column in columns]
    at = np.concatenate([np.frombuffer(column[-2], np.int64) for column in columns])
    values = np.concatenate([np.frombuffer(column[-1], np.int64) for column in columns])
    seconds = (at - t0_ns) // SECOND_NS
    first = int(seconds.min())
    span = int(seconds.max()) - first + 1
    places, groups = np.unique(
        np.repeat(np.arange(len(columns)), sizes) * span + (seconds - first), return_inverse=True
    )
    histograms = grouped(values, groups, len(places))
    keys = (CellKey(first + place % span, *columns[place // span][:-2]) for place in places.tolist())
    return dict(zip(keys, histograms, strict=True))
