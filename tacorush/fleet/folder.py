"""Where a run's file goes: `--out`, or `runs/SCENARIO-UTCTIME`. A folder that holds a run is kept, unless told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tacorush.fleet.unfit import Unfit

if TYPE_CHECKING:
    from datetime import datetime

RUN_FILE = "run.sqlite"
LEFT_BY_A_RUN = (RUN_FILE, f"{RUN_FILE}-journal", "report.html", "report.json", "report.md", "junit.xml")


def run_folder(scenario: str, now: datetime, out: str | None, *, overwrite: bool, again: bool = False) -> Path:
    """Makes the folder of a run and returns it; with `again`, one beside `out` for a further run of one process.

    Raises Unfit when it holds a run already or cannot be written.
    """
    folder = Path(out) if out else Path("runs") / f"{scenario}-{now:%Y%m%dT%H%M%SZ}"
    if again and out:
        folder = folder.with_name(f"{folder.name}-{now:%Y%m%dT%H%M%SZ}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise Unfit(f"--out {folder}: this is a file; name a folder") from None
    except OSError as failure:
        raise Unfit(f"--out {folder}: cannot be made: {failure.strerror}; name another folder") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unfit(f"--out {folder}: cannot be written; name another folder")
    if (folder / RUN_FILE).exists():
        if not overwrite:
            raise Unfit(f"--out {folder}: holds a run already; name another folder, or add --overwrite")
        for name in LEFT_BY_A_RUN:
            (folder / name).unlink(missing_ok=True)
    return folder
