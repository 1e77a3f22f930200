"""Marks: what somebody did to the platform while a run went on, written into its run file beside the evidence.

A mark is a fact of the run, `mark.TIME`, so that it changes no table and takes part in no verdict. The run's own writer
commits once a second; a mark waits for its turn.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from tacorush.evidence.runfile import RunFile

if TYPE_CHECKING:
    from pathlib import Path

MARK = "mark."
"""How the names of marks begin; Unix nanoseconds follow."""
PATIENCE_S = 10.0
"""How long a mark waits for the run's writer."""


class MarkError(ValueError):
    """A mark that cannot be made: says why, in one line."""


def add_mark(path: Path, text: str, at_ns: int) -> float:
    """Writes a mark at a time of the run's clock and returns how many seconds after T0 it stands.

    Raises MarkError for a run that has ended or has not begun, and RunFileError for a file that is none.
    """
    with RunFile(path) as run:
        t0_ns, ended = run.meta.get("t0_ns"), run.ended
    if ended:
        raise MarkError(f"the run in {path} has ended; marks are for a run that goes on")
    if not t0_ns or at_ns < t0_ns:
        raise MarkError(f"the run in {path} has not begun to drive yet; try again in a few seconds")
    value = json.dumps({"at_ns": at_ns, "text": text})
    database = sqlite3.connect(path, PATIENCE_S, isolation_level=None)
    try:
        database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"{MARK}{at_ns}", value))
    except sqlite3.Error as failure:
        raise MarkError(f"{path} cannot be written: {failure}") from failure
    finally:
        database.close()
    return float(at_ns - t0_ns) / 1e9
