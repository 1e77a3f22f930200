"""Objectives judged: each metric on evidence that meets it, misses it, and is too little to tell."""

from __future__ import annotations

import pytest

from reports.judgement import judge_evidence
from reports.objectives.deciding import decide
from reports.objectives.expression import parse
from reports.objectives.file import read
from reports.objectives.metric import Measured
from reports.objectives.metrics import METRICS
from reports.objectives.result import Result
from reports.remembered import Packed
from reports.resampling import Interval
from tacorush.evidence.records import PREFLIGHT, READBACK, ArrivalSecond
from tests.unit.told_claims import EVENT, admission, bought, hold, join, lost, poll, sale
from tests.unit.written_run import CHECK, CREATE, JOIN, Written, healthy, judged


def result(run: Written, expression: str) -> Result:
    """What becomes of one objective, `metric expression [{where}]`."""
    (found,) = judged(run, expression).run.results
    return found


def spread(*values_ms: float, seconds: int = 40, **call: str) -> Written:
    """The same calls in every second."""
    run = Written(meta={"mode": "open", "duration_s": seconds})
    for second in range(seconds):
        run.call(second, *values_ms, **call)
    return run


@pytest.mark.parametrize(
    ("text", "low", "high", "verdict"),
    [
        ("p(95)<500", 400, 499, "PASS"),
        ("p(95)<500", 400, 500, "INCONCLUSIVE"),
        ("p(95)<=500", 400, 500, "PASS"),
        ("p(95)<500", 499, 600, "INCONCLUSIVE"),
        ("p(95)<500", 500, 600, "FAIL"),
        ("p(95)<=500", 500, 600, "INCONCLUSIVE"),
        ("rate>=0.9", 0.9, 1.0, "PASS"),
        ("rate>0.9", 0.9, 1.0, "INCONCLUSIVE"),
        ("rate>=0.9", 0.8, 0.9, "INCONCLUSIVE"),
        ("rate>0.9", 0.8, 0.9, "FAIL"),
        ("count==0", 0, 0, "PASS"),
        ("count==0", 1, 1, "FAIL"),
        ("count!=0", 0, 0, "FAIL"),
        ("count!=0", 1, 1, "PASS"),
        ("rate==0.5", 0.4, 0.6, "INCONCLUSIVE"),
        ("rate==0.5", 0.6, 0.7, "FAIL"),
        ("rate!=0.5", 0.4, 0.6, "INCONCLUSIVE"),
        ("rate!=0.5", 0.6, 0.7, "PASS"),
    ],
)
def test_an_interval_passes_whole_fails_whole_or_tells_nothing(
    text: str, low: float, high: float, verdict: str
) -> None:
    """The ends decide, and at the threshold the sign."""
    assert decide(parse(text), Measured((low + high) / 2, Interval(low, high), 1000)) == verdict


def test_a_censored_percentile_fails_every_upper_limit_whatever_its_number() -> None:
    """The truth lies above it; an interval that only reaches into the censored calls tells nothing."""
    censored = Measured(250, Interval(200, 250), 1000, censored=True, high_censored=True)
    assert decide(parse("p(95)<500"), censored) == "FAIL"
    assert decide(parse("p(95)>100"), censored) == "PASS"
    reaching = Measured(200, Interval(150, 250), 1000, high_censored=True)
    assert decide(parse("p(95)<500"), reaching) == "INCONCLUSIVE"
    assert decide(parse("p(95)<100"), reaching) == "FAIL"


def test_a_percentile_is_judged_with_its_interval() -> None:
    """Over all calls, and over the calls that a filter chooses."""
    run = spread(*range(1, 21))
    for second in range(40):
        run.call(second, *[700] * 10, method=CREATE, kind="canceller")
    assert result(run, "response_ms p(95)<500").verdict == "FAIL"
    found = result(run, "response_ms p(95)<500 {method: JoinQueue}")
    assert (found.verdict, found.measured.samples) == ("PASS", 800)
    assert found.measured.value == pytest.approx(19, rel=0.001)
    assert found.interval == pytest.approx((18.5, 19.5), abs=0.6)
    assert result(run, "service_ms p(95)<500 {journey: canceller}").verdict == "FAIL"
    assert result(run, "response_ms p(50)<500 {service: gateway.v1.QueueService}").measured.samples == 800
    assert result(run, "response_ms p(50)<500 {service: ReservationService, outcome: ok}").measured.samples == 400


def test_a_percentile_of_too_few_samples_is_inconclusive_however_good_it_looks() -> None:
    """p(95) needs ten samples above it, so 200."""
    found = result(spread(*[10] * 199, seconds=1), "response_ms p(95)<500")
    assert (found.verdict, found.measured.samples, found.measured.needed) == ("INCONCLUSIVE", 199, 200)
    assert found.reason == "199 samples, and p(95)<500 needs 200; run longer or faster"
    found = result(spread(*[10] * 200, seconds=1), "response_ms p(95)<500")
    assert (found.verdict, None in found.interval) == ("PASS", False)
    assert result(spread(*[700] * 199, seconds=1), "response_ms p(95)<500").verdict == "INCONCLUSIVE"
    assert [result(Written(), f"response_ms p({q})<500").measured.needed for q in (50, 99.9)] == [1, 1]
    assert result(spread(*[10] * 9999, seconds=1), "response_ms p(99.9)<500").measured.needed == 10_000


def test_what_was_not_measured_is_inconclusive() -> None:
    """An objective about a method that nobody called never passes."""
    found = result(spread(10), "response_ms p(95)<500 {method: CancelPayment}")
    assert (found.verdict, found.measured.value) == ("INCONCLUSIVE", None)
    assert found.reason == "nothing was measured, so nothing is known"
    assert result(spread(10, kind=READBACK), "errors rate<0.01").verdict == "INCONCLUSIVE"
    assert result(spread(10, kind=PREFLIGHT), "availability rate>=0.9").verdict == "INCONCLUSIVE"
    assert result(Written(meta={"mode": "open"}), "achieved_rate rate>=0.99").verdict == "INCONCLUSIVE"
    assert result(Written(), "journeys rate>=0.99 {outcome: ticket}").verdict == "INCONCLUSIVE"
    assert result(Written(), "oversell count==0").verdict == "INCONCLUSIVE"


def test_percentiles_among_calls_that_hit_their_deadline_fail() -> None:
    """6 % of the calls to the inventory gave up at 250 ms, so their P95 is at least that."""
    run = spread(*[10] * 94, method=CHECK)
    for second in range(40):
        run.call(second, *[250] * 6, method=CHECK, outcome="unknown", code="DEADLINE_EXCEEDED")
    found = result(run, "response_ms p(95)<500")
    assert (found.verdict, found.measured.censored) == ("FAIL", True)
    assert found.reason.startswith("P95 ≥ 250 ms, asked for < 500 ms; missed in 40 of 40 s")
    assert result(run, "response_ms p(90)<500").verdict == "PASS"


def test_an_interval_that_reaches_into_the_censored_calls_tells_nothing() -> None:
    """4.8 % gave up: the P95 is known, and so near to them that it may be among them."""
    run = spread(*[10] * 952, method=CHECK)
    for second in range(40):
        run.call(second, *[250] * 48, method=CHECK, outcome="unknown", code="DEADLINE_EXCEEDED")
    found = result(run, "response_ms p(95)<500")
    assert (found.verdict, found.measured.censored, found.measured.high_censored) == ("INCONCLUSIVE", False, True)
    assert result(run, "response_ms p(90)<500").verdict == "PASS"


def test_mean_and_maximum_are_judged() -> None:
    """The mean with an interval, the maximum as it is."""
    run = spread(*[10] * 19, 210)
    found = result(run, "response_ms avg<26")
    assert found.verdict == "PASS"
    assert found.interval == pytest.approx((15.9, 24.1), abs=0.1)
    assert result(run, "response_ms avg<14").verdict == "FAIL"
    assert result(spread(10, seconds=29), "response_ms avg<15").verdict == "INCONCLUSIVE"
    found = result(run, "response_ms max<200")
    assert (found.verdict, found.measured.value, found.interval) == ("FAIL", 210.0, (210.0, 210.0))
    assert result(spread(10, seconds=1), "response_ms max<200").verdict == "PASS"


@pytest.mark.parametrize(
    ("outcome", "code", "errors", "availability", "refusals"),
    [
        ("failed", "INTERNAL", "FAIL", "PASS", "PASS"),
        ("failed", "UNAVAILABLE", "FAIL", "FAIL", "PASS"),
        ("failed", "UNSENT", "FAIL", "FAIL", "PASS"),
        ("unknown", "DEADLINE_EXCEEDED", "FAIL", "FAIL", "PASS"),
        ("refused", "INVENTORY_CONFLICT", "PASS", "PASS", "FAIL"),
        ("unimplemented", "UNIMPLEMENTED", "PASS", "PASS", "PASS"),
    ],
)
def test_shares_of_calls_are_judged_by_outcome(
    outcome: str, code: str, errors: str, availability: str, refusals: str
) -> None:
    """One call in twenty."""
    run = spread(*[10] * 190, seconds=40)
    for second in range(40):
        run.call(second, *[10] * 10, outcome=outcome, code=code)
    assert result(run, "errors rate<0.01").verdict == errors
    assert result(run, "availability rate>=0.999").verdict == availability
    assert result(run, "refusals rate<0.01").verdict == refusals
    counted = {"failed": 400, "unknown": 400}.get(outcome, 0)
    assert result(run, "errors count==0").measured.value == counted


def test_no_error_among_few_calls_proves_no_small_error_rate() -> None:
    """300 calls without an error are needed to say "under 1 %"."""
    assert result(spread(*[10] * 250, seconds=1), "errors rate<0.01").verdict == "INCONCLUSIVE"
    found = result(spread(*[10] * 250, seconds=1), "errors rate<0.01")
    assert (found.lacking, found.reason) == (
        299,
        "0 % (0–1.19 %), too close to tell from < 1 % with 250 samples; 299 would tell",
    )
    assert result(spread(*[10] * 298, seconds=1), "errors rate<0.01").verdict == "INCONCLUSIVE"
    assert result(spread(*[10] * 299, seconds=1), "errors rate<0.01").verdict == "PASS"
    assert result(spread(*[10] * 2994, seconds=1), "availability rate>=0.999").lacking == 2995
    assert result(spread(*[10] * 2995, seconds=1), "availability rate>=0.999").verdict == "PASS"


def test_more_of_the_same_settles_only_what_is_all_alike() -> None:
    """One error among many is an estimate that may go either way; no number of calls proves a share of exactly 0."""
    run = spread(*[10] * 99, seconds=1).call(0, 10, outcome="failed", code="INTERNAL")
    assert [result(run, f"errors rate{limit}").lacking for limit in ("<0.02", "==0")] == [0, 0]
    assert result(spread(10, seconds=5), "errors rate==0").lacking == 0
    assert result(Written().journeys(50), "journeys rate>=0.99 {outcome: ticket}").lacking == 299


def test_unimplemented_calls_can_be_counted() -> None:
    """They are in no other share."""
    run = spread(10, seconds=3).call(0, 1, outcome="unimplemented", code="UNIMPLEMENTED")
    assert result(run, "unimplemented count==0").measured.value == 1
    assert result(run, "unimplemented rate<0.5").measured.value == 0.25


def test_oversell_counts_seats_with_two_known_orders() -> None:
    """A census: judged as it is."""
    run = healthy()
    assert result(run, "oversell count==0").verdict == "PASS"
    run.written_claims += bought("rsv_x", "ord_x", "A-1 A-2", 500)
    found = result(run, "oversell count==0")
    assert (found.verdict, found.measured.value, found.interval) == ("FAIL", 2, (2, 2))


def test_an_open_finding_keeps_a_census_from_passing_and_a_known_one_fails_it() -> None:
    """A sale that was never answered may be a second one of its seat."""
    run = healthy()
    run.written_claims += [hold("rsv_x", "A-1", 20, expires_ns=0), sale("rsv_x", "", "", 300, **lost())]
    for expression in ("oversell count==0", "findings count==0 {rule: double_sale}", "findings count==0"):
        found = result(run, expression)
        assert (found.verdict, found.measured.value, found.interval) == ("INCONCLUSIVE", 0, (0, 1))
        assert found.reason == "0 known and 1 more possible, asked for = 0"
    assert result(run, "findings count==0 {rule: charged_twice}").verdict == "PASS"
    run.written_claims += bought("rsv_y", "ord_y", "A-2", 500)
    found = result(run, "oversell count==0")
    assert (found.verdict, found.reason) == ("FAIL", "1 known and 1 more possible, asked for = 0")


def test_one_event_that_breaks_three_rules_counts_as_three_rules_and_not_as_many_findings() -> None:
    """Three seats sold twice are held twice and three seats too many as well: nine findings of three rules."""
    run = healthy()
    run.meta["preflight"]["events"] = [{"id": EVENT, "total": 200}]
    for number in range(3):
        run.written_claims += bought(f"rsv_x{number}", f"ord_x{number}", f"A-{number}", 50_000 + number)
    assert result(run, "findings count==0 {rule: double_sale}").measured.value == 3
    assert result(run, "findings count==0 {rule: held_twice}").measured.value == 3
    assert result(run, "findings count==0 {rule: over_capacity}").measured.value == 3
    assert result(run, "findings count==0").measured.value == 3


def test_findings_are_counted_by_rule() -> None:
    """Only definite ones."""
    run = healthy()
    run.written_claims += bought("rsv_x", "ord_x", "A-1", 500)[:1] + bought("rsv_x", "ord_x", "A-1", 500)[3:]
    assert result(run, "findings count==0 {rule: sale_without_payment}").measured.value == 1
    assert result(run, "findings count==0 {rule: charged_twice}").verdict == "PASS"
    assert result(run, "findings count==0").measured.value == 3


def test_the_planned_rate_is_reached_or_not() -> None:
    """Journeys started of the arrivals planned; a closed loop plans none and leaves the objective out."""
    run = Written(meta={"mode": "open"}, written_arrivals=[ArrivalSecond(0, 1000, 989)])
    assert result(run, "achieved_rate rate>=0.99").verdict == "FAIL"
    run.written_arrivals = [ArrivalSecond(0, 1000, 990)]
    assert result(run, "achieved_rate rate>=0.99").verdict == "PASS"
    run.meta["mode"] = "closed"
    assert judged(run, "achieved_rate rate>=0.99").run.results == []


def test_journeys_are_judged_by_how_they_ended() -> None:
    """As a share of all of a kind, or as a number."""
    run = Written().journeys(99).journeys(1, "failed").journeys(5, "left", "browsing", kind="leaver")
    assert result(run, "journeys rate>=0.9 {outcome: ticket}").measured.value == pytest.approx(99 / 105)
    assert result(run, "journeys rate>=0.9 {journey: buyer, outcome: ticket}").measured.value == 0.99
    assert result(run, "journeys count==0 {outcome: unfinished}").verdict == "PASS"
    assert result(run, "journeys count>=100").verdict == "PASS"


def test_orders_can_be_counted() -> None:
    """Known ones."""
    assert result(healthy(), "orders count>=200").verdict == "PASS"
    assert result(healthy(), "orders count>200").verdict == "FAIL"


def test_who_was_let_in_ahead_of_somebody_is_counted_and_is_a_share_of_all_let_in() -> None:
    """Eve and dan pass ann, who is seen in line still; bob is let in at once, and of another line nobody is passed."""
    run = Written()
    run.written_claims += [join("bob", 0), admission("bob", 20), join("ann", 0), poll("ann", 900, 1)]
    run.written_claims += [it for who in ("eve", "dan") for it in (join(who, 100), admission(who, 500))]
    run.written_claims += [join("kim", 100, event="evt_2"), admission("kim", 500, event="evt_2")]
    found = result(run, "queue_inversions count==0")
    assert (found.verdict, found.measured.value, found.measured.samples) == ("FAIL", 2, 4)
    assert result(run, "queue_inversions rate<=0.5").reason == "50 %, as asked for ≤ 50 %, of 4 admissions"


def test_where_nobody_was_let_in_nothing_is_known_of_the_order() -> None:
    run = Written()
    run.written_claims += [join("ann", 0), join("eve", 100)]
    assert result(run, "queue_inversions count==0").verdict == "INCONCLUSIVE"
    run.written_claims += [admission("ann", 500), admission("eve", 600)]
    assert result(run, "queue_inversions count==0").verdict == "PASS"


def test_every_metric_says_what_it_is() -> None:
    """Meaning, unit, what may be asked of it."""
    assert all(metric.meaning and metric.aggregations for metric in METRICS.values())
    assert {metric.unit for metric in METRICS.values()} == {"ms", "share", "count"}
    assert sorted(name for name, metric in METRICS.items() if not metric.load) == [
        "findings",
        "orders",
        "oversell",
        "queue_inversions",
        "unimplemented",
        "withdrawn",
    ]


def test_a_reason_says_what_was_measured_against_what_was_asked() -> None:
    """With its interval, in words of the unit."""
    run = spread(*range(600, 800, 10))
    assert result(run, "response_ms p(95)<500").reason == (
        "P95 780 ms (780–790 ms), asked for < 500 ms; missed in 40 of 40 s, from second 0 to 39"
    )
    assert result(run, f"errors rate<0.01 {{method: {JOIN}}}").reason == "0 % (0–0.37 %), as asked for < 1 %"


def test_an_optional_objective_is_left_out_where_nothing_was_measured() -> None:
    """A service that the scenario does not call; called, it is judged like any other."""
    asked = "metric: response_ms, expression: p(95)<50, optional: true"
    rows = "".join(
        f"  - {{name: {method}, {asked}, where: {{method: {method}}}}}\n" for method in ("JoinQueue", "CancelPayment")
    )
    found = judge_evidence(spread(*[10] * 10), read(f"objectives:\n{rows}", "here")).run.results
    assert [(each.name, each.verdict) for each in found] == [("JoinQueue", "PASS")]


@pytest.mark.parametrize("expression", ["response_ms p(95)<50", "response_ms avg<50", "errors rate<0.01"])
def test_evidence_that_is_remembered_is_judged_like_any_other(expression: str) -> None:
    """Packed histograms and those of the run file give the same figures to the last digit."""
    run = spread(*range(1, 60)).call(3, 250, 250, outcome="unknown", code="DEADLINE_EXCEEDED")
    packed = Written(meta=run.meta)
    packed.written_cells = [(key, Packed(tally)) for key, tally in run.written_cells]  # type: ignore[misc]
    assert result(run, expression).measured == result(packed, expression).measured
