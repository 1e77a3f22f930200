"""What the command line says about an incident: `NAME[:p=0.01,count=5,…][@10s..20s]`.

`p` is the probability at each occasion, `count` the most times that it strikes (0: no limit); an incident may know more
settings, all of them numbers of 0 or more. The times are seconds since the platform served its first call: the
incident strikes from the first time on until before the second; `@10s..` never ends, `@..20s` starts at once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GRAMMAR = "NAME[:p=0.01,count=5][@10s..20s]"

_TIME = re.compile(r"(\d+(?:\.\d+)?)s?", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Setting:
    """One incident as asked for: every setting it knows has a value."""

    name: str
    values: Mapping[str, float]
    begin_s: float = 0.0
    end_s: float = math.inf


def parse(text: str, defaults: Mapping[str, Mapping[str, float]]) -> Setting:
    """Reads a setting; `defaults` are the known incidents with theirs. ValueError quotes the text and what is known."""
    head, at, window = text.partition("@")
    name, colon, rest = head.partition(":")
    if name not in defaults:
        raise ValueError(f"incident {text!r}: there is no {name!r}, there are {', '.join(sorted(defaults))}")
    values = dict(defaults[name])
    for part in rest.split(",") if colon else ():
        key, value = _pair(part, text, defaults[name])
        values[key] = value
    begin_s, end_s = _window(window, text) if at else (0.0, math.inf)
    return Setting(name, values, begin_s, end_s)


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
