"""Claims packed as they come: a busy second has thousands, and nobody reads one of them before the run is over.

As an object a claim holds 1.2 KB, packed 0.3. What keeping them as objects and writing a row for each cost a call, most
of it waiting for memory, `python -m benchmarks generator` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, overload

import msgpack

from tacorush.evidence.records import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WIDTH = len(fields(Claim))
_ROW = attrgetter(*(field.name for field in fields(Claim)))
_pack = msgpack.Packer().pack


class PackedClaims(Sequence[Claim]):
    """Claims in the order told, as msgpack: each an array of its fields in their order."""

    __slots__ = ("_count", "_parts")

    def __init__(self, claims: Iterable[Claim] = ()) -> None:
        self._parts: list[bytes] = []
        self._count = 0
        for claim in claims:
            self.append(claim)

    @classmethod
    def of(cls, claims: Sequence[Claim]) -> PackedClaims:
        """Packs claims that are not packed yet."""
        return claims if isinstance(claims, PackedClaims) else cls(claims)

    @classmethod
    def of_octets(cls, octets: bytes, count: int) -> PackedClaims:
        """So many claims as `octets` returned them; whoever reads them finds out if they are not."""
        packed = cls()
        packed._parts.append(octets)
        packed._count = count
        return packed

    def __repr__(self) -> str:
        return f"<PackedClaims {len(self)}>"

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Claim]:
        return claims_in(self.octets(), self._count)

    @overload
    def __getitem__(self, index: int) -> Claim: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Claim]: ...
    def __getitem__(self, index: int | slice) -> Claim | Sequence[Claim]:
        return list(self)[index]

    def __hash__(self) -> int:
        raise TypeError("claims that still come have no hash")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def append(self, claim: Claim) -> None:
        """Takes one in, as it is now; raises OverflowError for a number beyond 64 bits."""
        self._parts.append(_pack(_ROW(claim)))
        self._count += 1

    def octets(self) -> bytes:
        """All of them, one after the other."""
        return b"".join(self._parts)


def claims_in(octets: bytes, count: int) -> Iterator[Claim]:
    """Yields so many claims from what `PackedClaims.octets` returned; raises ValueError when it has others."""
    unpacker = msgpack.Unpacker(max_buffer_size=max(len(octets), 1))
    unpacker.feed(octets)
    for row in unpacker:
        if not isinstance(row, list) or len(row) != _WIDTH:
            raise ValueError("what stands there is no claim")
        claim = Claim(*row)
        claim.seats, claim.wanted = tuple(claim.seats), tuple(claim.wanted)
        count -= 1
        yield claim
    if count or unpacker.tell() != len(octets):
        raise ValueError("some claims are missing")
