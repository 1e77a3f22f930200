"""`tacorush slo`: what it says of a sound file, of a wrong one, and the schema that it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tacorush.cli.__main__ import main

SOUND = """objectives:
  - name: Slow in no window
    metric: response_ms
    expression: p(95) < 500
    where: {method: JoinQueue}
    during: peak
    every: 10s, at most 1 window of 10 may miss
  - {name: Recovery, metric: response_ms, recovers: p(95)<500 within 60s after peak}
"""


def test_a_sound_file_is_told_objective_by_objective(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names from slo/ will do as well."""
    file = tmp_path / "mine.yaml"
    file.write_text(SOUND)
    assert main(["slo", "check", str(file), "smoke"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        f"{file}: sound, 2 objectives\n"
        "  Slow in no window: response_ms p(95)<500 where method JoinQueue, during peak, "
        "every 10s, at most 1 window of 10 may miss\n"
        "  Recovery: response_ms p(95)<500 within 60s after peak\n"
        "smoke: sound, 3 objectives\n"
    )


def test_all_that_is_wrong_is_told_with_a_mark_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each fault has its own place."""
    file = tmp_path / "mine.yaml"
    file.write_text(SOUND.replace("p(95) < 500", "p95 < 500").replace("60s after", "60 after"))
    assert main(["slo", "check", str(file)]) == 2
    assert capsys.readouterr().err == (
        f"{file}, line 4, column 17: objectives[0].expression: 'p95 < 500': a percentile is written with brackets; "
        "did you mean p(95)?\n        expression: p95 < 500\n                    ^^^\n"
        f"{file}, line 8, column 73: objectives[1].recovers: 'p(95)<500 within 60 after peak': a length of time ends "
        "with its unit: ms, s, m or h\n"
        "      - {name: Recovery, metric: response_ms, recovers: p(95)<500 within 60 after peak}\n"
        f"    {' ' * 72}^^^^^\n"
    )


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slo", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Tacorush objectives"


@pytest.mark.parametrize("words", [["slo", "check"], ["slo", "schema", "x"], ["slo", "chek", "x"]])
def test_what_cannot_be_done_is_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slo", "check", str(tmp_path / "none.yaml")]) == 2
    assert "cannot be read" in capsys.readouterr().err
