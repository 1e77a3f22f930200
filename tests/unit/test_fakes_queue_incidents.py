"""Incidents about the queue and its tokens do to a platform what they say, no more, and count what came of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.messages.queue_pb2 import AdmissionStatus
from fakes.incidents.planted import Planted
from fakes.settings import DEPLOYED
from tests.unit.ticket_desk import EVENT, Desk


def reserved(desk: Desk, token: str, user: str = "ann") -> bool:
    """Whether a token does for a reservation."""
    told = {"event_id": EVENT, "user_id": user, "reservation_token": token, "quantity": 1}
    return not desk.ask("reservation/CreateReservation", **told).HasField("error")


def trials() -> dict[str, tuple[bool, dict[str, int]]]:
    """Incident to whether the token did with which that is wrong, and what the incident counted."""
    seen: dict[str, tuple[bool, dict[str, int]]] = {}
    for name in (
        "token-accepted-twice",
        "expired-token-accepted",
        "foreign-token-accepted",
        "invented-token-accepted",
    ):
        planted = Planted((f"{name}:p=1",), 1, lambda: 0.0)
        desk = Desk(faults=planted)
        token = desk.admit("ann")
        if name == "token-accepted-twice":
            assert reserved(desk, token)
        if name == "expired-token-accepted":
            desk.time.advance(301)
        user = "bob" if name == "foreign-token-accepted" else "ann"
        done = reserved(desk, "rtkn_none" if name == "invented-token-accepted" else token, user)
        seen[name] = done, dict(planted.facts()[name])
    return seen


def test_each_accepts_the_token_that_it_overlooks_and_counts_the_reservation() -> None:
    assert trials() == dict.fromkeys(trials(), (True, {"struck": 1, "reservations": 1}))


@pytest.mark.parametrize("name", ["token-accepted-twice", "foreign-token-accepted", "invented-token-accepted"])
def test_each_refuses_what_the_others_overlook(name: str) -> None:
    planted = Planted((f"{name}:p=1",), 1, lambda: 0.0)
    desk = Desk(faults=planted)
    token = desk.admit("ann")
    desk.time.advance(301)
    assert not reserved(desk, token)
    assert planted.facts()[name] == {"struck": 0, "reservations": 0}


def test_a_request_that_finds_no_seat_is_let_in_but_not_counted() -> None:
    planted = Planted(("invented-token-accepted:p=1",), 1, lambda: 0.0)
    desk = Desk(faults=planted)
    told = {"event_id": EVENT, "user_id": "ann", "reservation_token": "x", "seat_ids": ["A-1", "A-1"]}
    assert desk.ask("reservation/CreateReservation", **told).HasField("error")
    assert planted.facts()["invented-token-accepted"] == {"struck": 1, "reservations": 0}
    assert reserved(desk, desk.admit("bob"), "bob")
    assert planted.facts()["invented-token-accepted"] == {"struck": 1, "reservations": 0}


def test_a_token_that_ran_out_is_forgotten_with_its_owner() -> None:
    """Then it is as unknown as one that was never given."""
    planted = Planted(("expired-token-accepted:p=1",), 1, lambda: 0.0)
    desk = Desk(faults=planted)
    token = desk.admit("ann")
    desk.time.advance(300 + 301)
    assert not reserved(desk, token)


def test_a_ghost_is_kept_and_counts_once_it_looks_again() -> None:
    planted = Planted(("ghosts-kept",), 1, lambda: 0.0)
    desk = Desk(faults=planted)
    ann, bob = (desk.do("queue/JoinQueue", event_id=EVENT, user_id=user).waiting_token for user in ("ann", "bob"))
    desk.time.advance(301)
    desk.platform.queue.expire_due(desk.time.now())
    assert planted.facts()["ghosts-kept"] == {"places_kept": 2, "told_a_place": 0}
    assert desk.do("queue/GetQueueStatus", waiting_token=bob).position == 2
    assert planted.facts()["ghosts-kept"] == {"places_kept": 2, "told_a_place": 1}
    desk.time.advance(1500)
    desk.platform.queue.expire_due(desk.time.now())
    assert desk.do("queue/GetQueueStatus", waiting_token=ann).position == 0


def test_a_look_takes_what_it_says_is_there_and_who_was_told_to_come_is_counted_when_denied() -> None:
    """Eleven wait, of whom ten pass freely; the bucket of one holds a token for the last."""
    planted = Planted(("status-spends",), 1, lambda: 0.0)
    desk = Desk(replace(DEPLOYED, admission_burst=1.0), faults=planted)
    users = [f"u{number}" for number in range(11)]
    last = [desk.do("queue/JoinQueue", event_id=EVENT, user_id=user).waiting_token for user in users][-1]
    desk.time.advance(3)
    assert desk.do("queue/GetQueueStatus", waiting_token=last).admission_ready
    door = desk.do("queue/RequestAdmission", waiting_token=last)
    assert AdmissionStatus.Name(door.admission) == "ADMISSION_STATUS_DENIED"
    assert planted.facts()["status-spends"] == {"looks": 1, "turned_away": 1}
    assert not desk.do("queue/GetQueueStatus", waiting_token=last).admission_ready
    desk.do("queue/RequestAdmission", waiting_token=last)
    assert planted.facts()["status-spends"] == {"looks": 2, "turned_away": 1}


def positions(incident: str) -> tuple[list[int], dict[str, int]]:
    """What one who joined as the third is told while the two before him are let in, and what the incident counted."""
    planted = Planted((incident,), 1, lambda: 0.0)
    desk = Desk(faults=planted)
    tokens = [desk.do("queue/JoinQueue", event_id=EVENT, user_id=user).waiting_token for user in ("ann", "bob", "eve")]
    told = [desk.do("queue/GetQueueStatus", waiting_token=tokens[2]).position]
    for token in tokens:
        desk.do("queue/RequestAdmission", waiting_token=token)
        told.append(desk.do("queue/GetQueueStatus", waiting_token=tokens[2]).position)
    ((_, counted),) = planted.facts().items()
    return told, dict(counted)


def test_a_frozen_place_is_shown_as_it_was_at_joining_until_its_owner_is_let_in() -> None:
    assert positions("queue-frozen:p=1") == ([3, 3, 3, 0], {"places": 1, "looks": 2})
    assert positions("queue-frozen:p=0") == ([3, 2, 1, 0], {"places": 0, "looks": 0})


def test_a_place_that_falls_back_is_shown_so_much_too_high() -> None:
    assert positions("positions-rise:p=1,by=7,count=2") == ([10, 9, 1, 0], {"struck": 2, "rises": 0})
    assert positions("positions-rise:p=0.5,by=7") == ([3, 2, 8, 0], {"struck": 1, "rises": 1})
