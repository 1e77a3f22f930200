"""`tacorush traffic import|show|scale|cut`: recorded traffic as a file that can be looked at, changed and driven."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.duration import seconds
from scenarios.traffic import csv_file
from scenarios.traffic.changing import cut, peaking, scaled, stretched
from scenarios.traffic.description import DAY_FROM_S, described
from scenarios.traffic.formats.format import Wanted
from scenarios.traffic.importing import Imported, Request, imported, recorded_in
from scenarios.traffic.instants import Instants
from scenarios.traffic.record import SECOND_NS, Record, TrafficError, instant_at, seconds_text
from tacorush.cli.failures import EXIT_PASS, UsageError
from tacorush.cli.screen import say
from tacorush.cli.traffic_chart import chart, spark
from tacorush.cli.traffic_options import parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["main", "parser"]

STREAM = "-"


def main(arguments: Sequence[str]) -> int:
    """Does one of the four; raises UsageError for what cannot be done."""
    options = parser().read(arguments)
    try:
        _DO[options.command](options)
    except TrafficError as failure:
        raise UsageError(str(failure)) from failure
    return EXIT_PASS


def _import(options: argparse.Namespace) -> None:
    _check_output(options)
    _check_record_stays(options)
    wanted = Wanted(
        interval_ns=options.interval,
        from_ns=_instant("--from", options.since, options.zone),
        to_ns=_instant("--to", options.until, options.zone),
        zone=options.zone,
        time_field=options.time_field,
        count_field=options.count_field,
        metric=options.metric,
        series=options.series,
        match=options.match,
    )
    made = imported(Request(options.file, options.format, wanted, options.skip_broken))
    _put(options, made.record, _told(options.file, made))


def _told(file: str, made: Imported) -> list[str]:
    record = made.record
    why = f"detected: {made.grounds}" if made.grounds else "as asked"
    return [
        f"{_name(file)}: format {made.format} ({why})",
        f"counted {record.total:,} {made.counted}",
        *(f"note    {note}" for note in made.notes),
        *(f"skipped {note}" for note in made.skipped or ("nothing",)),
        _summary(record),
    ]


def _show(options: argparse.Namespace) -> None:
    record = _read(options.file)
    found = described(record, options.zone)
    width = options.width or shutil.get_terminal_size().columns
    text = [f"{_name(options.file)}: {_summary(record)}"]
    text += [f"  {note}" for note in record.notes]
    text += ["", *chart(record, width), ""]
    times = f", {found.peak_over_mean:.1f} times the mean" if found.mean else ""
    text += [f"peak        {_figure(found.peak)}/s at {record.when(found.peak_at_ns)}{times}"]
    text += [f"mean        {_figure(found.mean)}/s; nobody came in {found.empty:,} of {len(record.counts):,} intervals"]
    indices = ", ".join(f"{_figure(value)} at {width_s:g} s" for width_s, value in found.dispersion)
    text += [
        f"burstiness  index of dispersion {indices or 'not told by so few intervals'} (1 is chance, more is bursts)"
    ]
    if found.hours:
        fullest = max(range(24), key=found.hours.__getitem__)
        text += [f"day shape   |{spark(found.hours)}| 0 to 24 h in {options.zone}, fullest from {fullest} h"]
    else:
        text += [f"day shape   not told: that takes a date and {DAY_FROM_S // 3600} h or more"]
    say("\n".join(text) + "\n")
    if options.plot:
        # Matplotlib takes half a second to load, which nobody else has to wait for.
        from tacorush.cli.traffic_plot import plot

        plot(record, Path(options.plot))
        say(f"plotted {options.plot}\n")


def _scale(options: argparse.Namespace) -> None:
    if options.rate_factor is None and options.peak is None and options.time_factor is None:
        raise UsageError("scale by what? give --rate-factor, --peak or --time-factor")
    _check_output(options)
    record = _read(options.file)
    if options.time_factor is not None:
        record = stretched(record, options.time_factor)
    if options.rate_factor is not None:
        record = scaled(record, options.rate_factor)
    if options.peak is not None:
        record = peaking(record, options.peak)
    _put(options, record, [_summary(record)])


def _cut(options: argparse.Namespace) -> None:
    _check_output(options)
    record = _read(options.file)
    since = 0 if options.since is None else _offset("--from", options.since, record)
    until = record.duration_ns if options.until is None else _offset("--to", options.until, record)
    part = cut(record, since, until)
    _put(options, part, [_summary(part)])


def _name(file: str) -> str:
    return "standard input" if file == STREAM else file


def _read(file: str) -> Record:
    if file != STREAM:
        return csv_file.read(Path(file))
    try:
        return csv_file.parse(sys.stdin, "standard input")
    except UnicodeDecodeError:
        raise UsageError("standard input is no text in UTF-8: a traffic.csv was expected") from None


def _check_output(options: argparse.Namespace) -> None:
    if options.output != STREAM and Path(options.output).exists() and not options.overwrite:
        raise UsageError(f"{options.output} is there already; name another file with -o, or add --overwrite")


def _check_record_stays(options: argparse.Namespace) -> None:
    """What was recorded cannot be recorded again: no --overwrite may replace it by its counts."""
    output, record = Path(options.output), recorded_in(options.file)
    if STREAM not in (options.output, options.file) and output.exists() and record.exists() and output.samefile(record):
        raise UsageError(f"-o {options.output} is the record itself, which would be lost; name another file with -o")


def _put(options: argparse.Namespace, record: Record, told: Sequence[str]) -> None:
    """Writes the record, and says what it is on whatever of stdout and stderr the record does not take."""
    if options.output == STREAM:
        sys.stderr.write("\n".join(told) + "\n")
        say("\n".join(csv_file.lines(record)) + "\n")
        return
    csv_file.write(record, Path(options.output))
    say("\n".join([*told, f"wrote {options.output}"]) + "\n")


def _summary(record: Record) -> str:
    since = f" from {record.when(0)}" if record.starts_at else ""
    each = f"{len(record.counts):,} intervals of {seconds_text(record.interval_ns)} s"
    return (
        f"{record.total:,} people in {seconds_text(record.duration_ns)} s{since}, {each}, peak {_figure(record.peak)}/s"
    )


def _figure(value: float) -> str:
    """Four digits, or all of a large number's before the point."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _offset(option: str, text: str, record: Record) -> int:
    """Reads a length from the start, or an instant of the record's own time, as nanoseconds from its start."""
    try:
        return round(seconds(text) * SECOND_NS)
    except ValueError:
        at_ns = _instant(option, text, UTC) or 0
    if record.starts_at is None:
        raise UsageError(f"{option} {text}: this record has no date; write a length from its start, such as 10m")
    return round((instant_at(at_ns) - record.starts_at).total_seconds() * SECOND_NS)


def _instant(option: str, text: str | None, zone: tzinfo) -> int | None:
    if text is None:
        return None
    instants = Instants(zone)
    try:
        at_ns = instants.ns(text)
    except ValueError:
        at_ns = -1
    if at_ns < 0 or not instants.dated:
        raise UsageError(f"{option} {text}: it is no time with a date: write 2026-01-31T12:00:00Z")
    return at_ns


_DO: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "import": _import,
    "show": _show,
    "scale": _scale,
    "cut": _cut,
}
