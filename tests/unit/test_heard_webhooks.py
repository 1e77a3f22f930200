"""From a webhook that came to a claim: what is read, and what counts as genuine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.registrations import sign
from fakes.webhooks import Receiver, parcel
from scenarios.signing import signature
from scenarios.webhooks import heard
from tacorush.evidence.records import Claim
from tests.unit.test_fakes_webhooks import Receivers, Stage

SECRET = "s3cret"


def told(message: Any, secret: str = SECRET) -> Claim:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return heard(body, signature(secret, body), SECRET, 5, 7)


def facts(claim: Claim) -> tuple[str, str, str, str, int]:
    return claim.intent, claim.reservation, claim.status, claim.trace, claim.attempt


def test_the_bundled_platform_is_understood() -> None:
    receivers = Receivers()
    intent = Stage(receivers).pay()
    sent = parcel(Receiver("http://x", SECRET, 0, 1.0, {}), receivers.told(), 3)
    claim = heard(sent.body, sent.headers["X-Webhook-Signature"], SECRET, 5, 7)
    assert (claim.intent, claim.status, claim.attempt, claim.trace) == (
        intent,
        "COMPLETED",
        3,
        receivers.told().webhook_id,
    )
    assert (claim.action, claim.outcome, claim.effect, claim.code) == ("webhook", "ok", "happened", "OK")
    assert (claim.sent_ns, claim.answered_ns, claim.journey) == (5, 7, -1)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"payment_intent_id": "pi", "status": "COMPLETED"}, ("pi", "", "COMPLETED", "", 0)),
        ({"event": "payment.succeeded", "data": {"paymentIntentId": "pi"}}, ("pi", "", "COMPLETED", "", 0)),
        ({"id": "e1", "type": "declined", "data": {"payment_id": "pi", "id": "x"}}, ("pi", "", "FAILED", "e1", 0)),
        ({"payment_id": 7, "reservation_id": "r", "attempt": 2, "status": "TIMEOUT"}, ("7", "r", "EXPIRED", "", 2)),
        ({"payment_id": "pi", "status": "PAYMENT_STATUS_CANCELLED"}, ("pi", "", "CANCELLED", "", 0)),
        ({"payment_id": "pi", "status": "on its way"}, ("pi", "", "ON ITS WAY", "", 0)),
    ],
)
def test_other_platforms_are_understood_where_they_use_the_usual_names(message: Any, expected: tuple[Any, ...]) -> None:
    assert facts(told(message)) == expected


@pytest.mark.parametrize("message", [b"", b"no json", b"[1]", b"\xff", {"status": "COMPLETED"}, {"data": 3}])
def test_what_names_no_payment_is_unreadable(message: Any) -> None:
    claim = told(message)
    assert (claim.code, claim.outcome, claim.effect, claim.intent) == ("UNREADABLE", "failed", "did_not", "")


def test_what_is_signed_with_another_secret_or_not_at_all_is_forged() -> None:
    body = b'{"payment_id": "pi"}'
    for claimed in ("", signature("other", body), signature(SECRET, body + b" "), signature(SECRET, body)[7:], "\xe9"):
        claim = heard(body, claimed, SECRET, 5, 7)
        assert (claim.code, claim.outcome, claim.effect, claim.intent) == ("FORGED", "failed", "did_not", "pi")


@given(st.text(), st.binary())
def test_platform_and_harness_sign_alike(secret: str, body: bytes) -> None:
    assert signature(secret, body) == sign(secret, body)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda part: (
            st.lists(part)
            | st.dictionaries(st.sampled_from(["data", "id", "status", "attempt", "payment_id"]) | st.text(), part)
        ),
    )
)
def test_no_message_is_too_odd_to_be_written_down(message: Any) -> None:
    assert told(message).code in {"OK", "UNREADABLE"}
