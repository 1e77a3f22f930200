"""The grammar of an incident's setting, row by row."""

from __future__ import annotations

import math

import pytest

from contracts.catalogue import METHODS
from fakes.incidents.setting import Setting, parse

KNOWN = {"slow": {"p": 0.1, "count": 0, "ms": 550}, "errors": {"p": 0.05, "count": 0}}
SLOW = KNOWN["slow"]
JOIN = "gateway.v1.QueueService/JoinQueue"
QUEUE = frozenset(name for name in METHODS if name.startswith("gateway.v1.QueueService/"))


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("slow", Setting("slow", SLOW)),
        ("slow:p=1", Setting("slow", {**SLOW, "p": 1.0})),
        ("slow:p=0.25,ms=20,count=5", Setting("slow", {"p": 0.25, "ms": 20.0, "count": 5.0})),
        ("slow@10s..20s", Setting("slow", SLOW, 10.0, 20.0)),
        ("slow:ms=1@10s..", Setting("slow", {**SLOW, "ms": 1.0}, 10.0, math.inf)),
        ("slow@..1.5s", Setting("slow", SLOW, 0.0, 1.5)),
        ("slow:method=JoinQueue,ms=1", Setting("slow", {**SLOW, "ms": 1.0}, methods=frozenset({JOIN}))),
        (f"slow:method={JOIN}@1..2", Setting("slow", SLOW, 1.0, 2.0, frozenset({JOIN}))),
        (
            "slow:method=GetReservation",
            Setting(
                "slow",
                SLOW,
                methods=frozenset(
                    {"gateway.v1.GatewayService/GetReservation", "reservation.v1.ReservationService/GetReservation"}
                ),
            ),
        ),
        ("slow:service=QueueService", Setting("slow", SLOW, methods=QUEUE)),
        ("errors@3..4", Setting("errors", KNOWN["errors"], 3.0, 4.0)),
    ],
)
def test_a_setting_is_read_with_the_incidents_own_values_where_it_is_silent(text: str, setting: Setting) -> None:
    assert parse(text, KNOWN, ["slow"]) == setting


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "incident '': there is no ''; there are: errors, slow"),
        ("Slow", "incident 'Slow': there is no 'Slow'; did you mean slow?"),
        ("slow:", "incident 'slow:': '' sets nothing it knows, which is p, count, ms"),
        ("slow:q=1", "incident 'slow:q=1': 'q=1' sets nothing it knows, which is p, count, ms"),
        ("slow:p", "incident 'slow:p': p='' is no number of 0 or more"),
        ("slow:p=nan", "incident 'slow:p=nan': p='nan' is no number of 0 or more"),
        ("slow:p=-1", "incident 'slow:p=-1': p='-1' is no number of 0 or more"),
        ("slow:p=1.01", "incident 'slow:p=1.01': p is a probability, from 0 to 1"),
        ("slow:count=1.5", "incident 'slow:count=1.5': count is a whole number (0: no limit)"),
        ("slow@", "incident 'slow@': '' is no stretch of time: write @10s..20s, @10s.. or @..20s"),
        ("slow@..", "incident 'slow@..': '..' is no stretch of time: write @10s..20s, @10s.. or @..20s"),
        ("slow@10s", "incident 'slow@10s': '10s' is no stretch of time: write @10s..20s, @10s.. or @..20s"),
        ("slow@1m..2m", "incident 'slow@1m..2m': '1m' is no time in seconds: write 10s"),
        (
            "errors:method=JoinQueue",
            "incident 'errors:method=JoinQueue': errors does not strike single calls, so "
            "'method=JoinQueue' says nothing",
        ),
        (
            "slow:method=Join",
            "incident 'slow:method=Join': there is no method 'Join'; there are for instance "
            "CancelPayment, CancelReservation, CheckAvailability",
        ),
        (
            "slow:service=Queue",
            "incident 'slow:service=Queue': there is no service 'Queue'; there are AdminService, "
            "GatewayService, QueueService, WebSocketService, WebhookService, PaymentService, InventoryService, "
            "ReservationService, WorkerService",
        ),
        ("slow@20s..10s", "incident 'slow@20s..10s': it ends before it begins"),
        ("slow@5s..5s", "incident 'slow@5s..5s': it ends before it begins"),
    ],
)
def test_a_slip_is_quoted_with_what_would_be_valid(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is compared below
        parse(text, KNOWN, ["slow"])
    assert str(caught.value) == sentence
