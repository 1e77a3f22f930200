"""What a job on GitHub Actions is told of a verdict, read as its runner reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from reports.verdict import Conclusion
from reports.verdicts import FAIL, INCONCLUSIVE, PASS
from tacorush.cli import github
from tacorush.cli.__main__ import main
from tests.unit.test_judgement import EASY, STRICT, stored


class Told(NamedTuple):
    level: str
    title: str
    message: str


def read(line: str) -> Told:
    """Reads a workflow command as the runner does: the first `::` behind the properties ends them, `,` parts them."""
    found = re.fullmatch(r"::(\w+) ([^\n\r]*?)::([^\n\r]*)", line)
    assert found is not None, line
    level, properties, message = found.groups()
    named = dict(each.partition("=")[::2] for each in properties.split(","))
    assert set(named) == {"title"}
    return Told(level, _unescaped(named["title"]), _unescaped(message))


def _unescaped(text: str) -> str:
    for written, letter in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(written, letter)
    return text


@pytest.mark.parametrize(
    "words",
    ["plain", "100 % of 3,000: done", "two\nlines\r\nand ::error::more", "%0A", "%250A, %2C", "a=b::c", "", "é → ✓"],
)
def test_a_command_is_read_as_it_was_meant_and_is_one_line(words: str) -> None:
    """Percent signs, ends of lines, colons and commas cannot end it, nor begin another."""
    assert read(github.command("warning", words, words)) == Told("warning", words, words)


def test_each_reason_is_an_annotation_of_the_level_that_it_speaks_for() -> None:
    """Errors for what failed, warnings for what cannot be told, a notice for what it all rests on."""
    told = {"P95: 612 ms": FAIL, "12 of 22 lack samples": INCONCLUSIVE, "This rests on 3 calls": PASS}
    lines = github.annotated(Conclusion(FAIL, told, "mend it"), "flow against 127.0.0.1:1")
    assert [read(line) for line in lines] == [
        Told("error", "FAIL: flow against 127.0.0.1:1", "P95: 612 ms"),
        Told("warning", "FAIL: flow against 127.0.0.1:1", "12 of 22 lack samples"),
        Told("notice", "FAIL: flow against 127.0.0.1:1", "This rests on 3 calls"),
    ]


@pytest.mark.parametrize(("reasons", "last"), [(10, "reason 9"), (11, "… and 2 more reasons, see the report")])
def test_no_more_of_a_level_are_told_than_github_shows(reasons: int, last: str) -> None:
    told = {f"reason {number}": FAIL for number in range(reasons)} | {"rests": PASS}
    found = [read(line) for line in github.annotated(Conclusion(FAIL, told, ""), "flow")]
    assert [row.level for row in found] == ["error"] * 10 + ["notice"]
    assert [row.message for row in found][8:] == ["reason 8", last, "rests"]


def test_a_summary_is_appended_and_all_of_it_stays_under_the_limit(tmp_path: Path) -> None:
    """A page that fits is there whole; one that does not ends with a whole line and says so; a full file stays."""
    path = tmp_path / "summary"
    path.write_text("from an earlier step\n")
    github.append_summary(path, "# PASS\n")
    assert path.read_text() == "from an earlier step\n# PASS\n"
    github.append_summary(path, "| a row with an é |\n" * 100_000)
    assert github.SUMMARY_OCTETS - 100 < path.stat().st_size < github.SUMMARY_OCTETS
    assert path.read_text().endswith(f"| a row with an é |\n{github.CUT}")
    full = path.read_bytes()
    github.append_summary(path, "# PASS\n" * 40)
    assert path.read_bytes() == full


@pytest.mark.parametrize("objectives", [EASY, STRICT])
def test_a_gate_annotates_and_writes_the_summary_where_it_is_asked_to_and_nothing_else_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, objectives: str
) -> None:
    """The exit code and all other lines are the same; the summary is the report.md that `report` writes."""
    run_file = str(stored(tmp_path / "run.sqlite", slo="x.yaml", slo_text=objectives))
    code = main(["gate", run_file])
    plain = capsys.readouterr()
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert main(["gate", run_file]) == code
    told = capsys.readouterr()
    added = told.out.removeprefix(plain.out).splitlines()
    assert told.out.startswith(plain.out)
    assert {read(line).level for line in added} == ({"notice"} if code == 0 else {"error", "notice"})
    assert (plain.err, told.err) == ("", "")
    assert main(["report", run_file]) == 0
    assert summary.read_text() == (tmp_path / "report.md").read_text()


def test_a_summary_that_cannot_be_written_is_one_line_and_changes_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_file = str(stored(tmp_path / "run.sqlite", slo="x.yaml", slo_text=EASY))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert main(["gate", run_file]) == 0
    assert capsys.readouterr().err == f"tacorush: the job's summary {tmp_path} cannot be written: Is a directory\n"
