"""The foreign platform over a real socket: where it differs from the harness's own fakes, and each misbehaviour."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest

from contracts.messages import gateway_pb2, inventory_pb2, payment_pb2, queue_pb2, reservation_pb2
from tests.foreign.caller import EVENT, INVENTORY, PAYMENT, QUEUE, RESERVATION, Caller, key, now, running
from tests.foreign.platform import DIED
from tests.processes import until

CREATE = f"{RESERVATION}/CreateReservation"
CONFIRM = f"{RESERVATION}/ConfirmReservation"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A platform that behaves; each test comes with users of its own."""
    with running(tmp_path_factory.mktemp("shop"), "--wait-ms", "500", "--settle-ms", "500") as caller:
        yield caller


def _user() -> str:
    return f"user-{uuid.uuid4()}"


def test_a_purchase_goes_through_other_ids_prices_and_statuses(shop: Caller) -> None:
    seats = shop.free_seats(2)
    assert all(seat.startswith("P") and seat.count("/") == 2 for seat in seats)
    before = now()
    hold = shop.reserve(shop.wish(_user(), seats))
    assert str(uuid.UUID(hold.reservation_id)) == hold.reservation_id
    assert hold.status == reservation_pb2.RESERVATION_STATUS_HOLD
    assert hold.hold_expires_at.nanos == 0
    assert before + 60 <= hold.hold_expires_at.seconds < now() + 61
    assert {seat.price.amount for seat in hold.reserved_seats} <= {33_000, 77_000}
    assert {seat.section for seat in hold.reserved_seats} == {""}
    assert (hold.total_amount.currency, hold.HasField("error")) == ("KRW", False)
    order = shop.confirm(shop.paid(hold))
    assert str(uuid.UUID(order.order_id)) == order.order_id
    assert shop.reservation(hold.reservation_id).order_id == order.order_id
    check = inventory_pb2.CheckAvailabilityRequest(event_id=EVENT, seat_ids=seats)
    answer = shop.call(f"{INVENTORY}/CheckAvailability", check, inventory_pb2.CheckAvailabilityResponse)
    assert (answer.available, list(answer.unavailable_seat_ids)) == (False, seats)


def test_the_queue_lets_wait_first_and_a_token_is_good_once(shop: Caller) -> None:
    user = _user()
    place = shop.join(user)
    assert place.status == queue_pb2.QUEUE_STATUS_WAITING
    assert place.position_hint >= 1
    assert shop.admission(place.waiting_token, user).admission == queue_pb2.ADMISSION_STATUS_DENIED
    again = queue_pb2.JoinQueueRequest(event_id=EVENT, user_id=user)
    assert shop.refusal(f"{QUEUE}/JoinQueue", again)[0] == grpc.StatusCode.ALREADY_EXISTS
    until(
        lambda: shop.position(place.waiting_token).status == queue_pb2.QUEUE_STATUS_READY,
        "READY by GetQueueStatus",
    )
    admission = shop.admission(place.waiting_token, user)
    assert admission.admission == queue_pb2.ADMISSION_STATUS_GRANTED
    assert shop.admission(place.waiting_token, user).reservation_token == admission.reservation_token
    assert shop.admission(place.waiting_token, _user()).admission == queue_pb2.ADMISSION_STATUS_INVALID
    wish = reservation_pb2.CreateReservationRequest(
        event_id=EVENT, seat_ids=["P9/R9/S99"], user_id=user,
        reservation_token=admission.reservation_token, idempotency_key=key(),
    )  # fmt: skip
    assert shop.refusal(CREATE, wish)[0] == grpc.StatusCode.NOT_FOUND
    wish.seat_ids[:] = shop.free_seats(1)
    wish.idempotency_key = key()
    shop.reserve(wish)  # the refusal before did not use the token up
    wish.seat_ids[:] = shop.free_seats(1)
    wish.idempotency_key = key()
    assert shop.refusal(CREATE, wish)[0] == grpc.StatusCode.PERMISSION_DENIED


def test_a_payment_is_processing_first_and_settles_later(shop: Caller) -> None:
    hold = shop.reserve(shop.wish(_user(), [], quantity=1))
    for scenario, final in (
        (payment_pb2.PAYMENT_SCENARIO_FAIL, payment_pb2.PAYMENT_STATUS_FAILED),
        (payment_pb2.PAYMENT_SCENARIO_APPROVE, payment_pb2.PAYMENT_STATUS_COMPLETED),
    ):
        intent, answer = shop.process(hold, scenario)
        assert answer.status == payment_pb2.PAYMENT_STATUS_PROCESSING
        assert shop.payment(intent) == payment_pb2.PAYMENT_STATUS_PROCESSING
        unpaid = reservation_pb2.ConfirmReservationRequest(
            reservation_id=hold.reservation_id, payment_intent_id=intent, idempotency_key=key()
        )
        assert shop.refusal(CONFIRM, unpaid)[0] == grpc.StatusCode.FAILED_PRECONDITION
        until(lambda: shop.payment(intent) == final, "the final status")  # noqa: B023 - waited for at once


def test_business_failures_are_native_statuses(shop: Caller) -> None:
    seats = shop.free_seats(1)
    shop.reserve(shop.wish(_user(), seats))
    assert shop.refusal(CREATE, shop.wish(_user(), seats))[0] == grpc.StatusCode.ABORTED
    lost = reservation_pb2.GetReservationRequest(reservation_id=key())
    assert shop.refusal(f"{RESERVATION}/GetReservation", lost)[0] == grpc.StatusCode.NOT_FOUND
    undocumented = inventory_pb2.GetInventoryStatusRequest(event_id="evt_2025_1001")
    assert shop.refusal(f"{INVENTORY}/GetInventoryStatus", undocumented)[0] == grpc.StatusCode.NOT_FOUND
    dollars = payment_pb2.CreatePaymentIntentRequest(reservation_id=key(), idempotency_key=key())
    assert shop.refusal(f"{PAYMENT}/CreatePaymentIntent", dollars)[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_a_key_replays_its_first_answer_and_no_other_body(shop: Caller) -> None:
    wish = shop.wish(_user(), shop.free_seats(1))
    first = shop.reserve(wish)
    assert shop.reserve(wish) == first
    wish.seat_ids[:] = shop.free_seats(1)
    status, text = shop.refusal(CREATE, wish)
    assert status == grpc.StatusCode.INVALID_ARGUMENT
    assert text.startswith("IDEMPOTENCY_CONFLICT: ")
    wish.idempotency_key = ""
    assert shop.refusal(CREATE, wish)[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_much_of_the_contract_is_not_served_and_yet_counted(shop: Caller) -> None:
    closed = [
        f"{QUEUE}/GetQueueStats", "gateway.v1.GatewayService/CreateReservation", "common.v1.AdminService/GetMetrics",
        "gateway.v1.WebSocketService/StreamQueueUpdates", "gateway.v1.WebhookService/RegisterWebhook",
        "reservation.v1.WorkerService/HealthCheck", f"{PAYMENT}/SimulateWebhook", "grpc.health.v1.Health/Check",
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ]  # fmt: skip
    for method in closed:
        status, _ = shop.refusal(method, gateway_pb2.HealthCheckRequest())
        assert status == grpc.StatusCode.UNIMPLEMENTED
    until(
        lambda: all(shop.counts()["calls"].get(method) == {"UNIMPLEMENTED": 1} for method in closed),
        "the calls in the counts",
    )


def test_documented_events_on_request_and_seats_offered_at_random_until_sold_out(tmp_path: Path) -> None:
    event = "evt_2025_1006"
    with running(tmp_path, "--documented-events", "--seats", "12", "--seed", "5", "--wait-ms", "0") as shop:
        offers = [shop.free_seats(5, event) for _ in range(10)]
        assert {len(set(offer)) for offer in offers} == {5}
        assert len({tuple(offer) for offer in offers}) > 1
        shop.reserve(shop.wish("one", [], 10, event))
        assert shop.refusal(CREATE, shop.wish("two", [], 3, event))[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
        request = inventory_pb2.GetInventoryStatusRequest(event_id=event)
        status = shop.call(f"{INVENTORY}/GetInventoryStatus", request, inventory_pb2.GetInventoryStatusResponse)
        assert (len(status.sections), status.stats.available_seats, status.stats.reserved_seats) == (0, 2, 10)


def test_a_hold_runs_out_at_the_second_that_it_names(tmp_path: Path) -> None:
    with running(tmp_path, "--hold-s", "0.2", "--wait-ms", "0", "--settle-ms", "0") as shop:
        seats = shop.free_seats(1)
        hold = shop.reserve(shop.wish("one", seats))
        expired = reservation_pb2.RESERVATION_STATUS_EXPIRED
        until(lambda: shop.reservation(hold.reservation_id).status == expired, "EXPIRED", 10)
        assert now() >= hold.hold_expires_at.seconds
        assert shop.refusal(CONFIRM, shop.paid(hold))[0] == grpc.StatusCode.FAILED_PRECONDITION
        shop.reserve(shop.wish("two", seats))
        counts = shop.end()
        assert (counts["reservations"], counts["orders"], counts["expired"] >= 1) == (2, 0, True)


def test_counts_tell_every_call_at_the_end(tmp_path: Path) -> None:
    with running(tmp_path, "--wait-ms", "0", "--settle-ms", "0") as shop:
        shop.confirm(shop.paid(shop.reserve(shop.wish("one", shop.free_seats(3)))))
        shop.refusal(CREATE, reservation_pb2.CreateReservationRequest())
        counts = shop.end()
    assert counts["calls"][CREATE] == {"OK": 1, "INVALID_ARGUMENT": 1}
    assert counts["calls"][f"{QUEUE}/JoinQueue"] == {"OK": 1}
    assert (counts["orders"], counts["seats_sold"], counts["seats_sold_twice"]) == (1, 3, 0)
    assert (counts["payments_completed"], counts["lost_answers"], counts["ended"]) == (1, 0, "in order")


def test_delays_make_the_client_give_up_before_anything_is_done(tmp_path: Path) -> None:
    with running(tmp_path, "--delay-ms", "30000", "--delay-share", "1") as shop:
        request = queue_pb2.JoinQueueRequest(event_id=EVENT, user_id="one")
        assert shop.refusal(f"{QUEUE}/JoinQueue", request, 0.5)[0] == grpc.StatusCode.DEADLINE_EXCEEDED
        counts = shop.end()
    assert (counts["delayed"], counts["given_up"], counts["joined"]) == (1, 1, 0)
    assert counts["calls"][f"{QUEUE}/JoinQueue"] == {"NO_ANSWER": 1}


def test_a_share_of_errors_is_drawn_and_counted(tmp_path: Path) -> None:
    with running(tmp_path, "--error-share", "0.5") as shop:
        request = inventory_pb2.CheckAvailabilityRequest(event_id=EVENT, quantity=1)
        with futures.ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: shop.answer(f"{INVENTORY}/CheckAvailability", request)[0], range(100)))
        counts = shop.end()
    calls = counts["calls"][f"{INVENTORY}/CheckAvailability"]
    assert {status.name: statuses.count(status) for status in set(statuses)} == calls
    assert set(calls) == {"OK", "INTERNAL"}
    assert 20 < calls["INTERNAL"] == counts["injected_errors"] < 80


def test_a_lost_answer_has_acted(tmp_path: Path) -> None:
    with running(tmp_path, "--lose-share", "1", "--wait-ms", "0") as shop:
        wish = shop.wish("one", shop.free_seats(2))
        for _ in range(2):  # the second is a replay, lost too
            assert shop.refusal(CREATE, wish, 0.5)[0] == grpc.StatusCode.DEADLINE_EXCEEDED
        check = inventory_pb2.CheckAvailabilityRequest(event_id=EVENT, seat_ids=wish.seat_ids)
        answer = shop.call(f"{INVENTORY}/CheckAvailability", check, inventory_pb2.CheckAvailabilityResponse)
        assert not answer.available
        counts = shop.end()
    assert (counts["lost_answers"], counts["lost_reservations"], counts["reservations"]) == (2, 1, 1)
    assert counts["calls"][CREATE] == {"NO_ANSWER": 2}


@pytest.mark.parametrize("named", [True, False], ids=["seats named", "only a quantity"])
def test_a_double_sale_confirms_both(tmp_path: Path, named: bool) -> None:
    with running(tmp_path, "--double-sale-share", "1", "--wait-ms", "0", "--settle-ms", "0") as shop:
        seats = shop.free_seats(1)
        for user in ("one", "two", "three"):
            order = shop.reserve(shop.wish(user, seats if named else [], 0 if named else 1))
            assert order.reserved_seats[0].id == seats[0] or not named
            shop.confirm(shop.paid(order))
        counts = shop.end()
    assert (counts["orders"], counts["seats_sold"], counts["seats_sold_twice"]) == (3, 1, 1)
    assert counts["double_holds"] == 2


def test_it_dies_some_time_after_its_first_call(tmp_path: Path) -> None:
    with running(tmp_path, "--die-after-s", "0.3") as shop:
        assert shop.started.process.poll() is None
        shop.join("one")
        assert shop.started.wait() == DIED
        counts = shop.counts()
    assert (counts["joined"], counts["ended"]) == (1, "died")
