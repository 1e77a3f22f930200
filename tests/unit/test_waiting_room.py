"""The waiting room: ranks, waits, buckets, tokens; its line and its pace against naive ones."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import errors_pb2
from contracts.messages.queue_pb2 import (
    ADMISSION_STATUS_DENIED,
    ADMISSION_STATUS_EXPIRED,
    ADMISSION_STATUS_GRANTED,
    ADMISSION_STATUS_INVALID,
    QUEUE_STATUS_EXPIRED,
    QUEUE_STATUS_LEFT,
    QUEUE_STATUS_READY,
    QUEUE_STATUS_WAITING,
)
from fakes.changes import Changes
from fakes.configuration import Configuration
from fakes.failures import Refused
from fakes.line import Line
from fakes.pace import Pace
from fakes.settings import DOCUMENTED, OPEN
from fakes.waiting_room import WaitingRoom
from tests.examples import examples

if TYPE_CHECKING:
    from fakes.settings import Settings


def room(figures: Settings = DOCUMENTED) -> WaitingRoom:
    numbers = itertools.count(1)
    return WaitingRoom(["evt", "other"], Configuration(figures), Changes(), lambda kind: f"{kind}_{next(numbers)}")


def crowd(waiting: WaitingRoom, count: int, now: float = 0.0) -> list[str]:
    return [waiting.join(now, "evt", f"user-{number}")[0].token for number in range(count)]


@examples(150)
@given(st.lists(st.one_of(st.none(), st.integers(0, 50)), max_size=300), st.integers(0, 3))
def test_ranks_equal_counting(steps: list[int | None], head: int) -> None:
    """None joins, a number lets the n-th who stands leave; every rank equals his place in a plain list."""
    line, standing = Line(), [0]
    standing = [line.join() for _ in range(head + 1)]
    for step in steps:
        if step is None:
            standing.append(line.join())
        elif standing:
            line.leave(standing.pop(step % len(standing)))
        assert [line.rank(place) for place in standing] == list(range(1, len(standing) + 1))
        assert len(line) == len(standing)


def test_a_line_forgets_the_places_ahead_of_everybody() -> None:
    """A hundred thousand who came and went leave a line as small as a new one, with right ranks."""
    line = Line()
    behind = [line.join() for _ in range(10)]
    for _ in range(100_000):
        behind.append(line.join())
        line.leave(behind.pop(0))
    assert [line.rank(place) for place in behind] == list(range(1, 11))
    assert len(line._stands) < 5_000


def test_the_first_stays_first_however_many_behind_him_leave() -> None:
    line = Line()
    first = line.join()
    for _ in range(3000):
        line.leave(line.join())
    last = line.join()
    assert (line.rank(first), line.rank(last), len(line)) == (1, 2, 2)


def test_nobody_leaves_a_line_twice() -> None:
    line = Line()
    place = line.join()
    line.leave(place)
    for nobody in (place, place + 1, -1):
        with pytest.raises(ValueError, match=f"nobody stands at place {nobody}"):
            line.leave(nobody)


@examples(100)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=60))
def test_the_pace_equals_counting_in_each_window(gaps: list[int]) -> None:
    windows, weights, now, seen = (60.0, 300.0, 900.0), (0.5, 0.3, 0.2), 1000.0, []
    pace = Pace(windows)
    for gap in gaps:
        now += gap
        pace.admitted(now)
        seen.append(now)
        history = max(now - seen[0], 1.0)
        counts = [sum(int(at) > int(now - window) for at in seen) for window in windows]
        expected = sum(
            weight * count / min(window, history)
            for weight, count, window in zip(weights, counts, windows, strict=True)
        )
        assert pace.per_s(now, weights) == pytest.approx(expected)


def test_no_pace_before_anybody_was_admitted() -> None:
    assert Pace((60.0,)).per_s(5.0, (1.0,)) == 0.0


def test_the_place_falls_as_those_ahead_leave() -> None:
    waiting = room()
    tokens = crowd(waiting, 5)
    assert [waiting.standing(0, token).position for token in tokens] == [1, 2, 3, 4, 5]
    waiting.leave(1, tokens[1])
    assert waiting.standing(1, tokens[1]).status == QUEUE_STATUS_LEFT
    assert [waiting.standing(1, token).position for token in tokens] == [1, 0, 2, 3, 4]


def test_a_second_join_within_five_minutes_is_refused_by_event_and_user() -> None:
    waiting = room()
    waiting.join(0, "evt", "ann")
    waiting.join(0, "other", "ann")
    with pytest.raises(Refused, match="ann has joined the queue of evt already") as caught:
        waiting.join(299.9, "evt", "ann")
    assert caught.value.code == errors_pb2.ERROR_CODE_ALREADY_EXISTS
    waiting.join(300, "evt", "ann")


@pytest.mark.parametrize(
    ("rank", "waited", "ready"),
    [
        (1, 0, True),
        (10, 0, True),
        (11, 1.9, False),
        (11, 2, True),
        (50, 2, True),
        (51, 4.9, False),
        (51, 5, True),
        (100, 5, True),
        (101, 60, False),
    ],
)
def test_a_rank_waits_its_time(rank: int, waited: float, ready: bool) -> None:
    """Asking says READY exactly when asking for admission is granted."""
    waiting = room()
    token = crowd(waiting, rank)[-1]
    standing = waiting.standing(waited, token)
    assert standing.ready == ready
    assert standing.status == (QUEUE_STATUS_READY if ready else QUEUE_STATUS_WAITING)
    expected = ADMISSION_STATUS_GRANTED if ready else ADMISSION_STATUS_DENIED
    assert waiting.admit(waited, token, "evt", "").status == expected


def test_the_bucket_limits_admission_behind_the_first_ten_and_refills() -> None:
    """With a bucket of 3 and 1/s, ranks beyond 10 pass three at once, then one a second; the first ten always."""
    waiting = room(dataclasses.replace(DOCUMENTED, admission_burst=3, admission_per_s=1))
    tokens = crowd(waiting, 40)
    granted = [waiting.admit(5, token, "", "").status == ADMISSION_STATUS_GRANTED for token in reversed(tokens[20:])]
    assert granted.count(True) == 3
    denied = waiting.admit(5, tokens[21], "", "")
    assert (denied.status, denied.reason) == (ADMISSION_STATUS_DENIED, "too many were admitted just now")
    assert waiting.admit(6, tokens[21], "", "").status == ADMISSION_STATUS_GRANTED
    assert waiting.admit(6, tokens[20], "", "").status == ADMISSION_STATUS_DENIED
    assert waiting.admit(6, tokens[9], "", "").status == ADMISSION_STATUS_GRANTED


def test_the_tenth_rank_is_free_and_the_eleventh_is_not() -> None:
    waiting = room(dataclasses.replace(DOCUMENTED, admission_burst=1, admission_per_s=0.001))
    tokens = crowd(waiting, 14)
    outcomes = [waiting.admit(5, tokens[number], "", "").status for number in (9, 11, 12)]
    assert outcomes == [ADMISSION_STATUS_GRANTED, ADMISSION_STATUS_GRANTED, ADMISSION_STATUS_DENIED]


def test_asking_for_the_place_spends_nothing() -> None:
    waiting = room(dataclasses.replace(DOCUMENTED, admission_burst=1, admission_per_s=0.001))
    tokens = crowd(waiting, 12)
    assert all(waiting.standing(3, tokens[11]).ready for _ in range(50))
    assert waiting.admit(3, tokens[11], "", "").status == ADMISSION_STATUS_GRANTED
    assert waiting.admit(3, tokens[10], "", "").status == ADMISSION_STATUS_DENIED


def test_asking_again_gives_the_same_token() -> None:
    waiting = room()
    token = crowd(waiting, 1)[0]
    first, second = waiting.admit(0, token, "evt", "user-0"), waiting.admit(9, token, "evt", "user-0")
    assert first.admission is not None
    assert first.admission is second.admission
    assert waiting.standing(9, token) == (QUEUE_STATUS_READY, 0, 0, True, first.admission.expires)
    assert waiting.stats(9, "evt").admitted == 1


def test_a_reservation_token_is_good_once_for_its_user_and_event_while_it_lives() -> None:
    waiting = room()
    ruling = waiting.admit(0, crowd(waiting, 1)[0], "", "")
    assert ruling.admission is not None
    token = ruling.admission.token
    for event, user, now, why in [
        ("other", "user-0", 1, "is of another user or event"),
        ("evt", "mallory", 1, "is of another user or event"),
        ("evt", "user-0", 300, "unknown or has run out"),
    ]:
        with pytest.raises(Refused, match=why) as caught:
            waiting.redeem(now, token, event, user)
        assert caught.value.code == errors_pb2.ERROR_CODE_FORBIDDEN
    assert waiting.admission(299.9, token) is ruling.admission
    assert waiting.admission(300, token) is None
    waiting.redeem(299.9, token, "evt", "user-0").used = True
    assert waiting.admission(299.9, token) is None
    with pytest.raises(Refused, match="was used for a reservation already"):
        waiting.redeem(1, token, "evt", "user-0")
    with pytest.raises(Refused, match="unknown or has run out"):
        waiting.redeem(1, "rtkn_forged", "evt", "user-0")


def test_admission_asked_with_a_foreign_token_is_invalid() -> None:
    waiting = room()
    token = crowd(waiting, 1)[0]
    assert waiting.admit(0, "wtkn_forged", "", "").status == ADMISSION_STATUS_INVALID
    assert waiting.admit(0, token, "other", "").status == ADMISSION_STATUS_INVALID
    assert waiting.admit(0, token, "", "mallory").status == ADMISSION_STATUS_INVALID
    assert waiting.standing(0, token).ready


def test_who_falls_silent_is_dropped_and_who_asks_stays_until_his_token_is_old() -> None:
    """Ghosts give way: the place of one who asks becomes 1 when the silent one ahead is dropped."""
    waiting = room()
    silent, alive = crowd(waiting, 2)
    for now in range(100, 1800, 100):
        waiting.expire_due(now)
        waiting.standing(now, alive)
    assert waiting.standing(1799, alive).position == 1
    with pytest.raises(Refused, match="there is no waiting token"):
        waiting.standing(1799, silent)
    waiting.expire_due(1800)
    assert waiting.standing(1800, alive).status == QUEUE_STATUS_EXPIRED
    assert waiting.admit(1800, alive, "", "").status == ADMISSION_STATUS_EXPIRED


def test_an_admission_that_is_not_used_runs_out() -> None:
    waiting = room(dataclasses.replace(DOCUMENTED, reservation_token_life_s=30))
    token = crowd(waiting, 1)[0]
    waiting.admit(10, token, "", "")
    waiting.expire_due(39.9)
    assert waiting.standing(39.9, token).status == QUEUE_STATUS_READY
    waiting.expire_due(40)
    assert waiting.standing(40, token).status == QUEUE_STATUS_EXPIRED
    assert waiting.admit(40, token, "", "").status == ADMISSION_STATUS_EXPIRED


def test_all_who_came_are_forgotten_in_the_end() -> None:
    """Nothing is kept of ten thousand who joined, were admitted, left or fell silent."""
    waiting = room(OPEN)
    for number, token in enumerate(crowd(waiting, 10_000)):
        if number % 3 == 0:
            waiting.admit(1, token, "", "")
        elif number % 3 == 1:
            waiting.leave(1, token)
    now, due = 1.0, waiting.next_check
    while due < float("inf"):
        now, due = due, waiting.expire_due(due)
    assert now <= 1 + 300 + 300
    assert len(waiting) == 0
    assert waiting.stats(now, "evt").waiting == 0
    assert waiting._admissions == {}


@pytest.mark.parametrize(
    ("admitted", "rank", "eta"), [(0, 1, 2), (0, 10, 20), (0, 400, 600), (60, 10, 11), (60, 1, 2), (6, 100, 600)]
)
def test_the_estimate_is_rank_by_pace_with_margin_within_bounds(admitted: int, rank: int, eta: int) -> None:
    """`admitted` were let in over the last minute, one a second or slower; without any, two seconds a place."""
    waiting = room(OPEN)
    ahead = crowd(waiting, admitted)
    step = 60 // admitted if admitted else 0
    for number, token in enumerate(ahead):
        waiting.admit(step * number, token, "", "")
    behind = [waiting.join(59, "evt", f"late-{number}") for number in range(rank)]
    assert behind[-1][1].eta_s == eta


def test_a_drained_queue_is_empty_and_its_people_are_told() -> None:
    """Who is admitted already, or waits for another event, stays."""
    waiting = room()
    tokens = crowd(waiting, 4)
    waiting.admit(0, tokens[3], "", "")
    elsewhere = waiting.join(0, "other", "user-0")[0].token
    assert waiting.drain(1, "evt") == 3
    assert waiting.stats(1, "evt").waiting == 0
    assert waiting.standing(1, tokens[0]).status == QUEUE_STATUS_EXPIRED
    assert waiting.standing(1, tokens[3]).status == QUEUE_STATUS_READY
    assert waiting.standing(1, elsewhere).position == 1


def test_stopped_admissions_admit_nobody() -> None:
    waiting = room()
    token = crowd(waiting, 1)[0]
    waiting.admitting = False
    assert waiting.admit(0, token, "", "").reason == "admissions are stopped"
    assert not waiting.standing(0, token).ready
    waiting.admitting = True
    assert waiting.admit(0, token, "", "").status == ADMISSION_STATUS_GRANTED


def test_all_events_share_one_bucket_beside_their_own() -> None:
    """Who takes a token of his event takes one of the whole system too; the first ten pass both."""
    figures = dataclasses.replace(DOCUMENTED, free_ranks=0, system_admission_burst=3, system_admission_per_s=1)
    waiting = room(figures)
    tokens = {event: [waiting.join(0.0, event, f"u{n}")[0].token for n in range(3)] for event in ("evt", "other")}

    def rulings(now: float, event: str, count: int) -> list[int]:
        return [waiting.admit(now, token, "", "").status for token in tokens[event][:count]]

    assert rulings(0.0, "evt", 2) == [ADMISSION_STATUS_GRANTED] * 2
    assert rulings(0.0, "other", 2) == [ADMISSION_STATUS_GRANTED, ADMISSION_STATUS_DENIED]
    assert waiting.admit(0.0, tokens["evt"][2], "", "").reason == "too many were admitted just now to all events"
    assert not waiting.standing(0.0, tokens["evt"][2]).ready
    assert waiting.admit(1.0, tokens["evt"][2], "", "").status == ADMISSION_STATUS_GRANTED
    assert waiting.admit(1.0, tokens["other"][1], "", "").status == ADMISSION_STATUS_DENIED
