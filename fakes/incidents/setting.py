"""What the command line says about an incident: `NAME[:p=0.01,count=5,…][@10s..20s]`.

`p` is the probability at each occasion, `count` the most times that it strikes (0: no limit); an incident may know more
settings, all of them numbers of 0 or more. One that strikes calls also takes `method=CreateReservation` or
`service=InventoryService`, by short or full name, and then strikes no others. The times are seconds since the platform
served its first call (at run time: since the incident was planted): it strikes from the first time on until before the
second; `@10s..` never ends, `@..20s` starts at once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contracts.catalogue import METHODS, SERVICES
from fakes.figures import near

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

GRAMMAR = "NAME[:p=0.01,count=5,method=M][@10s..20s]"
NARROWING = ("method", "service")
"""Settings that are no numbers: the calls that an incident strikes."""

_TIME = re.compile(r"(\d+(?:\.\d+)?)s?", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Setting:
    """One incident as asked for: every setting it knows has a value."""

    name: str
    values: Mapping[str, float]
    begin_s: float = 0.0
    end_s: float = math.inf
    methods: frozenset[str] = frozenset()
    """Full names of the methods whose calls it strikes; empty for those that it strikes when nothing is said."""
    text: str = field(default="", compare=False)
    """As it was written."""

    @property
    def ended(self) -> bool:
        """It was ended, and strikes no more."""
        return self.end_s <= self.begin_s


def parse(text: str, defaults: Mapping[str, Mapping[str, float]], narrowable: Collection[str] = ()) -> Setting:
    """Reads a setting; ValueError quotes the text and says what would be valid.

    `defaults` are the known incidents with their settings, `narrowable` those that take `method` and `service`.
    """
    head, at, window = text.partition("@")
    name, colon, rest = head.partition(":")
    if name not in defaults:
        raise ValueError(f"incident {text!r}: there is no {name!r}; {near(name, sorted(defaults))}")
    values, methods = dict(defaults[name]), frozenset[str]()
    for part in rest.split(",") if colon else ():
        if part.partition("=")[0] in NARROWING:
            if name not in narrowable:
                raise ValueError(f"incident {text!r}: {name} does not strike single calls, so {part!r} says nothing")
            methods |= _methods(part, text)
        else:
            key, value = _pair(part, text, defaults[name])
            values[key] = value
    begin_s, end_s = _window(window, text) if at else (0.0, math.inf)
    return Setting(name, values, begin_s, end_s, methods, text)


def _methods(part: str, text: str) -> frozenset[str]:
    """The unary methods that `method=` or `service=` names; a short name means every service that has it."""
    kind, _, word = part.partition("=")
    unary = {name: method for name, method in METHODS.items() if not method.streams}
    if kind == "service":
        found = [name for name, each in unary.items() if word in (each.service, each.service.rpartition(".")[2])]
        known = ", ".join(service.rpartition(".")[2] for service in SERVICES)
    else:
        found = [name for name, each in unary.items() if word in (name, each.short)]
        known = f"for instance {', '.join(sorted({each.short for each in unary.values()})[:3])}"
    if not found:
        raise ValueError(f"incident {text!r}: there is no {kind} {word!r}; there are {known}")
    return frozenset(found)


def _pair(part: str, text: str, known: Mapping[str, float]) -> tuple[str, float]:
    key, _, word = part.partition("=")
    if key not in known:
        raise ValueError(f"incident {text!r}: {part!r} sets nothing it knows, which is {', '.join(known)}")
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"incident {text!r}: {key}={word!r} is no number of 0 or more")
    value = float(word)
    if key == "p" and value > 1:
        raise ValueError(f"incident {text!r}: p is a probability, from 0 to 1")
    if key == "count" and not value.is_integer():
        raise ValueError(f"incident {text!r}: count is a whole number (0: no limit)")
    return key, value


def _window(window: str, text: str) -> tuple[float, float]:
    first, dots, last = window.partition("..")
    if not dots or not first + last:
        raise ValueError(f"incident {text!r}: {window!r} is no stretch of time: write @10s..20s, @10s.. or @..20s")
    begin, end = _time(first, text, 0.0), _time(last, text, math.inf)
    if not begin < end:
        raise ValueError(f"incident {text!r}: it ends before it begins")
    return begin, end


def _time(word: str, text: str, absent: float) -> float:
    if not word:
        return absent
    match = _TIME.fullmatch(word)
    if match is None:
        raise ValueError(f"incident {text!r}: {word!r} is no time in seconds: write 10s")
    return float(match[1])
