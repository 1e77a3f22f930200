"""Deltas survive the way between processes unchanged, and what is none is refused."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.evidence.delta import DeltaError, pack, unpack
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, Delta, KeptCall, ProcessInfo

TEXT = st.text(max_size=8)
NUMBER = st.integers(-(2**62), 2**62)
CLAIMS = st.builds(
    Claim, TEXT, TEXT, NUMBER, TEXT, seats=st.lists(TEXT, max_size=3).map(tuple), wanted=st.lists(TEXT).map(tuple),
    amount=NUMBER, sent_ns=NUMBER, answered_ns=NUMBER, expires_ns=NUMBER, attempt=st.integers(1, 5),
)  # fmt: skip
CALLS = st.builds(KeptCall, TEXT, NUMBER, TEXT, TEXT, TEXT, TEXT, NUMBER, NUMBER, NUMBER, TEXT, TEXT)
DELTAS = st.builds(
    Delta,
    TEXT,
    st.integers(1, 2**31),
    st.dictionaries(
        st.builds(CellKey, st.integers(-100, 10_000), TEXT, TEXT, TEXT, TEXT, TEXT),
        st.lists(st.integers(0, 10**12), max_size=5).map(Histogram),
        max_size=4,
    ),
    st.lists(CLAIMS, max_size=3),
    st.lists(CALLS, max_size=3),
    st.lists(st.builds(ArrivalSecond, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, TEXT), max_size=3),
    st.none() | st.builds(ProcessInfo, TEXT, TEXT, TEXT, st.integers(0, 2**22), st.dictionaries(TEXT, TEXT)),
    st.dictionaries(TEXT, st.floats(allow_nan=False)),
    st.dictionaries(TEXT, TEXT | st.integers(0, 9)),
)


@given(DELTAS)
def test_a_delta_comes_out_of_a_message_as_it_went_in(delta: Delta) -> None:
    """Through the very encoder that carries it."""
    assert unpack(msgpack.unpackb(msgpack.packb(pack(delta)))) == delta


def test_another_version_is_refused() -> None:
    packed = pack(Delta("w1", 1)) | {"version": 99}
    with pytest.raises(DeltaError, match="evidence of version 99 came in, only version 3 can be read: run one release"):
        unpack(packed)


@pytest.mark.parametrize("wrong", [{"version": 3}, {"version": 3, "process": "x", "sequence": 1, "cells": 5}])
def test_what_is_no_delta_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DeltaError, match="what came in is no delta"):
        unpack(wrong)
