"""How the platform says no: one exception, which becomes the `error` of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.messages import errors_pb2

if TYPE_CHECKING:
    from contracts.messages.errors_pb2 import ErrorCode


class Refused(Exception):  # noqa: N818 - no error: the platform's rules at work
    """A business failure. Whoever raises it has changed nothing.

    `answer` holds fields of the response that are set beside its `error`, such as a status; `reasons` become the
    error's details, by field.
    """

    def __init__(self, code: ErrorCode, message: str, *, reasons: dict[str, str] | None = None, **answer: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reasons = reasons or {}
        self.answer = answer

    def error(self, trace_id: str) -> errors_pb2.Error:
        """The `error` of the answer, which names the trace."""
        details = [errors_pb2.ErrorDetail(field=field, reason=reason) for field, reason in self.reasons.items()]
        return errors_pb2.Error(code=self.code, message=self.message, trace_id=trace_id, details=details)


def required(**fields: str) -> None:
    """Raises INVALID_ARGUMENT that names the first field without a value."""
    for field, value in fields.items():
        if not value:
            raise missing(field)


def missing(field: str) -> Refused:
    """INVALID_ARGUMENT about a field without a value; for calls that come often, to which `required` is dear."""
    return invalid(field, f"{field} is required")


def invalid(field: str, message: str) -> Refused:
    """INVALID_ARGUMENT about one field."""
    return Refused(errors_pb2.ERROR_CODE_INVALID_ARGUMENT, message, reasons={field: message})


def not_found(what: str, name: str) -> Refused:
    """NOT_FOUND of one named thing."""
    return Refused(errors_pb2.ERROR_CODE_NOT_FOUND, f"there is no {what} {name!r}")
