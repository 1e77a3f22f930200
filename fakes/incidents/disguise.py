"""What the incidents have in common that hide a no of the platform behind INTERNAL."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from contracts.messages import errors_pb2
from fakes.incidents.incident import Incident

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class Disguise(Incident):
    """Tells one code as INTERNAL."""

    hides: ClassVar[errors_pb2.ErrorCode]
    says: ClassVar[str]
    """The message that comes with INTERNAL."""

    def spoiled(self, method: Method, answer: Message) -> Message:  # noqa: ARG002
        """The same answer with another code and message: what details it had is gone."""
        if not answer.HasField("error"):
            return answer
        error: errors_pb2.Error = answer.error  # type: ignore[attr-defined]
        if error.code == self.hides and self.strikes():
            trace = error.trace_id
            error.CopyFrom(errors_pb2.Error(code=errors_pb2.ERROR_CODE_INTERNAL, message=self.says, trace_id=trace))
        return answer
