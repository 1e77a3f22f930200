"""The runs under a folder, each judged from its run file alone, in the order of their time; what is no run says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.guards import weaknesses
from reports.judgement import judge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reports.judgement import Judgement

PAGE = "report.html"


@dataclass(frozen=True)
class PastRun:
    """One run of a history."""

    name: str
    """Its folder, or its file where that is called otherwise, from the folder of all."""
    page: str
    """Where its report lies, from the folder of all; empty where it has none."""
    summary: Mapping[str, Any]
    """Its report.json."""
    doubts: tuple[str, ...]
    """Why its load is in doubt, so that its figures tell nothing of a change."""
    load: str
    """What was driven: only runs of the same can be held against each other."""


class Unread(NamedTuple):
    """A file that could not be judged."""

    name: str
    why: str


def past_runs(folder: Path, slo: Path | None = None) -> tuple[list[PastRun], list[Unread]]:
    """Returns the runs under a folder, the oldest first, and the files that are none; judged by `slo` where given."""
    runs, unread = [], []
    for path in sorted(folder.rglob("*.sqlite")):
        name = _name(path, folder)
        try:
            runs.append(_past_run(name, path, folder, judge(path, slo)))
        except (OSError, ValueError) as failure:
            unread.append(Unread(name, str(failure).removeprefix(f"{path} ")))
    return sorted(runs, key=lambda run: (run.summary["started_at"], run.name)), unread


def _past_run(name: str, path: Path, folder: Path, judgement: Judgement) -> PastRun:
    page = path.with_name(PAGE)
    return PastRun(
        name=name,
        page=page.relative_to(folder).as_posix() if page.is_file() else "",
        summary=judgement.summary,
        doubts=tuple(weakness.sentence for weakness in weaknesses(judgement.run) if weakness.guard.spoils),
        load=_load(judgement.evidence.meta),
    )


def _name(path: Path, folder: Path) -> str:
    shown = path.parent if path.name == "run.sqlite" and path.parent != folder else path
    return shown.relative_to(folder).as_posix()


def _load(meta: Mapping[str, Any]) -> str:
    """The load in words, `flow, 50 journeys/s`: scenario, rate, and what else changes what is measured."""
    parts = [str(meta.get("scenario") or "no scenario")]
    if meta.get("mode") == "closed":
        parts.append("closed loop")
    elif meta.get("rate"):
        parts.append(f"{float(meta['rate']):.3g} journeys/s")
    if meta.get("time_scale") not in (None, 1, 1.0):
        parts.append(f"time scale {float(meta['time_scale']):g}")
    if meta.get("transport") not in (None, "", "wire"):
        parts.append(str(meta["transport"]))
    return ", ".join(parts)
