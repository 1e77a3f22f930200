"""Files of objectives: the ones that come with the project, and what a mistake is answered with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from jsonschema import Draft202012Validator

from reports.objectives import schema
from reports.objectives.complaint import ObjectivesError
from reports.objectives.file import load, read

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
GOOD = """description: for a test
objectives:
  - name: P95
    metric: response_ms
    expression: p(95)<500
    where: {method: JoinQueue}
"""


def test_a_file_is_read() -> None:
    """Name, metric, parsed expression and filter."""
    (objective,) = read(GOOD, "good.yaml")
    assert (objective.name, objective.metric, objective.where) == ("P95", "response_ms", {"method": "JoinQueue"})
    assert (objective.parsed.percent, objective.parsed.threshold) == (95, 500)


WRONG = yaml.safe_load((ROOT / "tests/unit/wrong_objectives.yaml").read_text())


@pytest.mark.parametrize("row", WRONG, ids=[row["case"] for row in WRONG])
def test_a_mistake_is_answered_with_its_place_and_what_is_allowed(row: Mapping[str, str]) -> None:
    """File, line, column, field, what was found, what is allowed; the line itself, and a mark under the word."""
    with pytest.raises(ObjectivesError) as caught:
        read(row["text"], "mine.yaml")
    assert str(caught.value) == row["expected"]


def test_there_are_at_least_forty_wrong_files_and_each_mark_stands_under_something() -> None:
    """Data that is no data proves nothing."""
    assert len({row["text"] for row in WRONG}) == len(WRONG) >= 40
    for row in WRONG:
        lines = row["expected"].splitlines()
        if len(lines) > 1:
            line, column = (int(number) for number in re.findall(r"(?:line|column) (\d+)", lines[0])[:2])
            assert lines[1].strip() == row["text"].splitlines()[line - 1].strip()
            assert lines[2].index("^") - 4 == column - 1


def test_all_that_is_wrong_is_told_at_once() -> None:
    """The error's text is the first; the others are beside it."""
    text = GOOD.replace("p(95)<500", "p95<500").replace("method", "methud") + "    every: soon\n"
    with pytest.raises(ObjectivesError, match="and 1 more") as caught:
        read(text, "mine.yaml")
    assert [complaint.partition(": ")[0] for complaint in caught.value.complaints] == [
        "mine.yaml, line 5, column 17",
        "mine.yaml, line 7, column 12",
    ]


def test_a_file_says_confidence_and_warm_up_for_all() -> None:
    """An objective's own go before; what judges the whole run has no warm-up."""
    text = "confidence: 0.99\nwarmup: 10s\n" + GOOD.replace("description: for a test\n", "")
    text += "  - {name: own, metric: errors, expression: rate<0.01, confidence: 0.9, warmup: 0s}\n"
    text += "  - {name: census, metric: oversell, expression: count==0}\n"
    assert [(each.confidence, each.warmup) for each in read(text, "good.yaml")] == [(0.99, 10), (0.9, 0), (0.99, None)]


def test_the_published_schema_is_that_of_the_models() -> None:
    """`make docs` would change nothing, and it is a schema."""
    assert schema.FILE.read_text() == schema.text()
    Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("path", sorted((ROOT / "slo").glob("*.yaml")), ids=lambda path: path.name)
def test_the_schema_takes_the_files_that_come_with_the_project(path: Path) -> None:
    assert list(Draft202012Validator(schema.schema()).iter_errors(yaml.safe_load(path.read_text()))) == []


@pytest.mark.parametrize(
    "change",
    [("p(95)<500", "p95<500"), ("p(95)<500", "p(95)<1e3"), ("metric:", "metrik:"), ("response_ms", "response")],
)
def test_the_schema_refuses_what_the_models_refuse(change: tuple[str, str]) -> None:
    """As far as a schema can."""
    sound, wrong = (yaml.safe_load(text) for text in (GOOD, GOOD.replace(*change)))
    validator = Draft202012Validator(schema.schema())
    assert not list(validator.iter_errors(sound))
    assert list(validator.iter_errors(wrong))


def test_a_mistyped_method_is_answered_with_the_nearest() -> None:
    """Both its full name and its short one would do."""
    with pytest.raises(ValueError, match=r"did you mean JoinQueue\?"):
        read(GOOD.replace("JoinQueue", "JoinQeue"), "bad.yaml")
    full = GOOD.replace("JoinQueue", "gateway.v1.QueueService/JoinQueue")
    assert read(full, "good.yaml")[0].where == {"method": "gateway.v1.QueueService/JoinQueue"}


@pytest.mark.parametrize("text", ["", "- a", "42"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    """An empty file too."""
    with pytest.raises(ValueError, match=r"bad\.yaml, line 1, column 1: a file of objectives is a mapping"):
        read(text, "bad.yaml")


def test_a_file_without_objectives_is_refused() -> None:
    """Nothing asked for would be nothing proved."""
    with pytest.raises(ValueError, match=r"bad\.yaml, line 1, column 1: objectives: is a list of at"):
        read("objectives: []", "bad.yaml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With a file that would do."""
    with pytest.raises(ValueError, match=r"nowhere\.yaml: cannot be read \(No such file or directory\); name a file"):
        load(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("path", sorted((ROOT / "slo").glob("*.yaml")), ids=lambda path: path.name)
def test_the_files_that_come_with_the_project_are_sound(path: Path) -> None:
    """No name stands twice."""
    names = [objective.name for objective in load(path)]
    assert len(names) == len(set(names)) > 1


def test_production_asks_for_what_the_platform_publishes() -> None:
    """Every target of the platform, for the whole and for each buying step."""
    objectives = load(ROOT / "slo/production.yaml")
    asked = {(each.metric, each.expression, *each.where.values()) for each in objectives}
    steps: tuple[str, ...] = (
        "JoinQueue",
        "GetQueueStatus",
        "RequestAdmission",
        "CreateReservation",
        "CreatePaymentIntent",
    )
    steps += ("ProcessPayment", "GetPaymentStatus", "ConfirmReservation", "GetReservation")
    assert asked == {
        ("response_ms", "p(95)<500"),
        *(("response_ms", "p(95)<500", step) for step in steps),
        ("response_ms", "p(95)<250", "InventoryService"),
        ("errors", "rate<0.01"),
        ("availability", "rate>=0.999"),
        ("limited", "rate<0.01"),
        ("withdrawn", "count==0"),
        ("oversell", "count==0"),
        ("findings", "count==0", "paid_without_order"),
        ("findings", "count==0", "charged_twice"),
        ("findings", "count==0", "refund_due"),
        ("findings", "count==0", "seats_leaked"),
        ("findings", "count==0", "wrong_total"),
        ("findings", "count==0", "counters_differ"),
        ("findings", "count==0"),
        ("achieved_rate", "rate>=0.99"),
    }
