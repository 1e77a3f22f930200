"""What stands before every method: due work first, then limits and switches, then keys; and what comes after.

    run_due -> sample the measures -> rate limit -> switches -> idempotency key -> the method -> count

A refusal anywhere becomes the answer's `error`, under a trace id. Answers are fresh messages: whoever gets one may
change it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from contracts.messages import errors_pb2
from fakes.controls import ADMIN
from fakes.failures import Refused
from fakes.idempotency import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.caller import Caller
    from fakes.platform import Platform

    Act: TypeAlias = Callable[[Any, Caller], Message]
    """A method: its request and who calls, to its response; synchronous."""

CODE_NAMES = {value: name.removeprefix("ERROR_CODE_") for name, value in errors_pb2.ErrorCode.items()}
CODE_NAMES[errors_pb2.ERROR_CODE_UNSPECIFIED] = "OK"


def guarded(platform: Platform, method: Method, act: Act) -> Act:
    """The method behind its guard. It never raises for what a client did."""
    fields = method.request.DESCRIPTOR.fields_by_name
    limited = method.entrance == "gateway" and method.service != ADMIN
    names_user, names_token = "user_id" in fields, "waiting_token" in fields
    work = _once(platform, method, act) if method.takes_key else act
    name, configuration, now, run_due = method.name, platform.configuration, platform.now, platform.agenda.run_due
    check, called, history = platform.controls.check, platform.journal.called, platform.journal.history

    def serve(request: Any, caller: Caller) -> Message:
        run_due()
        moment = now()
        if moment >= history.due:
            history.keep(moment)
        try:
            if limited and configuration.current.rate_limit_burst < math.inf:
                user = request.user_id if names_user else ""
                _limit(platform, user or (platform.queue.user_of(request.waiting_token) if names_token else ""))
            check(moment, method)
            response = work(request, caller)
        except Refused as refused:
            response = method.response(error=refused.error(_trace(platform, caller)), **refused.answer)
        if response.HasField("error"):
            error: errors_pb2.Error = response.error  # type: ignore[attr-defined]
            called(name, CODE_NAMES[error.code], error.trace_id)
        else:
            called(name, "OK")
        return response

    return serve


def _once(platform: Platform, method: Method, act: Act) -> Act:
    """The method under its idempotency key: refusals by the rules are kept like other answers."""
    name, recall, keep = method.name, platform.idempotency.recall, platform.idempotency.keep

    def serve(request: Any, caller: Caller) -> Message:
        now, key, print_ = platform.now(), request.idempotency_key, fingerprint(name, request)
        kept = recall(now, key, print_)
        if kept is not None:
            platform.journal.count(method.service, "replayed_total")
            return method.response.FromString(kept)
        try:
            response = act(request, caller)
        except Refused as refused:
            response = method.response(error=refused.error(_trace(platform, caller)), **refused.answer)
        code = response.error.code if response.HasField("error") else 0  # type: ignore[attr-defined]
        keep(now, key, print_, response, code)
        return response

    return serve


def _trace(platform: Platform, caller: Caller) -> str:
    return caller.trace_id or platform.new_trace()


def _limit(platform: Platform, user: str) -> None:
    settings = platform.configuration.current
    rate, burst = settings.rate_limit_per_s, settings.rate_limit_burst
    if user and not platform.limiter.allow(platform.now(), user, rate, burst):
        raise Refused(errors_pb2.ERROR_CODE_RATE_LIMITED, f"{user} may call {rate:g} times a second, {burst:g} at once")
