"""What a process needs to reach the platform: the target as its own targets file says, a permit, and channels.

Every sender makes its own and asks the permit for every address before the first connection: a worker on another
machine loads nothing that its own targets file does not allow. Entrances at one address share a channel.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tacorush.fleet.green import GreenIo
from tacorush.fleet.unfit import Unfit
from tacorush.fleet.wire_meter import WireMeter
from tacorush.targets.address import split_address
from tacorush.targets.permit import LoadNotAllowed, Permit
from tacorush.targets.target import Target, TargetError, parse
from tacorush.wire.channel_options import NO_LIMIT, ChannelOptions
from tacorush.wire.gevent_channel import GeventChannel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tacorush.fleet.carriage import Carriage
    from tacorush.wire.channel import Channel, Clock
    from tacorush.wire.tls import Tls

POOL_MOST = 2000
"""The most threads in which calls wait; grpcio on gevent needs one for each call in flight."""
SWITCH_S = 0.0005
"""How long a thread keeps the interpreter while gevent's loop wants it. With Python's 5 ms each commit to the run file
held arrivals up: beside other load on two cores, 44 to 117 of 1,000 were late, with this 1 to 5, at the same CPU."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """One process's way to the platform."""

    target: Target
    permit: Permit
    channels: Mapping[str, Channel]
    """By entrance."""
    io: GreenIo
    meter: WireMeter

    def counts(self) -> Mapping[str, float]:
        """What went over the connections since this was asked last, as counters of the evidence."""
        return self.meter.read()

    def close(self) -> None:
        """Frees the connections."""
        for channel in set(self.channels.values()):
            channel.close()


def permitted(target: str | None, targets_file: str | None, share: float = 1.0) -> tuple[Target, Permit]:
    """Reads the target and checks that it may be loaded; raises Unfit with the sentence that says why not."""
    try:
        found = parse(target, Path(targets_file) if targets_file else None)
        permit = Permit(found, share)
        permit.check_all()
    except (TargetError, LoadNotAllowed) as failure:
        raise Unfit(f"--target: {failure}") from None
    return found, permit


@cache  # what it does to a process cannot be done twice, and a worker is given many orders
def prepare_transport(transport: str, max_in_flight: int) -> None:
    """Prepares the process for a transport; after a fork, before the first channel."""
    sys.setswitchinterval(SWITCH_S)
    if transport == "grpcio":
        from tacorush.wire.grpcio_channel import init_gevent

        init_gevent(min(max_in_flight, POOL_MOST))


def equip(target: Target, permit: Permit, clock: Clock, carriage: Carriage) -> Equipment:
    """Makes the channels; they connect at their first call, to what the permit has checked. Raises Unfit."""
    try:
        places = {address: permit.place(address) for address in dict.fromkeys(target.addresses.values())}
    except LoadNotAllowed as failure:
        raise Unfit(f"--target: {failure}") from None
    try:
        by_address = {
            address: _channel(carriage, place, clock, _named(target.tls, address, place))
            for address, place in places.items()
        }
    except OSError as failure:  # certificates that cannot be read
        raise Unfit(f"--target: {failure}") from None
    channels = {entrance: by_address[address] for entrance, address in target.addresses.items()}
    return Equipment(target, permit, channels, GreenIo(clock), WireMeter(list(by_address.values())))


def _channel(carriage: Carriage, place: str, clock: Clock, tls: Tls | None) -> Channel:
    if carriage.transport == "grpcio":
        from tacorush.wire.grpcio_channel import GrpcioChannel

        return GrpcioChannel(place, clock, connections=carriage.connections, tls=tls)
    options = ChannelOptions(
        connections=carriage.connections,
        max_age_s=carriage.max_age_s,
        calls_a_connection=carriage.calls_a_connection or NO_LIMIT,
        keepalive_s=carriage.keepalive_s,
        tls=tls,
    )
    return GeventChannel(place, clock, options=options)


def _named(tls: Tls | None, address: str, place: str) -> Tls | None:
    """A certificate names the host as it was written, whatever is connected to."""
    if tls is None or tls.server_name or place == address:
        return tls
    return replace(tls, server_name=split_address(address)[0])
