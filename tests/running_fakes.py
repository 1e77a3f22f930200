"""The bundled platform as a process for the tests, and calls to it by a plain grpcio client."""

from __future__ import annotations

import json
import sys
from typing import Any

import grpc

from contracts.catalogue import METHODS
from contracts.messages import queue_pb2
from tests.processes import LIMIT_S, Processes, Started

START = """
import json, pathlib, sys
from fakes.serve import Options, run
given = json.loads(sys.argv[1])
if "incident_log" in given:
    given["incident_log"] = pathlib.Path(given["incident_log"])
sys.exit(run(Options(**given)))
"""
EVENT = "evt_2025_1001"
JOIN = "gateway.v1.QueueService/JoinQueue"


def join(user: str) -> queue_pb2.JoinQueueRequest:
    """A request to queue for EVENT."""
    return queue_pb2.JoinQueueRequest(event_id=EVENT, user_id=user)


def start(processes: Processes, environment: dict[str, str] | None = None, **options: Any) -> Started:
    """Starts fakes on a free port, on profile `open` unless the options say otherwise."""
    words = [sys.executable, "-c", START, json.dumps({"port": 0, "platform": "open", **options})]
    return processes.start("fakes", words, environment)


def ready(fakes: Started) -> str:
    """Waits until they accept; their address."""
    return fakes.wait_for_line("ready ").partition(" ")[2]


def call(address: str, name: str, request: Any = None, limit_s: float = LIMIT_S) -> tuple[grpc.StatusCode, str, Any]:
    """Status, detail and message (the first of a stream) of one call."""
    method = METHODS[name]
    with grpc.insecure_channel(address) as channel:
        codec = method.path, method.request.SerializeToString, method.response.FromString
        try:
            if method.streams:
                answer = next(channel.unary_stream(*codec)(request or method.request(), timeout=limit_s))
            else:
                answer = channel.unary_unary(*codec)(request or method.request(), timeout=limit_s)
        except grpc.RpcError as error:
            return error.code(), error.details() or "", None
        return grpc.StatusCode.OK, "", answer
