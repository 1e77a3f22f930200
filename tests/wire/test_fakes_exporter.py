"""What Prometheus is told of the bundled platform is what its journal counted."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families

from contracts.messages import queue_pb2
from tests.processes import Processes, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes(ROOT) as started:
        yield started


def test_a_scrape_tells_each_call_by_method_and_code_and_each_gauge(processes: Processes) -> None:
    port = free_port()
    fakes = processes.start("fakes", ["tacorush", "fakes", "--port=0", f"--metrics-port={port}", "--incident=errors"])
    with grpc.insecure_channel(fakes.wait_for_line("ready").split()[1]) as channel:
        join = channel.unary_unary(
            "/gateway.v1.QueueService/JoinQueue",
            request_serializer=queue_pb2.JoinQueueRequest.SerializeToString,
            response_deserializer=queue_pb2.JoinQueueResponse.FromString,
        )
        answers = [join(queue_pb2.JoinQueueRequest(user_id=f"u{n}"), timeout=10) for n in range(2)]
    assert [answer.error.code for answer in answers] == [4, 4], "an event is required"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value for each in families for sample in each.samples
    }
    assert samples["tacorush_fakes_calls_total", "INVALID_ARGUMENT", "JoinQueue", "gateway.v1.QueueService"] == 2
    assert any(name == "tacorush_fakes_state" and "incident" in labels for name, *labels in samples)


def test_a_taken_metrics_port_is_one_line(processes: Processes) -> None:
    port = free_port()
    first = processes.start("first", ["tacorush", "fakes", "--port=0", f"--metrics-port={port}"])
    first.wait_for_line("ready")
    second = processes.start("second", ["tacorush", "fakes", "--port=0", f"--metrics-port={port}"])
    assert second.wait() == 2
    assert second.output().splitlines() == [
        f"tacorush fakes: metrics on 127.0.0.1:{port}: Address already in use;"
        " end what listens there, or choose another port with --metrics-port"
    ]
