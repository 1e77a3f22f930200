"""Servers that misbehave (`misbehaving_servers.py`): what our channel reports, and what grpcio and grpc-go report.

Whatever the server does, our channel answers at its deadline at the latest, and never breaks HTTP/2 itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
import pytest

from contracts.messages import queue_pb2
from tacorush.wire.gevent_channel import GeventChannel
from tacorush.wire.grpcio_channel import GrpcioChannel
from tacorush.wire.http2.frames import PING, frame
from tests.go_toolchain import CACHE, go
from tests.processes import until
from tests.wire.misbehaving_server import UNBOUNDED, VARIES, Row
from tests.wire.misbehaving_servers import ROWS
from tests.wire.raw_clients import RawClient
from tests.wire.raw_peers import RawPeer, Talk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tacorush.wire.channel import Answer, Channel

JOIN = "/gateway.v1.QueueService/JoinQueue"
LIMIT_S = 20.0
GREETED_S = 40.0
"""The deadline of a call of grpcio, which gives a connection up that is not greeted in 20 s."""
PATIENCE_S = 3.0
"""The deadline of a call that is expected to miss it: long enough to get through to the server on a busy machine."""
TOLD_LATE = ("a length too short",)
"""What grpcio notices when it comes, and tells at its deadline only."""
GIVEN_UP = "never greets"
"""What grpcio tells after 20 s."""
BY_CHANCE = 5
"""So often is grpcio asked again: of headers over 8 KiB it refuses some by chance, one in a hundred of 200 KB."""

rows = pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])


def deadline(expected: int, otherwise_s: float = LIMIT_S) -> float:
    return PATIENCE_S if expected == 4 else otherwise_s


def call(channel: Channel, row: Row, deadline_s: float) -> Answer:
    request = queue_pb2.JoinQueueRequest(user_id="ann", event_id="x" * row.request)
    return channel.unary(JOIN, request, queue_pb2.JoinQueueResponse, deadline_s)


def heard_by_ours(row: Row) -> tuple[Answer, list[str]]:
    """What our channel reports of a server, and what it did that HTTP/2 does not allow."""
    with RawPeer(row.behave) as peer:
        channel = GeventChannel(peer.address, time.monotonic_ns)
        with gevent.Timeout(LIMIT_S):  # raises in a call that hangs
            answer = call(channel, row, deadline(row.ours))
        channel.close()
    return answer, peer.faults


def heard_by_grpcio(row: Row) -> Answer:
    """What grpcio reports of a server."""
    with RawPeer(row.behave) as peer:
        channel = GrpcioChannel(peer.address, time.monotonic_ns)
        answer = call(channel, row, PATIENCE_S if row.name in TOLD_LATE else deadline(row.grpcio, GREETED_S))
        channel.close()
    return answer


@pytest.fixture(scope="module")
def awaited_by_ours() -> dict[str, Callable[[], tuple[Answer, list[str]]]]:
    """Where our channel waits for its deadline, by name: all servers at once, in three seconds instead of eighteen."""
    return {row.name: gevent.spawn(heard_by_ours, row).get for row in ROWS if row.ours == 4}


@pytest.fixture(scope="module")
def awaited_by_grpcio() -> Iterator[dict[str, Callable[[], Answer]]]:
    """The same of grpcio, and what it gives up: 20 seconds instead of 65."""
    late = [row for row in ROWS if row.grpcio == 4 or row.name in (*TOLD_LATE, GIVEN_UP)]
    with ThreadPoolExecutor(len(late)) as pool:
        yield {row.name: pool.submit(heard_by_grpcio, row).result for row in late}


@rows
def test_ours_reports_what_is_due_and_keeps_to_the_protocol(
    row: Row, awaited_by_ours: dict[str, Callable[[], tuple[Answer, list[str]]]]
) -> None:
    answer, faults = awaited_by_ours.get(row.name, lambda: heard_by_ours(row))()
    assert (answer.status, answer.delivery) == (row.ours, row.delivery), answer.detail
    assert faults == []


@rows
def test_grpcio_reports_what_the_table_says(row: Row, awaited_by_grpcio: dict[str, Callable[[], Answer]]) -> None:
    if row.grpcio == UNBOUNDED:
        pytest.skip("grpcio waits beyond its deadline here, for as long as the server does not read")
    answer = awaited_by_grpcio.get(row.name, lambda: heard_by_grpcio(row))()
    for _ in range(BY_CHANCE):
        if row.grpcio != answer.status and "exceeds soft limit" in answer.detail:
            answer = heard_by_grpcio(row)
    assert answer.status == row.grpcio, answer.detail


def test_ours_is_what_grpc_go_reports_unless_the_table_says_why_not() -> None:
    assert [row.name for row in ROWS if row.ours != row.go and not row.why] == []
    assert [row.name for row in ROWS if row.ours != row.grpcio == row.go and not row.why] == []


@pytest.fixture(scope="module")
def probe() -> Iterator[subprocess.Popen[str]]:
    """The Go client of `go_probe/`, built below `.cache/go`; skips where it cannot be."""
    command, work = go(), CACHE / "probe"
    work.mkdir(parents=True, exist_ok=True)
    for name in ("go.mod", "go.sum", "main.go"):
        shutil.copyfile(Path(__file__).parent / "go_probe" / name, work / name)
    places = {"GOPATH": str(CACHE), "GOCACHE": str(CACHE / "build"), "GOWORK": "off"}
    environment = {**os.environ, **places, "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip()}
    for words in (["mod", "download"], ["build", "-mod=readonly", "-o", "probe", "."]):
        done = subprocess.run(
            [command, *words], cwd=work, env=environment, capture_output=True, text=True, check=False, timeout=900
        )
        if done.returncode and words[0] == "mod":
            pytest.skip(f"Go's modules cannot be had: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([str(work / "probe")], text=True, **pipes) as process:  # type: ignore[call-overload]
        yield process
        process.stdin.close()


@pytest.mark.nightly
@rows
def test_grpc_go_reports_what_the_table_says(row: Row, probe: subprocess.Popen[str]) -> None:
    if row.go == VARIES:
        pytest.skip("what grpc-go reports depends on how fast it reads")
    assert probe.stdin is not None
    assert probe.stdout is not None
    with RawPeer(row.behave) as peer:
        probe.stdin.write(f"{peer.address} {int(deadline(row.go) * 1000)}\n")
        probe.stdin.flush()
        status, _, detail = probe.stdout.readline().strip().partition(" ")
    assert int(status) == row.go, detail


def test_a_client_that_breaks_the_protocol_is_noticed() -> None:
    """What the table's "keeps to the protocol" rests upon: the peer reads strictly."""
    with RawPeer(Talk.read_all) as peer, RawClient(peer.address) as client:
        client.send(frame(PING, 0, 1, bytes(8)))
        until(lambda: bool(peer.faults), "the fault", LIMIT_S)
    assert peer.faults == ["PING on stream 1"]
