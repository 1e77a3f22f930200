"""Claims packed as they come: a busy second has thousands, and nobody reads one of them before the run is over.

As an object a claim holds 1.2 KB, packed 0.3. What keeping them as objects and writing a row for each cost a call, most
of it waiting for memory, `python -m benchmarks generator` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, overload, runtime_checkable

import msgpack

from tacorush.evidence.records import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WIDTH = len(fields(Claim))
_ROW = attrgetter(*(field.name for field in fields(Claim)))
_pack = msgpack.Packer().pack


@runtime_checkable
class ClaimStore(Protocol):
    """Claims that lie packed in numbered parts and can be read part by part, as often as needed."""

    def __iter__(self) -> Iterator[Claim]:
        """Yields all of them, as objects, part by part."""
        ...

    def sizes(self) -> Sequence[int]:
        """Returns how many claims each part has."""
        ...

    def part(self, number: int) -> bytes:
        """Returns one part, as `claims_in` reads it; parts are numbered from 0."""
        ...


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

    def sizes(self) -> Sequence[int]:
        """All of them are one part."""
        return (self._count,)

    def part(self, number: int) -> bytes:
        """Returns all of them; raises IndexError for any other part than 0."""
        if number:
            raise IndexError(f"there is no part {number}")
        return self.octets()

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
        count -= 1
        yield _claim(row)
    if count or unpacker.tell() != len(octets):
        raise ValueError("some claims are missing")


def claims_at(octets: bytes, starts: Sequence[int]) -> Iterator[Claim]:
    """Yields the claims that begin at these places, which rise, in what `PackedClaims.octets` returned."""
    unpacker = msgpack.Unpacker(max_buffer_size=max(len(octets), 1))
    unpacker.feed(octets)
    at = 0
    for start in starts:
        unpacker.read_bytes(start - at)
        yield _claim(unpacker.unpack())
        at = unpacker.tell()


def _claim(row: list[Any]) -> Claim:
    claim = Claim(*row)
    claim.seats, claim.wanted = tuple(claim.seats), tuple(claim.wanted)
    return claim
