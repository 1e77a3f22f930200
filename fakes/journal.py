"""What the platform truly did: counts, gauges and a log, as an operator reads them through AdminService.

Counts only grow. A gauge is asked when it is read. The log keeps the last 10,000 entries. Incidents count here what
they did, so that a harness can be held against it.
"""

from __future__ import annotations

from collections import Counter, deque
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages.admin_pb2 import LOG_LEVEL_INFO, LOG_LEVEL_WARN
from fakes.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from contracts.messages.admin_pb2 import LogLevel

_KEPT = 10_000
_TIMED = 100
"""Answers of a service by which its response time is told."""


class Entry(NamedTuple):
    """One line of the log."""

    at: float
    level: LogLevel
    service: str
    message: str
    trace_id: str
    fields: Mapping[str, str]


class Measure(NamedTuple):
    """One count or gauge, read."""

    service: str
    name: str
    labels: Mapping[str, str]
    value: float
    counts: bool
    """Whether it only grows."""


class Journal:
    """The counts, gauges and log of one platform."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._calls: Counter[tuple[str, str]] = Counter()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._gauges: dict[tuple[str, str], Callable[[], float]] = {}
        self._groups: dict[str, Callable[[], Mapping[str, float]]] = {}
        self._times: dict[str, deque[float]] = {}
        self.history = History(now(), self.measures)
        """What the measures were at earlier moments."""
        self._log: deque[tuple[float, LogLevel, str, str, str, dict[str, str]]] = deque(maxlen=_KEPT)
        """The fields of entries, which are made when somebody reads them."""

    def called(self, method: str, code: str, trace_id: str = "") -> None:
        """Counts a call that was answered with an error code's name or OK; a refusal is logged."""
        self._calls[method, code] += 1
        if code != "OK":
            self.log(method.partition("/")[0], f"{method} refused", LOG_LEVEL_WARN, trace_id, code=code)

    def times(self, service: str) -> deque[float]:
        """How long the last answers of a service took, in seconds; who answers appends to it."""
        return self._times.setdefault(service, deque(maxlen=_TIMED))

    def count(self, service: str, name: str, by: int = 1) -> None:
        """Adds to a count of a service (`platform` for the whole, `incident` for what incidents do)."""
        self._counts[service, name] += by

    def gauge(self, service: str, name: str, read: Callable[[], float]) -> None:
        """Offers a value that is read when it is asked for."""
        self._gauges[service, name] = read

    def gauges(self, service: str, read: Callable[[], Mapping[str, float]]) -> None:
        """Offers values whose names, too, are known when they are asked for."""
        self._groups[service] = read

    def log(
        self, service: str, message: str, level: LogLevel = LOG_LEVEL_INFO, trace_id: str = "", **fields: str
    ) -> None:
        """Writes an entry."""
        self._log.append((self._now(), level, service, message, trace_id, fields))

    def calls(self, method: str, code: str = "") -> int:
        """How often a method was called; with a code, how often it was answered so."""
        if code:
            return self._calls[method, code]
        return sum(count for (name, _), count in self._calls.items() if name == method)

    def counted(self, service: str, name: str) -> int:
        """A count."""
        return self._counts[service, name]

    def measures(self) -> Iterator[Measure]:
        """Every count and gauge, calls by method and code first."""
        for (method, code), value in sorted(self._calls.items()):
            service, _, short = method.partition("/")
            yield Measure(service, "calls_total", {"method": short, "code": code}, value, True)
        for (service, name), value in sorted(self._counts.items()):
            yield Measure(service, name, {}, value, True)
        for (service, name), read in sorted(self._gauges.items()):
            yield Measure(service, name, {}, read(), False)
        for service, read_all in sorted(self._groups.items()):
            yield from (Measure(service, name, {}, value, False) for name, value in sorted(read_all().items()))

    def entries(self) -> Iterator[Entry]:
        """The log, newest first."""
        return (Entry(*line[:5], MappingProxyType(line[5])) for line in reversed(self._log))
