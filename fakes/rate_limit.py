"""Token buckets: so many at once, so many a second, refilled continuously.

The refill is computed from the time that passed, never in steps, so that a caller who asks often does not keep his own
bucket from filling. A bucket that nobody touched until it was full again says nothing and is forgotten.
"""

from __future__ import annotations

import math
from collections import OrderedDict


class TokenBucket:
    """One bucket. Rate and size are given at each question, since an operator may change them."""

    __slots__ = ("_at", "_tokens")

    def __init__(self) -> None:
        self._tokens = math.inf
        self._at = -math.inf

    def level(self, now: float, per_s: float, size: float) -> float:
        """The tokens in it now. A new bucket is full."""
        if size == math.inf or self._at == -math.inf:
            return size
        return min(size, self._tokens + max(0.0, now - self._at) * per_s)

    def take(self, now: float, per_s: float, size: float) -> bool:
        """Takes one token; False when there is none, and then nothing is taken."""
        level = self.level(now, per_s, size)
        if level < 1:
            return False
        self._tokens, self._at = level - 1, max(now, self._at)
        return True


class RateLimiter:
    """A bucket for each user."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, TokenBucket]] = OrderedDict()

    def allow(self, now: float, user: str, per_s: float, size: float) -> bool:
        """Whether this user may call once more now."""
        if size == math.inf:
            return True
        self._forget(now, size / per_s if per_s else math.inf)
        bucket = self._buckets[user][1] if user in self._buckets else TokenBucket()
        self._buckets[user] = (now, bucket)
        self._buckets.move_to_end(user)
        return bucket.take(now, per_s, size)

    def __len__(self) -> int:
        return len(self._buckets)

    def _forget(self, now: float, full_after_s: float) -> None:
        while self._buckets:
            user, (touched, _) = next(iter(self._buckets.items()))
            if now - touched < full_after_s:
                return
            del self._buckets[user]
