"""The claims of a run by columns, for what has to look at all of them; objects are made only of those asked for.

Ten million claims take about 1 GB here and would take 12 as objects. Ids stand as digests (`claim_columns`), those of
reservations and intents as numbers from 0. What a claim says in words (method, kind of journey, status, code) is one of
a few hundred *forms*: a predicate is asked once for each form, by an example, and never written down a second time.
"""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reports.audit.queue_columns import Part as QueuePart
from reports.audit.queue_columns import chosen, of_queue, together
from reports.audit.stated_columns import Part, of_places, of_prices, stated, stated_in
from reports.audit.stream_columns import StreamColumns, of_streams
from tacorush.evidence.claim_columns import ClaimColumns, Digests, Numbers, Texts, numbered
from tacorush.evidence.packed_claims import claims_at, claims_in
from tacorush.evidence.records import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tacorush.evidence.packed_claims import ClaimStore

Mask: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int32]

_CHUNK_OCTETS = 1 << 20
"""Parts are read in chunks of this size: as many claims as fit into a processor's cache with their columns."""
_WORDS = ("action", "method", "kind", "status", "outcome", "effect", "code")
_NUMBERS = ("sent_ns", "answered_ns", "expires_ns", "stated_ns", "journey")


class Listed:
    """The texts of a list field, one row for each text of each claim."""

    def __init__(self, found: list[Texts]) -> None:
        self.claim: Codes = np.concatenate([np.empty(0, np.int32), *(texts.claim.astype(np.int32) for texts in found)])
        """Row of the claim in the table."""
        self.digest: Digests = np.concatenate([np.empty(0, np.uint64), *(texts.digest for texts in found)])


class ClaimTable:
    """All claims of a store, in its order. Columns are filled once, when the table is made; rows count from 0."""

    def __init__(self, store: ClaimStore) -> None:
        self._store = store
        sizes = store.sizes()
        self._firsts = np.fromiter(accumulate(sizes, initial=0), np.int64, len(sizes) + 1)
        count = int(self._firsts[-1])
        self._start = np.empty(count, np.uint32)
        self._forms: dict[int, int] = {}
        self.examples: list[Claim] = []
        """A claim of each form, with nothing filled in but its words."""
        self.form: Codes = np.empty(count, np.int32)
        self.sent_ns, self.answered_ns, self.expires_ns, self.stated_ns, self.journey = (
            np.empty(count, np.int64) for _ in _NUMBERS
        )
        self.quantity: Codes = np.empty(count, np.int32)
        self.order, self.payment = np.empty(count, np.uint64), np.empty(count, np.uint64)
        """Digests; 0 where none is told."""
        self.event = np.empty(count, np.uint64)
        self.key = np.empty(count, np.uint64)
        """Digest of user, method and key; 0 where there is no key."""
        self.seat_count: Codes = np.empty(count, np.int32)
        reservation, intent = np.empty(count, np.uint64), np.empty(count, np.uint64)
        seats: list[Texts] = []
        wanted: list[Texts] = []
        queue: list[QueuePart] = []
        streams: list[StreamColumns] = []
        prices: list[Part] = []
        at = 0
        for columns in self._chunks():
            rows = slice(at, at + len(columns))
            self._fill(rows, columns)
            reservation[rows], intent[rows] = columns.digests("reservation"), columns.digests("intent")
            seats.append(_moved(columns.texts("seats"), at))
            wanted.append(_moved(columns.texts("wanted"), at))
            queue.append(chosen(columns, np.flatnonzero(self._said(of_queue)[self.form[rows]]), at))
            streams.append(StreamColumns.chosen(columns, np.flatnonzero(self._said(of_streams)[self.form[rows]]), at))
            priced, placed = (np.flatnonzero(self._said(of)[self.form[rows]]) for of in (of_prices, of_places))
            prices.append(stated_in(columns, priced, placed, at))
            at = rows.stop
        self.seats, self.wanted = Listed(seats), Listed(wanted)
        del seats, wanted
        self.streams = StreamColumns.together(streams)
        """What was followed, and what came of it."""
        del streams
        self.reservation, self.reservations = numbered(reservation)
        """Number of the reservation, -1 where none is named; and how many there are."""
        del reservation
        self.intent, self.intents = numbered(intent)
        del intent
        self.queue = together(queue)
        """What is told of the queue."""
        del queue
        self.stated = stated(prices, self.reservation, self.intent, self.reservations, self.intents)
        """What is told of prices and sections."""

    def __len__(self) -> int:
        return len(self.form)

    def __repr__(self) -> str:
        return f"<ClaimTable {len(self)} claims, {self.reservations} reservations, {len(self.examples)} forms>"

    def where(self, predicate: Callable[[Claim], bool]) -> Mask:
        """Returns which claims a predicate holds for that looks at their words alone: action, method, status, code …"""
        return self._said(predicate)[self.form]

    def _said(self, predicate: Callable[[Claim], bool]) -> Mask:
        """Returns for which forms a predicate holds."""
        return np.fromiter((predicate(example) for example in self.examples), np.bool_, len(self.examples))

    def reservations_with(self, claims: Mask) -> Mask:
        """Returns which reservations have such a claim, by their number."""
        return _among(self.reservation[claims], self.reservations)

    def intents_with(self, claims: Mask) -> Mask:
        """Returns which intents have such a claim, by their number."""
        return _among(self.intent[claims], self.intents)

    @cached_property
    def links(self) -> tuple[Codes, Codes]:
        """Which reservation goes with which intent, by their numbers, as any claim says; each pair once."""
        both = np.flatnonzero((self.reservation >= 0) & (self.intent >= 0))
        pairs = np.unique(self.reservation[both].astype(np.int64) << 32 | self.intent[both])
        return (pairs >> 32).astype(np.int32), (pairs & 0xFFFF_FFFF).astype(np.int32)

    @cached_property
    def seat_sum(self) -> Digests:
        """Digest of each claim's seats in whatever order: the sum of theirs, 0 where it names none."""
        found = np.zeros(len(self), np.uint64)
        np.add.at(found, self.seats.claim, self.seats.digest)
        return found

    def claims(self, rows: Numbers) -> Iterator[Claim]:
        """Yields claims as objects; rows rise."""
        cuts = np.searchsorted(rows, self._firsts)
        for number in np.flatnonzero(np.diff(cuts)).tolist():
            chosen, octets = rows[cuts[number] : cuts[number + 1]], self._store.part(number)
            if len(chosen) == self._firsts[number + 1] - self._firsts[number]:
                yield from claims_in(octets, len(chosen))
            else:
                yield from claims_at(octets, self._start[chosen].tolist())

    def _chunks(self) -> Iterator[ClaimColumns]:
        """Yields the columns of parts put together, and notes where in their part the claims begin."""
        octets: list[bytes] = []
        first = 0
        for number in range(len(self._firsts) - 1):
            octets.append(self._store.part(number))
            if sum(map(len, octets)) >= _CHUNK_OCTETS:
                yield self._columns(octets, first)
                octets, first = [], number + 1
        if octets:
            yield self._columns(octets, first)

    def _columns(self, octets: list[bytes], first: int) -> ClaimColumns:
        bounds = self._firsts[first : first + len(octets) + 1]
        columns = ClaimColumns(octets, int(bounds[-1] - bounds[0]))
        begins = np.fromiter(accumulate(map(len, octets), initial=0), np.int64, len(octets) + 1)[:-1]
        self._start[bounds[0] : bounds[-1]] = columns.starts - np.repeat(begins, np.diff(bounds))
        return columns

    def _fill(self, rows: slice, columns: ClaimColumns) -> None:
        for name in _NUMBERS:
            getattr(self, name)[rows] = columns.numbers(name)
        for name in ("order", "payment", "event"):
            getattr(self, name)[rows] = columns.digests(name)
        self.quantity[rows] = np.clip(columns.numbers("quantity"), -1, np.iinfo(np.int32).max)
        self.seat_count[rows] = columns.counts("seats")
        self.key[rows] = np.where(columns.digests("key") == 0, np.uint64(0), columns.digests("key", "user", "method"))
        self.form[rows] = self._form(columns)

    def _form(self, columns: ClaimColumns) -> Numbers:
        digests, examples, places = np.unique(columns.digests(*_WORDS), return_index=True, return_inverse=True)
        found = zip(digests.tolist(), examples.tolist(), strict=True)
        codes = [self._code(digest, columns, row) for digest, row in found]
        return np.array(codes, np.int64)[places] if codes else np.empty(0, np.int64)

    def _code(self, digest: int, columns: ClaimColumns, row: int) -> int:
        code = self._forms.get(digest)
        if code is None:
            code = self._forms[digest] = len(self.examples)
            example = Claim("", "", journey=0, kind="")
            for name in _WORDS:
                setattr(example, name, columns.text(name, row))
            self.examples.append(example)
        return code


def _moved(texts: Texts, by: int) -> Texts:
    return Texts(texts.claim + by, texts.digest)


def _among(codes: Codes, count: int) -> Mask:
    found = np.zeros(count, np.bool_)
    found[codes[codes >= 0]] = True
    return found
