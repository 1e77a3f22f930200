"""Run directories: where a new run goes, and which run file is meant by an argument."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tacorush.cli.failures import UsageError

if TYPE_CHECKING:
    from datetime import datetime

RUN_FILE = "run.sqlite"


def create(scenario: str, now: datetime, out: str | None, overwrite: bool) -> Path:
    """Makes the directory of a new run, `runs/SCENARIO-UTCTIME` unless `out` names another; returns it.

    Raises UsageError when it holds a run already (and may not be overwritten) or cannot be written.
    """
    folder = Path(out) if out else Path("runs") / f"{scenario}-{now:%Y%m%dT%H%M%SZ}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{folder} is a file; name a folder with --out") from None
    except OSError as failure:
        raise UsageError(
            f"cannot make the output folder {folder}: {failure.strerror}; name another with --out"
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write into the output folder {folder}; name another with --out")
    if (folder / RUN_FILE).exists():
        if not overwrite:
            raise UsageError(f"{folder} holds a run already; name another folder with --out, or add --overwrite")
        remove(folder)
    return folder


def remove(folder: Path) -> None:
    """Removes what an earlier run left in its directory, and nothing else."""
    pages = ("report.html", "report.json", "report.md", "junit.xml", "compare.html", "compare.json", "compare.md")
    for name in (RUN_FILE, f"{RUN_FILE}-journal", *pages):
        (folder / name).unlink(missing_ok=True)


def remove_if_empty(folder: Path) -> None:
    """Removes the directory of a run that never began, unless the generator has done so already."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def find(run: str) -> Path:
    """Returns the run file that `run` means: itself, or the one in the run directory.

    Raises UsageError when there is none.
    """
    path = Path(run)
    if path.is_dir():
        path = path / RUN_FILE
        if not path.exists():
            raise UsageError(f"{run} holds no {RUN_FILE}: it is no run directory, or its run never began")
    if not path.is_file():
        raise UsageError(f"there is no run {run}: name a run directory (ls runs) or its {RUN_FILE}")
    return path
