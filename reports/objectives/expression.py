"""The grammar of objectives, a part of k6's with windows and recovery beside:

    expression  = aggregation comparison number
    aggregation = "p(" percent ")" | "avg" | "med" | "min" | "max" | "rate" | "count" | "burn"
    comparison  = "<" | "<=" | ">" | ">=" | "==" | "!="
    number      = digits [ "." digits ]
    percent     = number          above 0 and below 100
    windows     = length [ "," "at most" digits ( "window" | "windows" ) "of" digits "may miss" ]
    recovery    = expression "within" length "after" ( phase | length )
    phase       = letter { letter | digit | "-" | "_" }
    length      = number ( "ms" | "s" | "m" | "h" )

Spaces may stand between the parts. There are no signs, no exponents, no units behind a threshold, and no NaN or Inf:
`p(95)<500`, `p(99.9) <= 2000`, `avg<120`, `max<2000`, `rate<0.01`, `rate>=0.999`, `count==0`, `burn<1`; `10s, at most 1
window of 10 may miss`; `p(95)<500 within 60s after peak`.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.objectives.reader import GrammarError, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["AGGREGATIONS", "COMPARISONS", "EXAMPLES", "Expression", "GrammarError", "parse"]

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

AGGREGATIONS = ("p", "avg", "med", "min", "max", "rate", "count", "burn")
"""Names of the aggregations; `p` takes a percent."""
EXAMPLES = "p(95)<500, p(99.9)<=2000, avg<120, max<2000, rate<0.01, rate>=0.999, count==0"
"""What a person is shown who wrote something else."""
MEDIAN = 50.0

_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "mean": "avg",
        "average": "avg",
        "median": "med",
        "maximum": "max",
        "minimum": "min",
        "share": "rate",
        "p": "p(95)",
    }
)
_OTHER_SIGNS: Mapping[str, str] = MappingProxyType({"=": "==", "=<": "<=", "=>": ">=", "<>": "!=", "===": "=="})


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression."""

    aggregation: str
    """One of AGGREGATIONS."""
    percent: float
    """Of `p`, above 0 and below 100; 50 of `med`; 0 for the others."""
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
    """Reads an expression; raises GrammarError that says where it is none and what would be valid."""
    reader = Reader(text)
    found = expression(reader)
    if not reader.at_end:
        raise after_threshold(reader)
    return found


def expression(reader: Reader) -> Expression:
    """Reads an expression that something else may follow."""
    start = reader.skip()
    aggregation, percent = _aggregation(reader)
    comparison = _comparison(reader)
    threshold = reader.number(f"a threshold behind {comparison}")
    written = "".join(reader.text[start : reader.place].split())
    return Expression(aggregation, percent, comparison, threshold, written)


def _aggregation(reader: Reader) -> tuple[str, float]:
    word = reader.word()
    if word == "p" and reader.takes("("):
        return "p", _percent(reader)
    if word == "med":
        return word, MEDIAN
    if word in AGGREGATIONS and word != "p":
        return word, 0.0
    raise _no_aggregation(reader, word)


def _percent(reader: Reader) -> float:
    percent = reader.number("a percent in p(…)")
    if not 0 < percent < 100:
        raise reader.wrong_last(
            "asks for a percentile that does not exist; p takes more than 0 and less than 100, such as p(95) or p(99.9)"
        )
    if not reader.takes(")"):
        raise reader.wrong("the percent of p( ends with )")
    return percent


def _no_aggregation(reader: Reader, word: str) -> GrammarError:
    names = "p(…), avg, med, min, max, rate, count or burn"
    if word[:1] in {"p", "P"} and word[1:].replace(".", "").isdigit():
        return reader.wrong_last(f"a percentile is written with brackets; did you mean p({word[1:]})?")
    if not word:
        return reader.wrong(f"an expression begins with {names}; valid are for instance {EXAMPLES}")
    near = _OTHER_NAMES.get(word.lower()) or reader.near(word, AGGREGATIONS[1:])
    meant = f"did you mean {near}? (allowed: {names})" if near else f"allowed: {names}"
    return reader.wrong_last(f"{word!r} is no aggregation; {meant}")


def _comparison(reader: Reader) -> str:
    sign = reader.sign()
    if sign in COMPARISONS:
        return sign
    allowed = ", ".join(COMPARISONS)
    if not sign:
        raise reader.wrong(f"a comparison must stand here: {allowed}")
    near = _OTHER_SIGNS.get(sign)
    meant = f"did you mean {near}? (allowed: {allowed})" if near else f"allowed: {allowed}"
    raise reader.wrong_last(f"{sign!r} is no comparison; {meant}")


def after_threshold(reader: Reader) -> GrammarError:
    """Says what is wrong with what follows a threshold."""
    rest = reader.rest()
    number = reader.last_number
    if rest[:1] in {"e", "E"} and rest[1:2].isdigit() | (rest[1:2] in {"+", "-"}):
        return reader.wrong(f"there are no exponents; write the number out, as {EXAMPLES.split(', ')[1]} does", rest)
    if rest.startswith("%"):
        return reader.wrong(f"shares are parts of one, not per cent: write {float(number) / 100:g}", "%")
    if rest.startswith(","):
        return reader.wrong("decimals stand behind a point, not a comma", ",")
    if rest.startswith("."):
        return reader.wrong("a number ends with a digit: leave the point out, or write decimals behind it", ".")
    unit = reader.peek_word()
    if unit in {"ms", "s", "us", "m", "h", "sec", "seconds"}:
        return reader.wrong(
            f"a threshold has no unit: times are in ms, so write the bare number in place of {number}{unit}", unit
        )
    if unit in {"and", "or"} or rest[:2] in {"&&", "||"}:
        return reader.wrong("an expression compares once; write a second objective for more", unit or rest[:2])
    return reader.wrong("nothing may follow the threshold", rest.split()[0])
