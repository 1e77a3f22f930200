"""Clients of another language and another gRPC stack, made from the published contract, get what it promises.

Our own crowd and our own fakes share one Python library and its habits. A Go program whose stubs protoc made from
`contracts/proto`, and grpcurl, which knows nothing but what server reflection tells it, share nothing with either.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts.catalogue import METHODS, SERVICES
from contracts.messages import inventory_pb2
from tests.e2e.go_build import ROOT, built
from tests.e2e.pairs import NIGHTLY_BY_SERVER
from tests.running_fakes import EVENT, call

if TYPE_CHECKING:
    from tests.processes import Processes

pytestmark = [NIGHTLY_BY_SERVER, pytest.mark.nightly, pytest.mark.timeout(1800)]

QUANTITY = 2
README_ADDRESS = "localhost:50051"
_CODE = re.compile(r"^ +Code: (\w+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def programs() -> Path:
    """The folder of the built Go programs."""
    return built()


def fakes(processes: Processes, *words: str) -> str:
    """Starts the bundled platform on a free port; its address."""
    started = processes.start("fakes", ["tacorush", "fakes", "--port=0", *words])
    return started.wait_for_line("ready ").split()[1]


def grpcurl(programs: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs grpcurl to its end; each call of it is bounded."""
    command = [str(programs / "grpcurl"), "-plaintext", "-max-time", "60", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)


def status(done: subprocess.CompletedProcess[str]) -> str:
    """The gRPC status that grpcurl saw, as it names it; fails when it saw none."""
    if done.returncode == 0:
        return "OK"
    named = _CODE.search(done.stderr)
    assert named is not None, done.stderr
    return named[1]


@pytest.mark.parametrize(
    ("options", "refused_as"),
    [
        (("--platform=open",), "OK"),
        (("--platform=open", "--errors=status"), "FailedPrecondition"),
        (("--platform=documented", "--time-scale=0.05"), "OK"),
    ],
    ids=["open", "open-with-status", "documented"],
)
def test_a_go_client_made_from_the_contract_buys_and_sees_it_on_its_stream(
    processes: Processes, programs: Path, options: tuple[str, ...], refused_as: str
) -> None:
    """What it is told agrees, confirming unpaid is refused in the way asked for, the seats are gone for others."""
    address = fakes(processes, *options)
    buyer = processes.start("buyer", [str(programs / "buyer"), "-address", address, f"-quantity={QUANTITY}"])
    assert buyer.wait(90) == 0, buyer.output()
    bought: dict[str, Any] = json.loads(buyer.output())

    assert re.fullmatch(r"rsv_\w+", bought["reservation_id"])
    assert re.fullmatch(r"ord_\w+", bought["order_id"])
    assert len(set(bought["seats"])) == QUANTITY
    assert bought["read"] == {"order_id": bought["order_id"], "status": "CONFIRMED", "seats": bought["seats"]}
    assert bought["updates"] == ["CREATED", "CONFIRMED"]
    assert (bought["unpaid"]["status"], bought["unpaid"]["code"]) == (refused_as, "PAYMENT_NOT_APPROVED")
    assert bought["unpaid"]["text"].endswith(f" has not paid for {bought['reservation_id']}")
    assert bought["paid"] >= QUANTITY * 50_000

    asked = inventory_pb2.CheckAvailabilityRequest(event_id=EVENT, seat_ids=bought["seats"])
    _, _, seen = call(address, "reservation.v1.InventoryService/CheckAvailability", asked)
    assert not seen.available
    assert sorted(seen.unavailable_seat_ids) == sorted(bought["seats"])


def test_the_go_client_fails_in_one_line_when_it_is_refused(processes: Processes, programs: Path) -> None:
    """What this client calls bought means something: told no, it says by which call, and no order."""
    address = fakes(processes, "--platform=open")
    buyer = processes.start("buyer", [str(programs / "buyer"), "-address", address, "-event=evt_none"])
    assert buyer.wait(90) == 1
    assert re.fullmatch(r"buyer: JoinQueue: ERROR_CODE_NOT_FOUND inside the message: .*\n", buyer.output())


def test_every_grpcurl_line_of_the_readme_works(processes: Processes, programs: Path) -> None:
    """The commands are taken from README.md itself; only the port differs."""
    lines = re.findall(r"^\$ grpcurl (.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(lines) >= 2
    address = fakes(processes, "--platform=open").replace("127.0.0.1", "localhost")
    answers = {}
    for line in lines:
        assert README_ADDRESS in line
        words = [word for word in shlex.split(line.replace(README_ADDRESS, address)) if word != "-plaintext"]
        done = grpcurl(programs, *words)
        assert done.returncode == 0, done.stderr
        answers[words[-1]] = done.stdout
    assert set(SERVICES) <= set(answers["list"].split())
    joined = json.loads(answers["gateway.v1.QueueService/JoinQueue"])
    assert joined["waiting_token"].startswith("wtkn_")
    assert joined["status"] == "QUEUE_STATUS_WAITING"


def test_reflection_describes_all_50_methods(processes: Processes, programs: Path) -> None:
    """Types and streams are as in the contract, so that a client needs no .proto file."""
    address = fakes(processes, "--platform=open")
    told: dict[str, tuple[str, bool, str]] = {}
    for service in SERVICES:
        text = grpcurl(programs, address, "describe", service).stdout
        rows = re.findall(r"rpc (\w+) \( \.([\w.]+) \) returns \( (stream )?\.([\w.]+) \);", text)
        told |= {f"{service}/{name}": (request, bool(stream), response) for name, request, stream, response in rows}
    assert len(told) == 50
    assert told == {
        name: (method.request.DESCRIPTOR.full_name, method.streams, method.response.DESCRIPTOR.full_name)
        for name, method in METHODS.items()
    }


def test_grpcurl_is_answered_by_each_of_the_50_methods(processes: Processes, programs: Path) -> None:
    """Asked with an empty request: a unary method refuses inside its message, a stream by status; none is missing."""
    address = fakes(processes, "--platform=open")
    seen = {name: status(grpcurl(programs, "-d", "{}", address, name)) for name in METHODS}
    assert seen == {name: "InvalidArgument" if method.streams else "OK" for name, method in METHODS.items()}
