"""Claims by columns are the claims: every number and text of every shape, against the objects themselves."""

from __future__ import annotations

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.evidence.claim_columns import ClaimColumns, text_digest
from tacorush.evidence.packed_claims import PackedClaims, claims_at
from tacorush.evidence.records import Claim

TEXTS = st.text(max_size=40) | st.sampled_from(["x" * 31, "x" * 32, "y" * 255, "y" * 256])
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 127, 128, -1, -32, -33, 255, 256, 65_535, 65_536])
LISTS = st.lists(st.text(max_size=12), max_size=20).map(tuple)
CLAIMS = st.builds(
    Claim,
    action=TEXTS,
    method=TEXTS,
    journey=NUMBERS,
    kind=TEXTS,
    seats=LISTS,
    wanted=LISTS,
    reservation=TEXTS,
    amount=NUMBERS,
    sent_ns=NUMBERS,
    expires_ns=NUMBERS,
    trace=TEXTS,
    shown=TEXTS,
    position=NUMBERS,
    stated_ns=NUMBERS,
    worth=NUMBERS,
    section=TEXTS,
)


def columns(claims: list[Claim]) -> ClaimColumns:
    return ClaimColumns([PackedClaims(claims).octets()], len(claims))


@given(st.lists(CLAIMS, max_size=8))
def test_columns_hold_what_the_claims_say(claims: list[Claim]) -> None:
    read = columns(claims)
    assert len(read) == len(claims)
    for name in ("journey", "amount", "sent_ns", "expires_ns", "attempt", "position", "stated_ns", "worth"):
        assert read.numbers(name).tolist() == [getattr(claim, name) for claim in claims]
    for name in ("action", "reservation", "trace", "shown", "section"):
        assert [read.text(name, row) for row in range(len(claims))] == [getattr(claim, name) for claim in claims]
        assert read.digests(name).tolist() == [text_digest(getattr(claim, name)) for claim in claims]
    for name in ("seats", "wanted"):
        assert read.counts(name).tolist() == [len(getattr(claim, name)) for claim in claims]
        rows = sorted(zip(*(column.tolist() for column in read.texts(name)), strict=True))
        assert rows == sorted((row, text_digest(text)) for row, it in enumerate(claims) for text in getattr(it, name))
    assert list(claims_at(PackedClaims(claims).octets(), read.starts.tolist()[::2])) == claims[::2]


@given(st.lists(TEXTS, unique=True, max_size=30))
def test_equal_texts_have_equal_digests_and_others_other_ones(texts: list[str]) -> None:
    digests = columns([Claim("hold", "m", 1, "k", order=text) for text in texts]).digests("order").tolist()
    assert len(set(digests)) == len(texts)
    assert [digest == 0 for digest in digests] == [text == "" for text in texts]


def test_digests_of_several_fields_tell_which_field_has_which_text() -> None:
    read = columns([Claim("hold", "m", 1, "k", user=one, key=other) for one, other in (("a", "b"), ("b", "a"))])
    assert len(set(read.digests("user", "key").tolist())) == 2


def test_a_hundred_thousand_ids_that_count_up_have_as_many_digests() -> None:
    """The ids of many platforms differ in a few digits."""
    claims = [Claim("hold", "m", 1, "k", order=f"order-2025-{number:012d}") for number in range(100_000)]
    assert len(np.unique(columns(claims).digests("order"))) == 100_000


def test_what_looks_like_a_claims_beginning_inside_of_one_is_none() -> None:
    """Its octets may stand in a number; then the claims are skipped through one by one."""
    head = int.from_bytes(
        msgpack.Packer().pack_array_header(len(msgpack.unpackb(PackedClaims([Claim("", "", 0, "")]).octets())))
    )
    claims = [Claim("hold", "m", 1, "k", sent_ns=2**62 + (head << 8), reservation=f"r{number}") for number in range(3)]
    assert columns(claims).numbers("sent_ns").tolist() == [2**62 + (head << 8)] * 3


def test_a_text_may_be_as_long_as_it_likes() -> None:
    claims = [Claim("hold", "m", 1, "k", order="ü" * length) for length in (1, 40_000, 100, 120_000)]
    read = columns(claims)
    assert [len(read.text("order", row)) for row in range(4)] == [1, 40_000, 100, 120_000]
    assert len(set(read.digests("order").tolist())) == 4


def test_a_number_beyond_63_bits_comes_as_the_largest() -> None:
    assert columns([Claim("hold", "m", 1, "k", expires_ns=2**64 - 1)]).numbers("expires_ns").tolist() == [2**63 - 1]


def test_other_octets_than_claims_are_refused() -> None:
    octets = PackedClaims([Claim("hold", "m", 1, "k"), Claim("sale", "m", 2, "k")]).octets()
    assert len(ClaimColumns([], 0)) == 0
    for wrong, count in (
        (octets, 1),
        (octets, 3),
        (octets[:-1], 2),
        (octets + b"\x00", 2),
        (octets.replace(b"\xa4hold", b"\x93\x01\x02\x03\x04"), 2),
        (octets.replace(b"\xa4hold", b"\xc0\xa3old"), 2),
        (octets.replace(b"\xa4hold", b"\xdb\xff\xff\xff\xff"), 2),
        (b"\x01" * 200, 200),
    ):
        with pytest.raises(ValueError, match=r"some claims are missing|what stands there is no claim"):
            ClaimColumns([wrong[:9], wrong[9:]], count)
