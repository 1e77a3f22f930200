"""compare.html, compare.md and `tacorush compare`: what they show, that nothing breaks out, and the exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reports.comparing.comparison import compare
from reports.comparing.difference import Difference
from reports.pages.compared import texts
from reports.pages.difference_bars import DifferenceBar, difference_bar
from tacorush.cli.__main__ import main
from tests.unit.many_runs import run_file
from tests.unit.test_judgement import EASY, stored
from tests.unit.two_runs import TENTH, held, side, slower
from tests.unit.written_run import CREATE, Written, healthy

FILES = ["compare.html", "compare.json", "compare.md"]


def test_the_same_runs_give_the_same_bytes() -> None:
    """In whatever order their evidence was written down."""
    runs = [(healthy(), slower(CREATE, 2.0)) for _ in range(2)]
    for run in runs[1]:
        run.written_cells.reverse()
        run.written_arrivals.reverse()
    one, other = (texts(held(base, new)) for base, new in runs)
    assert one == other
    assert sorted(one) == FILES


def test_the_page_shows_the_weightiest_first_and_both_curves() -> None:
    page = texts(held(healthy(), slower(CREATE, 2.0)))["compare.html"]
    assert re.search(r"<title>FAIL · runs/new against runs/base", page)
    names = re.findall(r'<div class="name">(.*?)</div>', page)
    assert names == ["P95 of holding seats", "P95 of all calls"], "what is the same is folded"
    assert re.search(r"No difference at all in \d+ more figures", page)
    assert page.count('class="chart wide"') == 2
    assert "Base: P50 13 ms, P95 16 ms, P99 16 ms." in page


def test_markdown_holds_every_figure_and_the_methods() -> None:
    said = texts(held(healthy(), slower(CREATE, 2.0)))["compare.md"]
    assert said.startswith("# ✕ FAIL: runs/new against runs/base\n")
    assert "| ✕ worse | P95 of holding seats | 16 ms | 32 ms | +16 ms (+100 %) |  |" in said
    assert "| = no difference seen | JoinQueue, error rate | 0 % | 0 % | 0 pp |" in said


def test_words_from_outside_stay_words() -> None:
    """A release, a scenario and a folder that look like markup."""
    evil = healthy()
    evil.meta |= {"release": "<script>alert(1)</script>", "scenario": "| a | `b`", "target": "<img src=x>"}
    pages = texts(compare(side(healthy()), side(evil, name="</title><b>"), TENTH))
    assert "<script>alert" not in pages["compare.html"]
    assert "</title><b>" not in pages["compare.html"]
    assert "<img" not in pages["compare.html"]
    assert "\\<script\\>alert(1)\\</script\\>" in pages["compare.md"]
    assert "\\| a \\| \\`b\\`" in pages["compare.md"]


def test_runs_without_calls_have_a_page_too() -> None:
    page = texts(held(Written(), Written()))["compare.html"]
    assert "there is nothing to draw" in page
    assert "No method was called by both runs." in page


@pytest.mark.parametrize(
    ("bad", "room", "bar"),
    [
        (None, 1.0, None),
        (Difference(0.0, 0.0, 0.0), 0.0, None),
        (Difference(float("inf"), 1.0, 2.0), 1.0, None),
        (Difference(0.0, -1.0, 1.0), 0.5, DifferenceBar(50.0, 5.36, 94.64, 72.32)),
        (Difference(2.0, 1.0, float("inf")), 1.0, DifferenceBar(94.64, 72.32, 100.0, 72.32)),
        (Difference(-2.0, float("-inf"), -1.0), 0.0, DifferenceBar(5.36, 0.0, 27.68, 50.0)),
    ],
)
def test_a_difference_is_drawn_from_better_on_the_left_to_worse_on_the_right(
    bad: Difference | None, room: float, bar: DifferenceBar | None
) -> None:
    """No difference is in the middle; an open end runs off the bar."""
    assert difference_bar(bad, room) == bar


def test_the_command_writes_the_pages_beside_the_new_run_and_exits_with_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [tmp_path / name for name in ("base", "new")]
    for run in runs:
        run.mkdir()
        stored(run / "run.sqlite", slo_text=EASY)
    words = ["compare", *map(str, runs), "--tolerance=50%"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert said.startswith("✓ PASS  No figure of the new run is worse by more than is tolerated.\n")
    assert said.endswith(f"comparison: {runs[1]}/compare.html\n")
    assert sorted(path.name for path in runs[1].iterdir()) == [*FILES, "run.sqlite"]
    assert json.loads((runs[1] / "compare.json").read_text())["tolerance"] == {"share": 0.5, "least_ms": 0}
    assert main([*words, f"--out={tmp_path}/there/deep"]) == 0
    assert sorted(path.name for path in (tmp_path / "there/deep").iterdir()) == FILES


def test_what_cannot_be_told_exits_with_3_or_as_was_asked(tmp_path: Path) -> None:
    """By other objectives other figures decide."""
    base, new = (stored(tmp_path / name, slo_text=EASY) for name in ("a.sqlite", "b.sqlite"))
    words = ["compare", str(base), str(new), "--tolerance=50%", "--out", str(tmp_path / "out")]
    assert main([*words, "--slo=production"]) == 3, "none of its steps was called often enough"
    for meaning, code in (("exit3", 3), ("fail", 1), ("pass", 0)):
        assert main([*words, "--slo=production", f"--inconclusive={meaning}"]) == code
    assert main(words) == 0


def test_github_actions_is_told_of_a_comparison_where_it_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails is an error on the checks, and compare.md stands on the job's summary."""
    base, new = (run_file(tmp_path / name / "run.sqlite", 1, slower) for name, slower in (("a", 1.0), ("b", 4.0)))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert main(["compare", str(base.parent), str(new.parent)]) == 1
    said = capsys.readouterr().out
    assert re.search(r"^::error title=FAIL%3A .*/b against .*/a::P95 of all calls: 15.* ms → ", said, re.MULTILINE)
    assert (tmp_path / "summary.md").read_text() == (new.parent / "compare.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{a}"], "tacorush compare: the following arguments are required: NEW; see `tacorush compare --help`"),
        (["{a}", "{a}x"], "tacorush compare: there is no run {a}x: name a run directory (ls runs) or its run.sqlite"),
        (
            ["{a}", "{a}", "--tolerance=10"],
            "tacorush compare: argument --tolerance: '10' is no tolerance: write 10%, 5ms, or both as 10%,5ms; "
            "see `tacorush compare --help`",
        ),
        (["{a}", "{a}"], "tacorush compare: {a} and {a} are one run: name one before a change, and one after it"),
        (["{a}", "{b}", "--out={a}/x"], "tacorush compare: cannot make the folder {a}/x: Not a directory"),
    ],
)
def test_wrong_usage_is_told_in_one_line_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    a, b = (str(stored(tmp_path / name, slo_text=EASY)) for name in ("a.sqlite", "b.sqlite"))
    try:
        code = main(["compare", *(word.format(a=a, b=b) for word in words)])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert (code, capsys.readouterr().err) == (2, said.format(a=a) + "\n")
