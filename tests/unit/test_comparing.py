"""Two runs held against each other: which figures are worse, better, the same or not told, and what it comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from reports.comparing import words
from reports.comparing.comparison import compare
from reports.comparing.console import comparison_lines
from reports.comparing.document import document
from reports.comparing.tolerance import DEFAULT, Tolerance, tolerance
from reports.comparing.weighing import BETTER, OPEN, SAME, WORSE
from reports.console import WIDTH
from reports.summary import as_json
from tests.unit.test_verdict import be_slow, drop, kill, leave_open, measure_nothing, oversell
from tests.unit.two_runs import TENTH, held, only, row, side, slower
from tests.unit.written_run import CREATE, JOIN, STEPS, Written, healthy

SCHEMA = json.loads((Path(__file__).parents[2] / "reports/comparing/schema.json").read_text())


def test_a_run_is_no_worse_than_itself() -> None:
    """And no figure differs."""
    found = held(healthy(), healthy())
    assert found.verdict == "PASS"
    assert {row.word for row in found.rows} == {SAME}
    assert (found.loosened, found.unlike) == ([], [])
    assert found.reasons == [f"Of {len(found.rows)} figures none is known to be worse by more than 10 %"]


def test_a_method_that_got_slower_is_named_and_fails_the_comparison() -> None:
    """With its difference and interval, in its unit; what did not change is not named."""
    found = held(healthy(), slower(CREATE, 2.0))
    assert found.verdict == "FAIL"
    worse = {row.topic.name for row in found.rows if row.word == WORSE}
    assert worse == {"P95 of all calls", "P95 of holding seats"}
    told = row(found, "P95 of holding seats")
    assert told.beyond
    assert told.difference is not None
    assert told.difference.value == pytest.approx(16, rel=0.01)
    assert told.difference.low > told.room == pytest.approx(1.6, rel=0.01)
    said = "P95 of holding seats: 16 ms → 32 ms, +16 ms, worse by more than the 1.6 ms tolerated"
    assert said in found.reasons


def test_a_method_that_got_faster_is_better_and_passes() -> None:
    found = held(slower(CREATE, 2.0), healthy())
    assert found.verdict == "PASS"
    assert {row.topic.name for row in found.rows if row.word == BETTER} == {"P95 of all calls", "P95 of holding seats"}


@pytest.mark.parametrize(
    ("allowed", "verdict"), [(Tolerance(0.1), "FAIL"), (Tolerance(0.6), "PASS"), (Tolerance(0.1, 9.0), "PASS")]
)
def test_what_is_tolerated_is_told_as_worse_but_does_not_fail(allowed: Tolerance, verdict: str) -> None:
    """8 of 16 ms more: half of the figure, or 8 ms."""
    found = held(healthy(), slower(CREATE, 1.5), tolerance=allowed)
    assert (found.verdict, row(found, "P95 of holding seats").word) == (verdict, WORSE)


def test_what_is_worse_and_perhaps_by_more_than_is_tolerated_cannot_be_told() -> None:
    """An error a second: 0.4 % of the calls, of which the interval begins under the 0.3 points tolerated."""
    wrong = healthy()
    for second in range(40):
        wrong.call(second, 9.0, outcome="failed", code="INTERNAL")
    found = held(healthy(), wrong, slo=only("errors", "rate<0.01"), tolerance=Tolerance(0.3))
    told = row(found, "it")
    assert told.difference is not None
    assert 0 < told.difference.low < told.room < told.difference.value
    assert (told.word, told.beyond, told.open) == (WORSE, False, True)
    assert words.verdict(told) == "worse, perhaps by more than the 0.3 pp tolerated"


def test_too_few_samples_of_an_objective_cannot_be_told() -> None:
    """Of a method that no objective is about they keep nobody from telling."""
    runs = [healthy(4), healthy(4)]
    for run in runs:
        run.call(1, 5, 5, method="gateway.v1.QueueService/LeaveQueue")
    base, new = runs
    found = held(base, new, slo=only("response_ms", "p(95)<500"))
    assert found.verdict == "PASS"
    told = row(found, "P95 of LeaveQueue")
    assert (told.word, words.verdict(told)) == (OPEN, "cannot tell: the base has 2 samples where 200 are needed")
    asked = held(base, new, slo=only("response_ms", "p(95)<500", ", where: {method: LeaveQueue}"))
    assert asked.verdict == "INCONCLUSIVE"
    assert asked.reasons[0].startswith("1 figure cannot be told: it")


def test_a_seat_sold_twice_that_was_not_before_fails() -> None:
    """A census is no estimate: one is more than none. The other way round it is better."""
    broken = healthy()
    oversell(broken)
    worse = held(healthy(), broken)
    assert (worse.verdict, row(worse, "Seats sold twice").word) == ("FAIL", WORSE)
    better = held(broken, healthy())
    assert (better.verdict, row(better, "Seats sold twice").word) == ("PASS", BETTER)
    both = held(broken, broken)
    assert row(both, "Seats sold twice").word == OPEN, "one each time tells nothing of how many there would be"


def test_what_is_only_possible_cannot_be_told() -> None:
    """Not even as worse."""
    open_run = healthy()
    leave_open(open_run)
    found = held(healthy(), open_run)
    told = row(found, "Seats sold twice")
    assert (found.verdict, told.word, told.beyond) == ("INCONCLUSIVE", OPEN, False)
    assert words.verdict(told) == "cannot tell: of the new run 1 more are possible than are known"
    broken = healthy()
    oversell(broken)
    assert row(held(open_run, broken), "Seats sold twice").word == OPEN, "the base may have sold one twice too"


@pytest.mark.parametrize("change", [kill, drop], ids=["killed", "dropped"])
@pytest.mark.parametrize("which", ["base", "new"])
def test_a_load_in_doubt_neither_fails_nor_passes(change: Any, which: str) -> None:
    """Its own guard says why."""
    base, new = healthy(), slower(CREATE, 2.0)
    change(base if which == "base" else new)
    found = held(base, new)
    assert found.verdict == "INCONCLUSIVE"
    called = "base" if which == "base" else "new run"
    assert any(reason.startswith(f"The load of the {called} is in doubt: ") for reason in found.reasons)


def test_a_seat_sold_twice_fails_under_a_load_in_doubt_too() -> None:
    broken = healthy()
    oversell(broken)
    kill(broken)
    assert held(healthy(), broken).verdict == "FAIL"


def test_a_percentile_among_calls_at_their_deadline_is_worse_by_at_least_so_much() -> None:
    """Their true time is not known, so the interval is open upwards; the other way round it is better."""
    late = healthy()
    late.written_cells = [cell for cell in late.written_cells if cell[0].measure != CREATE]
    for second in range(40):
        late.call(second, *[10.0] * 20, method=CREATE)
        late.call(second, *[500.0] * 5, method=CREATE, outcome="unknown", code="DEADLINE_EXCEEDED")
    told = row(held(healthy(), late), "P95 of holding seats")
    assert (told.word, told.beyond) == (WORSE, True)
    assert words.sentence(told).startswith("P95 of holding seats: 16 ms → ≥ 500 ms, +484 ms (at least +484 ms), worse")
    assert row(held(late, healthy()), "P95 of holding seats").word == BETTER
    assert row(held(late, late), "P95 of holding seats").word == OPEN


def test_errors_are_compared_in_percentage_points_and_held_against_the_budget() -> None:
    """3 of 25 calls more in error are 12 points; 10 % of the 1 % that may go wrong are tolerated."""
    wrong = healthy()
    for second in range(40):
        wrong.call(second, *[9.0] * 3, outcome="failed", code="INTERNAL")
    told = row(held(healthy(), wrong), "Error rate of JoinQueue")
    assert (told.word, told.beyond) == (WORSE, True)
    assert told.room == pytest.approx(0.001)
    assert words.change(told) == "+10.7 pp"


def test_nothing_that_went_wrong_leaves_nothing_to_tell() -> None:
    """However few the calls are, and however wide the interval that follows from them."""
    found = held(healthy(3), healthy(3), slo=only("availability", "rate>=0.999"))
    told = row(found, "it")
    assert told.difference is not None
    assert -told.difference.low > told.room, "the interval alone would not tell"
    assert (told.word, told.open) == (SAME, False)


@pytest.mark.parametrize(
    ("metric", "expression", "more", "word"),
    [
        ("response_ms", "max<20", "", SAME),
        ("response_ms", "max<14", "", OPEN),
        ("response_ms", "avg<500", "", SAME),
        ("response_ms", "med<500", "", SAME),
        ("response_ms", "p(95)<500", ", every: 10s", SAME),
        ("response_ms", "p(95)<500", ", from: 10s, to: 30s", SAME),
        ("response_ms", "p(95)<500", ", during: nowhere", OPEN),
        ("errors", "count<5", "", SAME),
        ("errors", "burn<1", ", budget: 0.01", SAME),
        ("orders", "count>=1", "", SAME),
        ("orders", "count==200", "", OPEN),
        ("achieved_rate", "rate>=0.99", "", SAME),
        ("time_to_ticket_ms", "p(95)<500", ", optional: true", None),
    ],
)
def test_every_kind_of_objective_can_be_compared(metric: str, expression: str, more: str, word: str | None) -> None:
    """A largest time by its verdicts; windows by their whole; what neither run measured and may be left out, not."""
    found = held(healthy(), healthy(), slo=only(metric, expression, more))
    assert [row.word for row in found.rows if row.topic.name == "it"] == ([word] if word else [])


@pytest.mark.parametrize(("allowed", "word"), [(0.1, WORSE), (0.5, SAME)])
def test_what_was_counted_is_worse_where_it_is_so_by_more_than_is_tolerated(allowed: float, word: str) -> None:
    """Two of 1,000 arrivals did not start: a fifth of the hundredth that need not."""
    fewer = healthy()
    fewer.written_arrivals[3].started = 23
    found = held(healthy(), fewer, slo=only("achieved_rate", "rate>=0.99"), tolerance=Tolerance(allowed))
    assert row(found, "it").word == word
    assert row(held(fewer, healthy(), slo=only("achieved_rate", "rate>=0.99")), "it").word == BETTER


def test_a_largest_time_that_misses_what_it_met_is_worse() -> None:
    """Nobody knows its interval, but what it was asked for is known."""
    slo = only("response_ms", "max<20")
    assert row(held(healthy(), slower(CREATE, 2.0), slo=slo), "it").word == WORSE
    assert row(held(slower(CREATE, 2.0), healthy(), slo=slo), "it").word == BETTER


def test_a_figure_that_an_objective_and_a_method_share_is_compared_once() -> None:
    """Else each would count twice among the many."""
    found = held(healthy(), healthy())
    keys = [row.topic.key for row in found.rows]
    assert len(keys) == len(set(keys))
    names = {row.topic.name for row in found.rows}
    assert "P95 of holding seats" in names
    assert {f"Error rate of {name}" for name in ("JoinQueue", "ProcessPayment")} <= names
    assert not {name for name in names if name.startswith("P95 of ") and "CreateReservation" in name}
    assert sum(row.topic.metric.name == "errors" for row in found.rows) == 1 + len(STEPS)


def test_both_runs_are_held_to_what_the_base_was_asked() -> None:
    """So that a loosened objective hides nothing: 1 of 100 of the new run's budget would be ten times the base's."""
    strict, loose = only("errors", "rate<0.01"), only("errors", "rate<0.1")
    found = compare(side(healthy(), strict), side(healthy(), loose), TENTH)
    assert row(found, "it").room == pytest.approx(0.001)
    assert found.loosened == ["it: asks for less: rate<0.01 became rate<0.1"]


def test_a_method_that_only_one_run_called_is_not_compared() -> None:
    more = healthy()
    for second in range(40):
        more.call(second, *[5.0] * 25, method="gateway.v1.QueueService/LeaveQueue")
    assert [row for row in held(healthy(), more).rows if "LeaveQueue" in row.topic.name] == []


def test_an_open_comparison_says_how_long_runs_would_tell() -> None:
    """From how far the interval reaches beyond what is tolerated."""
    base, new = healthy(), healthy()
    for second, run in ((second, run) for run in (base, new) for second in range(0, 40, 3)):
        run.call(second, *[30.0 + second] * 30)
    found = held(base, new, slo=only("response_ms", "p(95)<500", f", where: {{method: {JOIN.partition('/')[2]}}}"))
    assert found.verdict == "INCONCLUSIVE"
    assert " would tell" in found.reasons[0]


@pytest.mark.parametrize(
    ("text", "share", "least_ms"), [("10%", 0.1, 0), ("5ms", 0, 5), ("2.5 %, 5 ms", 0.025, 5), ("0%", 0, 0)]
)
def test_a_tolerance_is_a_share_a_time_or_both(text: str, share: float, least_ms: float) -> None:
    assert tolerance(text) == Tolerance(share, least_ms)
    assert tolerance(DEFAULT.text) == DEFAULT


@pytest.mark.parametrize("text", ["", "10", "0.1", "10%%", "ten%", "-5%", "5s", "1e1%", "nan%", "10%,20%", "1ms,2ms"])
def test_what_is_no_tolerance_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="write 10%, 5ms, or both as 10%,5ms"):
        tolerance(text)


@pytest.mark.parametrize(
    "change",
    [lambda run: None, kill, oversell, leave_open, be_slow, measure_nothing, drop],
    ids=["healthy", "killed", "oversold", "open", "slow", "empty", "dropped"],
)
def test_the_document_validates_whatever_the_runs(change: Any) -> None:
    """And the schema is a schema. Lines for a terminal fit it."""
    Draft202012Validator.check_schema(SCHEMA)
    changed = healthy()
    change(changed)
    for base, new in ((healthy(), changed), (changed, healthy())):
        found = held(base, new)
        told = json.loads(as_json(document(found)))
        assert [
            error.message for error in Draft202012Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(told)
        ] == []
        lines = comparison_lines(found, "runs/new/compare.html")
        assert max(map(len, lines)) <= WIDTH
        assert (found.verdict in lines[0], lines[-1]) == (True, "comparison: runs/new/compare.html")


def test_runs_with_nothing_in_them_are_compared_too() -> None:
    """They tell nothing."""
    found = held(Written(), Written())
    assert found.verdict == "INCONCLUSIVE"
    assert list(Draft202012Validator(SCHEMA).iter_errors(document(found))) == []


def test_the_terminal_tells_what_was_asked_less_and_what_was_done_differently() -> None:
    base, new = side(healthy(), only("errors", "rate<0.01")), healthy()
    new.meta |= {"rate": 50.0, "release": "2.0"}
    text = "\n".join(comparison_lines(compare(base, side(new, only("errors", "rate<0.1")), TENTH)))
    assert "warning: less was asked of the new run: it: asks for less: rate<0.01 became rate<0.1" in text
    assert "warning: not the same load: rate 25/s → 50/s" in text
    assert "also different: release – → 2.0" in text
