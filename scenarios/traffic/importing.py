"""From a recorded file to a Record, in one pass and bounded memory, with everything said that a person must know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scenarios.traffic.formats import FORMATS, Recognised, recognised
from scenarios.traffic.formats.format import Wanted
from scenarios.traffic.record import Record, TrafficError
from scenarios.traffic.source import Source
from scenarios.traffic.tally import TooLong

if TYPE_CHECKING:
    from scenarios.traffic.formats.format import Format, Reading

_RUN_FILE = "run.sqlite"
_OPTIONS = {
    "time_field": "--time-field",
    "count_field": "--count-field",
    "metric": "--metric",
    "series": "--series",
    "match": "--match",
}


class Imported(NamedTuple):
    """A record and what is to be said of how it was made."""

    record: Record
    format: str
    grounds: str
    """Why it was taken for that; empty when it was asked for."""
    counted: str
    notes: tuple[str, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What to import: a path or `-`, and how."""

    path: str
    format: str | None = None
    """None: told from the file."""
    wanted: Wanted = field(default_factory=Wanted)
    skip_broken: bool = False


def imported(request: Request) -> Imported:
    """Reads the file; raises TrafficError, one line for people, when it cannot be used."""
    if (path := recorded_in(request.path)) != Path(request.path):
        request = replace(request, path=str(path))
    with Source(request.path, request.skip_broken) as source:
        if request.format is None:
            kind, grounds = recognised(source.name, source.head)
        else:
            kind, grounds = Recognised(FORMATS[request.format], "")
        _check_options(kind, request.wanted)
        try:
            reading = kind.read(source, request.wanted)
        except TooLong as failure:
            raise TrafficError(f"{source.name}, line {source.line}: {failure}") from None
        return _finished(request, source, kind, grounds, reading)


def recorded_in(path: str) -> Path:
    """The file that a path means: that of the run, where it names a run directory."""
    run_file = Path(path) / _RUN_FILE
    return run_file if run_file.is_file() else Path(path)


def _check_options(kind: Format, wanted: Wanted) -> None:
    for name, option in _OPTIONS.items():
        if getattr(wanted, name) is not None and name not in kind.takes:
            takes = ", ".join(_OPTIONS[known] for known in sorted(kind.takes)) or "none of these options"
            raise TrafficError(f"{option}: the format {kind.name} does not know it; allowed: {takes}")


def _finished(request: Request, source: Source, kind: Format, grounds: str, reading: Reading) -> Imported:
    tally = reading.tally
    if not reading.dated and (request.wanted.from_ns is not None or request.wanted.to_ns is not None):
        raise TrafficError(
            f"{source.name}: its times count from the start, so --from and --to say nothing; use `traffic cut` after it"
        )
    skipped = list(reading.skipped)
    if source.broken_lines:
        skipped.append(f"{source.broken_lines:,} broken lines, the first: {source.first_broken}")
    if tally.outside:
        skipped.append(f"{tally.outside:,} people outside --from and --to")
    if tally.empty:
        why = f" ({'; '.join(skipped)})" if skipped else ""
        raise TrafficError(f"{source.name}: nobody came: there is nothing to count in it{why}")
    notes = list(reading.notes)
    if tally.disordered:
        notes.append(f"{tally.disordered:,} of its times stood out of order, and count at their time")
    record = tally.record(reading.dated)
    said = (
        f"source: {source.name}, read as {kind.name}",
        f"counted: {record.total:,} {reading.counted}",
        *(f"note: {note}" for note in notes),
        *(f"skipped: {note}" for note in skipped),
    )
    return Imported(replace(record, notes=said), kind.name, grounds, reading.counted, tuple(notes), tuple(skipped))
