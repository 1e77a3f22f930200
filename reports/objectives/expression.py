"""The grammar of objectives' expressions, a part of k6's:

    expression  = aggregation comparison number
    aggregation = "p(" percent ")" | "avg" | "max" | "rate" | "count"
    comparison  = "<" | "<=" | ">" | ">=" | "==" | "!="
    number      = digits [ "." digits ]
    percent     = number          above 0 and below 100

Spaces may stand between the parts. There are no signs, no exponents, and no NaN or Inf: `p(95)<500`, `p(99.9) <= 2000`,
`avg<120`, `max<2000`, `rate<0.01`, `rate>=0.999`, `count==0`.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    }
)
"""Comparison as written to what it does."""

AGGREGATIONS = ("p", "avg", "max", "rate", "count")
"""Names of the aggregations; `p` takes a percent."""

_NUMBER = r"\d+(?:\.\d+)?"
_SHAPE = re.compile(
    rf"\s*(?:p\s*\(\s*(?P<percent>{_NUMBER})\s*\)|(?P<name>avg|max|rate|count))"
    rf"\s*(?P<comparison><=|>=|==|!=|<|>)\s*(?P<threshold>{_NUMBER})\s*",
    re.ASCII,
)
EXAMPLES = "p(95)<500, p(99.9)<=2000, avg<120, max<2000, rate<0.01, rate>=0.999, count==0"
"""What a person is shown who wrote something else."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression."""

    aggregation: str
    """One of AGGREGATIONS."""
    percent: float
    """Of `p`, above 0 and below 100; 0 for the others."""
    comparison: str
    threshold: float
    text: str
    """As it was written, without spaces around and inside."""

    @property
    def upper(self) -> bool:
        """It asks for less: a figure that grows breaks it."""
        return self.comparison in {"<", "<="}

    def holds(self, value: float) -> bool:
        """Says if a figure is what the expression asks for."""
        return COMPARISONS[self.comparison](value, self.threshold)


def parse(text: str) -> Expression:
    """Reads an expression; raises ValueError that quotes the input and shows what would be valid."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no expression; valid are for instance {EXAMPLES}")
    percent = float(found["percent"] or 0)
    if found["percent"] is not None and not 0 < percent < 100:
        raise ValueError(f"{text!r} asks for a percentile that does not exist; p takes more than 0 and less than 100")
    return Expression(
        aggregation=found["name"] or "p",
        percent=percent,
        comparison=found["comparison"],
        threshold=float(found["threshold"]),
        text=re.sub(r"\s+", "", text),
    )
