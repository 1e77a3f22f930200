"""`tacorush report RUN`: makes the pages of a run again, and tables for pandas, from its run file alone.

With `--observe` it first puts into the run file what the target's monitoring saw of the time of the run.
"""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from tacorush.cli import rundir
from tacorush.cli.conclusion import judged, objectives, write
from tacorush.cli.failures import EXIT_PASS, UsageError
from tacorush.cli.observing.observe import inquiry, observe, take_inquiry
from tacorush.cli.parsing import Parser
from tacorush.cli.screen import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reports.judgement import Judgement


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush report",
        "Renders report.html, report.json, report.md and junit.xml of a run again, beside its run file.\n"
        "A run that was killed is rendered with all that it had recorded.",
        "examples:\n  tacorush report runs/flow-20260101T120000Z\n"
        "  tacorush report copied.sqlite --slo slo/production.yaml\n"
        "  tacorush report runs/nightly --csv tables --open\n"
        "  tacorush report runs/nightly --observe http://prometheus:9090 --queries deploy/observe.yaml",
    )
    made.add_argument("run", metavar="RUN", help="a run directory or its run.sqlite")
    made.add_argument("--slo", metavar="FILE", help="judge by these objectives (default: those of the run)")
    made.add_argument("--open", action="store_true", help="show the page in the browser")
    made.add_argument("--csv", metavar="DIR", help="also write the evidence as tables, NAME.csv, into a folder")
    made.add_argument("--parquet", metavar="DIR", help="the same as NAME.parquet, which needs pyarrow")
    take_inquiry(made)
    return made


def main(arguments: Sequence[str], show: Callable[[str], bool] = webbrowser.open) -> int:
    """Renders, says where, and exits 0 whatever the verdict is; `show` opens an address in a browser."""
    options = parser().read(arguments)
    path = rundir.find(options.run)
    asked = inquiry(options)
    if asked is not None:
        try:
            for line in observe(path, asked):
                sys.stderr.write(f"tacorush report: {line}\n")
        except (OSError, ValueError) as failure:
            raise UsageError(str(failure)) from failure
    tables = bool(options.csv or options.parquet)
    judgement = judged(path, objectives(options.slo) if options.slo else None, finely=tables)
    page = write(path, judgement)
    say(f"{judgement.verdict}: {page}\n")
    for table in _exported(judgement, options.csv, options.parquet):
        say(f"{table}\n")
    if options.open and not show(page.absolute().as_uri()):
        say(f"no browser was found here; open {page.absolute()} yourself\n")
    return EXIT_PASS


def _exported(judgement: Judgement, csv: str | None, parquet: str | None) -> list[Path]:
    if not csv and not parquet:
        return []
    from reports import exports  # pandas comes with it: half a second that only this asks for

    try:
        written = exports.write_csv(Path(csv), judgement) if csv else []
        return written + (exports.write_parquet(Path(parquet), judgement) if parquet else [])
    except exports.NoParquetError as failure:
        raise UsageError(str(failure)) from failure
    except OSError as failure:
        said = f"{failure.filename or csv or parquet}: {failure.strerror or failure}"
        raise UsageError(f"cannot write the tables: {said}; name another folder") from failure
