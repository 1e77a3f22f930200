"""The files of a comparison: compare.html, compare.md and compare.json; none of them is ever half there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.comparing.document import document
from reports.pages.comparison import markdown, page
from reports.pages.gather import gather
from reports.pages.write import write_files
from reports.summary import as_json

if TYPE_CHECKING:
    from pathlib import Path

    from reports.comparing.comparison import Comparison, Side
    from reports.pages.material import Material

PAGE = "compare.html"
"""The file that people open."""


def write(folder: Path, comparison: Comparison) -> Path:
    """Writes all files of a comparison into a folder and returns the HTML page's path; raises PagesError."""
    write_files(folder, texts(comparison))
    return folder / PAGE


def texts(comparison: Comparison) -> dict[str, str]:
    """The name and text of every file of a comparison; the same runs give the same texts."""
    base, new = (_material(side) for side in (comparison.base, comparison.new))
    return {
        PAGE: page(comparison, base, new),
        "compare.md": markdown(comparison, base, new),
        "compare.json": as_json(document(comparison)),
    }


def _material(side: Side) -> Material:
    found = side.judgement
    return gather(found.evidence, found.run.figures, found.history.table, found.summary)
