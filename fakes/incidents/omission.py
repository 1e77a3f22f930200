"""What the incidents have in common that leave out of an answer what its method promises."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from contracts.outcomes import PROMISED
from fakes.incidents.incident import UNTOUCHED, Incident

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class Omission(Incident):
    """Clears the promised fields of one type; the call was served."""

    omits: ClassVar[type]
    """str for ids and tokens, int for statuses."""

    def spoiled(self, method: Method, answer: Message) -> Message:
        """The same answer without them, unless it is an error or has none."""
        fields = [path for path in promised(method) if type(_value(answer, path)) is self.omits]
        if not fields or method.name in UNTOUCHED or _is_error(answer) or not self.strikes():
            return answer
        for *outer, name in fields:
            message = answer
            for part in outer:
                message = getattr(message, part)
            message.ClearField(name)
        return answer


@cache
def promised(method: Method) -> tuple[tuple[str, ...], ...]:
    """The paths of the fields that an ok answer must fill."""
    return tuple(tuple(path.split(".")) for path in PROMISED[method.name])


def _value(answer: Message, path: tuple[str, ...]) -> object:
    value: object = answer
    for name in path:
        value = getattr(value, name)
    return value or None


def _is_error(answer: Message) -> bool:
    return "error" in answer.DESCRIPTOR.fields_by_name and answer.HasField("error")
