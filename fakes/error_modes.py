"""How a business failure leaves the platform: inside the message under status OK, or as a native gRPC status.

The services answer in the documented way, with `error` filled in their response. In mode `status` that same failure is
carried over to the gRPC status of the table below, with the detail `CODE_NAME: message`, so that no code is lost where
several codes share a status. A reader of both modes learns the same.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import grpc

from contracts.messages import errors_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

IN_MESSAGE = "in-message"
STATUS = "status"
MODES = (IN_MESSAGE, STATUS)
"""The documented way first: it is the default."""

PREFIX = "ERROR_CODE_"

_CODES = grpc.StatusCode

STATUS_OF: Mapping[str, grpc.StatusCode] = MappingProxyType(
    {
        "UNSPECIFIED": _CODES.UNKNOWN,
        "UNAUTHENTICATED": _CODES.UNAUTHENTICATED,
        "FORBIDDEN": _CODES.PERMISSION_DENIED,
        "UNAUTHORIZED": _CODES.UNAUTHENTICATED,
        "INVALID_ARGUMENT": _CODES.INVALID_ARGUMENT,
        "NOT_FOUND": _CODES.NOT_FOUND,
        "ALREADY_EXISTS": _CODES.ALREADY_EXISTS,
        "FAILED_PRECONDITION": _CODES.FAILED_PRECONDITION,
        "RATE_LIMITED": _CODES.RESOURCE_EXHAUSTED,
        "QUOTA_EXCEEDED": _CODES.RESOURCE_EXHAUSTED,
        "IDEMPOTENCY_REQUIRED": _CODES.INVALID_ARGUMENT,
        "IDEMPOTENCY_CONFLICT": _CODES.INVALID_ARGUMENT,
        "RESERVATION_EXPIRED": _CODES.FAILED_PRECONDITION,
        "PAYMENT_NOT_APPROVED": _CODES.FAILED_PRECONDITION,
        "INVENTORY_CONFLICT": _CODES.ABORTED,
        "INSUFFICIENT_INVENTORY": _CODES.FAILED_PRECONDITION,
        "INTERNAL": _CODES.INTERNAL,
        "UNAVAILABLE": _CODES.UNAVAILABLE,
        "TIMEOUT": _CODES.DEADLINE_EXCEEDED,
        "UPSTREAM_TIMEOUT": _CODES.DEADLINE_EXCEEDED,
        "UPSTREAM_ERROR": _CODES.INTERNAL,
        "DATA_CORRUPTION": _CODES.DATA_LOSS,
        "CONCURRENT_MODIFICATION": _CODES.ABORTED,
    }
)
"""Code inside a message, without its prefix, to the native status that says the same."""


class Refusal(NamedTuple):
    """A call that ends with a status other than OK."""

    status: int
    detail: str


def refusal(response: Message) -> Refusal | None:
    """Returns the native form of the failure inside a response; None when there is none.

    A message that has no `error` field cannot fail inside and raises ValueError.
    """
    if not response.HasField("error"):
        return None
    error: errors_pb2.Error = response.error  # type: ignore[attr-defined]
    name = errors_pb2.ErrorCode.Name(error.code).removeprefix(PREFIX)
    return Refusal(STATUS_OF[name].value[0], f"{name}: {error.message}")
