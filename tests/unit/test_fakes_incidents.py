"""Incidents err when they are told to, no other time, and say exactly what they did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2, queue_pb2
from fakes.error_modes import Refusal
from fakes.events import program
from fakes.failures import Refused
from fakes.faults import Faults
from fakes.incidents import DEFAULTS, KINDS, table
from fakes.incidents.incident import UNTOUCHED
from fakes.incidents.planted import Planted
from fakes.incidents.setting import parse
from fakes.ledger import Ledger
from fakes.timing import ScriptedTime
from reports.audit import RULES
from scenarios.scenario import names

if TYPE_CHECKING:
    from fakes.incidents import Row

JOIN = METHODS["gateway.v1.QueueService/JoinQueue"]
REQUEST = queue_pb2.JoinQueueRequest()
SEATS = [f"A-{number}" for number in range(1, 11)]
NOON = 0.0


def planted(*texts: str, seed: int = 1, time: ScriptedTime | None = None) -> Planted:
    return Planted(texts, seed, (time or ScriptedTime()).now)


def theatre(incidents: Planted) -> Ledger:
    ledger = Ledger(program(["evt_1"], 100), incidents)
    incidents.attach(ledger)
    return ledger


def buy(ledger: Ledger, holder: str, seat: str) -> bool:
    """Holds and confirms one seat; False when it was refused."""
    try:
        ledger.hold(NOON, holder, "evt_1", [seat], 60.0)
        ledger.confirm(NOON, holder, f"ord_{holder}")
    except Refused:
        return False
    return True


def test_without_incidents_nothing_errs() -> None:
    incidents = planted()
    ledger = theatre(incidents)
    assert [buy(ledger, f"r{number}", "A-1") for number in range(3)] == [True, False, False]
    assert (incidents.delay_s(JOIN, REQUEST), incidents.instead(JOIN, REQUEST), incidents.facts()) == (0.0, None, {})


def test_oversell_sells_seats_twice_and_counts_the_seats_and_not_the_sales() -> None:
    incidents = planted("oversell:p=1")
    ledger = theatre(incidents)
    sold = [buy(ledger, f"{seat}/{number}", seat) for seat in SEATS[:3] for number in range(3)]
    assert all(sold)
    assert buy(ledger, "alone", "A-9")
    assert incidents.facts() == {"oversell": {"seats_sold_twice": 3, "conflicts_overlooked": 6}}


def test_a_seat_that_was_shared_and_bought_once_is_no_oversell() -> None:
    """The near-miss: the conflict was overlooked, but only one of the two confirmed."""
    incidents = planted("oversell:p=1")
    ledger = theatre(incidents)
    for holder in ("first", "second"):
        ledger.hold(NOON, holder, "evt_1", ["A-1"], 60.0)
    ledger.confirm(NOON, "second", "ord_2")
    assert incidents.facts() == {"oversell": {"seats_sold_twice": 0, "conflicts_overlooked": 1}}
    ledger.confirm(NOON, "first", "ord_1")
    assert incidents.facts()["oversell"]["seats_sold_twice"] == 1
    assert ledger.sales["evt_1", "A-1"] == ["ord_2", "ord_1"]


def test_who_held_the_seat_first_may_confirm_last() -> None:
    """Both orders must be able to stand, in either order of confirmation."""
    incidents = planted("oversell:p=1,count=1")
    ledger = theatre(incidents)
    ledger.hold(NOON, "first", "evt_1", ["A-1"], 60.0)
    assert buy(ledger, "second", "A-1")
    ledger.confirm(NOON, "first", "ord_1")
    assert len(ledger.sales["evt_1", "A-1"]) == 2
    assert not buy(ledger, "third", "A-1")


def test_a_count_ends_the_incident() -> None:
    incidents = planted("errors:p=1,count=2")
    assert [incidents.instead(JOIN, REQUEST) is None for _ in range(5)] == [False, False, True, True, True]
    assert incidents.facts() == {"errors": {"struck": 2}}


def test_a_window_counts_from_the_first_call_served() -> None:
    time = ScriptedTime()
    incidents = planted("errors:p=1@10s..20s", time=time)
    time.advance(15)
    incidents.begin()
    struck = []
    for _ in range(5):
        struck.append(incidents.instead(JOIN, REQUEST) is not None)
        time.advance(5)
        incidents.begin()
    assert struck == [False, False, True, True, False]


def test_the_same_seed_strikes_at_the_same_calls_and_one_incident_does_not_move_another() -> None:
    def strikes(*texts: str, seed: int) -> list[bool]:
        incidents = planted(*texts, seed=seed)
        return [isinstance(incidents.instead(JOIN, REQUEST), Refusal) for _ in range(200)]

    alone = strikes("errors:p=0.2", seed=3)
    assert alone == strikes("errors:p=0.2", "slow:p=0.5", seed=3) == strikes("slow", "errors:p=0.2", seed=3)
    assert alone != strikes("errors:p=0.2", seed=4)
    assert 20 <= sum(alone) <= 60


def test_errors_answer_internal_as_a_native_status() -> None:
    assert planted("errors:p=1").instead(JOIN, REQUEST) == Refusal(13, "store: connection pool exhausted")


def test_error_inside_ok_answers_an_empty_message_with_an_internal_error() -> None:
    error = errors_pb2.Error(code=errors_pb2.ERROR_CODE_INTERNAL, message="upstream: unexpected EOF")
    assert planted("error-inside-ok:p=1").instead(JOIN, REQUEST) == queue_pb2.JoinQueueResponse(error=error)


@pytest.mark.parametrize("name", sorted(UNTOUCHED))
@pytest.mark.parametrize("incident", ["errors", "error-inside-ok"])
def test_what_is_asked_before_a_load_stays_whole(incident: str, name: str) -> None:
    assert planted(f"{incident}:p=1").instead(METHODS[name], METHODS[name].request()) is None


def test_slow_answers_are_late_by_its_milliseconds_and_by_default_one_in_ten_is() -> None:
    assert planted("slow:p=1,ms=20").delay_s(JOIN, REQUEST) == 0.02
    incidents = planted("slow")
    delays = [incidents.delay_s(JOIN, REQUEST) for _ in range(1000)]
    assert set(delays) == {0.0, 0.55}
    assert 60 <= delays.count(0.55) <= 140
    assert incidents.facts() == {"slow": {"struck": delays.count(0.55)}}


def test_a_method_that_was_named_is_struck_and_no_other_even_one_that_is_asked_before_a_load() -> None:
    incidents = planted("errors:p=1,method=GetInventoryStatus")
    stock = METHODS["reservation.v1.InventoryService/GetInventoryStatus"]
    assert incidents.instead(JOIN, REQUEST) is None
    assert isinstance(incidents.instead(stock, stock.request()), Refusal)


def test_an_incident_planted_at_run_time_counts_its_window_from_then_and_goes_on_counting_what_it_did() -> None:
    time = ScriptedTime()
    incidents = planted(time=time)
    incidents.begin()
    time.advance(100)

    def strikes() -> bool:
        return incidents.instead(JOIN, REQUEST) is not None

    assert not strikes()
    incidents.plant("errors:p=1,count=2@..5s")
    assert [strikes() for _ in range(3)] == [True, True, False]
    incidents.plant("errors:p=1,count=1")
    assert [strikes() for _ in range(2)] == [True, False]
    incidents.plant("errors:p=1")
    errors = incidents.find("errors")
    assert errors is not None
    assert strikes()
    errors.end()
    assert not strikes()
    assert incidents.measures() == {"errors.struck": 4}


def test_the_first_incident_that_errs_answers() -> None:
    assert isinstance(planted("errors:p=1", "error-inside-ok:p=1").instead(JOIN, REQUEST), Refusal)
    assert isinstance(planted("error-inside-ok:p=1", "errors:p=1").instead(JOIN, REQUEST), queue_pb2.JoinQueueResponse)


def test_an_incident_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"incident 'slow:p=1': slow is there already; give all its settings at once"):
        planted("slow", "slow:p=1")


def test_every_question_of_the_state_is_passed_on_to_the_incidents() -> None:
    """A new question that the whole did not pass on would make its incident silent."""
    questions = {name for name, value in vars(Faults).items() if callable(value)}
    assert questions
    assert questions <= set(vars(Planted))


def test_the_table_has_a_full_row_for_every_incident() -> None:
    objectives = yaml.safe_load((Path(__file__).parents[2] / "slo/production.yaml").read_text())["objectives"]
    caught_by = {rule.name for rule in RULES} | {objective["name"] for objective in objectives}
    rows = table()
    assert [row["name"] for row in rows] == sorted(KINDS)
    for row in rows:
        assert row["imitates"].endswith(".")
        assert "\n" not in row["imitates"]
        assert row["rule"] in caught_by
        assert {"p", "count"} <= row["settings"].keys()


@pytest.mark.parametrize("row", table(), ids=lambda row: str(row["name"]))
def test_every_incident_has_a_proof_that_plants_it_and_drives_for_20_s_at_most(row: Row) -> None:
    proof = row["proof"]
    told = proof["fakes"][proof["fakes"].index("--incident") + 1]
    assert parse(told, DEFAULTS).name == row["name"]
    assert proof["scenario"] in names()
    seconds = proof["run"][proof["run"].index("--duration") + 1]
    assert 0 < float(seconds.removesuffix("s")) <= 20
    incidents = planted(told)
    theatre(incidents)
    assert proof["counted"] in ("", *incidents.facts()[row["name"]])
    assert 0 < proof["share"] <= 1


@pytest.mark.parametrize("row", table(), ids=lambda row: str(row["name"]))
def test_a_rule_owes_as_many_findings_as_were_done_or_the_proof_says_why_not(row: Row) -> None:
    proof = row["proof"]
    fewer = proof["share"] < 1 or not proof["counted"]
    assert bool(proof["unseen"]) == (fewer and row["rule"] in {rule.name for rule in RULES}), row["name"]
