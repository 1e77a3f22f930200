"""h2spec against the fakes: every case passes that HTTP/2 as it stands today asks of a gRPC server.

h2spec as published sends GETs, and POSTs without a content type, which a gRPC server refuses before it looks at what a
case is about. With the same cases made gRPC calls (h2spec/spec/grpc.go) nothing fails but what stands in EXCUSED.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import peers
from tests.processes import Processes
from tests.wire import go_peers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
SERVER = "wire"
PATH = "/gateway.v1.QueueService/JoinQueue"
CASES = 145
LIMIT_S = 600

_PRIORITY = "RFC 7540 let no stream depend on itself; RFC 9113, 5.3, dropped dependencies, and so we ignore them"
_NO_BODY = "it waits for the body of the answer, and the refusal of a GET has none"
_AT_HEAD = "its request is refused by its head (no POST, no gRPC content-type) and over before the case has begun"

EXCUSED: Mapping[str, str] = {
    "http2/5.3.1/1": _PRIORITY,
    "http2/5.3.1/2": _PRIORITY,
}
"""Cases that a gRPC server which keeps to the standards of today fails, with the reason."""
STOCK: Mapping[str, str] = {
    **EXCUSED,
    "generic/2/2": _NO_BODY,
    "generic/2/3": _NO_BODY,
    "http2/5.1.2/1": _AT_HEAD,
    "http2/6.5.3/1": _NO_BODY,
    "http2/6.9.1/1": _NO_BODY,
    "http2/6.9.2/1": _NO_BODY,
    "http2/6.9.2/2": _NO_BODY,
}
"""Those that it fails when requests are h2spec's own, GETs and POSTs without a content type."""
RACES: Mapping[str, str] = dict.fromkeys(
    (
        "http2/5.1/8",
        "http2/5.1/9",
        "http2/6.1/3",
        "http2/6.9/2",
        "http2/6.9.1/3",
        "http2/8.1/1",
        "http2/8.1.2.1/3",
        "http2/8.1.2.6/1",
        "http2/8.1.2.6/2",
    ),
    "a second frame breaks the rule; where it comes in a read of its own, " + _AT_HEAD,
)
"""Those that it fails or passes, as the frames happen to come."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the fakes listen."""
    with Processes(ROOT) as processes:
        words = ["python", "-m", "tacorush.cli", "fakes", f"--server={SERVER}", "--platform=open", "--port=0"]
        yield processes.start("fakes", words).wait_for_line("ready ").split()[1]


def test_each_case_made_a_grpc_call_passes_but_what_the_standards_excuse(address: str) -> None:
    words = [str(go_peers.h2spec_grpc()), f"-address={address}", f"-path={PATH}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    cases = json.loads(done.stdout)["cases"]
    _only_excused({case["id"]: "" if case["result"] == "passed" else json.dumps(case) for case in cases}, EXCUSED)


def test_h2spec_as_published_fails_only_where_a_grpc_server_must_fail_it(address: str, tmp_path: Path) -> None:
    program = peers.found("h2spec") or str(go_peers.h2spec())
    host, port = address.split(":")
    report = tmp_path / "report.xml"
    words = [program, f"--host={host}", f"--port={port}", f"--path={PATH}", f"--junit-report={report}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert report.exists(), f"{done.stdout}{done.stderr}"
    _only_excused(_results(report), STOCK, RACES)


def _only_excused(results: Mapping[str, str], excuses: Mapping[str, str], races: Collection[str] = ()) -> None:
    """Demands that all ran, and that those and only those failed for which there is an excuse."""
    assert len(results) == CASES
    assert {case: told for case, told in results.items() if told and case not in {*excuses, *races}} == {}
    assert [case for case in excuses if not results[case]] == [], "these pass and need no excuse"


def _results(report: Path) -> dict[str, str]:
    """Each case, named as on h2spec's command line, to what went wrong; empty when it passed.

    h2spec puts what it saw into its XML as it came, control characters included: no parser of XML takes it.
    """
    results = {}
    for suite in re.finditer(
        r'<testsuite [^>]*package="([^"]*)"[^>]*>(.*?)</testsuite>', report.read_text(), re.DOTALL
    ):
        for number, told in enumerate(re.findall(r"<testcase [^>]*>(.*?)</testcase>", suite[2], re.DOTALL), 1):
            results[f"{suite[1]}/{number}"] = told.strip()
    return results
