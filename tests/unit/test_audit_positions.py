"""Positions in the queue: position_rises and position_stands_still, caught and not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.audit import place_outlived_silence, position_rises, position_stands_still
from reports.audit.history import History
from reports.audit.promised import Admissions
from tacorush.evidence.records import Claim
from tests.unit.told_claims import admission, denied, found, join, lost, poll, shown

RISES, STILL, SILENT = position_rises.RULE, position_stands_still.RULE, place_outlived_silence.RULE
SHORT = Admissions(heartbeat_s=5.0)
AHEAD = [f"a{number}" for number in range(10)]


@pytest.mark.incident("positions-rise")
def test_positions_rise_caught() -> None:
    looks = [poll("ann", 100, 5), poll("ann", 300, 9), poll("ann", 500, 4), poll("ann", 700, 5)]
    (violation,) = found(RISES, join("ann", 0, 5), *looks)
    assert (violation.certainty, violation.count) == ("definite", 2)
    assert violation.message == "The position of w-ann rose from 5 to 9, and 1 times more."
    assert violation.witness == {"token": "w-ann", "users": ["ann"], "calls": [shown(it) for it in looks[:2]]}


@pytest.mark.parametrize(
    "claims",
    [
        (join("ann", 0, 2), poll("ann", 100, 5)),
        (poll("ann", 100, 5), poll("ann", 105, 6)),
        (poll("ann", 100, 5), poll("bob", 300, 6)),
        (poll("ann", 100, 5), poll("ann", 200, 5), poll("ann", 300, 4)),
        (poll("ann", 100, 5), poll("ann", 200, 0, status="READY"), poll("ann", 300, 0, status="READY")),
        (poll("ann", 100, 5), poll("ann", 300, 9, **lost()), poll("ann", 500, 9, status="EXPIRED")),
        (poll("ann", 100, 5, shown=""), poll("ann", 300, 9, shown="")),
    ],
    ids=["a hint", "at the same time", "somebody else", "falls", "admitted", "unheard, gone", "no place"],
)
@pytest.mark.incident("positions-rise")
def test_positions_rise_near_miss(claims: tuple[Claim, ...]) -> None:
    assert found(RISES, *claims) == []


def test_a_position_that_rises_once_for_somebody_without_a_name_is_told_so() -> None:
    (violation,) = found(RISES, *(replace(poll("ann", *look), user="") for look in ((100, 5), (300, 9))))
    assert violation.message == "The position of w-ann rose from 5 to 9."
    assert set(violation.witness) == {"token", "calls"}


def let_in(*people: str, joined_ms: float = 0, ms: float = 1000) -> list[Claim]:
    """People who join one after the other and are admitted after a while."""
    claims = [join(who, joined_ms + number * 20, number + 1) for number, who in enumerate(people)]
    return claims + [admission(who, ms + number * 20) for number, who in enumerate(people)]


LOOKS = [poll("zoe", 500, 11), poll("zoe", 2300, 11)]


@pytest.mark.incident("queue-frozen")
def test_queue_frozen_caught() -> None:
    """Ten who had joined before were admitted by 1.19 s; the second look was sent a second of skew later."""
    ahead, joining = let_in(*AHEAD), join("zoe", 300, 11)
    (violation,) = found(STILL, *ahead, joining, *LOOKS)
    assert violation.certainty == "definite"
    assert violation.message == (
        "The position of w-zoe stood at 11 for 1.8 s, while 10 or more who had joined evt_1 before were let in."
    )
    calls = sorted([*ahead, joining, *LOOKS], key=lambda claim: claim.sent_ns)
    assert violation.witness == {
        "token": "w-zoe",
        "event": "evt_1",
        "users": ["zoe"],
        "calls": [shown(it) for it in calls],
    }


@pytest.mark.parametrize(
    "claims",
    [
        [*let_in(*AHEAD), join("zoe", 300), LOOKS[0], poll("zoe", 2300, 10)],
        [*let_in(*AHEAD), join("zoe", 300), LOOKS[0], poll("zoe", 2000, 11)],
        [*let_in(*AHEAD[1:]), join("zoe", 300), *LOOKS],
        [*let_in(*AHEAD, joined_ms=310), join("zoe", 300), *LOOKS],
        [*let_in(*AHEAD, ms=400), join("zoe", 300), *LOOKS],
        [*let_in(*AHEAD), join("zoe", 300, event="evt_2"), *LOOKS],
        [*let_in(*AHEAD), join("zoe", 300), LOOKS[0], poll("zoe", 2300, 11, status="LEFT")],
        [*let_in(*AHEAD), join("zoe", 300), LOOKS[0], poll("zoe", 1100, 6), poll("zoe", 2300, 6)],
        [*let_in(*AHEAD), *LOOKS],
        [*let_in(*AHEAD), admission("a0", 450, **lost(token="")), join("zoe", 300), *LOOKS],
    ],
    ids=[
        "it fell", "not shown yet", "nine", "joined after", "let in before", "another line", "gone", "fell meanwhile",
        "joined unseen", "may have been let in before",
    ],
)  # fmt: skip
@pytest.mark.incident("queue-frozen")
def test_queue_frozen_near_miss(claims: list[Claim]) -> None:
    """The one that fell meanwhile stood still for 1.2 s, but the ten were not all let in within that."""
    assert found(STILL, *claims) == []


def test_hosts_whose_clocks_differ_leave_a_second_on_either_side() -> None:
    claims = [*let_in(*AHEAD, ms=2000), join("zoe", 1300), poll("zoe", 1500, 11), poll("zoe", 3300, 11)]
    assert [*position_stands_still.RULE.check(History.of(claims))]
    assert not [*position_stands_still.RULE.check(History.of(claims, hosts_skew_ns=10**9))]


def test_a_denied_request_for_admission_leaves_one_in_line() -> None:
    claims = [*let_in(*AHEAD), admission("a0", 450, **denied("DENIED", token="")), join("zoe", 300), *LOOKS]
    assert len(found(STILL, *claims)) == 1


@pytest.mark.incident("ghosts-kept")
def test_ghosts_kept_caught() -> None:
    """The first look was answered at 0.11 s; 5 s, the skew and a millisecond later the place should have been gone."""
    looks = [poll("ann", 100, 5), poll("ann", 6111, 3), poll("ann", 20_000, 2)]
    (violation,) = found(SILENT, join("ann", 0, 5), *looks, admissions=SHORT)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == "The place of w-ann was kept at 3 though its owner had said nothing for 6.0 s."
    assert violation.witness == {"token": "w-ann", "users": ["ann"], "calls": [shown(it) for it in looks[:2]]}


LATE = poll("ann", 6111, 3)


@pytest.mark.parametrize(
    "claims",
    [
        [poll("ann", 100, 5), poll("ann", 6110, 3)],
        [poll("ann", 100, 5), poll("ann", 6111, 0, status="EXPIRED")],
        [poll("ann", 100, 5), poll("ann", 6111, 0, **denied("NOT_FOUND"))],
        [poll("ann", 100, 5), poll("ann", 6111, 0, status="READY")],
        [poll("ann", 100, 5), admission("ann", 3000, **denied("DENIED", token="")), LATE],
        [poll("ann", 100, 5), poll("ann", 3000, 0, **denied("RATE_LIMITED")), LATE],
        [poll("ann", 100, 5, **lost()), LATE],
        [poll("ann", 100, 5), poll("ann", 110, 5), LATE],
        [poll("bob", 100, 5), poll("ann", 200, 5, shown=""), poll("ann", 6300, 5, shown="")],
    ],
    ids=["in time", "dropped", "forgotten", "admitted", "asked for admission", "looked in vain",
         "a look under way", "looks that are not written down", "no place"],
)  # fmt: skip
@pytest.mark.incident("ghosts-kept")
def test_ghosts_kept_near_miss(claims: list[Claim]) -> None:
    assert found(SILENT, join("ann", 0, 5), *claims, admissions=SHORT) == []


def test_a_silence_after_a_look_that_told_something_new_counts_and_needs_no_name() -> None:
    told = ((100, 5), (200, 4), (6211, 4))
    looks = [replace(poll("ann", ms, position), user="") for ms, position in told]
    (violation,) = found(SILENT, join("ann", 0, 5), *looks, admissions=SHORT)
    assert violation.witness == {"token": "w-ann", "calls": [shown(it) for it in looks[1:]]}


def test_a_silence_since_joining_counts_and_one_of_an_unknown_promise_or_by_other_clocks_does_not() -> None:
    claims = [join("ann", 0, 5), poll("ann", 6011, 5)]
    assert len(found(SILENT, *claims, admissions=SHORT)) == 1
    assert found(SILENT, *claims) == []
    assert found(SILENT, *claims, admissions=SHORT, hosts_skew_ns=10**6) == []


def test_nothing_is_said_of_an_empty_history() -> None:
    assert [*found(RISES), *found(STILL), *found(SILENT, admissions=SHORT)] == []


def test_looks_at_places_that_nobody_was_seen_to_take_prove_nothing() -> None:
    """As of people who joined before the run."""
    assert found(STILL, *LOOKS) == []
