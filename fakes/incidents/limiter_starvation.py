"""Incident `limiter-starvation`: a key that arrives often is never let in again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from contracts.messages import errors_pb2
from fakes.incidents.incident import Incident, Proof

PER_S = 1000
"""What the limiter means to let through."""

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.incidents.setting import Setting


class LimiterStarvation(Incident):
    """The queue's limiter refills in whole steps of 100 ms since the key's last arrival: a key that arrives faster than
    that never refills, and once its burst of 100 is spent it is answered RATE_LIMITED for ever.

    The key is the event, so that a crowd is what starves it. `step_ms` and `burst` set the limiter; while it rests it
    is a healthy one, of 1,000 a second.
    """

    name = "limiter-starvation"
    rule = "Rate limited"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--incident", "limiter-starvation:burst=20"),
        scenario="flow",
        run=("--rate", "20", "--duration", "15s", "--time-scale", "0.2"),
    )
    by_call = True
    usual = frozenset({"gateway.v1.QueueService/GetQueueStatus", "gateway.v1.QueueService/JoinQueue"})
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0, "step_ms": 100, "burst": 100})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._buckets: dict[str, tuple[float, float]] = {}
        """Key to its tokens and when it last arrived."""

    def instead(self, method: Method, request: Any) -> Message | None:
        """RATE_LIMITED for a key without a token."""
        if not self.concerns(method) or self._allows(request.event_id, self._elapsed()) or not self.strikes():
            return None
        response = method.response()
        error = errors_pb2.Error(code=errors_pb2.ERROR_CODE_RATE_LIMITED, message="too many requests")
        response.error.CopyFrom(error)  # type: ignore[attr-defined]
        return response

    def _allows(self, key: str, now: float) -> bool:
        """Takes a token; the bug is that what is left of a step is lost with each arrival."""
        step_s, burst = max(self.values["step_ms"], 1) / 1000, self.values["burst"]
        tokens, arrived = self._buckets.get(key, (burst, now))
        tokens = min(burst, tokens + int((now - arrived) / step_s) * step_s * PER_S)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - allowed, now)
        return allowed
