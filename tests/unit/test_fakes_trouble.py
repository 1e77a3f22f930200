"""Trouble befalls the platform as a whole, in the order that it says, and says whether the call is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2, queue_pb2, reservation_pb2
from fakes.befalling import Befalling
from fakes.events import program
from fakes.incidents.incident import Trouble
from fakes.incidents.planted import Planted
from fakes.ledger import Ledger
from fakes.timing import ScriptedTime

if TYPE_CHECKING:
    from tacorush.wire.serving import Call

STATUS = METHODS["gateway.v1.QueueService/GetQueueStatus"]
JOIN = METHODS["gateway.v1.QueueService/JoinQueue"]
CREATE = METHODS["reservation.v1.ReservationService/CreateReservation"]
CONFIRM = METHODS["reservation.v1.ReservationService/ConfirmReservation"]


class Ground:
    """What trouble acts on, written down; a call on it, too."""

    peer = "ipv4:1.2.3.4:5"

    def __init__(self) -> None:
        self.done: list[tuple[str, object]] = []

    def hang_up(self, peer: str = "") -> None:
        self.done.append(("hung up", peer))

    def send_away(self, peer: str) -> None:
        self.done.append(("sent away", peer))

    def shut(self, seconds: float) -> None:
        self.done.append(("shut", seconds))


def befallen(trouble: Trouble, *, doors: bool = True) -> tuple[bool, list[tuple[str, object]]]:
    ground = Ground()
    befall = Befalling(
        lambda seconds: ground.done.append(("blocked", seconds)),
        lambda: ground.done.append(("restarted", None)),
        ground if doors else None,
    )
    return befall(trouble, cast("Call", ground)), ground.done


@pytest.mark.parametrize(
    ("trouble", "served", "done"),
    [
        (Trouble(stalls_s=0.7), True, [("blocked", 0.7)]),
        (Trouble(sends_away=True), True, [("sent away", Ground.peer)]),
        (Trouble(hangs_up=True, shuts_s=0.2), False, [("shut", 0.2), ("hung up", Ground.peer)]),
        (Trouble(crashes=True, shuts_s=0.3), False, [("shut", 0.3), ("hung up", ""), ("restarted", None)]),
    ],
)
def test_trouble_happens_as_it_says(trouble: Trouble, served: bool, done: list[tuple[str, object]]) -> None:
    assert befallen(trouble) == (served, done)


def test_without_doors_the_process_can_still_stall() -> None:
    assert befallen(Trouble(stalls_s=0.7), doors=False) == (True, [("blocked", 0.7)])


def planted(*texts: str, time: ScriptedTime | None = None, events: int = 12) -> Planted:
    incidents = Planted(texts, 1, (time or ScriptedTime()).now)
    incidents.attach(Ledger(program([f"evt_{number}" for number in range(events)], 100), incidents))
    incidents.begin()
    return incidents


def test_a_scan_blocks_the_process_at_a_look_at_the_queue_and_at_nothing_else() -> None:
    incidents = planted("blocking-scan:p=1,ms=20")
    assert incidents.trouble(STATUS, STATUS.request()) == Trouble(stalls_s=0.02)
    assert incidents.trouble(JOIN, JOIN.request()) is None


def test_a_slow_shard_has_one_event_in_six_and_its_reservations() -> None:
    incidents = planted("slow-shard")
    late = [f"evt_{n}" for n in range(12) if incidents.delay_s(CREATE, CREATE.request(event_id=f"evt_{n}"))]
    assert 1 <= len(late) <= 4
    ledger = cast("Any", incidents.incidents[0]).ledger
    ledger.hold(0.0, "rsv_1", late[0], ["A-1"], 60.0)
    assert incidents.delay_s(CONFIRM, reservation_pb2.ConfirmReservationRequest(reservation_id="rsv_1")) == 0.55
    assert incidents.delay_s(CONFIRM, reservation_pb2.ConfirmReservationRequest(reservation_id="rsv_x")) == 0.0


def test_a_brown_out_sheds_and_slows_while_it_lasts_and_then_all_is_well() -> None:
    time = ScriptedTime()
    incidents = planted("brown-out:p=1@1s..2s", time=time)
    seen = []
    for _ in range(3):
        seen.append((incidents.instead(JOIN, JOIN.request()) is None, incidents.delay_s(JOIN, JOIN.request())))
        time.advance(1)
    assert seen == [(True, 0.0), (False, 0.3), (True, 0.0)]


def test_a_starved_key_is_never_let_in_again_while_a_patient_one_is() -> None:
    """A healthy limiter of 1,000 a second would let a call through every 99 ms."""
    time = ScriptedTime()
    incidents = planted("limiter-starvation:burst=3", time=time)

    def allowed(event: str) -> bool:
        answer: Any = incidents.instead(JOIN, queue_pb2.JoinQueueRequest(event_id=event))
        assert answer is None or answer.error.code == errors_pb2.ERROR_CODE_RATE_LIMITED
        return answer is None

    hasty = []
    for _ in range(20):
        hasty.append(allowed("evt_1"))
        time.advance(0.099)
    assert hasty == [True] * 3 + [False] * 17
    time.advance(0.1)
    assert allowed("evt_1")
    assert incidents.facts()["limiter-starvation"]["struck"] == 17


def test_a_crash_counts_the_orders_that_were_forgotten_and_the_seats_that_are_sold_again() -> None:
    incidents = planted("crash-restart:p=1")
    before = cast("Any", incidents.incidents[0]).ledger
    for seat in ("A-1", "A-2"):
        before.hold(0.0, seat, "evt_1", [seat], 60.0)
        before.confirm(0.0, seat, f"ord_{seat}")
    assert incidents.trouble(JOIN, JOIN.request()) == Trouble(crashes=True, shuts_s=0.3)
    after = Ledger(program(["evt_1"], 100), incidents)
    incidents.attach(after)
    after.hold(0.0, "new", "evt_1", ["A-2", "A-3"], 60.0)
    after.confirm(0.0, "new", "ord_new")
    assert incidents.facts() == {"crash-restart": {"crashes": 1, "orders_forgotten": 2, "seats_sold_again": 1}}
    assert incidents.trouble(JOIN, JOIN.request()) is None


def test_a_skewed_clock_moves_every_time_of_an_answer_however_deep() -> None:
    incidents = planted("clock-skew:ahead_s=7")
    answer = reservation_pb2.GetReservationResponse()
    answer.reservation.created_at.seconds = 100
    answer.reservation.hold_expires_at.FromNanoseconds(160_500_000_000)
    cast("Any", incidents.spoiled(METHODS["reservation.v1.ReservationService/GetReservation"], answer))
    assert (answer.reservation.created_at.seconds, answer.reservation.hold_expires_at.ToNanoseconds()) == (
        107,
        167_500_000_000,
    )
    assert not answer.reservation.HasField("updated_at")
    assert incidents.facts() == {"clock-skew": {"answers_misdated": 1, "events_misdated": 0}}
