"""The table of metrics: what objectives can be about, what may be asked of each, and what measures it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.calls import RESPONSE, SERVICE, is_error
from reports.objectives import census, shares, times
from reports.objectives.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALL_FILTERS = frozenset({"method", "service", "phase", "journey", "outcome"})
_JOURNEY_FILTERS = frozenset({"phase", "journey", "outcome"})
_TIMES = frozenset({"p", "avg", "med", "min", "max"})
_RATES, _COUNTS, _SHARES = frozenset({"rate", "count", "burn"}), frozenset({"count"}), frozenset({"rate", "burn"})

_ROWS = (
    Metric("response_ms", "time from the planned start", "ms", _TIMES, _CALL_FILTERS, True, times.of_calls(RESPONSE)),
    Metric("service_ms", "time from the send", "ms", _TIMES, _CALL_FILTERS, True, times.of_calls(SERVICE)),
    Metric(
        "admission_wait_ms",
        "from the planned arrival to the admission, of those who were admitted",
        "ms",
        _TIMES,
        _JOURNEY_FILTERS,
        True,
        times.of_journeys("journey.admission_wait"),
    ),
    Metric(
        "time_to_ticket_ms",
        "from the planned arrival to the confirmed order, of those who got one",
        "ms",
        _TIMES,
        _JOURNEY_FILTERS,
        True,
        times.of_journeys("journey.time_to_ticket"),
    ),
    Metric("errors", "calls failed or unknown", "share", _RATES, _CALL_FILTERS, True, shares.of_calls(is_error)),
    Metric(
        "refusals",
        "calls that the platform refused by its rules",
        "share",
        _RATES,
        _CALL_FILTERS,
        True,
        shares.of_calls(lambda key: key.outcome == "refused"),
    ),
    Metric(
        "unknown",
        "calls of which no answer tells what became of them",
        "share",
        _RATES,
        _CALL_FILTERS,
        True,
        shares.of_calls(lambda key: key.outcome == "unknown"),
    ),
    Metric(
        "availability",
        "calls that were answered at all, or, `by: seconds`, seconds in which the platform was up",
        "share",
        _SHARES,
        _CALL_FILTERS,
        True,
        shares.availability,
    ),
    Metric(
        "unimplemented",
        "calls that the target does not serve",
        "share",
        frozenset({"rate", "count"}),
        _CALL_FILTERS,
        False,
        shares.unimplemented,
    ),
    Metric(
        "withdrawn",
        "methods that answered, and in a later second were not served",
        "count",
        _COUNTS,
        frozenset({"method", "service"}),
        False,
        shares.withdrawn,
        by_method=True,
    ),
    Metric(
        "limited",
        "calls turned away as too many (RATE_LIMITED)",
        "share",
        _RATES,
        _CALL_FILTERS,
        True,
        shares.of_calls(lambda key: key.code == "RATE_LIMITED"),
    ),
    Metric(
        "oversell",
        "seats with two or more orders",
        "count",
        _COUNTS,
        frozenset(),
        False,
        census.oversell,
        timed=False,
    ),
    Metric(
        "findings",
        "definite findings of one `rule`; without it the rules that have any, since one event may break several",
        "count",
        _COUNTS,
        frozenset({"rule"}),
        False,
        census.findings,
        timed=False,
    ),
    Metric(
        "queue_inversions",
        "people let in while somebody who had joined the same line before is known to have stood in it still",
        "share",
        frozenset({"rate", "count"}),
        frozenset(),
        False,
        census.queue_inversions,
        timed=False,
    ),
    Metric(
        "achieved_rate",
        "journeys started, as a share of the arrivals planned",
        "share",
        frozenset({"rate"}),
        frozenset({"phase"}),
        True,
        shares.achieved,
        open_loop_only=True,
    ),
    Metric(
        "journeys",
        "journeys by how they ended",
        "share",
        frozenset({"rate", "count"}),
        _JOURNEY_FILTERS,
        True,
        shares.journeys,
    ),
    Metric(
        "orders",
        "reservations known to be confirmed",
        "count",
        _COUNTS,
        frozenset(),
        False,
        census.orders,
        timed=False,
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({row.name: row for row in _ROWS})
"""Name to metric: everything that an objective can be about."""
