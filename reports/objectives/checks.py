"""What is wrong with an objective whose fields are sound each by itself: its metric, and how its parts fit together."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from contracts.catalogue import METHODS, SERVICES
from contracts.outcomes import OUTCOMES
from reports.audit import RULES
from reports.objectives.complaint import allowed
from reports.objectives.metric import CALLS, SECONDS
from reports.objectives.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reports.objectives.objective import Objective

ENDINGS = (
    "ticket",
    "sold_out",
    "not_admitted",
    "limited",
    "refused",
    "left",
    "expired",
    "cancelled",
    "failed",
    "unknown",
    "let_in",
    "unfinished",
)
"""How journeys end."""
_COUNTED = frozenset({"count"})
_OF_ONE = frozenset({"rate"})


class Fault(NamedTuple):
    """What is wrong with one field."""

    field: tuple[str, ...]
    said: str
    word: str = ""
    """The wrong word in the field's value; empty for all of it."""
    key: bool = False
    """The key is wrong, not the value."""


def faults(objective: Objective) -> Iterator[Fault]:
    """Yields what is wrong with an objective, the first cause first."""
    if objective.metric not in METRICS:
        yield Fault(("metric",), allowed(objective.metric, METRICS))
        return
    if (objective.expression is None) == (objective.recovers is None):
        both = "says twice what is asked for: keep expression or recovers"
        missing = "expression is missing: say what is asked for, such as p(95)<500"
        yield Fault(("name",), missing) if objective.expression is None else Fault(("recovers",), both, key=True)
        return
    yield from _expression(objective)
    yield from _where(objective)
    yield from _parts(objective)
    yield from _by_and_budget(objective)


def _expression(objective: Objective) -> Iterator[Fault]:
    metric, asked = objective.about, objective.parsed
    field = ("recovers",) if objective.recovery else ("expression",)
    word = "p(" if asked.aggregation == "p" else asked.aggregation
    if asked.aggregation not in metric.aggregations:
        known = sorted("p(…)" if name == "p" else name for name in metric.aggregations)
        yield Fault(field, f"{asked.text!r}: {metric.name} takes {', '.join(known)}", word)
        return
    threshold = f"{asked.threshold:g}"
    if metric.unit_of(asked.aggregation) == "share" and asked.threshold > 1:
        said = f"{asked.text!r}: a share is a part of one: write {asked.threshold / 100:g} for {threshold} %"
        yield Fault(field, said, threshold)
    elif asked.aggregation in _COUNTED and not asked.threshold.is_integer():
        yield Fault(field, f"{asked.text!r}: counts are whole numbers", threshold)
    elif asked.threshold == 0 and asked.comparison in {"<", ">="}:
        never = "is never met, for nothing is below 0" if asked.comparison == "<" else "is always met"
        yield Fault(field, f"{asked.text!r} {never}; write ==0 or >0", asked.comparison)


def _where(objective: Objective) -> Iterator[Fault]:
    metric = objective.about
    for key, value in objective.where.items():
        if key not in metric.filters:
            yield Fault(("where", key), allowed(key, metric.filters), key=True)
            continue
        known = VALUES.get((metric.name, key), VALUES.get(("", key)))
        if known is not None and value not in known:
            yield Fault(("where", key), allowed(value, known))


def _parts(objective: Objective) -> Iterator[Fault]:
    """What restricts it to a part of the run."""
    given = [
        (field, name)
        for field, name in (("during", "during"), ("from_s", "from"), ("to_s", "to"), ("every", "every"))
        if getattr(objective, field) is not None
    ]
    given += [("recovers", "recovers")] if objective.recovers is not None else []
    if not objective.about.timed:
        for _, name in given:
            yield Fault((name,), f"{objective.metric} is told of the whole run: leave {name} out", key=True)
        return
    if objective.during and objective.where.get("phase") not in (None, objective.during):
        yield Fault(("where", "phase"), f"the objective is about during: {objective.during} already; keep one")
    if objective.phase and (objective.from_s is not None or objective.to_s is not None):
        name = "from" if objective.from_s is not None else "to"
        yield Fault((name,), "a phase has its own beginning and end: keep it, or from and to", key=True)
    if objective.recovery and (objective.phase or objective.from_s is not None or objective.to_s is not None):
        yield Fault(
            ("recovers",), "a recovery is about the time after something: leave during, from and to out", key=True
        )
    if objective.recovery and objective.windows and objective.windows.may_miss:
        yield Fault(("every",), "after a recovery every window holds: leave out what may miss")
    for field, name in (("from_s", "from"), ("to_s", "to"), ("warmup", "warmup")):
        value = getattr(objective, field)
        if value is not None and value != int(value):
            yield Fault((name,), "a run is counted by whole seconds; write one")
    if objective.to_s is not None and objective.to_s <= max(objective.from_s or 0, objective.warmup or 0):
        yield Fault(("to",), "ends before it begins; it has to be later than from and warmup")


def _by_and_budget(objective: Objective) -> Iterator[Fault]:
    asked = objective.parsed
    if objective.by not in (CALLS, SECONDS):
        yield Fault(("by",), allowed(objective.by, (CALLS, SECONDS)))
    elif objective.by == SECONDS and objective.metric != "availability":
        yield Fault(("by",), f"only availability is told by seconds, not {objective.metric}: leave by out", key=True)
    elif objective.by == SECONDS and asked.aggregation == "burn":
        yield Fault(("by",), "a budget is one of calls: leave by out", key=True)
    if asked.aggregation == "burn" and objective.budget is None:
        field = ("recovers",) if objective.recovery else ("expression",)
        yield Fault(field, f"{asked.text!r} needs a budget: the share that may go wrong, such as budget: 0.001", "burn")
    if asked.aggregation != "burn" and objective.budget is not None:
        yield Fault(("budget",), f"a budget burns: write burn<1 in place of {asked.text}, or leave it out", key=True)
    if objective.grace_s is not None and not (objective.about.timed or objective.metric == "oversell"):
        yield Fault(("abort",), f"{objective.metric} is known at the end only: it cannot end a run", key=True)
    if objective.grace_s is not None and objective.recovery:
        yield Fault(("abort",), "a recovery is known at the end only: it cannot end a run", key=True)


def _short(names: Iterable[str], separator: str) -> frozenset[str]:
    return frozenset(name for full in names for name in (full, full.rpartition(separator)[2]))


VALUES: Mapping[tuple[str, str], frozenset[str]] = MappingProxyType(
    {
        ("", "method"): _short(METHODS, "/"),
        ("", "service"): _short(SERVICES, "."),
        ("", "outcome"): frozenset(OUTCOMES),
        ("journeys", "outcome"): frozenset(ENDINGS),
        ("admission_wait_ms", "outcome"): frozenset(ENDINGS),
        ("time_to_ticket_ms", "outcome"): frozenset(ENDINGS),
        ("findings", "rule"): frozenset(rule.name for rule in RULES),
    }
)
"""(Metric, or empty for all, and key of `where`) to the values that exist; kinds of journeys are the scenario's own."""
