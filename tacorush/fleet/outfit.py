"""From an order to a crew: first all that can go wrong (target, permit, plan), then, once T0 is known, the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from scenarios.crowd import Crowd
from scenarios.plan import Plan
from tacorush.evidence.recorder import Recorder
from tacorush.fleet.carriage import Carriage
from tacorush.fleet.crew import Crew, process_info
from tacorush.fleet.equipment import equip, permitted, prepare_transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gevent.event import Event

    from tacorush.evidence.records import Delta
    from tacorush.fleet.desk import Desk
    from tacorush.fleet.messages import Order
    from tacorush.wire.channel import Clock

    Start: TypeAlias = Callable[[int], Crew]
    """Makes the crew for a T0."""


def outfit_worker(
    order: Order,
    process: str,
    versions: Mapping[str, str],
    targets_file: str | None,
    clock: Clock,
    hand_over: Callable[[Delta], None],
    gate: Event,
) -> Start:
    """Returns what starts a worker's crew; raises Unfit when this worker's own targets file does not allow the load."""
    target, permit = permitted(order.target, targets_file, share=1 / order.of)
    plan = Plan.unpack(order.plan)
    carriage = Carriage.unpack(order.carriage)
    prepare_transport(carriage.transport, order.max_in_flight)
    tools = equip(target, permit, clock, carriage)

    def start(t0_ns: int) -> Crew:
        recorder = Recorder(process, t0_ns, clock)
        recorder.meter(tools.counts)
        crowd = Crowd(plan, tools.channels, recorder, tools.io, permit)
        info = process_info(process, "worker", versions)
        return Crew(order, plan, crowd, recorder, clock, hand_over, info, gate, tools.close)

    return start


def outfit_local(order: Order, desk: Desk, clock: Clock, gate: Event) -> Start:
    """Returns what starts the crew of a run in one process: it shares the desk's channels and recorder."""
    plan = Plan.unpack(order.plan)
    tools = desk.equipment

    def start(_t0_ns: int) -> Crew:
        assert desk.recorder is not None, "the desk is open before anybody begins"
        crowd = Crowd(plan, tools.channels, desk.recorder, tools.io, tools.permit)
        return Crew(order, plan, crowd, desk.recorder, clock, desk.take, desk.info, gate, lambda: None)

    return start
