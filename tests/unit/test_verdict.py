"""Verdicts: every guard against every kind of result, the order of verdicts, and what the reasons say."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement

import pytest

from reports.audit.finding import Rule, Violation
from reports.audit.history import History
from reports.guards import GUARDS, weaknesses
from reports.judgement import judge_evidence
from reports.objectives import file
from reports.verdicts import EXIT_CODES, FAIL, INCONCLUSIVE, ORDER, PASS, weightiest
from tacorush.evidence.records import ArrivalSecond, ProcessInfo
from tests.unit.told_claims import EVENT, T0_NS, bought, denied, hold, lost, read, sale
from tests.unit.written_run import CREATE, JOIN, PRODUCTION, SECONDS, STEPS, Written, healthy, judged

Change = Callable[[Written], object]


ALL = f"{len(file.load(PRODUCTION))} objectives"


def kill(run: Written) -> None:
    del run.meta["ended"]


def interrupt(run: Written) -> None:
    run.meta["ended"] = {"how": "interrupted", "at_ns": T0_NS + 12 * 10**9, "reason": "Ctrl-C"}


def lose(run: Written) -> None:
    run.written_processes.append(ProcessInfo("worker-2", "worker", "here", 2, lost=True))


def miss(run: Written) -> None:
    run.meta["planned_total"] = 1001


def come_late(run: Written) -> None:
    """Ten of the last second begin when the planned duration is over."""
    run.written_arrivals[7].late = 10
    run.written_cells = [
        (key, tally)
        for key, tally in run.written_cells
        if key.measure != "generator.start_delay" or key.second < SECONDS - 1
    ]
    run.started(SECONDS - 1, *[0.1] * 15).started(SECONDS, *[30.0] * 10)


def drop(run: Written) -> None:
    run.written_arrivals[0].dropped = 1


def lag(run: Written) -> None:
    run.lag(*[25.1] * 3)


def send_half(run: Written) -> None:
    run.written_processes.append(ProcessInfo("worker-3", "worker", "here", 3))


def set_the_clock(run: Written) -> None:
    run.meta["clock_jump_ns"] = -3 * 10**9


def deploy(run: Written) -> None:
    run.meta["versions_before"] = {"inventory": "1.4", "payment": "2.0", "worker": "1.0"}
    run.meta["versions_after"] = {"inventory": "1.5", "payment": "2.0"}


def give_up(run: Written) -> None:
    run.meta["ended"] = {"how": "hopeless", "at_ns": T0_NS + 12 * 10**9, "reason": "Error rate: 9 %"}


def run_short(run: Written) -> None:
    run.meta["preflight"]["shortages"] = ["evt_1 has 10 seats, the plan needs 1,000"]


def hold_back(run: Written) -> None:
    run.written_counters["limited_by_target"] = 2.0


def serve_less(run: Written) -> None:
    run.meta["preflight"]["unserved"] = ["reservation.v1.InventoryService/CheckAvailability"]


def serve_nobody_who_writes(run: Written) -> None:
    """What the pre-flight does not try, the answers say; a name that two services have is told apart."""
    run.written_cells = [(key, tally) for key, tally in run.written_cells if key.measure != CREATE]
    run.call(1, *[2.0] * 20, method=CREATE, outcome="unimplemented", code="UNIMPLEMENTED")


def fall_silent(run: Written) -> None:
    for second in (SECONDS, SECONDS + 1):
        run.call(second, *[1.0] * 6, outcome="failed", code="UNSENT")


def refuse(run: Written) -> None:
    run.journeys(60, "sold_out").journeys(40, "limited").journeys(10, "unknown")


def sell_out_on_purpose(run: Written) -> None:
    refuse(run)
    run.meta["scarce"] = True


def leave_open(run: Written) -> None:
    run.written_claims += [hold("rsv_open", "A-2", 20, expires_ns=0), sale("rsv_open", "", "", 300, **lost())]


def sell_nothing(run: Written) -> None:
    run.written_claims = [hold("rsv_x", "A-1", 20)]


def forget_objectives(_run: Written) -> None:
    """Judged without a file."""


def measure_nothing(run: Written) -> None:
    run.written_cells = [(key, tally) for key, tally in run.written_cells if "/" not in key.measure]


SPOIL: dict[str, tuple[Change, str]] = {
    "nothing_measured": (measure_nothing, "Nothing was measured: no journey made a call"),
    "killed": (
        kill,
        "The run was killed, or its disk was full: its file does not say that it ended, "
        "so what came after its last second is missing",
    ),
    "interrupted": (interrupt, "The run was interrupted after 12 s of 40 s (Ctrl-C)"),
    "lost_worker": (lose, "1 process of the generator lost: worker-2"),
    "incomplete": (
        send_half,
        "The evidence is not complete: worker-3 never said that everything had been sent",
    ),
    "clock_jumped": (
        set_the_clock,
        "The generator's clock was set back by 3 s during the run, so times are in doubt",
    ),
    "release_changed": (deploy, "The release changed during the run, so it measured two: inventory 1.4 → 1.5"),
    "missing": (
        miss,
        "The generator did not drive its plan: 1 of 1,001 arrivals never came up; does a worker's clock run behind the "
        "others'?",
    ),
    "late": (
        come_late,
        "The generator could not keep up: planned 25/s, started 24.8/s, first late at 7 s; 10 of 1,000 arrivals (1 %) "
        "started more than 25 ms late; under 1 % are allowed",
    ),
    "dropped": (
        drop,
        "The generator could not keep up: planned 25/s, started 25/s, first dropped at 0 s; 1 of 1,000 arrivals "
        "dropped; none is allowed",
    ),
    "lag": (
        lag,
        "The generator could not keep up: P99 of its lag is 25.1 ms, not under a tenth of the strictest latency "
        "objective, 250 ms",
    ),
}
WEAKEN: dict[str, tuple[Change, str]] = {
    "hopeless": (
        give_up,
        "The run was ended after 12 s of 40 s, for an objective could not be met any more (Error rate: 9 %)",
    ),
    "no_objectives": (
        forget_objectives,
        "No objective was given, so there is nothing that this run could pass; name a file with --slo",
    ),
    "left_open": (leave_open, "The read-back leaves possible findings open: 1 × double sale"),
    "shortage": (run_short, "The target had too little for the plan: evt_1 has 10 seats, the plan needs 1,000"),
    "held_back": (
        hold_back,
        "The target's own limit held 2 calls back, so it did not get the planned load; lower --rate, or ask its owners "
        "for a higher max_rate",
    ),
    "unserved": (
        serve_less,
        "The target does not serve 1 method that the scenario needs: CheckAvailability",
    ),
    "fell_silent": (
        fall_silent,
        "The platform stopped answering: none of the 12 calls from second 40 on had an answer",
    ),
    "refused": (
        refuse,
        "Only 89.62 % of 1,060 paying journeys got their ticket (60 sold out, 40 limited, 10 unknown): the platform "
        "refused, so nothing was proved; a PASS needs 90 %",
    ),
    "nothing_sold": (
        sell_nothing,
        "No order was confirmed in 950 paying journeys, so nothing was proved about seats and money",
    ),
}
EVERY = SPOIL | WEAKEN
IN_A_FAIL = {
    "refused": "Only 89.62 % of 1,060 paying journeys got their ticket (60 sold out, 40 limited, 10 unknown)",
    "nothing_sold": "No order was confirmed in 950 paying journeys",
}
"""What is left of a sentence where the run failed: something was proved."""


def verdict_of(run: Written, name: str = "") -> tuple[str, tuple[str, ...]]:
    objectives = () if name == "no_objectives" else file.load(PRODUCTION)
    found = judge_evidence(run, objectives).conclusion
    return found.verdict, found.reasons


def be_slow(run: Written) -> None:
    for second in range(SECONDS):
        run.call(second, *[700] * 50)


def oversell(run: Written) -> None:
    run.written_claims += bought("rsv_x", "ord_x", "A-1", 60)


def test_arrivals_of_a_lost_process_need_no_other_cause() -> None:
    """Who lost a worker is not sent to look at clocks."""
    run = healthy()
    lose(run)
    miss(run)
    assert "The generator did not drive its plan: 1 of 1,001 arrivals never came up" in verdict_of(run)[1]


def test_a_healthy_run_passes_and_says_what_it_rests_on() -> None:
    """Every objective of production, on 40 seconds."""
    assert verdict_of(healthy()) == (
        PASS,
        (
            "This rests on 10,000 calls, 200 orders for 200 seats, 0 seats wanted by two or more journeys; 100 % of "
            "950 paying journeys got their ticket",
        ),
    )


@pytest.mark.parametrize("name", EVERY)
def test_a_guard_turns_a_pass_into_inconclusive_with_its_sentence(name: str) -> None:
    """Each alone, on a run that would pass."""
    change, sentence = EVERY[name]
    run = healthy()
    change(run)
    verdict, reasons = verdict_of(run, name)
    assert verdict == INCONCLUSIVE
    assert sentence in reasons


@pytest.mark.parametrize("name", sorted(SPOIL.keys() - {"nothing_measured"}))
def test_a_guard_of_the_load_turns_a_failed_latency_into_inconclusive(name: str) -> None:
    """What was measured under a load in doubt blames nobody."""
    run = healthy()
    be_slow(run)
    SPOIL[name][0](run)
    verdict, reasons = verdict_of(run)
    assert verdict == INCONCLUSIVE
    (failed,) = [reason for reason in reasons if reason.startswith("P95 of joining the queue: ")]
    assert failed.endswith("(no FAIL, since the load itself is in doubt)")


@pytest.mark.parametrize("name", sorted(WEAKEN.keys() - {"no_objectives"}))
def test_any_other_guard_leaves_a_fail_standing(name: str) -> None:
    """A slow platform that also refused is slow."""
    run = healthy()
    be_slow(run)
    WEAKEN[name][0](run)
    verdict, reasons = verdict_of(run)
    assert verdict == FAIL
    assert reasons[0].startswith("P95 of all calls: 700 ms")
    assert IN_A_FAIL.get(name, WEAKEN[name][1]) in reasons
    assert not any("nothing was proved" in reason for reason in reasons)


@pytest.mark.parametrize("name", sorted(EVERY.keys() - {"nothing_sold"}))
def test_a_definite_finding_fails_whatever_else(name: str) -> None:
    """No guard excuses a seat sold twice."""
    run = healthy()
    EVERY[name][0](run)
    oversell(run)
    verdict, reasons = verdict_of(run, name)
    assert verdict == FAIL
    assert reasons[0] == "Double sale, 1 ×: Seat A-1 of evt_1 was sold twice: to ord_x and to ord_1."
    assert IN_A_FAIL.get(name, EVERY[name][1]) in reasons


def test_a_writing_method_that_nobody_serves_is_named_with_its_service() -> None:
    run = healthy()
    serve_nobody_who_writes(run)
    verdict, reasons = verdict_of(run)
    assert verdict == INCONCLUSIVE
    assert "The target does not serve 1 method that the scenario needs: ReservationService/CreateReservation" in reasons


def test_a_last_answer_that_is_missing_is_no_platform_that_fell_silent() -> None:
    """Nine calls may be chance, and a single answer ends every silence."""
    for more in (False, True):
        run = healthy()
        run.call(SECONDS, *[1.0] * (12 if more else 9), outcome="unknown", code="CONNECTION_LOST")
        if more:
            run.call(SECONDS + 1, 1.0)
        assert not any("stopped answering" in reason for reason in verdict_of(run)[1])


def test_every_guard_is_tried_above_but_the_broken_rule() -> None:
    """A guard that nobody tried may never speak."""
    assert {guard.name for guard in GUARDS} == EVERY.keys() | {"rule_broke"}
    assert {guard.name for guard in GUARDS if guard.spoils} == SPOIL.keys()


def test_a_rule_that_broke_makes_a_pass_inconclusive() -> None:
    """With its error; an objective over its findings cannot pass either."""

    def throws(_history: History) -> list[Violation]:
        raise ZeroDivisionError("no seats")

    rule = Rule("charged_twice", "Nobody pays twice.", "critical", throws)
    found = judge_evidence(healthy(), file.load(PRODUCTION), rules=[rule])
    assert found.verdict == INCONCLUSIVE
    assert found.conclusion.reasons[0] == (
        "A rule of the audit could not be applied: charged_twice (ZeroDivisionError: no seats)"
    )
    assert found.conclusion.reasons[1] == (
        f"2 of {ALL} could not be judged, since nothing was measured: Charged twice, Rules of the audit broken"
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run.meta.update(planned_total=1000),
        lambda run: setattr(run.written_arrivals[0], "late", 9),
        lambda run: run.lag(*[24.9] * 3),
        sell_out_on_purpose,
        lambda run: run.journeys(40).journeys(110, "sold_out"),
        lambda run: run.journeys(900, "left", "browsing"),
        lambda run: run.meta["preflight"].update(warnings=["events were not listed"]),
    ],
    ids=[
        "all came",
        "under 1 % late",
        "lag under the limit",
        "scarce",
        "90 % got theirs",
        "browsers leave",
        "a warning",
    ],
)
def test_just_within_each_guard_a_run_passes(change: Change) -> None:
    """The nearest that a guard lets through."""
    run = healthy()
    change(run)
    assert verdict_of(run)[0] == PASS


def test_too_few_that_got_through_without_refusals_is_said_so() -> None:
    """Where errors and not refusals kept people from their ticket, the platform did not refuse."""
    run = healthy().journeys(150, "unknown")
    assert any("too few got through, so nothing was proved" in reason for reason in verdict_of(run)[1])
    half = healthy().journeys(75, "unknown").journeys(75, "limited")
    assert any("the platform refused, so nothing was proved" in reason for reason in verdict_of(half)[1])


def test_a_slow_run_fails_and_the_reasons_name_percentile_threshold_method_and_time() -> None:
    """Of an onset at second 20, in one method."""
    run = healthy()
    for second in range(20, SECONDS):
        run.call(second, *[800.0] * 100, method=CREATE)
    verdict, reasons = verdict_of(run)
    assert verdict == FAIL
    assert reasons[0] == (
        "P95 of all calls: 800 ms, asked for < 500 ms; missed in 20 of 40 s, from second 20 to 39; worst in "
        "CreateReservation (800 ms)"
    )
    assert reasons[1].startswith("P95 of holding seats: 800 ms")


def slow_only(**methods: list[int]) -> str:
    """The reason of a missed P95 over calls of 700 ms of these methods, in these seconds."""
    run = Written(meta={"mode": "open"})
    for name, seconds in methods.items():
        for second in seconds:
            run.call(second, *[700.0 if name == "slow" else 900.0] * 10, method=CREATE if name == "slow" else JOIN)
    return judged(run, "response_ms p(50)<500").run.results[0].reason


def test_the_worst_method_is_named_among_those_with_enough_samples() -> None:
    """From 20 on; where none has them, among all; alone, a method is not worth naming."""
    enough, few = list(range(10)), [3]
    assert slow_only(slow=enough, other=few).endswith("from second 0 to 9; worst in CreateReservation (700 ms)")
    assert slow_only(slow=enough, other=[3, 4]).endswith("worst in JoinQueue (900 ms)")
    assert slow_only(slow=few, other=[4]).endswith("worst in JoinQueue (900 ms)")
    assert slow_only(slow=enough).endswith("missed in 10 of 10 s, from second 0 to 9")
    assert slow_only(slow=[5] * 3).endswith("missed in 1 of 1 s, in second 5")


def test_a_target_that_dies_fails_and_the_reasons_say_when() -> None:
    """From second 30 on nothing could be sent."""
    run = healthy()
    run.written_cells = [(key, tally) for key, tally in run.written_cells if key.second < 30]
    for second in range(30, SECONDS):
        run.call(second, *[1.0] * 250, outcome="failed", code="UNSENT")
    verdict, reasons = verdict_of(run)
    assert verdict == FAIL
    (said,) = [reason for reason in reasons if reason.startswith("Error rate")]
    assert said == (
        "Error rate: 25 % (3.62–74.71 %), asked for < 1 %; errors began in second 30: 2,500 of 2,500 calls since then, "
        "until second 39; 2,500 could not be sent (JoinQueue)"
    )
    assert "Availability: 75 % (25.29–96.38 %), asked for ≥ 99.9 %; the same calls as under Error rate" in reasons


def test_a_platform_that_answers_errors_inside_ok_fails() -> None:
    """Empty ids count as failed calls, and are named."""
    run = healthy()
    for second in range(SECONDS):
        run.call(second, *[10] * 13, outcome="failed", code="EMPTY")
    verdict, reasons = verdict_of(run)
    assert verdict == FAIL
    assert reasons[0].startswith("Error rate: 4.94 %")
    assert reasons[0].endswith("since then, until second 39; 520 answered without what they promise (JoinQueue)")


def test_other_calls_missed_availability_than_erred_and_both_are_told() -> None:
    """Errors that were answered are no calls without an answer."""
    run = healthy()
    for second in range(2, SECONDS):
        run.call(second, *[10] * 9, outcome="failed", code="INTERNAL")
        run.call(second, *[250] * 6, outcome="unknown", code="DEADLINE_EXCEEDED")
    said = [reason.partition("; ")[2] for reason in verdict_of(run)[1] if reason.startswith(("Error", "Avail"))]
    assert said == [
        "errors began in second 2: 570 of 10,070 calls since then, until second 39; mostly 342 were answered with "
        "INTERNAL (JoinQueue), 228 ran into their deadline (JoinQueue)",
        "calls without an answer began in second 2: 228 of 10,070 calls since then, until second 39; 228 ran "
        "into their deadline (JoinQueue)",
    ]


def test_errors_of_one_code_are_told_once_with_the_methods_that_had_most() -> None:
    """Not once a method."""
    run = healthy()
    for number, method in enumerate(STEPS[:5]):
        for second in range(SECONDS):
            run.call(second, *[10] * (10 + number), method=method, outcome="failed", code="INTERNAL")
    (said,) = [reason for reason in verdict_of(run)[1] if reason.startswith("Error rate")]
    assert said.endswith(
        "until second 39; 2,400 were answered with INTERNAL (CreateReservation 560, CheckAvailability 520, "
        "RequestAdmission 480 and 2 more)"
    )


def test_a_harness_at_fault_is_named() -> None:
    """Whatever the verdict."""
    run = healthy().call(3, 10, outcome="failed", code="IDEMPOTENCY_REQUIRED", method=CREATE)
    sentence = "The harness or the contract is at fault: 1 call of CreateReservation answered with IDEMPOTENCY_REQUIRED"
    assert sentence in verdict_of(run)[1]


def test_a_closed_loop_can_pass_and_says_what_it_hides() -> None:
    """The planned rate is not judged, lateness does not exist."""
    run = healthy()
    run.meta["mode"] = "closed"
    for row in run.written_arrivals:
        row.planned, row.late = 0, 3
    verdict, reasons = verdict_of(run)
    assert verdict == PASS
    assert reasons[0].startswith("Closed loop: nobody planned arrivals")


TOO_SHORT = (
    f"11 of {ALL} have too few samples: Availability (500 of 2,995), P95 of joining the queue (50 of 200), P95 "
    "of looking at the queue (50 of 200) and 8 more; drive at least 15 s at this rate"
)


def test_a_run_too_short_to_tell_is_inconclusive_and_says_in_one_sentence_how_long_it_should_be() -> None:
    """A handful of calls; nothing is to be mended, and a run of the length that is told passes."""
    found = judged(healthy(seconds=2)).conclusion
    assert (found.verdict, found.reasons[:-1]) == (INCONCLUSIVE, (TOO_SHORT,))
    assert found.advice == (
        "Do not ship on it yet: too little was measured to tell. Run longer (at least 15 s at this rate) or faster."
    )
    assert verdict_of(healthy(seconds=15))[0] == PASS


def test_causes_are_told_before_what_lacks_samples() -> None:
    """And the advice is to remove them."""
    run = healthy(seconds=2)
    drop(run)
    found = judged(run).conclusion
    assert found.reasons[:2] == (
        "The generator could not keep up: planned 25/s, started 25/s, first dropped at 0 s; 1 of 50 arrivals dropped; "
        "none is allowed",
        TOO_SHORT,
    )
    assert "remove the cause that the reasons name" in found.advice


def test_a_run_cut_short_is_measured_by_how_long_it_drove() -> None:
    """Two seconds of sixty, whether it was interrupted or killed."""
    for change in (kill, lambda run: run.meta["ended"].update(how="interrupted")):
        run = healthy(seconds=2)
        run.meta["duration_s"] = 60
        run.meta["ended"]["at_ns"] = T0_NS + 2 * 10**9
        change(run)
        assert TOO_SHORT in verdict_of(run)[1]


def test_a_figure_too_close_to_tell_is_a_matter_of_length_too() -> None:
    """An interval narrows with the root of the length, down to the way from figure to threshold."""
    run = healthy()
    for second in range(SECONDS):
        run.call(second, *[10.0] * 3, outcome="failed", code="INTERNAL")
    found = judged(run)
    (row,) = [result for result in found.run.results if result.name == "Error rate"]
    assert row.reason == ("1.19 % (0.93–1.51 %), too close to tell from < 1 % with 10,120 samples; 18,950 would tell")
    assert found.conclusion.reasons[0] == (
        f"1 of {ALL} has too few samples: Error rate (10,120 of 18,950); drive at least 85 s at this rate"
    )
    assert found.conclusion.advice == (
        "Do not ship on it yet: too little was measured to tell. Run longer (at least 85 s at this rate) or faster."
    )


def test_a_figure_at_its_threshold_is_told_by_no_length_of_run() -> None:
    """Nobody can say how long, so nothing is said of it."""
    run = healthy()
    for second in range(SECONDS):
        run.call(second, *[10.0] * 2 + [10.0] * (second % 2), outcome="failed", code="INTERNAL")
    found = judged(run).conclusion
    assert (found.verdict, found.reasons[0].partition(" (")[0]) == (INCONCLUSIVE, "Error rate: 0.99 %")
    assert found.advice == "Do not ship on it yet: too little was measured to tell. Run longer or faster."


def close(methods: int) -> list[str]:
    """Reasons of a run that lies at the thresholds of so many methods: 10 ms in one second and 20 ms in the next."""
    run = Written(meta={"mode": "open", "duration_s": SECONDS})
    for method in STEPS[:methods]:
        for second in range(SECONDS):
            run.call(second, *[10.0 + 10 * (second % 2)] * 50, method=method)
    row = "metric: response_ms, expression: avg<15.001"
    rows = [f"  - {{name: step {number}, {row}, where: {{method: {STEPS[number]}}}}}" for number in range(methods)]
    found = judge_evidence(run, file.read("objectives:\n" + "\n".join(rows), "here"))
    return [reason for reason in found.conclusion.reasons if "too close to tell" in reason]


def test_many_figures_that_are_too_close_to_tell_are_one_sentence() -> None:
    """Up to three are told each with its reason."""
    assert [reason.partition(": ")[0] for reason in close(3)] == ["step 0", "step 1", "step 2"]
    one = "(15 ms, asked for < 15 ms)"
    assert close(4) == [f"4 of 4 objectives are too close to tell: step 0 {one}, step 1 {one}, step 2 {one} and 1 more"]


def test_many_misses_under_a_load_in_doubt_are_one_sentence() -> None:
    """And none of them is a FAIL."""
    run = healthy()
    drop(run)
    for second in range(SECONDS):
        for method in STEPS:
            run.call(second, *[900.0] * 100, method=method)
    verdict, reasons = verdict_of(run)
    assert verdict == INCONCLUSIVE
    (said,) = [reason for reason in reasons if "no FAIL" in reason]
    assert said == (
        f"11 of {ALL} were missed, and are no FAIL since the load itself is in doubt: P95 of all calls (900 ms, "
        "asked for < 500 ms), P95 of joining the queue (900 ms, asked for < 500 ms), P95 of looking at the queue (900 "
        "ms, asked for < 500 ms) and 8 more"
    )


def test_a_possible_finding_is_no_reason_once_it_is_settled() -> None:
    """The read-back says that the unanswered sale did not happen."""
    run = healthy()
    leave_open(run)
    assert verdict_of(run)[0] == INCONCLUSIVE
    run.written_claims.append(read("rsv_open", "EXPIRED", 900_000))
    assert verdict_of(run)[0] == PASS


@pytest.mark.parametrize("pair", list(combinations_with_replacement(ORDER, 2)))
def test_of_two_verdicts_the_weightier_counts(pair: tuple[str, str]) -> None:
    """FAIL over INCONCLUSIVE over PASS, in whatever order they come."""
    heavier = pair[0]
    assert weightiest(pair) == weightiest(reversed(pair)) == heavier


def test_the_order_of_verdicts_and_their_exit_codes_are_data() -> None:
    """An unlisted verdict raises."""
    assert ORDER == (FAIL, INCONCLUSIVE, PASS)
    assert EXIT_CODES == {PASS: 0, FAIL: 1, INCONCLUSIVE: 3}
    with pytest.raises(ValueError, match="no verdict: 'MAYBE'; there are FAIL, INCONCLUSIVE, PASS"):
        weightiest([PASS, "MAYBE"])


def test_a_refused_cancellation_does_not_hide_a_double_sale() -> None:
    """From claims to verdict, the whole way."""
    run = healthy()
    run.written_claims += [hold("rsv_x", "A-7", 20, **denied())]
    assert verdict_of(run)[0] == PASS
    oversell(run)
    assert verdict_of(run)[0] == FAIL


def test_more_sold_than_there_is_fails() -> None:
    """Capacity comes from the pre-flight, as the run file has it."""
    run = healthy()
    run.meta["preflight"]["events"] = [{"id": EVENT, "total": 199}]
    verdict, reasons = verdict_of(run)
    assert verdict == FAIL
    assert reasons[0] == "Over capacity, 1 ×: evt_1 has 199 seats and sold 200."


def test_a_run_with_two_weaknesses_tells_both() -> None:
    """In the order of the guards."""
    run = healthy()
    interrupt(run)
    drop(run)
    found = weaknesses(judged(run).run)
    assert [weakness.guard.name for weakness in found] == ["interrupted", "dropped"]


def test_the_planned_rate_missed_without_a_dropped_arrival_fails() -> None:
    """Arrivals that vanished without being counted are nobody's excuse."""
    run = healthy()
    run.written_arrivals[0] = ArrivalSecond(0, planned=25, started=10)
    verdict, reasons = verdict_of(run)
    assert verdict == FAIL
    assert reasons[0] == "Planned rate reached: 98.5 %, asked for ≥ 99 %"


def test_joining_alone_is_judged_where_only_it_was_called() -> None:
    """Steps that nobody took are inconclusive, one by one."""
    run = healthy()
    run.written_cells = [(key, tally) for key, tally in run.written_cells if key.measure in (JOIN, "journey.total")]
    found = judged(run)
    assert found.verdict == INCONCLUSIVE
    verdicts = {result.name: result.verdict for result in found.run.results}
    assert verdicts["P95 of joining the queue"] == PASS
    assert verdicts["P95 of confirming"] == INCONCLUSIVE


def test_one_bot_that_was_let_in_fails_a_run_with_bots_and_those_refused_do_not() -> None:
    """Refusals that the plan asked for are no weakness of the run; a door that gives way is one of the platform."""
    held = healthy().journeys(400, "refused", "browsing", "bot")
    assert judged(held, slo="slo/bots.yaml").verdict == "PASS"
    gave_way = healthy().journeys(400, "refused", "browsing", "bot").journeys(1, "let_in", "browsing", "bot")
    judgement = judged(gave_way, slo="slo/bots.yaml")
    assert judgement.verdict == "FAIL"
    assert judgement.conclusion.reasons[0].startswith("Journeys that got in without a turn: ")
