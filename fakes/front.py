"""The platform's front: every call comes in here, meets incidents and latency, and leaves in the chosen error mode.

A unary call is served synchronously on the loop: incident, service, error mode, and out, unless latency or an incident
makes the answer wait. The state has changed by then; only the answer is late, or, where the gateway waits no longer, an
UPSTREAM_TIMEOUT. A stream is opened by its opener and ends when its client, its subject or the platform does.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2
from contracts.messages.admin_pb2 import LOG_LEVEL_WARN
from fakes import upstream
from fakes.caller import CallerOf
from fakes.error_modes import PREFIX, STATUS, STATUS_OF, Refusal, refusal
from fakes.failures import Refused
from fakes.late_stream import LateCall
from fakes.latency import NONE
from fakes.stream_faults import SpoiledCall
from tacorush.wire.serving import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.caller import Caller
    from fakes.incidents.incident import Trouble
    from fakes.incidents.planted import Planted
    from fakes.latency import Latency
    from fakes.platform import Platform
    from fakes.streams import Opener
    from fakes.timing import Timers
    from tacorush.wire.serving import Call, Handler

    Serve: TypeAlias = Callable[[Any, Caller], Message | Refusal]
    """Serves one unary method."""


class Front:
    """The endpoints of one platform."""

    def __init__(
        self,
        platform: Platform,
        timers: Timers,
        *,
        latencies: Mapping[str, Latency],
        incidents: Planted,
        error_mode: str,
        befall: Callable[[Trouble, Call], bool] | None = None,
    ) -> None:
        """A method that is not in `latencies` answers at once.

        `befall` brings trouble on the platform and says whether the call that it came with is served; without one
        there is none.
        """
        self.platform = platform
        """The platform that is served now."""
        self._timers = timers
        self._latencies = latencies
        self._incidents = incidents
        self._native = error_mode == STATUS
        self._befall = befall
        self._services: Mapping[str, Serve] = {}
        self._streams: set[Call] = set()

    def endpoints(self, services: Mapping[str, Serve], streams: Mapping[str, Opener]) -> list[Endpoint]:
        """One endpoint for every method of the contract that is served, unary or as a stream."""
        self._services = services
        return [
            Endpoint(
                method.path,
                method.request,
                method.response,
                method.streams,
                self._stream(method, streams[name]) if method.streams else self._unary(method),
            )
            for name, method in METHODS.items()
            if name in services or name in streams
        ]

    def close(self) -> None:
        """Ends every stream, so that the server can drain."""
        for call in tuple(self._streams):
            call.fail(grpc.StatusCode.UNAVAILABLE.value[0], "the platform is shutting down")

    def restart(self, platform: Platform, services: Mapping[str, Serve]) -> None:
        """Serves another platform from the next call on, over the same endpoints."""
        self.platform, self._services = platform, services

    def _unary(self, method: Method) -> Handler:
        incidents, draw, native = self._incidents, self._latencies.get(method.name, NONE).draw, self._native
        begin, planted, name = incidents.begin, incidents.incidents, method.name
        now, took = self.platform.now, self.platform.journal.times(method.service).append

        def handle(call: Call, request: Message) -> None:
            begin()
            watched = bool(planted)  # without incidents nothing stalls, and the clock need not be asked
            came = now() if watched else 0.0
            if planted and self._troubled(method, call, request):
                return
            delay_s = draw()
            reply: Message | Refusal | None = incidents.instead(method, request) if planted else None
            if reply is None:
                reply = self._services[name](request, CallerOf(call))
                if planted and not isinstance(reply, Refusal):
                    reply = incidents.spoiled(method, reply)
                if native and not isinstance(reply, Refusal):
                    reply = refusal(reply) or reply
            else:
                self.platform.journal.called(method.name, _INTERNAL)
            if planted:
                delay_s += incidents.delay_s(method, request)
            if delay_s > 0:
                reply, delay_s = self._in_time(method, call, reply, delay_s)
                self._timers.later(delay_s, partial(_reply, call, reply))
            else:
                _reply(call, reply)
            took(delay_s + (now() - came) if watched else delay_s)

        return handle

    def _in_time(
        self, method: Method, call: Call, reply: Message | Refusal, delay_s: float
    ) -> tuple[Message | Refusal, float]:
        """What is answered after which delay: what was going to be, or that the gateway has waited in vain."""
        service = upstream.PASSED_ON.get(method.name)
        if service is None:
            return reply, delay_s
        patience_s = upstream.patience_s(service, self.platform.configuration.current)
        if delay_s <= patience_s:
            return reply, delay_s
        caller, journal = CallerOf(call), self.platform.journal
        error = upstream.timed_out(service, patience_s, caller.trace_id or self.platform.new_trace())
        journal.count(method.service, "upstream_timeouts_total")
        journal.log(method.service, f"{method.name}: {error.message}", LOG_LEVEL_WARN, error.trace_id)
        late: Message = method.response(error=error)
        return (refusal(late) or late if self._native else late), patience_s

    def _troubled(self, method: Method, call: Call, request: Message) -> bool:
        """Whether trouble came with a call, so that it is not served."""
        if self._befall is None:
            return False
        trouble = self._incidents.trouble(method, request)
        return trouble is not None and not self._befall(trouble, call)

    def _stream(self, method: Method, open_stream: Opener) -> Handler:
        latency = self._latencies.get(method.name)

        def handle(call: Call, request: Message) -> None:
            self._incidents.begin()
            self.platform.run_due()
            self._streams.add(call)
            call.on_end(lambda: self._streams.discard(call))
            out = call if latency is None else LateCall(call, latency, self.platform.now, self._timers)
            try:
                open_stream(self.platform, SpoiledCall(out, self._incidents), request)
            except Refused as refused:
                name = errors_pb2.ErrorCode.Name(refused.code).removeprefix(PREFIX)
                out.fail(STATUS_OF[name].value[0], f"{name}: {refused.message}")
                self.platform.journal.called(method.name, name)
            else:
                self.platform.journal.called(method.name, "OK")

        return handle


_INTERNAL = "INTERNAL"
"""The code under which the journal counts what an incident answered: all that are there so far answer INTERNAL."""


def _reply(call: Call, reply: Message | Refusal) -> None:
    if isinstance(reply, Refusal):
        call.fail(reply.status, reply.detail)
    else:
        call.answer(reply)
