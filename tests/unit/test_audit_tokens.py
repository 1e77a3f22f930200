"""Reservation tokens: token_spent_twice, token_outlived, token_of_another and token_invented, caught and not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reports.audit import token_invented, token_of_another, token_outlived, token_spent_twice
from reports.audit.history import History
from tacorush.evidence.records import Claim
from tests.unit.told_claims import admission, at, denied, found, hold, join, lost, poll, shown

RULES = (token_spent_twice.RULE, token_outlived.RULE, token_of_another.RULE, token_invented.RULE)


def reserved(number: int, ms: float, token: str = "r-ann", user: str = "ann", **fields: Any) -> Claim:
    """A reservation of one seat with a token."""
    usual: dict[str, Any] = {"shown": token, "user": user, "key": f"key-{number}"}
    return replace(hold(f"rsv_{number}", f"A-{number}", ms), **(usual | fields))


def broken(*claims: Claim) -> dict[str, list[tuple[str, str]]]:
    """Certainty and message of every violation, by rule."""
    said = {rule.name: [(it.certainty, it.message) for it in found(rule, *claims)] for rule in RULES}
    return {name: violations for name, violations in said.items() if violations}


@pytest.mark.incident("token-accepted-twice")
def test_token_accepted_twice_caught() -> None:
    let_in = admission("ann", 0)
    first, second, third = reserved(1, 100), reserved(2, 200), reserved(3, 300)
    assert list(broken(let_in, first, second, third)) == ["token_spent_twice"]
    (violation,) = found(token_spent_twice.RULE, let_in, first, second, third)
    assert (violation.certainty, violation.count) == ("definite", 2)
    assert violation.message == "Reservation token r-ann was good for 3 reservations: rsv_1, rsv_2, rsv_3."
    assert violation.witness == {
        "token": "r-ann",
        "event": "evt_1",
        "reservations": ["rsv_1", "rsv_2", "rsv_3"],
        "users": ["ann"],
        "calls": [shown(it) for it in (let_in, first, second, third)],
    }


@pytest.mark.parametrize(
    "second",
    [
        reserved(1, 200),
        reserved(2, 200, **denied("FORBIDDEN", reservation="")),
        reserved(2, 200, **lost(reservation="")),
        reserved(2, 200, "r-ann-2"),
        reserved(2, 200, key="key-1"),
    ],
    ids=["replayed", "refused", "not answered", "with a token of its own", "under one key"],
)
@pytest.mark.incident("token-accepted-twice")
def test_token_accepted_twice_near_miss(second: Claim) -> None:
    assert broken(admission("ann", 0), admission("ann", 150, token="r-ann-2"), reserved(1, 100), second) == {}


def test_people_whose_tokens_are_in_order_are_not_weighed_with_those_whose_are_not() -> None:
    """All that goes with a suspected token is looked at, and nothing else is made an object of."""
    anns = [admission("ann", 0), reserved(1, 100), reserved(2, 200)]
    bobs = [join("bob", 0), poll("bob", 50, 3), admission("bob", 100), reserved(3, 300, "r-bob", "bob")]
    groups = token_spent_twice.suspects(History.of([*anns, *bobs])).tolist()
    assert len(set(groups[:3])) == 1
    assert groups[0] >= 0
    assert groups[3:] == [-1] * 4


def test_a_token_that_bought_nothing_at_first_is_good_for_the_next_try() -> None:
    """It is good for one reservation that succeeds."""
    sold_out = reserved(1, 100, **denied(reservation=""))
    assert broken(admission("ann", 0), sold_out, reserved(2, 200)) == {}


@pytest.mark.incident("expired-token-accepted")
def test_expired_token_accepted_caught() -> None:
    """30 s from the answer at 10 ms, a second of skew, and a quarter more."""
    let_in, late = admission("ann", 0), reserved(1, 31_260)
    assert list(broken(let_in, late)) == ["token_outlived"]
    (violation,) = found(token_outlived.RULE, let_in, late)
    assert violation.certainty == "definite"
    assert violation.message == "Reservation token r-ann was accepted 1.250 s after its life, for rsv_1."
    assert violation.witness == {
        "token": "r-ann",
        "event": "evt_1",
        "token_ends_ns": at(30_010),
        "reservations": ["rsv_1"],
        "users": ["ann"],
        "calls": [shown(let_in), shown(late)],
    }


@pytest.mark.parametrize(
    "claims",
    [
        (admission("ann", 0), reserved(1, 31_010)),
        (admission("ann", 0, expires_ns=at(31_000)), reserved(1, 31_900)),
        (admission("ann", 0), admission("ann", 20_000), reserved(1, 45_000)),
        (admission("ann", 0), reserved(1, 29_000, **lost(reservation="")), reserved(1, 40_000)),
        (admission("ann", 0, wait_s=0), reserved(1, 40_000)),
        (admission("ann", 0), admission("ann", 50, wait_s=0), reserved(1, 40_000)),
        (admission("ann", 0), reserved(1, 40_000, **denied("FORBIDDEN", reservation=""))),
    ],
    ids=["within the skew", "end by its clock", "asked again", "replayed", "no life told", "none once", "refused"],
)
@pytest.mark.incident("expired-token-accepted")
def test_expired_token_accepted_near_miss(claims: tuple[Claim, ...]) -> None:
    assert broken(*claims) == {}


def test_a_token_whose_end_is_an_instant_of_the_platforms_clock_outlives_that() -> None:
    let_in = admission("ann", 0, wait_s=0, expires_ns=at(5000))
    assert broken(let_in, reserved(1, 6000)) == {}
    assert list(broken(let_in, reserved(1, 6001))) == ["token_outlived"]


def test_an_unanswered_request_for_admission_may_have_made_the_token_live_longer() -> None:
    let_in, late = admission("ann", 0), reserved(1, 40_000)
    unheard = admission("ann", 20_000, **lost(token="", wait_s=0))
    (violation,) = found(token_outlived.RULE, let_in, unheard, late)
    assert violation.certainty == "possible"
    assert violation.witness["calls"] == [shown(let_in), shown(unheard), shown(late)]
    other = admission("bob", 20_000, **lost(token="", wait_s=0))
    after = admission("ann", 40_020, **lost(token="", wait_s=0))
    looked = poll("ann", 20_000, 0, **lost())
    for silent in (other, after, looked):
        assert [it.certainty for it in found(token_outlived.RULE, let_in, silent, late)] == ["definite"]


@pytest.mark.parametrize(("user", "event"), [("bob", "evt_1"), ("ann", "evt_2")])
@pytest.mark.incident("foreign-token-accepted")
def test_foreign_token_accepted_caught(user: str, event: str) -> None:
    let_in, lent = admission("ann", 0), reserved(1, 100, user=user, event=event)
    assert list(broken(let_in, lent)) == ["token_of_another"]
    (violation,) = found(token_of_another.RULE, let_in, lent)
    assert violation.certainty == "definite"
    assert violation.message == (
        f"Reservation token r-ann, given to ann for evt_1, was accepted from {user} for {event}: rsv_1."
    )
    assert violation.witness == {
        "token": "r-ann",
        "event": event,
        "reservations": ["rsv_1"],
        "users": sorted({"ann", user}),
        "calls": [shown(let_in), shown(lent)],
    }


@pytest.mark.parametrize(
    "claims",
    [
        (reserved(1, 100),),
        (reserved(1, 100, user="bob", **denied("FORBIDDEN", reservation="")),),
        (reserved(1, 100, user="bob", **lost(reservation="")),),
        (admission("bob", 50, token="r-ann"), reserved(1, 100, user="bob")),
        (admission("", 50, token="r-ann", event=""), reserved(1, 100, user="bob", event="evt_2")),
    ],
    ids=["its own", "refused", "not answered", "given to both", "given to whoever asks"],
)
@pytest.mark.incident("foreign-token-accepted")
def test_foreign_token_accepted_near_miss(claims: tuple[Claim, ...]) -> None:
    assert broken(admission("ann", 0), *claims) == {}


@pytest.mark.parametrize(
    ("token", "shows"), [("r-none", "reservation token r-none, which nobody was given"), ("", "no reservation token")]
)
@pytest.mark.incident("invented-token-accepted")
def test_invented_token_accepted_caught(token: str, shows: str) -> None:
    """One violation for each reservation, the replayed answer included."""
    let_in, walked_past = admission("ann", 0), reserved(1, 100, token, "eve")
    assert list(broken(let_in, walked_past)) == ["token_invented"]
    (violation,) = found(token_invented.RULE, let_in, admission("bob", 50), walked_past, reserved(1, 200, token, "eve"))
    assert (violation.certainty, violation.message) == ("definite", f"eve got rsv_1 at evt_1 with {shows}.")
    assert violation.witness == ({"token": token} if token else {}) | {
        "event": "evt_1",
        "reservations": ["rsv_1"],
        "users": ["eve"],
        "calls": [shown(let_in), shown(walked_past)],
    }


def test_a_token_that_a_journey_of_ones_own_brings_is_possible_and_none_at_all_is_definite() -> None:
    for kind, token, certainty in (
        ("mine", "r-none", "possible"),
        ("mine", "", "definite"),
        ("bot", "r-none", "definite"),
    ):
        claims = [admission("ann", 0), reserved(1, 100, token, "eve", kind=kind)]
        (violation,) = found(token_invented.RULE, *claims, own_roles=("mine",))
        assert violation.certainty == certainty


@pytest.mark.parametrize(
    "claims",
    [
        (admission("ann", 0), reserved(1, 100, "r-none", **denied("FORBIDDEN", reservation=""))),
        (admission("ann", 0), reserved(1, 100, "r-none", **lost(reservation=""))),
        (admission("ann", 0), reserved(1, 100, "r-none", event="evt_2")),
        (admission("ann", 0, **denied("DENIED", token="")), reserved(1, 100, "")),
        (reserved(1, 100, ""), reserved(2, 100, "r-none")),
        (admission("ann", 0), reserved(1, 100, "", method="reservation.v1.InventoryService/ReserveSeat")),
        (admission("ann", 500), reserved(1, 100)),
    ],
    ids=["refused", "not answered", "no door there", "nobody let in", "no door", "past every door", "given after all"],
)
@pytest.mark.incident("invented-token-accepted")
def test_invented_token_accepted_near_miss(claims: tuple[Claim, ...]) -> None:
    assert broken(*claims) == {}


def test_a_token_is_too_old_for_another_request_than_the_one_that_was_sent_in_time() -> None:
    """One with a key of its own, or without a key, repeats nothing."""
    let_in, late = admission("ann", 0), reserved(2, 40_000)
    sold_out = reserved(1, 100, **denied(reservation=""))
    (violation,) = found(token_outlived.RULE, let_in, sold_out, late)
    assert violation.witness["calls"] == [shown(let_in), shown(late)]
    unheard, again = (reserved(1, 100, key="", **lost(reservation="")), replace(late, key=""))
    (violation,) = found(token_outlived.RULE, let_in, unheard, again)
    assert violation.witness["calls"] == [shown(let_in), shown(again)]


def test_two_reservations_without_keys_are_two() -> None:
    (violation,) = found(
        token_spent_twice.RULE, admission("ann", 0), reserved(1, 100, key=""), reserved(2, 200, key="")
    )
    assert violation.count == 1


def test_only_the_door_gives_reservation_tokens() -> None:
    """A waiting token is none, and neither is what somebody was not given."""
    let_in, refused = admission("ann", 0), admission("bob", 10, token="", **denied("DENIED"))
    said = broken(let_in, join("bob", 0), reserved(1, 100, "w-bob", user=""))
    assert said == {
        "token_invented": [
            ("definite", "Somebody got rsv_1 at evt_1 with reservation token w-bob, which nobody was given.")
        ]
    }
    assert list(broken(let_in, refused, reserved(1, 100, "", "eve"))) == ["token_invented"]


def test_where_nobody_is_known_to_have_been_let_in_there_may_be_no_door() -> None:
    """People stand in line, and a token came with an answer that may be wrong."""
    unsure = admission("ann", 0, outcome="unknown", effect="may_have")
    assert broken(join("bob", 0), unsure, reserved(1, 100, "r-none")) == {}
