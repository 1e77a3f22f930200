"""The bundled platform as a process: it says when it is ready, offers all, and goes when told or orphaned."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2

from contracts.catalogue import METHODS, PORTS, SERVICES
from contracts.messages import admin_pb2, websocket_pb2
from tests.processes import LIMIT_S, Processes, alive, until
from tests.running_fakes import JOIN, START, call, join, ready, start

ROOT = Path(__file__).parents[2]


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes(ROOT) as started:
        yield started


def test_it_says_ready_with_its_address_and_then_accepts(processes: Processes) -> None:
    address = ready(start(processes))
    assert re.fullmatch(r"127\.0\.0\.1:\d+", address)
    code, _, answer = call(address, JOIN, join("ann"))
    assert code is grpc.StatusCode.OK
    assert answer.waiting_token.startswith("wtkn_")


def test_no_method_of_the_fifty_is_unimplemented(processes: Processes) -> None:
    """Each is asked with an empty request: what it answers may be a refusal, but it answers."""
    address = ready(start(processes))
    codes = {name: call(address, name)[0] for name in METHODS}
    assert len(codes) == 50
    assert {name for name, code in codes.items() if code is not grpc.StatusCode.OK} == {
        name for name, method in METHODS.items() if method.streams
    }
    assert {code for code in codes.values() if code is not grpc.StatusCode.OK} == {grpc.StatusCode.INVALID_ARGUMENT}


def test_reflection_lists_the_nine_services(processes: Processes) -> None:
    with grpc.insecure_channel(ready(start(processes))) as channel:
        ask = channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            reflection_pb2.ServerReflectionRequest.SerializeToString,
            reflection_pb2.ServerReflectionResponse.FromString,
        )
        (answer,) = ask(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=LIMIT_S)
    assert set(SERVICES) <= {row.name for row in answer.list_services_response.service}


def test_without_a_port_it_listens_on_the_documented_four_and_serves_all_on_each(processes: Processes) -> None:
    """The line of ready is what `--target` takes. Skipped where somebody else holds one of the ports."""
    for port in PORTS.values():
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                pytest.skip(f"port {port} is taken on this machine")
    line = ready(start(processes, port=None))
    assert line == ",".join(f"{entrance}=127.0.0.1:{port}" for entrance, port in PORTS.items())
    for port in PORTS.values():
        code, _, _ = call(f"127.0.0.1:{port}", JOIN, join(f"user{port}"))
        assert code is grpc.StatusCode.OK


def test_a_taken_port_is_one_line_with_the_way_out_and_exit_2(processes: Processes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        fakes = start(processes, port=port)
        assert fakes.wait() == 2
    assert fakes.output() == (
        f"tacorush fakes: cannot listen on 127.0.0.1:{port}: Address already in use; "
        "end what listens there, or choose another port with --port (0: any that is free)\n"
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"server": "wires"}, "--server 'wires' is none of wire, grpcio"),
        ({"errors": "loud"}, "--errors 'loud' is none of in-message, status"),
        ({"platform": "closed"}, "--platform 'closed' is none of documented, deployed, open, simulator"),
        ({"time_scale": 0}, "--time-scale: time scale must be a positive number, got 0"),
        ({"figures": ["holds=1"]}, "--set 'holds=1': there is no figure 'holds'; did you mean hold_s?"),
        ({"seats": 0}, "event evt_2025_1001 needs more than 0 seats, got 0"),
        (
            {"latency": ["slow"]},
            "latency 'slow' is none of none, constant:20ms, lognormal:p50=20ms,p99=200ms or recorded",
        ),
        ({"incidents": ["oversel"]}, "incident 'oversel': there is no 'oversel'; did you mean oversell?"),
        ({"incidents": ["slow"], "incident_log": "/nowhere/log"}, "--incident-log /nowhere/log cannot be written: No "),
    ],
)
def test_an_option_that_cannot_be_followed_is_one_line_and_exit_2(
    processes: Processes, options: dict[str, Any], line: str
) -> None:
    fakes = start(processes, **options)
    assert fakes.wait() == 2
    assert fakes.output().startswith(f"tacorush fakes: {line}")
    assert fakes.output().count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_with_its_streams(processes: Processes, number: signal.Signals) -> None:
    """An open stream is told that the platform goes; it does not hold the end up."""
    fakes = start(processes, grace_s=LIMIT_S)
    with grpc.insecure_channel(ready(fakes)) as channel:
        ask = channel.unary_stream(
            METHODS["gateway.v1.WebSocketService/StreamPaymentUpdates"].path,
            websocket_pb2.StreamPaymentUpdatesRequest.SerializeToString,
            websocket_pb2.StreamPaymentUpdatesResponse.FromString,
        )
        stream = ask(websocket_pb2.StreamPaymentUpdatesRequest(user_id="ann"))
        stream.initial_metadata()
        os.kill(fakes.process.pid, number)
        with pytest.raises(grpc.RpcError) as caught:
            next(stream)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert caught.value.details() == "the platform is shutting down"
    assert fakes.wait() == 0
    assert fakes.output().count("\n") == 1


PARENT = """
import signal, sys
from tacorush.cli.children import Children
with Children() as children:
    print("child", children.start([sys.executable, "-c", *sys.argv[1:]], {}).pid, flush=True)
    signal.pause()
"""


def test_it_goes_when_its_parent_is_killed(processes: Processes) -> None:
    """However the parent ends, the system closes its end of the pipe; the platform reads the end and leaves."""
    parent = processes.start("parent", [sys.executable, "-c", PARENT, START, json.dumps({"port": 0})])
    child = int(parent.wait_for_line("child ").split()[1])
    try:
        parent.wait_for_line("ready ")
        parent.process.kill()
        until(lambda: not alive(child), "the end of the orphaned platform")
    finally:
        if alive(child):
            os.kill(child, signal.SIGKILL)


def test_a_lifeline_that_is_no_open_pipe_is_one_line_and_exit_2(processes: Processes) -> None:
    fakes = start(processes, {"TACORUSH_LIFELINE": "987"})
    assert fakes.wait() == 2
    line = "TACORUSH_LIFELINE=987 is no open pipe; unset it when there is no parent"
    assert fakes.output() == f"tacorush fakes: {line}\n"


def test_what_the_incidents_did_is_read_through_admin_and_written_at_the_end(
    processes: Processes, tmp_path: Path
) -> None:
    log = tmp_path / "incidents.json"
    options: dict[str, Any] = {"incidents": ["errors:p=1,count=2", "slow:p=0"], "incident_log": str(log)}
    fakes = start(processes, **options)
    address = ready(fakes)
    assert json.loads(log.read_text()) == {"errors": {"struck": 0}, "slow": {"struck": 0}}
    codes = [call(address, JOIN, join(f"u{number}"))[0] for number in range(4)]
    assert codes == [grpc.StatusCode.INTERNAL] * 2 + [grpc.StatusCode.OK] * 2
    _, _, metrics = call(address, "common.v1.AdminService/GetMetrics", admin_pb2.GetMetricsRequest())
    told = {metric.name: metric.value for metric in metrics.metrics if metric.service == "incident"}
    assert told == {"errors.struck": 2.0, "slow.struck": 0.0}
    fakes.process.terminate()
    assert fakes.wait() == 0
    assert json.loads(log.read_text()) == {"errors": {"struck": 2}, "slow": {"struck": 0}}
