"""Token buckets, and the limit of each user at the gateway."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from fakes.rate_limit import RateLimiter, TokenBucket
from fakes.settings import OPEN
from tests.unit.ticket_desk import EVENT, Desk


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=200), st.integers(1, 50), st.integers(1, 50))
def test_no_window_lets_more_through_than_size_and_refill(gaps_ms: list[int], per_s: int, size: int) -> None:
    """In any stretch of time, at most the size plus what was refilled; and never less than a naive simulation."""
    bucket, now, passed, tokens, at = TokenBucket(), 0.0, list[float](), float(size), 0.0
    for gap in gaps_ms:
        now += gap / 1000
        tokens, at = min(size, tokens + (now - at) * per_s), now
        allowed = bucket.take(now, per_s, size)
        if abs(tokens - 1) > 1e-6:
            assert allowed == (tokens >= 1)
        if allowed:
            tokens -= 1
            passed.append(now)
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            assert last - first + 1 <= size + (passed[last] - start) * per_s + 1e-6


def test_asking_often_does_not_keep_the_bucket_empty() -> None:
    """Refused a thousand times a second, a caller still gets his one token a second."""
    bucket = TokenBucket()
    assert bucket.take(0, 1, 1)
    passed = sum(bucket.take(number / 1000, 1, 1) for number in range(1, 10_001))
    assert passed in (9, 10)


def test_no_limit_is_no_limit() -> None:
    bucket = TokenBucket()
    assert all(bucket.take(0.0, math.inf, math.inf) for _ in range(1000))
    limiter = RateLimiter()
    assert all(limiter.allow(0.0, "ann", math.inf, math.inf) for _ in range(1000))
    assert len(limiter) == 0


def test_users_do_not_share_a_bucket_and_idle_ones_are_forgotten() -> None:
    limiter = RateLimiter()
    assert [limiter.allow(0, "ann", 1, 2) for _ in range(3)] == [True, True, False]
    assert limiter.allow(0, "ben", 1, 2)
    assert limiter.allow(5, "eve", 1, 2)
    assert len(limiter) == 1


def test_the_gateway_limits_a_user_at_50_a_second_and_100_at_once() -> None:
    """Waiting tokens count for their user; the services behind the gateway do not limit."""
    desk = Desk()
    token = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    for _ in range(99):
        desk.do("queue/GetQueueStatus", waiting_token=token)
    refusal = ("RATE_LIMITED", "ann may call 50 times a second, 100 at once")
    assert desk.refused("queue/GetQueueStatus", waiting_token=token) == refusal
    assert desk.refused("gateway/GetReservation", reservation_id="rsv_x", user_id="ann") == refusal
    assert desk.refused("reservation/GetReservation", reservation_id="rsv_x", user_id="ann")[0] == "NOT_FOUND"
    desk.do("queue/JoinQueue", event_id=EVENT, user_id="ben")
    desk.do("queue/GetQueueStats")
    desk.time.advance(0.03)
    desk.do("queue/GetQueueStatus", waiting_token=token)
    assert desk.refused("queue/GetQueueStatus", waiting_token=token) == refusal


def test_profile_open_limits_nobody() -> None:
    desk = Desk(OPEN)
    token = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    for _ in range(500):
        desk.do("queue/GetQueueStatus", waiting_token=token)
