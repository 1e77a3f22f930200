"""What a transport could tell wrongly of an answer: one mistake each, planted to see that it is noticed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.wire.channel import Answer

_DEADLINE_EXCEEDED, _UNAVAILABLE = 4, 14


def _rightly(answer: Answer) -> Answer:
    return answer


def _deadline_as_unavailable(answer: Answer) -> Answer:
    return answer._replace(status=_UNAVAILABLE) if answer.status == _DEADLINE_EXCEEDED else answer


def _sent_as_unsent(answer: Answer) -> Answer:
    return answer._replace(delivery="unsent") if answer.delivery == "unanswered" else answer


def _error_inside_passed_over(answer: Answer) -> Answer:
    message = answer.message
    if message is None or "error" not in message.DESCRIPTOR.fields_by_name or not message.HasField("error"):
        return answer
    told = type(message)()
    told.CopyFrom(message)
    told.ClearField("error")
    return answer._replace(message=told)


MISREADINGS: Mapping[str, Callable[[Answer], Answer]] = MappingProxyType(
    {
        "rightly": _rightly,
        "deadline-as-unavailable": _deadline_as_unavailable,
        "sent-as-unsent": _sent_as_unsent,
        "error-inside-passed-over": _error_inside_passed_over,
    }
)
"""By name: makes of the answer that came the one that is told."""
