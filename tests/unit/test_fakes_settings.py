"""The platform's figures, their profiles, their scaling; and changing them while it runs."""

from __future__ import annotations

import dataclasses
import math

import pytest

from contracts.messages import reservation_pb2
from fakes.configuration import Configuration
from fakes.failures import Refused
from fakes.settings import DEPLOYED, DOCUMENTED, OPEN, PROFILES, Settings
from tests.unit.ticket_desk import Desk

UNSCALED = {
    "service_timeout_ms",
    "inventory_timeout_ms",
    "webhook_timeout_ms",
    "webhooks_at_once",
    "rate_limit_burst",
    "waiting_ranks",
    "free_ranks",
    "admission_burst",
    "system_admission_burst",
    "eta_weights",
    "eta_margin",
    "hold_status",
    "extensions",
    "seats_at_most",
    "random_success",
    "attempts",
    "webhook_retries",
    "webhook_secret",
    "retention_hours",
    "time_scale",
}
"""Figures that are neither a time nor a rate of the platform's own."""


def test_a_scaled_platform_has_every_time_shorter_and_every_rate_higher() -> None:
    """A figure that is added must be named as a time or a rate, or be listed above as neither."""
    fast = DOCUMENTED.scaled(0.05)
    for field in dataclasses.fields(Settings):
        slow_value, fast_value = getattr(DOCUMENTED, field.name), getattr(fast, field.name)
        if field.name in UNSCALED - {"time_scale"}:
            assert fast_value == slow_value, field.name
        elif field.name.endswith("_per_s"):
            assert fast_value == pytest.approx(slow_value * 20), field.name
        elif field.name != "time_scale":
            assert field.name.endswith("_s"), field.name
            assert fast_value == pytest.approx(
                tuple(part / 20 for part in slow_value) if isinstance(slow_value, tuple) else slow_value / 20
            ), field.name
    assert fast.time_scale == 0.05
    assert fast.scaled(20).hold_s == pytest.approx(60)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf, math.nan])
def test_a_time_scale_must_be_positive(scale: float) -> None:
    with pytest.raises(ValueError, match=f"time scale must be a positive number, got {scale}"):
        DOCUMENTED.scaled(scale)


def test_the_documented_figures_are_those_of_the_documents() -> None:
    """PLATFORM.md's numbers, once more and by hand."""
    assert (DOCUMENTED.idempotency_life_s, DOCUMENTED.duplicate_join_s, DOCUMENTED.heartbeat_s) == (300, 300, 300)
    assert (DOCUMENTED.waiting_life_s, DOCUMENTED.reservation_token_life_s) == (1800, 300)
    assert (DOCUMENTED.rate_limit_per_s, DOCUMENTED.rate_limit_burst) == (50, 100)
    assert dict(zip(DOCUMENTED.waiting_ranks, DOCUMENTED.waiting_minimums_s, strict=True)) == {10: 0, 50: 2, 100: 5}
    assert (DOCUMENTED.admission_burst, DOCUMENTED.admission_per_s, DOCUMENTED.free_ranks) == (500, 50, 10)
    assert (DOCUMENTED.system_admission_per_s, DOCUMENTED.system_admission_burst) == (1000, 1000)
    assert (DOCUMENTED.hold_s, DOCUMENTED.extension_s, DOCUMENTED.seats_at_most) == (60, 30, 10)
    assert (DOCUMENTED.approve_s, DOCUMENTED.fail_s, DOCUMENTED.delay_s) == ((2, 5), (1, 3), (10, 30))
    assert (DOCUMENTED.random_success, DOCUMENTED.intent_life_s) == (0.7, 900)
    assert (DOCUMENTED.webhook_delay_s, DOCUMENTED.webhook_retries) == (0, 5)
    assert (DOCUMENTED.attempts, DOCUMENTED.backoff_s) == (5, (1, 2, 4, 8, 16))


def test_the_profiles_differ_where_they_should() -> None:
    assert set(PROFILES) == {"documented", "deployed", "open", "simulator"}
    assert (DEPLOYED.rate_limit_per_s, DEPLOYED.rate_limit_burst) == (10_000, 15_000)
    assert (DEPLOYED.admission_burst, DEPLOYED.admission_per_s, DEPLOYED.reservation_token_life_s) == (100, 10, 30)
    assert DEPLOYED.hold_status == reservation_pb2.RESERVATION_STATUS_HOLD
    assert (OPEN.hold_s, OPEN.idempotency_life_s) == (DOCUMENTED.hold_s, DOCUMENTED.idempotency_life_s)


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("scale", [1.0, 0.05])
def test_a_ticket_can_be_bought_on_every_profile_and_scale(profile: str, scale: float) -> None:
    """Its hold has the profile's status; without waiting, paying and confirming work at once on `open`."""
    desk = Desk(PROFILES[profile].scaled(scale))
    made = desk.reserve()
    assert made.status == PROFILES[profile].hold_status
    intent = desk.intent(made.reservation_id)
    desk.do("payment/ProcessPayment", payment_intent_id=intent)
    desk.time.advance(PROFILES[profile].approve_s[1] * scale)
    wish = {"reservation_id": made.reservation_id, "payment_intent_id": intent, "user_id": "ann"}
    assert desk.do("reservation/ConfirmReservation", **wish).order_id.startswith("ord_")


def test_a_scaled_hold_runs_out_scaled() -> None:
    desk = Desk(DOCUMENTED.scaled(0.05))
    desk.reserve()
    desk.time.advance(2.9)
    assert desk.stock().reserved_seats == 2
    desk.time.advance(0.2)
    assert desk.stock().reserved_seats == 0


def test_on_open_a_thousand_people_are_admitted_in_the_same_instant() -> None:
    desk = Desk(OPEN)
    tokens = {desk.admit(f"user-{number}") for number in range(1000)}
    assert len(tokens) == 1000
    assert "" not in tokens


def test_a_figure_changes_now_or_when_applied() -> None:
    configuration = Configuration(DOCUMENTED)
    assert configuration.change("hold_s", "90", at_once=False) == ("60", "90")
    assert configuration.change("attempts", "3", at_once=True) == ("5", "3")
    assert (configuration.current.hold_s, configuration.current.attempts) == (60, 3)
    assert configuration.apply() == ["hold_s"]
    assert (configuration.current.hold_s, configuration.apply()) == (90, [])


def test_a_change_at_once_overtakes_one_that_waits() -> None:
    configuration = Configuration(DOCUMENTED)
    configuration.change("hold_s", "90", at_once=False)
    configuration.change("hold_s", "10", at_once=True)
    assert configuration.apply() == []
    assert configuration.current.hold_s == 10


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("", "1", "config_key is required"),
        ("hold_s", "", "config_value is required"),
        ("hold_ss", "1", "there is no figure 'hold_ss'; did you mean hold_s?"),
        ("attempts", "1.5", "attempts is a whole number, not '1.5'"),
        ("hold_s", "nan", "hold_s cannot be nan"),
        ("hold_s", "inf", "hold_s cannot be inf"),
        ("retention_hours", "1e10", "retention_hours cannot be 1e10"),
    ],
)
def test_a_wrong_change_is_refused_in_words(key: str, text: str, message: str) -> None:
    configuration = Configuration(DOCUMENTED)
    with pytest.raises(Refused) as caught:
        configuration.change(key, text, at_once=True)
    assert caught.value.message == message
    assert configuration.current == DOCUMENTED


def test_a_rate_can_be_nothing_or_without_limit() -> None:
    """Statistics and admission go on at both ends."""
    desk = Desk()
    for text, per_minute in (("0", 0), ("inf", 2**31 - 1)):
        desk.do("admin/UpdateConfig", config_key="admission_per_s", config_value=text, apply_immediately=True)
        desk.admit(f"user-{text}")
        stats = desk.do("queue/GetQueueStats")
        assert stats.events[0].admission_rate_per_minute == per_minute


def test_secret_and_scale_cannot_be_changed() -> None:
    keys = Configuration(DOCUMENTED).keys
    assert "webhook_secret" not in keys
    assert "time_scale" not in keys
    assert "hold_s" in keys


def test_parts_that_belong_together_change_together() -> None:
    """A band of ranks without its wait is refused at once; both wait for one another and come into force as one."""
    configuration = Configuration(DOCUMENTED)
    with pytest.raises(Refused) as caught:
        configuration.change("waiting_ranks", "5,10", at_once=True)
    assert caught.value.message == (
        "waiting_ranks and waiting_minimums_s have as many parts as each other; "
        "there would be waiting_ranks 5,10, waiting_minimums_s 0,2,5"
    )
    configuration.change("waiting_ranks", "5,10", at_once=False)
    with pytest.raises(Refused):
        configuration.apply()
    assert (configuration.current, list(configuration.waiting)) == (DOCUMENTED, ["waiting_ranks"])
    assert configuration.change("waiting_minimums_s", "0,9", at_once=False) == ("0,2,5", "0,9")
    assert configuration.apply() == ["waiting_ranks", "waiting_minimums_s"]
    assert (configuration.current.waiting_ranks, configuration.current.waiting_minimums_s) == ((5, 10), (0, 9))


def test_the_status_of_holds_changes_by_its_name() -> None:
    desk = Desk()
    change = {"config_key": "hold_status", "config_value": "HOLD", "apply_immediately": True}
    answer = desk.do("admin/UpdateConfig", **change)
    assert (answer.old_value, answer.new_value) == ("PENDING", "HOLD")
    assert desk.reserve().status == reservation_pb2.RESERVATION_STATUS_HOLD
