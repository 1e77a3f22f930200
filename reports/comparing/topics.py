"""What two runs are compared in: the figure of every objective, and P95 and error rate of all calls and every method.

An objective that both runs have is asked as the base had it, so that a loosened one hides nothing. Where it counts
events among calls, it is their share that is compared, and where it cuts the run into windows, the whole of its part:
the worst of several windows is no figure that has an interval. A figure that two objectives and a method share is
compared once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.objectives.expression import Expression
from reports.objectives.judging import judge
from reports.objectives.metric import Measured, Metric, Question
from reports.objectives.metrics import METRICS
from reports.objectives.scope import WHOLE, Scope, scope_of
from reports.wording import method_name, method_of_service

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from reports.figures import Figures
    from reports.objectives.metric import Sources
    from reports.objectives.objective import Objective

ESTIMATE, COUNT, CENSUS, SINGLE = "estimate", "count", "census", "single"
"""How a figure is compared: by intervals; as something that should not happen at all; as it is; by its verdict, since
one run has but one of it (a largest time, a recovery)."""

METHOD_BUDGET = 0.01
"""The share of a method's calls that may go wrong where no objective says."""
_SINGLE = frozenset({"max", "min"})
_WORSE: Mapping[str, int] = MappingProxyType({"<": 1, "<=": 1, ">": -1, ">=": -1, "==": 1, "!=": 0})
"""Comparison of an expression to the direction in which its figure gets worse; 0 where neither is."""


@dataclass(frozen=True)
class Topic:
    """One figure that two runs are compared in."""

    name: str
    metric: Metric
    question: Question
    way: str
    """ESTIMATE, COUNT, CENSUS or SINGLE."""
    worse: int
    """1 where more is worse, -1 where less is, 0 where neither."""
    budget: float = 0.0
    """Of shares: what may go wrong; a part of it is what is tolerated where nothing went wrong before."""
    method: str = ""
    """The full name of the method, of topics that are about one for the method's own sake."""
    covers: str = ""
    """The full name of the only method that was called of those that it is about; empty where there are several."""
    objective: Objective | None = None
    """None for all calls, and for a method."""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two topics the same."""
        asked, objective = self.question.expression, self.objective
        about = (objective.phase, objective.from_s, objective.to_s, objective.warmup) if objective else (None,) * 4
        part = tuple(value or None for value in about)
        shown = (asked.aggregation, asked.percent, objective.recovers if objective else None)
        where = tuple(sorted((dict(self.question.where) | ({"method": self.covers} if self.covers else {})).items()))
        return self.metric.name, shown, where, self.question.by, self.question.budget, part

    @property
    def unit(self) -> str:
        """The unit of its figure."""
        if self.objective and self.objective.recovery:
            return "s"
        return self.metric.unit_of(self.question.expression.aggregation)

    @property
    def figure(self) -> str:
        """The figure as people call it: `P95`, `mean`, `share`."""
        asked = self.question.expression
        if self.objective and self.objective.recovery:
            return "time to recovery"
        return f"P{asked.percent:g}" if asked.aggregation == "p" else _CALLED[asked.aggregation]

    def scope(self, figures: Figures) -> Scope:
        """The part of a run that it is about."""
        return scope_of(self.objective, figures) if self.objective else WHOLE

    def measure(self, sources: Sources, confidence: float) -> Measured:
        """Measures it in one run."""
        if self.objective and self.objective.recovery:
            return judge(self.objective, sources).measured
        scope = self.scope(sources.figures)
        if scope.problem:
            return Measured(None, needed=1)
        end = float("inf") if scope.to_s is None else scope.to_s
        part = sources if scope.whole else sources.between(scope.from_s or 0, end)
        return self.metric.measure(part, replace(self.question, confidence=confidence))


_CALLED: Mapping[str, str] = MappingProxyType(
    {
        "avg": "mean",
        "med": "P50",
        "min": "smallest",
        "max": "largest",
        "rate": "share",
        "count": "count",
        "burn": "burn rate",
    }
)
"""Aggregation to what it gives, in words."""


def topics(base: Iterable[Objective], new: Iterable[Objective], called: Sequence[Collection[str]]) -> list[Topic]:
    """Returns what two runs are compared in: objectives of the base, those that only the new run has, and methods.

    `called` are the methods that each run called; of one that only one did, nothing can be compared.
    """
    either, both = set().union(*called), sorted(set.intersection(*map(set, called)))
    found = [_covering(_of_objective(objective), either) for objective in (*base, *new)]
    return list(_once([*found, *of_calls(""), *(topic for method in both for topic in of_calls(method))]))


def _covering(topic: Topic, called: Collection[str]) -> Topic:
    asked = topic.question.where.get("method")
    covered = [method for method in called if asked in (method, method_name(method))]
    return replace(topic, covers=covered[0]) if len(covered) == 1 else topic


def _once(found: Iterable[Topic]) -> Iterator[Topic]:
    """The first of each figure; a name that stood for another figure before gets a number."""
    seen: set[tuple[object, ...]] = set()
    names: Counter[str] = Counter()
    for topic in found:
        if topic.key in seen:
            continue
        seen.add(topic.key)
        names[topic.name] += 1
        number = names[topic.name]
        yield topic if number == 1 else replace(topic, name=f"{topic.name} ({number})")


def _of_objective(objective: Objective) -> Topic:
    metric, asked, question = objective.about, objective.parsed, objective.question
    way = CENSUS
    if objective.recovery or asked.aggregation in _SINGLE:
        way = SINGLE
    elif metric.load and not metric.open_loop_only:
        way = ESTIMATE
        if asked.aggregation == "count":
            asked = replace(asked, aggregation="rate")
    elif asked.aggregation == "count" and asked.comparison == "==" and asked.threshold == 0:
        way = COUNT
    worse = 0 if asked.comparison == "==" and asked.threshold != 0 else _WORSE[asked.comparison]
    budget = _budget(metric, asked, worse) if asked.aggregation == objective.parsed.aggregation else 0.0
    return Topic(objective.name, metric, replace(question, expression=asked), way, worse, budget, objective=objective)


def _budget(metric: Metric, asked: Expression, worse: int) -> float:
    unit = metric.unit_of(asked.aggregation)
    if unit == "×":
        return asked.threshold
    if unit != "share":
        return 0.0
    return max(0.0, asked.threshold if worse > 0 else 1 - asked.threshold)


def of_calls(method: str) -> Iterator[Topic]:
    """P95 and error rate of one method, or of all calls where none is named."""
    where = {"method": method} if method else {}
    of = f" of {method_of_service(method)}" if method else " of all calls"
    p95 = Expression("p", 95.0, "<", float("inf"), "p(95)")
    rate = Expression("rate", 0.0, "<", 1.0, "rate")
    yield Topic(f"P95{of}", METRICS["response_ms"], Question(p95, where), ESTIMATE, 1, 0.0, method, method)
    yield Topic(f"Error rate{of}", METRICS["errors"], Question(rate, where), ESTIMATE, 1, METHOD_BUDGET, method, method)
