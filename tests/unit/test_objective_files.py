"""Files of objectives: the ones that come with the project, and what a mistake is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.objectives.file import load, read

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


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "expression: p(95)<500",
            "expression: p95<500",
            "bad.yaml, line 5: objectives[0].expression: 'p95<500' is no expression; valid are for instance "
            "p(95)<500, p(99.9)<=2000, avg<120, max<2000, rate<0.01, rate>=0.999, count==0",
        ),
        (
            "expression: p(95)<500",
            "expression: rate<0.5",
            "bad.yaml, line 5: objectives[0].expression: 'rate<0.5': response_ms takes avg, max, p(…)",
        ),
        (
            "metric: response_ms",
            "metric: response",
            "bad.yaml, line 4: objectives[0].metric: 'response' is not allowed; did you mean response_ms? (allowed: "
            "achieved_rate, availability, errors, findings, journeys, orders, oversell, refusals, response_ms, "
            "service_ms, unimplemented)",
        ),
        ("    metric: response_ms\n", "", "bad.yaml, line 3: objectives[0].metric: is missing"),
        (
            "metric: response_ms",
            "metrik: response_ms",
            "bad.yaml, line 4: objectives[0].metrik: 'metrik' is not allowed; did you mean metric? (allowed: "
            "expression, metric, name, where)",
        ),
        (
            "    where",
            "    wher",
            "bad.yaml, line 6: objectives[0].wher: 'wher' is not allowed; did you mean where? (allowed: expression, "
            "metric, name, where)",
        ),
        (
            "method: JoinQueue",
            "methud: JoinQueue",
            "bad.yaml, line 6: objectives[0].where.methud: 'methud' is not allowed; did you mean method? (allowed: "
            "journey, method, outcome, service)",
        ),
        (
            "method: JoinQueue",
            "outcome: bad",
            "bad.yaml, line 6: objectives[0].where.outcome: 'bad' is not allowed; allowed: failed, ok, refused, "
            "unimplemented, unknown",
        ),
        ("name: P95", "name: ''", "bad.yaml, line 3: objectives[0].name: found ''; String should have at least 1 char"),
        ("description: for a test", "description: [", "bad.yaml, line 3: no YAML: "),
        (
            "objectives:",
            "objective:",
            "bad.yaml, line 2: objective: 'objective' is not allowed; did you mean objectives? ",
        ),
    ],
    ids=[
        "grammar",
        "aggregation",
        "metric",
        "missing",
        "typo",
        "key",
        "filter",
        "outcome",
        "empty",
        "yaml",
        "objectives",
    ],
)
def test_a_mistake_is_answered_with_its_place_and_what_is_allowed(old: str, new: str, expected: str) -> None:
    """One line: file, line, field, what was found, what is allowed."""
    with pytest.raises(ValueError, match=r"bad\.yaml") as caught:
        read(GOOD.replace(old, new), "bad.yaml")
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_a_mistyped_method_is_answered_with_the_nearest() -> None:
    """Both its full name and its short one would do."""
    with pytest.raises(ValueError, match=r"did you mean JoinQueue\?"):
        read(GOOD.replace("JoinQueue", "JoinQeue"), "bad.yaml")
    full = GOOD.replace("JoinQueue", "gateway.v1.QueueService/JoinQueue")
    assert read(full, "good.yaml")[0].where == {"method": "gateway.v1.QueueService/JoinQueue"}


@pytest.mark.parametrize("text", ["", "- a", "42"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    """An empty file too."""
    with pytest.raises(ValueError, match=r"bad\.yaml, line 1: a file of objectives is a mapping with the key"):
        read(text, "bad.yaml")


def test_a_file_without_objectives_is_refused() -> None:
    """Nothing asked for would be nothing proved."""
    with pytest.raises(ValueError, match=r"bad\.yaml, line 1: objectives: found \[\]; "):
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
        ("oversell", "count==0"),
        ("findings", "count==0", "paid_without_order"),
        ("findings", "count==0", "charged_twice"),
        ("findings", "count==0"),
        ("achieved_rate", "rate>=0.99"),
    }
