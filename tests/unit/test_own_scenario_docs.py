"""The page about scenarios of one's own: its example is a scenario, and its error is what is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from scenarios.scenario import ScenarioError, load
from scenarios.schema import EDITOR_LINE, FILE, schema
from tacorush.cli.__main__ import main
from tacorush.cli.reference import DOCS

PAGE = DOCS / "own-scenario.md"
EXAMPLE, *_ = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
SLIP, *_ = re.findall(r"```text\n(.*?)\n```", PAGE.read_text(), re.DOTALL)


def test_the_example_can_be_planned_and_everybody_in_it_gets_somewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(EXAMPLE)
    assert main(["plan", str(mine), "--people=300", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["scenario"], found["rate"], found["duration_s"]) == ("mine", 8, 90)
    assert found["endings"]["ticket"] > found["arrivals"] / 2
    assert "unfinished" not in found["endings"]


def test_the_example_fits_the_schema_that_its_first_line_names() -> None:
    first, _, _ = EXAMPLE.partition("\n")
    start, end = EDITOR_LINE.split("{path}")
    assert first.startswith(start)
    assert (PAGE.parent / first.removeprefix(start).removesuffix(end)).resolve() == FILE.resolve()
    content = yaml.safe_load(EXAMPLE)
    content["people"]["quantity"] = {str(key): weight for key, weight in content["people"]["quantity"].items()}
    assert [error.message for error in Draft202012Validator(schema()).iter_errors(content)] == []


def test_the_slip_on_the_page_is_told_in_these_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(EXAMPLE.partition("\n")[2].replace("profile: onsale", "profile: onsail"))
    with pytest.raises(ScenarioError) as caught:
        load("mine.yaml")
    assert str(caught.value) == SLIP
