"""What was run: against what, when and how, what was seen before the load, and the command that does it again.

What the run file does not say is left out, never guessed; a run file that does not say how the run ended was left by a
run that was killed, and that is said.
"""

from __future__ import annotations

import hashlib
import shlex
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reports.wording import method_of_service, number, plural, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.pages.material import Material

_OF_ONE_RUN: Mapping[str, bool] = MappingProxyType({"--out": True, "--overwrite": False, "--run-id": True})
"""Options that belong to one run alone, and whether a value follows."""


def heading(summary: Mapping[str, Any]) -> str:
    """The run in a line: scenario, target, start and duration."""
    started, duration = readable(summary["started_at"]), seconds(summary["duration_s"])
    return f"{summary['scenario']} against {summary['target']} · {started} · {duration}"


def facts(material: Material) -> list[tuple[str, str]]:
    """What was run against what, when and how."""
    summary, meta = material.summary, material.meta
    ended = meta.get("ended") or {}
    rows = [
        ("Scenario", summary["scenario"]),
        ("Target", _target(summary["target"], meta)),
        ("Started", readable(summary["started_at"])),
        ("Duration", _duration(summary, meta)),
        ("Load", _load(summary, meta)),
        ("Ended", _ended(ended)),
        ("Read back", _read_back(summary.get("readback") or {})),
        ("Platform", meta.get("platform", "")),
        ("Route", meta.get("route", "")),
        ("Transport", meta.get("transport", "")),
        ("Time scale", number(meta["time_scale"]) if meta.get("time_scale") not in (None, 1, 1.0) else ""),
        ("Connections", _connections(meta)),
        ("Processes", "" if (meta.get("processes") or 1) == 1 else f"{meta['processes']} of the generator"),
        ("Objectives", _objectives(meta)),
        ("Seed", "" if summary["seed"] is None else str(summary["seed"])),
        ("Run id", summary["run_id"]),
        ("Generator", str(meta.get("host", ""))),
        ("Versions", ", ".join(f"{name} {version}" for name, version in sorted((meta.get("versions") or {}).items()))),
    ]
    return [(name, str(value)) for name, value in rows if value]


def told_before(meta: Mapping[str, Any]) -> list[str]:
    """What was seen before the load: too little of something, what the target does not serve, other warnings."""
    preflight = meta.get("preflight") or {}
    unserved = [method_of_service(name) for name in preflight.get("unserved") or []]
    told = [*(preflight.get("shortages") or []), *(preflight.get("warnings") or [])]
    return told + ([f"Not served by the target: {', '.join(unserved)}"] if unserved else [])


def command(meta: Mapping[str, Any]) -> str:
    """The command that repeats the run, as one would type it; empty when the run file does not say.

    Where the evidence goes and what the run is called is left out: a repetition is another run.
    """
    found = meta.get("command") or []
    try:
        words = shlex.split(found) if isinstance(found, str) else [str(word) for word in found]
    except ValueError:
        return str(found)
    return shlex.join(_without_own(words))


def _without_own(words: Sequence[str]) -> Iterator[str]:
    """The words of a command without the options that belong to one run alone; behind `--` they are Locust's."""
    end = words.index("--") if "--" in words else len(words)
    ours = iter(words[:end])
    for word in ours:
        option, _, value = word.partition("=")
        if option not in _OF_ONE_RUN:
            yield word
        elif _OF_ONE_RUN[option] and not value:
            next(ours, "")
    yield from words[end:]


def _target(name: str, meta: Mapping[str, Any]) -> str:
    addresses = meta.get("addresses") or {}
    if not isinstance(addresses, dict) or set(addresses.values()) <= {name}:
        return name
    together = len(set(addresses.values())) == 1
    said = (
        next(iter(addresses.values())) if together else ", ".join(f"{key} {value}" for key, value in addresses.items())
    )
    return f"{name} ({said})"


def _objectives(meta: Mapping[str, Any]) -> str:
    """The file of objectives and the digest of what stood in it: two runs were judged alike if these are the same."""
    text = meta.get("slo_text")
    digest = f"SHA-256 {hashlib.sha256(str(text).encode()).hexdigest()[:16]}" if text else ""
    return " · ".join(part for part in (str(meta.get("slo") or ""), digest) if part)


def _connections(meta: Mapping[str, Any]) -> str:
    said = meta.get("connections") or {}
    if not said:
        return ""
    limits = [
        f"renewed after {seconds(said['max_age_s'])}" if said.get("max_age_s") else "",
        f"renewed after {plural(said['calls_a_connection'], 'call')}" if said.get("calls_a_connection") else "",
        f"kept alive every {seconds(said['keepalive_s'])}" if said.get("keepalive_s") else "",
    ]
    return ", ".join([f"{said['connections']} to each address", *(limit for limit in limits if limit)])


def readable(started_at: str) -> str:
    """Writes an instant of report.json for people, to the second."""
    return started_at.replace("T", " ").removesuffix("Z").removesuffix("+00:00").partition(".")[0] + " UTC"


def _duration(summary: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    drain, planned, driven = meta.get("drain_s"), summary["duration_s"], summary["driven_s"]
    completed = (meta.get("ended") or {}).get("how") == "completed"
    cut_short = f"{seconds(driven)} of " if driven < planned and not completed else ""
    return f"{cut_short}{seconds(planned)}" + (f", then {seconds(drain)} to drain" if drain else "")


def _load(summary: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    if meta.get("mode") == "closed":
        pause = f"; users think {meta['think']} between journeys" if meta.get("think") else ""
        return f"closed loop: every user waits for its answers, so stalls hide arrivals{pause}"
    planned = plural(summary["totals"]["planned"], "arrival")
    return f"open loop, {planned}, {number(summary['rate']['planned_per_s'] or 0)} a second on average"


def _read_back(found: Mapping[str, int]) -> str:
    """What was asked after the load, and what could not be settled by that."""
    asked, answered = found.get("asked", 0), found.get("answered", 0)
    unasked, not_due = found.get("unasked", 0), found.get("not_due", 0)
    said = [
        f"{plural(asked, 'open question')} asked after the load, {answered} answered" if asked else "",
        f"{unasked} could not be asked any more" if unasked else "",
        f"{plural(not_due, 'hold')} or refunds not due by then, so nothing is said of their ends" if not_due else "",
    ]
    return "; ".join(part for part in said if part)


def _ended(ended: Mapping[str, Any]) -> str:
    if not ended:
        return "it was killed: the run file does not say that it ended"
    reason = f" ({ended['reason']})" if ended.get("reason") else ""
    return "" if ended["how"] == "completed" else f"{ended['how']}{reason}"
