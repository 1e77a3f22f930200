"""Objectives are held against the plan before the load: what it cannot bring is refused, with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.objectives.complaint import ObjectivesError
from reports.objectives.file import read
from scenarios.journeys import KINDS
from scenarios.plan import Plan
from scenarios.scenario import load, names, parse
from tacorush.cli.__main__ import main
from tacorush.cli.driven import brought_by
from tacorush.cli.planning.rehearsal import rehearse

LATENCY = "{name: asked, metric: response_ms, expression: p(95)<500, "


def plan(scenario: str) -> Plan:
    return Plan.of(load(scenario), seed=1, run_id="fits")


def complaint(scenario: str, objective: str) -> str:
    """What is said of an objective for a scenario of the catalogue, without the file's place; empty when it fits."""
    try:
        read(f"objectives:\n  - {objective}\n", "mine.yaml", brought_by(plan(scenario)))
    except ObjectivesError as failure:
        return str(failure).partition("objectives[0]")[2].splitlines()[0]
    return ""


@pytest.mark.parametrize(
    ("scenario", "objective", "said"),
    [
        ("spike", LATENCY + "during: paek}", "during: phase 'paek'; did you mean peak?"),
        ("flow", LATENCY + "during: before}", "during: phase 'before'; it has peak"),
        ("flow", LATENCY + "where: {phase: stage-1}}", "where.phase: phase 'stage-1'; it has peak"),
        (
            "flow",
            "{name: asked, metric: response_ms, recovers: p(95)<500 within 60s after paek}",
            "recovers: phase 'paek'; did you mean peak?",
        ),
        ("flow", LATENCY + "where: {journey: byuer}}", "where.journey: journey 'byuer'; did you mean buyer?"),
        ("ping", LATENCY + "where: {journey: buyer}}", "where.journey: journey 'buyer'; it has ping"),
        (
            "ping",
            LATENCY + "where: {method: JoinQueue}}",
            "where.method: method 'JoinQueue'; it has GetQueueStats",
        ),
        (
            "flow",
            LATENCY + "where: {method: gateway.v1.GatewayService/CreateReservation}}",
            "where.method: method 'gateway.v1.GatewayService/CreateReservation'; did you "
            "mean reservation.v1.ReservationService/CreateReservation?",
        ),
        (
            "ping",
            LATENCY + "where: {service: PaymentService}}",
            "where.service: service 'PaymentService'; did you mean QueueService?",
        ),
    ],
)
def test_what_a_plan_cannot_bring_is_refused_with_what_was_meant(scenario: str, objective: str, said: str) -> None:
    field, _, missing = said.partition(": ")
    assert complaint(scenario, objective) == f".{field}: the scenario {scenario} has no {missing}"


@pytest.mark.parametrize(
    ("scenario", "objective"),
    [
        ("spike", LATENCY + "during: peak, every: 10s}"),
        ("flow", "{name: asked, metric: response_ms, recovers: p(95)<500 within 60s after peak}"),
        ("flow", "{name: asked, metric: response_ms, recovers: p(95)<500 within 60s after 20s}"),
        ("flow", LATENCY + "where: {journey: buyer, method: ConfirmReservation, service: ReservationService}}"),
        ("ping", LATENCY + "optional: true, where: {method: JoinQueue}}"),
        ("ping", "{name: asked, metric: findings, expression: count==0, where: {rule: double_sale}}"),
        ("streams", LATENCY + "where: {method: StreamQueueUpdates}}"),
        ("tour", LATENCY + "where: {method: UpdateConfig}}"),
    ],
)
def test_what_a_plan_has_is_taken_and_what_is_optional_may_be_missing(scenario: str, objective: str) -> None:
    assert complaint(scenario, objective) == ""


@pytest.mark.parametrize("scenario", names())
def test_every_scenario_fits_its_own_objectives(scenario: str) -> None:
    path = Path("slo") / f"{load(scenario).slo}.yaml"
    assert read(path.read_text(), str(path), brought_by(plan(scenario)))


@pytest.mark.parametrize("kind", KINDS)
def test_no_journey_calls_a_method_that_it_is_not_said_to_reach(kind: str) -> None:
    """Rehearsed at the platform's own code; so what is refused as not called is never called."""
    some = Plan.of(parse(f"name: t\ndescription: t\nrate: 4\nduration: 10s\nmix: {{{kind}: 1}}\n"), seed=3, run_id="r")
    assert set(rehearse(some, "documented", most=40, service_s=0.01).notes.calls) <= some.reach()


def test_a_run_is_refused_before_any_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 with file, line and mark; no folder of a run is made."""
    slo = tmp_path / "mine.yaml"
    slo.write_text(f"objectives:\n  - {LATENCY}during: paek}}\n")
    assert main(["run", "spike", f"--slo={slo}", f"--out={tmp_path / 'run'}"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"tacorush run: {slo}, line 2, column 71: objectives[0].during: the scenario spike has no phase 'paek'; did "
        "you mean peak?",
        f"      - {LATENCY}during: paek}}",
        f"{' ' * 74}^^^^",
    ]
    assert not (tmp_path / "run").exists()
