"""Every code inside a message has a native status, and a reader of the status learns the same code."""

from __future__ import annotations

import grpc
import pytest

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2, queue_pb2
from fakes.error_modes import PREFIX, STATUS_OF, Refusal, refusal


def failed(code: str, message: str = "why") -> queue_pb2.JoinQueueResponse:
    error = errors_pb2.Error(code=PREFIX + code, message=message)
    return queue_pb2.JoinQueueResponse(error=error)


def test_every_code_of_the_contract_has_its_status() -> None:
    assert {PREFIX + name for name in STATUS_OF} == set(errors_pb2.ErrorCode.keys())


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("NOT_FOUND", grpc.StatusCode.NOT_FOUND),
        ("ALREADY_EXISTS", grpc.StatusCode.ALREADY_EXISTS),
        ("FAILED_PRECONDITION", grpc.StatusCode.FAILED_PRECONDITION),
        ("INVENTORY_CONFLICT", grpc.StatusCode.ABORTED),
        ("RATE_LIMITED", grpc.StatusCode.RESOURCE_EXHAUSTED),
        ("FORBIDDEN", grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_the_documented_codes_leave_as_their_documented_status(code: str, status: grpc.StatusCode) -> None:
    assert refusal(failed(code)) == Refusal(status.value[0], f"{code}: why")


@pytest.mark.parametrize("code", STATUS_OF)
def test_the_detail_begins_with_the_name_of_the_code(code: str) -> None:
    """Several codes share a status; the name in front keeps them apart. No failure leaves as OK."""
    native = refusal(failed(code, "a: b"))
    assert native is not None
    assert native.detail == f"{code}: a: b"
    assert native.status != grpc.StatusCode.OK.value[0]


def test_an_answer_without_an_error_stays_an_answer() -> None:
    assert refusal(queue_pb2.JoinQueueResponse(waiting_token="wtkn_1")) is None


def test_every_unary_answer_of_the_contract_can_carry_an_error() -> None:
    """So `refusal` may ask each of them."""
    unary = [method for method in METHODS.values() if not method.streams]
    assert [refusal(method.response()) for method in unary] == [None] * 47
