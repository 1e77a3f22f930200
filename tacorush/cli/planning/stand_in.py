"""The bundled platform as a channel: each call is answered by its real code, in virtual time, without any wire.

What a platform of this profile would say is what its own services say: ranks, waits, admissions, holds and settling
times are its figures, not a table beside it. Only how long an answer takes is assumed. When people are rehearsed one in
`share`, the platform admits one in `share`.
"""

from __future__ import annotations

import dataclasses
from random import Random
from typing import TYPE_CHECKING, Any

import grpc

from contracts.catalogue import METHODS
from fakes.caller import Caller
from fakes.events import ids, program
from fakes.platform import Platform
from fakes.services import handlers
from fakes.settings import PROFILES
from tacorush.wire.channel import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from fakes.settings import Settings
    from scenarios.plan import Plan
    from tacorush.cli.planning.virtual_time import VirtualTime
    from tacorush.wire.channel import Metadata

_DEADLINE_EXCEEDED = grpc.StatusCode.DEADLINE_EXCEEDED.value[0]
_LEAST_SEATS = 10
"""Seats that an event has at least, however few people are rehearsed."""


class _NoTimers:
    """The platform catches up before every call; nobody else would see it."""

    def later(self, delay_s: float, act: Callable[[], None]) -> _NoTimers:  # noqa: ARG002
        return self

    def cancel(self) -> None:
        """Nothing was going to happen."""


class _OneMessage:
    """A stream that sends one message at once and then nothing, until its deadline comes or nobody waits."""

    def __init__(self, io: VirtualTime, message: Message, rest_s: float) -> None:
        self._io, self._message, self._rest_s = io, message, rest_s
        self._sent_ns = io.clock()
        self.answer: Answer | None = None

    def __iter__(self) -> Iterator[Message]:
        yield self._message
        self._io.sleep(self._rest_s)
        self.answer = Answer(_DEADLINE_EXCEEDED, "", None, "unanswered", self._sent_ns, self._io.clock())

    def cancel(self) -> None:
        """Nobody waits."""


class StandIn:
    """The port `Channel`. Every answer takes `service_s`; the state changes when the call is sent."""

    def __init__(self, io: VirtualTime, platform: Platform, service_s: float) -> None:
        self._io, self._service_s = io, service_s
        acts = handlers(platform)
        self._acts = {METHODS[name].path: act for name, act in acts.items()}

    def unary(
        self,
        path: str,
        request: Any,
        response: type[Message],  # noqa: ARG002
        deadline_s: float,  # noqa: ARG002
        metadata: Metadata = (),  # noqa: ARG002
    ) -> Answer:
        """Asks the service and lets the time of an answer pass."""
        sent_ns = self._io.clock()
        message = self._acts[path](request, _CALLER)
        self._io.sleep(self._service_s)
        return Answer(0, "", message, "answered", sent_ns, self._io.clock())

    def stream(
        self,
        path: str,  # noqa: ARG002
        request: Message,  # noqa: ARG002
        response: type[Message],
        deadline_s: float,
        metadata: Metadata = (),  # noqa: ARG002
    ) -> _OneMessage:
        """Sends a message after the time of an answer."""
        self._io.sleep(self._service_s)
        return _OneMessage(self._io, response(), max(deadline_s - self._service_s, 0.0))

    def close(self) -> None:
        """Nothing is open."""


_CALLER = Caller("rehearsal")


def platform_for(io: VirtualTime, profile: str, plan: Plan, share: int) -> Platform:
    """Makes the platform that a run would start for the plan, for one person in `share`."""
    settings, venue = _shared(PROFILES[profile].scaled(plan.time_scale), share), plan.venue()
    named = plan.scenario.events or (ids(venue.events) if venue.events is not None else ())
    seats = None if venue.seats is None else max(-(-venue.seats // share), _LEAST_SEATS)
    return Platform(
        settings,
        now=lambda: io.clock() / 1e9,
        timers=_NoTimers(),
        chance=Random(f"{plan.seed}/rehearsal"),  # noqa: S311
        events=program(named, seats),
    )


def _shared(settings: Settings, share: int) -> Settings:
    """The same waiting room for one person in `share`: so many fewer pass, and so many fewer stand in front."""
    return dataclasses.replace(
        settings,
        waiting_ranks=tuple(max(rank / share, 1.0) for rank in settings.waiting_ranks),
        free_ranks=max(settings.free_ranks / share, min(settings.free_ranks, 1.0)),
        admission_per_s=settings.admission_per_s / share,
        admission_burst=max(settings.admission_burst / share, 1.0),
        system_admission_per_s=settings.system_admission_per_s / share,
        system_admission_burst=max(settings.system_admission_burst / share, 1.0),
    )
