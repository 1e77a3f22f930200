"""What two runs did differently: a difference in their figures may come from there, and not from the platform."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.wording import NOT_MEASURED, number, per_second, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME_RATE = 0.02
"""Rates are alike that differ by less than this share of the larger; what people do is drawn anew with every seed."""


class Unlike(NamedTuple):
    """One thing that differs."""

    what: str
    base: str
    new: str
    load: bool
    """It changes the load or what is measured, so that the figures of the runs are not about one thing."""


def unlike(base: Mapping[str, Any], new: Mapping[str, Any]) -> list[Unlike]:
    """Returns what two run files say differently of their runs, the weightiest first."""
    told = [(what, _told(base, what), _told(new, what), load) for what, load in _FACTS]
    return [Unlike(*each) for each in told if each[1] != each[2] and not _same_rate(each[0], base, new)]


_FACTS: tuple[tuple[str, bool], ...] = (
    ("scenario", True),
    ("scenario's file", True),
    ("mode", True),
    ("arrivals", True),
    ("rate", True),
    ("duration", True),
    ("time scale", True),
    ("platform", True),
    ("route", True),
    ("transport", True),
    ("connections", True),
    ("processes of the generator", True),
    ("generator's host", True),
    ("release", False),
    ("the platform's own versions", False),
    ("seed", False),
    ("Tacorush", False),
)
"""What is looked at, and if it changes the load."""


def _same_rate(what: str, base: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if what != "rate":
        return False
    rates = [float(meta.get("rate") or 0) for meta in (base, new)]
    return abs(rates[0] - rates[1]) <= SAME_RATE * max(rates)


def _told(meta: Mapping[str, Any], what: str) -> str:
    """One fact in words."""
    known: Mapping[str, Any] = {
        "scenario": meta.get("scenario"),
        "scenario's file": _digest(meta.get("scenario_text")),
        "mode": f"{meta['mode']} loop" if meta.get("mode") else None,
        "arrivals": _profile(meta.get("arrivals")),
        "rate": per_second(float(meta["rate"])) if meta.get("rate") else None,
        "duration": seconds(float(meta.get("duration_s") or 0)),
        "time scale": number(float(meta.get("time_scale") or 1)),
        "platform": meta.get("platform"),
        "route": meta.get("route"),
        "transport": meta.get("transport"),
        "connections": (meta.get("connections") or {}).get("connections"),
        "processes of the generator": meta.get("processes"),
        "generator's host": meta.get("host"),
        "release": meta.get("release"),
        "the platform's own versions": ", ".join(
            f"{name} {version}" for name, version in sorted((meta.get("versions_before") or {}).items())
        ),
        "seed": meta.get("seed"),
        "Tacorush": (meta.get("versions") or {}).get("tacorush"),
    }
    value = known[what]
    return NOT_MEASURED if value in (None, "") else str(value)


def _profile(arrivals: Mapping[str, Any] | None) -> str:
    """The arrivals' profile and a digest of its figures: the rate stands apart."""
    if not arrivals:
        return ""
    others = {name: value for name, value in arrivals.items() if name != "profile"}
    return f"{arrivals.get('profile')} ({_digest(json.dumps(others, sort_keys=True))})"


def _digest(text: str | None) -> str:
    return f"SHA-256 {hashlib.sha256(text.encode()).hexdigest()[:12]}" if text else ""
