"""Recorded traffic as a scenario's arrivals: `profile: replay` and `file: traffic.csv`.

The file is read once, when the scenario is; from then on the counts are part of the scenario, are packed with the plan
and stand in the run file. Whoever drives needs no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenarios.fields import MisfitError
from scenarios.traffic import csv_file
from scenarios.traffic.record import TrafficError, instant_text

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.complaints import Place

PROFILE = "replay"
_READ = ("interval_s", "counts", "starts_at")
"""What the file says, and a scenario therefore does not."""


def arrivals_of(path: Path, file: str | None = None) -> dict[str, Any]:
    """What a scenario says to replay a file, its content included; raises TrafficError. `file` is what it is called."""
    record = csv_file.read(path)
    if not record.total:
        raise TrafficError(f"{path}: nobody comes in it, so there is nothing to replay")
    return {
        "profile": PROFILE,
        "file": path.name if file is None else file,
        "interval_s": record.interval_s,
        "counts": list(record.counts),
        "starts_at": "" if record.starts_at is None else instant_text(record.starts_at),
    }


def with_records(arrivals: Any, folder: Path, place: Place = ("arrivals",)) -> Any:
    """Returns what a scenario says of its arrivals with the content of the files that it names, parts included.

    Paths are relative to `folder`. Raises MisfitError, with the place, for a file that cannot be used.
    """
    if not isinstance(arrivals, dict):
        return arrivals
    if isinstance(arrivals.get("of"), list):
        parts = enumerate(arrivals["of"])
        return {**arrivals, "of": [with_records(part, folder, (*place, "of", index)) for index, part in parts]}
    if arrivals.get("profile") != PROFILE:
        return arrivals
    for name in _READ:
        if name in arrivals:
            raise MisfitError((*place, name), "the file says it: leave it out (or say profile: counts, without a file)")
    file = arrivals.get("file")
    if not isinstance(file, str):
        raise MisfitError((*place, "file") if file else place, "profile replay needs file: PATH of a traffic.csv")
    try:
        return {**arrivals_of(folder / file, file), **arrivals}
    except TrafficError as failure:
        raise MisfitError((*place, "file"), str(failure)) from None
