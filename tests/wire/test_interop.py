"""gRPC's standard interop cases both ways: our client and server, grpcio's, and grpc-go's own interop programs.

What grpc-go's client tries with bidirectional streams is not carried here; of those cases the unary halves are tried by
grpcio's client.
"""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from tacorush.wire.gevent_channel import GeventChannel
from tacorush.wire.grpcio_channel import GrpcioChannel
from tests.processes import Processes, free_port, until
from tests.wire import go_peers
from tests.wire.interop_cases import CASES
from tests.wire.interop_messages import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tacorush.wire.channel import Channel

ROOT = Path(__file__).parents[2]
CLIENTS: dict[str, Any] = {"wire": GeventChannel, "grpcio": GrpcioChannel}
BY_GO = (
    "empty_unary",
    "large_unary",
    "server_streaming",
    "special_status_message",
    "unimplemented_method",
    "unimplemented_service",
    "rpc_soak",
    "channel_soak",
)
"""The cases of grpc-go's client that need nothing but unary calls and server streams."""
SHAPES = ("ping_pong", "empty_stream")
"""Cases of streams that are not carried, in which grpc-go's client says with which status it was answered."""


class Running:
    """Servers that the tests of this module share, each started when it is first asked for."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._addresses: dict[str, str] = {}

    def address(self, name: str) -> str:
        """The address of the server of this name; skips where grpc-go's is asked for and cannot be built."""
        if name not in self._addresses:
            self._addresses[name] = self._grpc_go() if name == "grpc-go" else self._ours(name)
        return self._addresses[name]

    def _ours(self, name: str) -> str:
        server = self._processes.start(name, ["python", "-m", "tests.wire.interop_serve", name])
        return server.wait_for_line("ready ").split()[1]

    def _grpc_go(self) -> str:
        port = free_port()
        self._processes.start("grpc-go", [str(go_peers.interop("server")), f"-port={port}"])
        until(lambda: _listens(port), "grpc-go's server to listen")
        return f"127.0.0.1:{port}"


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Processes(ROOT) as processes:
        yield Running(processes)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("server", CLIENTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_each_case_holds_between_ours_and_grpcio(running: Running, client: str, server: str, case: str) -> None:
    _try(client, running.address(server), case)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("client", CLIENTS)
def test_each_case_holds_against_the_server_of_grpc_go(running: Running, client: str, case: str) -> None:
    _try(client, running.address("grpc-go"), case)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", BY_GO)
def test_the_client_of_grpc_go_passes_against_our_server(running: Running, case: str) -> None:
    done = _go_client(running.address("wire"), case)
    assert done.returncode == 0, done.stderr[-1000:]


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", SHAPES)
def test_a_stream_of_another_shape_is_unimplemented_to_grpc_go(running: Running, case: str) -> None:
    done = _go_client(running.address("wire"), case)
    assert done.returncode != 0
    assert "code = Unimplemented" in done.stderr, done.stderr[-1000:]


@pytest.mark.parametrize("server", CLIENTS)
def test_a_stream_of_requests_is_unimplemented_to_grpcio(running: Running, server: str) -> None:
    with grpc.insecure_channel(running.address(server)) as channel:
        call = channel.stream_unary(f"/{SERVICE}/StreamingInputCall", lambda body: body, lambda body: body)
        with pytest.raises(grpc.RpcError) as refused:
            call(iter([b"", b""]), timeout=20)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def _try(client: str, address: str, case: str) -> None:
    """Tries one case on channels of its own, all closed afterwards."""
    opened: list[Channel] = []

    def opens() -> Channel:
        opened.append(CLIENTS[client](address, time.perf_counter_ns))
        return opened[-1]

    try:
        CASES[case](opens)
    finally:
        for channel in opened:
            channel.close()


def _go_client(address: str, case: str) -> subprocess.CompletedProcess[str]:
    host, port = address.split(":")
    words = [str(go_peers.interop("client")), f"-server_host={host}", f"-server_port={port}", f"-test_case={case}"]
    words += ["-soak_iterations=10", "-soak_overall_timeout_seconds=60", "-soak_min_time_ms_between_rpcs=0"]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=90)
