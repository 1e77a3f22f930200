"""The files of a report: all new, or all as they were, and an error that says what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from reports.pages.write import WAYS_OUT, PagesError, write_files, write_whole

FILES = {"report.html": "<p>né</p>", "report.md": "# new\n"}


class FullDisk:
    """A disk with room for so many files."""

    def __init__(self, room: int, cause: int = errno.ENOSPC) -> None:
        self.room, self.cause = room, cause

    def __call__(self, path: Path, content: bytes) -> None:
        if self.room == 0:
            write_whole(path, content[: len(content) // 2])
            raise OSError(self.cause, os.strerror(self.cause))
        self.room -= 1
        write_whole(path, content)


def test_all_files_are_written_whole(tmp_path: Path) -> None:
    assert write_files(tmp_path, FILES) == [tmp_path / "report.html", tmp_path / "report.md"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "<p>né</p>"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_files_of_before_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("old and longer than the new one")
    write_files(tmp_path, FILES)
    assert (tmp_path / "report.md").read_text() == "# new\n"


@pytest.mark.parametrize("room", [0, 1])
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, room: int) -> None:
    """Neither a half file, nor a new page beside an old one, nor a temporary file stays."""
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(PagesError) as caught:
        write_files(tmp_path, FILES, FullDisk(room))
    name = tmp_path / ("report.html", "report.md")[room]
    assert str(caught.value) == (
        f"cannot write {name}: No space left on device; "
        "free space on that disk, then render again with `tacorush report`"
    )
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.html", "old")]


@pytest.mark.parametrize("cause", sorted(WAYS_OUT))
def test_every_listed_cause_has_its_way_out_in_one_line(tmp_path: Path, cause: int) -> None:
    with pytest.raises(PagesError) as caught:
        write_files(tmp_path, FILES, FullDisk(0, cause))
    assert str(caught.value).endswith(f"{os.strerror(cause)}; {WAYS_OUT[cause]}")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PagesError, match=r"nowhere/report\.html: No such file or directory; make the folder, or name"):
        write_files(tmp_path / "nowhere", FILES)


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.sqlite").write_text("")
    with pytest.raises(PagesError, match="Not a directory; name the run directory, not a file in it"):
        write_files(tmp_path / "run.sqlite", FILES)


def test_a_name_that_a_folder_has_taken_is_an_error_too(tmp_path: Path) -> None:
    """An unlisted cause is told as the system tells it."""
    (tmp_path / "report.md").mkdir()
    with pytest.raises(PagesError, match=r"cannot write .*report\.md: Is a directory$"):
        write_files(tmp_path, FILES)
