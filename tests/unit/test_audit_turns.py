"""Admissions: admitted_out_of_turn, admitted_too_fast and turned_away, caught and not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fakes import settings
from reports.audit import admitted_out_of_turn, admitted_too_fast, turned_away
from reports.audit.promised import ADMISSIONS, Admissions, Told
from reports.audit.turns import excess, least_level
from tacorush.evidence.records import Claim
from tests.unit.told_claims import admission, denied, found, join, lost, poll, shown
from tests.unit.told_claims import turned_away as denial

TURN, FAST, AWAY = admitted_out_of_turn.RULE, admitted_too_fast.RULE, turned_away.RULE
SMALL = Admissions(ranks=(1, 2), minimums_s=(0.0, 2.0), free_ranks=1, per_s=1.0, burst=2.0, system_per_s=100.0)


def waiting(*people: str, until_ms: float = 3000) -> list[Claim]:
    """People who joined at once, and are let in only in the end."""
    return [it for who in people for it in (join(who, 0), admission(who, until_ms))]


def in_time(call: dict[str, Any]) -> tuple[int, str]:
    return call["sent_ns"], call["user"]


@pytest.mark.incident("queue-order-violated")
def test_queue_order_violated_caught() -> None:
    """One who waited 0.5 s may be the first in line; two were before him."""
    before, jumped = waiting("ann", "bob"), [join("eve", 100), admission("eve", 590)]
    (violation,) = found(TURN, *before, *jumped, admissions=SMALL)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == ("eve was let in at evt_1 within 0.5 s at rank 3 or beyond, which opens up to rank 1.")
    calls = sorted((shown(it) for it in [*before, *jumped]), key=in_time)
    assert {**violation.witness, "calls": sorted(violation.witness["calls"], key=in_time)} == {
        "token": "w-eve",
        "event": "evt_1",
        "users": ["eve"],
        "calls": calls,
    }


@pytest.mark.parametrize(
    "claims",
    [
        [*waiting("ann"), join("eve", 100), admission("eve", 2190)],
        [*waiting("ann", until_ms=595), join("eve", 100), admission("eve", 590)],
        [join("ann", 0), poll("ann", 550, 1), join("eve", 100), admission("eve", 590)],
        [*waiting("ann"), join("eve", 5), admission("eve", 590)],
        [*waiting("ann"), join("eve", 100, event="evt_2"), admission("eve", 590, event="evt_2")],
        [*waiting("ann"), join("eve", 100), admission("eve", 590, **denied("DENIED", token=""))],
        [*waiting("ann"), join("eve", 100), admission("eve", 590, **lost(token=""))],
        [*waiting("ann"), admission("ann", 300, **lost(token="")), join("eve", 100), admission("eve", 590)],
    ],
    ids=["waited", "at the same time", "last seen before", "joined together", "another line", "denied", "unheard",
         "may have been in"],
)  # fmt: skip
@pytest.mark.incident("queue-order-violated")
def test_queue_order_violated_near_miss(claims: list[Claim]) -> None:
    assert found(TURN, *claims, admissions=SMALL) == []


def test_a_look_shows_who_was_passed_and_an_unknown_profile_promises_nothing() -> None:
    claims = [join("ann", 0), poll("ann", 700, 1), join("eve", 100), admission("eve", 590)]
    assert len(found(TURN, *claims, admissions=SMALL)) == 1
    assert found(TURN, *claims) == []
    assert found(TURN, *claims, admissions=SMALL, hosts_skew_ns=10**9) == []


def crowd(count: int, every_ms: float, **fields: Any) -> list[Claim]:
    """People who pass one who stands at the head of the line and does not ask."""
    claims = [join("head", 0), poll("head", 60_000, 1)]
    for number in range(count):
        claims += [join(f"p{number}", 100), admission(f"p{number}", 3000 + number * every_ms, **fields)]
    return claims


@pytest.mark.incident("admission-beyond-rate")
def test_admission_beyond_rate_caught() -> None:
    """Two at once and one a second: within 0.51 s that is 2.51 of six."""
    claims = crowd(6, 100)
    (violation,) = found(FAST, *claims, admissions=SMALL)
    assert (violation.certainty, violation.count) == ("definite", 3)
    assert violation.message == "evt_1 let 6 in within 0.5 s, 3 more than its bucket allows."
    assert violation.witness == {"event": "evt_1", "calls": [shown(it) for it in claims if it.action == "admission"]}


@pytest.mark.parametrize(
    "claims",
    [crowd(6, 1000), crowd(2, 1), crowd(6, 100, took=9000), [replace(it, event="evt_2") for it in crowd(2, 1)]],
    ids=["in time", "the burst", "at some time within 9 s", "two"],
)
@pytest.mark.incident("admission-beyond-rate")
def test_admission_beyond_rate_near_miss(claims: list[Claim]) -> None:
    assert found(FAST, *claims, admissions=SMALL) == []


def test_admissions_beyond_a_rate_that_the_platform_says_it_raised_are_possible() -> None:
    for per_s, certainty in (((1.0, 2.0), "possible"), ((2.0, 1.0), "possible"), ((1.0, 1.0), "definite")):
        (violation,) = found(FAST, *crowd(6, 100), admissions=SMALL, queues={"evt_1": Told(6, per_s)})
        assert (violation.certainty, violation.count) == (certainty, 3)


def test_who_stands_at_the_head_passes_freely_and_an_unknown_profile_promises_nothing() -> None:
    claims = crowd(6, 100)
    assert found(FAST, *claims) == []
    assert found(FAST, *claims[2:], admissions=SMALL) == []


def of_event(claim: Claim, number: int) -> Claim:
    """The same in another line, of another person."""
    user, token, shown_token = (told and f"{told}{number}" for told in (claim.user, claim.token, claim.shown))
    return replace(claim, event=f"evt_{number}", user=user, token=token, shown=shown_token)


def test_all_events_together_have_a_rate_of_their_own() -> None:
    claims = [of_event(it, number) for number in range(9) for it in crowd(1, 1)]
    (violation,) = found(FAST, *claims, admissions=replace(SMALL, system_per_s=4.0))
    assert (violation.count, violation.message) == (
        4,
        "The platform let 9 in within 0.0 s, 4 more than its bucket allows.",
    )


def test_who_passes_freely_takes_nothing_from_the_bucket_of_all_events_either() -> None:
    claims = [of_event(it, number) for number in range(9) for it in crowd(1, 1)[2:]]
    assert found(FAST, *claims, admissions=replace(SMALL, system_per_s=4.0)) == []


def test_an_interval_that_leaves_room_is_no_excess() -> None:
    begin, end = np.array([0, 0, 0]), np.array([10, 10, 10**9])
    assert excess(begin, end, 2.0, 1.0) is None
    assert excess(begin, np.array([10, 10, 10**8]), 2.0, 1.0) is None, "not a whole admission beyond"


NOBODY = {"evt_1": Told(0, (1.0, 1.0))}
COME = [join("ann", 0), poll("ann", 4000, 2, status="READY"), denial("ann", 4020)]


@pytest.mark.incident("status-spends")
def test_status_spends_caught() -> None:
    """The bucket holds two, was empty at the most when ann joined, and nobody took anything."""
    again = [poll("ann", 5000, 2, status="READY"), denial("ann", 5020)]
    (violation,) = found(AWAY, *COME, *again, admissions=SMALL, queues=NOBODY)
    assert (violation.certainty, violation.count) == ("definite", 2)
    assert violation.message == (
        "ann was told to come in at evt_1 and was turned away, though the bucket held 2 admissions or more; "
        "1 more of the event were."
    )
    assert violation.witness == {
        "token": "w-ann",
        "event": "evt_1",
        "users": ["ann"],
        "calls": [shown(it) for it in COME[1:]],
    }


def test_one_who_is_turned_away_without_a_name_is_told_by_his_token() -> None:
    nameless = [replace(it, user="") for it in COME]
    (violation,) = found(AWAY, *nameless, admissions=SMALL, queues=NOBODY)
    assert violation.message.startswith("w-ann was told to come in at evt_1 and was turned away,")
    assert "users" not in violation.witness


def another(ms: float, number: int = 1, event: str = "evt_1", **fields: Any) -> list[Claim]:
    """Another who is let in."""
    return [join(f"p{number}", 100, event=event), admission(f"p{number}", ms, event=event, **fields)]


@pytest.mark.parametrize(
    ("claims", "queues"),
    [
        ([COME[0], poll("ann", 4000, 2), COME[2]], NOBODY),
        ([*COME[:2], poll("ann", 4010, 2, took=5), COME[2]], NOBODY),
        ([COME[0], poll("ann", 4000, 2, status="READY", took=21), COME[2]], NOBODY),
        ([COME[0], poll("ann", 4000, 0, status="READY"), COME[2]], NOBODY),
        ([*COME[:2], admission("ann", 4020)], {"evt_1": Told(1, (1.0, 1.0))}),
        ([*COME[:2], admission("ann", 4020, **denied("EXPIRED", token=""))], NOBODY),
        ([COME[0], poll("ann", 1900, 2, status="READY"), denial("ann", 1999)], NOBODY),
        (COME, {}),
        (COME, {"evt_1": Told(2, (1.0, 1.0))}),
        ([*COME, *another(3500), *another(3600, 2)], {"evt_1": Told(2, (1.0, 1.0))}),
        ([*COME, *another(3500, **lost(token="")), *another(3600, 2, **lost(token=""))], NOBODY),
        ([*COME, *another(100)], NOBODY),
        ([*COME, *another(100, event="evt_2")], NOBODY),
    ],
    ids=["not told to come", "told to wait again", "told to come when he had asked", "let in already", "let in",
         "gone", "at first", "nothing is told", "others were let in", "two of this run were let in", "two may be in",
         "the platform does not count them", "another event is not told of"],
)  # fmt: skip
@pytest.mark.incident("status-spends")
def test_status_spends_near_miss(claims: list[Claim], queues: dict[str, Told]) -> None:
    assert found(AWAY, *claims, admissions=SMALL, queues=queues) == []


def test_what_is_left_after_one_admission_is_enough_and_an_unknown_profile_or_other_clocks_leave_nothing() -> None:
    one = {"evt_1": Told(1, (1.0, 1.0))}
    (violation,) = found(AWAY, *COME, *another(3500), admissions=SMALL, queues=one)
    assert violation.message.endswith("though the bucket held 1 admissions or more.")
    early = [COME[0], poll("ann", 1900, 2, status="READY"), denial("ann", 2000)]
    assert len(found(AWAY, *early, admissions=SMALL, queues=NOBODY)) == 1
    assert found(AWAY, *early, admissions=SMALL, queues=NOBODY, hosts_skew_ns=1) == []
    assert found(AWAY, *COME, queues=NOBODY) == []


def test_a_denial_under_a_rate_that_the_platform_says_it_lowered_is_possible() -> None:
    for per_s, certainty in (((1.0, 0.5), "possible"), ((0.0, 1.0), "possible"), ((2.0, 1.0), "definite")):
        (violation,) = found(AWAY, *COME, admissions=SMALL, queues={"evt_1": Told(0, per_s)})
        assert violation.certainty == certainty


def test_a_denial_may_be_for_the_bucket_of_all_events() -> None:
    """It holds one; somebody took it at another event, or may have."""
    narrow = replace(SMALL, system_per_s=1.0)
    both = NOBODY | {"evt_2": Told(1, (1.0, 1.0))}
    assert len(found(AWAY, *COME, admissions=narrow, queues=NOBODY)) == 1
    assert found(AWAY, *COME, *another(3500, event="evt_2"), admissions=narrow, queues=both) == []
    assert len(found(AWAY, *COME, *another(1500, event="evt_2"), admissions=narrow, queues=both)) == 1
    endless = replace(SMALL, system_per_s=np.inf)
    assert len(found(AWAY, *COME, *another(3500, event="evt_2"), admissions=endless, queues=NOBODY)) == 1


def test_the_least_level_fills_up_to_the_size_and_counts_who_may_have_taken_as_late_as_he_can() -> None:
    s = 10**9
    begun, ended = np.array([0, 2 * s]), np.array([s, 1 << 62])
    times = np.array([s // 2, s, 3 * s, 9 * s])
    assert least_level(begun, ended, 0, (4.0, 1.0), times, times).tolist() == [-0.5, 0.0, 1.0, 3.0]


@pytest.mark.parametrize("name", ADMISSIONS)
def test_what_a_profile_promises_is_what_the_bundled_platform_of_that_profile_does(name: str) -> None:
    told, promised = settings.PROFILES[name], ADMISSIONS[name]
    assert (told.waiting_ranks, told.waiting_minimums_s) == (promised.ranks, promised.minimums_s)
    assert told.heartbeat_s == promised.heartbeat_s
    assert (told.free_ranks, told.admission_per_s, told.admission_burst) == (
        promised.free_ranks,
        promised.per_s,
        promised.burst,
    )
    assert (told.system_admission_per_s, told.system_admission_burst) == (promised.system_per_s, promised.system_per_s)


def test_several_who_passed_are_counted_and_who_has_no_name_goes_by_his_token() -> None:
    jumped = [replace(it, user="") for who in ("eve", "eva") for it in (join(who, 100), admission(who, 590))]
    (violation,) = found(TURN, *waiting("ann", "bob"), *jumped, admissions=SMALL)
    assert violation.count == 2
    assert violation.message.startswith("w-ev")
    assert violation.message.endswith("which opens up to rank 1, and 1 more of the event.")
    assert "users" not in violation.witness


def test_where_all_events_together_have_no_limit_the_event_alone_has_to_hold_enough() -> None:
    """Whoever was let in elsewhere, at one instant."""
    elsewhere = [it for number in (1, 2) for it in another(3500, number, event="evt_2")]
    queues, unlimited = NOBODY | {"evt_2": Told(2, (1.0, 1.0))}, replace(SMALL, system_per_s=math.inf)
    assert len(found(AWAY, *COME, *elsewhere, admissions=unlimited, queues=queues)) == 1


def test_nothing_is_said_of_who_was_turned_away_where_nobody_was_seen_to_join() -> None:
    """As in a run without a queue, or of people who stood in line before it."""
    before = [poll("ann", 4000, 12, status="READY"), denial("ann", 4020)]
    assert [*found(AWAY, admissions=SMALL), *found(AWAY, *before, admissions=SMALL, queues=NOBODY)] == []
