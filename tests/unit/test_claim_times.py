"""Times that a platform states, as the run file can hold them."""

from __future__ import annotations

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from scenarios.grpc_ticketing.claims import FURTHEST_NS, nanoseconds


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (Timestamp(), 0),
        (Timestamp(seconds=1_700_000_000, nanos=5), 1_700_000_000_000_000_005),
        (Timestamp(seconds=253_402_300_799), FURTHEST_NS),
        (Timestamp(seconds=-62_135_596_800), 0),
    ],
)
def test_a_stated_time_fits_into_64_bits(stamp: Timestamp, expected: int) -> None:
    """A hold "until the year 9999" is a hold without end, and no reason to lose the evidence of a run."""
    assert nanoseconds(stamp) == expected < 2**63
