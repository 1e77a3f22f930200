"""Profile `simulator` as a process: what it serves, what it does not, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from contracts.catalogue import METHODS
from contracts.messages import payment_pb2
from fakes.registrations import sign
from fakes.serve import EXIT_CRASHED, SERVERS
from tests.processes import LIMIT_S, Processes, Started
from tests.running_fakes import call, ready, start
from tests.webhook_receiver import receiver

ROOT = Path(__file__).parents[2]
PAYMENT = "payment.v1.PaymentService"
CREATE = f"{PAYMENT}/CreatePaymentIntent"
SERVED = {CREATE, f"{PAYMENT}/GetPaymentStatus", f"{PAYMENT}/ProcessPayment"}


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes(ROOT) as started:
        yield started


def simulator(processes: Processes, server: str = "wire") -> Started:
    return start(processes, platform="simulator", server=server, time_scale=0.05)


@pytest.mark.parametrize("server", SERVERS)
def test_it_serves_three_methods_of_payment_and_no_other(processes: Processes, server: str) -> None:
    address = ready(simulator(processes, server))
    codes = {name: call(address, name)[0] for name in METHODS}
    served = {name: code for name, code in codes.items() if code is not grpc.StatusCode.UNIMPLEMENTED}
    assert served == {
        name: grpc.StatusCode.OK if name == CREATE else grpc.StatusCode.UNKNOWN for name in sorted(SERVED)
    }


@pytest.mark.parametrize("server", SERVERS)
def test_it_has_both_reflections_and_no_health(processes: Processes, server: str) -> None:
    with grpc.insecure_channel(ready(simulator(processes, server))) as channel:
        for version in ("v1", "v1alpha"):
            ask = channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                reflection_pb2.ServerReflectionRequest.SerializeToString,
                reflection_pb2.ServerReflectionResponse.FromString,
            )
            (answer,) = ask(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=LIMIT_S)
            names = {row.name for row in answer.list_services_response.service}
            assert {name for name in names if "reflection" not in name} == {PAYMENT}
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        with pytest.raises(grpc.RpcError) as caught:
            check(health_pb2.HealthCheckRequest(), timeout=LIMIT_S)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_its_webhook_is_signed(processes: Processes) -> None:
    address = ready(simulator(processes))
    with receiver() as received:
        request = payment_pb2.CreatePaymentIntentRequest(amount={"amount": 5}, webhook_url=received.url)
        assert call(address, CREATE, request)[0] is grpc.StatusCode.OK
        _, headers, body = received.requests.get(timeout=LIMIT_S)
    assert headers["X-Webhook-Signature"] == sign("tacorush", body)


def test_a_simulator_that_crashed_is_back_as_a_simulator_and_knows_nothing(processes: Processes) -> None:
    """It still asks for no key and no reservation, and an intent from before is unknown to it."""
    crash = "crash-restart:p=1,count=1,ms=1,method=ProcessPayment"
    address = ready(start(processes, platform="simulator", time_scale=0.05, incidents=[crash]))
    intent = call(address, CREATE)[2].payment_intent_id
    process = payment_pb2.ProcessPaymentRequest(payment_intent_id=intent)
    assert call(address, f"{PAYMENT}/ProcessPayment", process)[0] is grpc.StatusCode.UNAVAILABLE
    code, detail, _ = served_again(address, process)
    assert (code, detail) == (grpc.StatusCode.UNKNOWN, f"payment intent not found: {intent}")
    with receiver() as received:
        request = payment_pb2.CreatePaymentIntentRequest(amount={"amount": 5}, webhook_url=received.url)
        assert call(address, CREATE, request)[2].payment_intent_id not in ("", intent)
        assert received.requests.get(timeout=LIMIT_S)


def served_again(address: str, request: payment_pb2.ProcessPaymentRequest) -> tuple[grpc.StatusCode, str, object]:
    """The answer once the doors are open again."""
    while True:
        answer = call(address, f"{PAYMENT}/ProcessPayment", request)
        if answer[0] is not grpc.StatusCode.UNAVAILABLE:
            return answer


def test_a_webhook_url_without_an_amount_takes_the_process_down(processes: Processes) -> None:
    """The caller has his answer; then nobody listens any more."""
    fakes = simulator(processes)
    address = ready(fakes)
    request = payment_pb2.CreatePaymentIntentRequest(webhook_url="http://127.0.0.1:9/")
    assert call(address, CREATE, request)[0] is grpc.StatusCode.OK
    assert fakes.wait() == EXIT_CRASHED
    assert "the simulator crashed, as the real one does: the webhook of" in fakes.output()
    assert call(address, CREATE, request)[0] is grpc.StatusCode.UNAVAILABLE
