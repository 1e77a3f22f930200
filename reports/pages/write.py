"""The files beside a run file: report.html, report.json, report.md, junit.xml; none of them is ever half there.

Every file is first written whole under a temporary name in the same folder and brought to the disk; only when all are
there do they take their names. So no reader, killed process or full disk leaves a part of a file, and a disk without
room leaves the old files as they were. What cannot be written is one error that names file, cause and way out.
"""

from __future__ import annotations

import contextlib
import errno
import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.pages.gather import gather
from reports.pages.html import page
from reports.pages.markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from reports.judgement import Judgement
    from reports.pages.material import Material

PAGE = "report.html"
"""The file that people open."""

WAYS_OUT: Mapping[int, str] = MappingProxyType(
    {
        errno.ENOSPC: "free space on that disk, then render again with `tacorush report`",
        errno.EDQUOT: "free space within your quota, then render again with `tacorush report`",
        errno.EACCES: "make the folder writable, or copy the run file to one that is, then use `tacorush report`",
        errno.EPERM: "make the folder writable, or copy the run file to one that is, then use `tacorush report`",
        errno.EROFS: "copy the run file to a disk that can be written, then use `tacorush report`",
        errno.ENOENT: "make the folder, or name the run directory that has the run file",
        errno.ENOTDIR: "name the run directory, not a file in it",
    }
)
"""Cause to what its reader can do; other causes are named without advice."""


class PagesError(OSError):
    """The pages could not be written: says which file, why, and what to do, in one line."""

    def __init__(self, path: Path, cause: OSError) -> None:
        advice = WAYS_OUT.get(cause.errno or 0)
        said = f"cannot write {path}: {cause.strerror or cause}"
        super().__init__(f"{said}; {advice}" if advice else said)


def write_pages(run_dir: Path, judgement: Judgement) -> Path:
    """Writes all files of a judged run into its directory and returns the HTML page's path; raises PagesError."""
    write_files(run_dir, pages(judgement))
    return run_dir / PAGE


def pages(judgement: Judgement) -> dict[str, str]:
    """The name and text of every file of a judged run; the same run gives the same texts."""
    material = _material(judgement)
    return {
        PAGE: page(material),
        "report.md": markdown(material),
        "junit.xml": judgement.junit_xml,
        "report.json": judgement.report_json,
    }


def summary_page(judgement: Judgement) -> str:
    """The text of report.md alone."""
    return markdown(_material(judgement))


def _material(judgement: Judgement) -> Material:
    return gather(judgement.evidence, judgement.run.figures, judgement.history.table, judgement.summary)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file and brings it to the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_files(
    folder: Path, files: Mapping[str, str], write: Callable[[Path, bytes], None] = write_whole
) -> list[Path]:
    """Writes the texts under their names into a folder and returns their paths; raises PagesError."""
    waiting: dict[Path, Path] = {folder / name: folder / f".{name}.{os.getpid()}.part" for name in files}
    path = folder
    try:
        for path, part in waiting.items():
            write(part, files[path.name].encode())
        for path, part in waiting.items():
            part.replace(path)
    except OSError as cause:
        raise PagesError(path, cause) from cause
    finally:
        _remove(waiting.values())
    return list(waiting)


def _remove(parts: Iterable[Path]) -> None:
    """Clears what was not renamed; where nothing can be written, nothing can be removed, and the first error counts."""
    for part in parts:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
