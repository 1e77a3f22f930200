"""Whole runs by two pairs beside each other, as a person types them: same plan, same seed, same digest of each arrival.

`make test` holds wire with wire against grpcio with grpcio, so that each end is there once; mixed pairs come nightly.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tacorush.evidence.runfile import RunFile
from tests.e2e.conftest import ROOT
from tests.e2e.outcome_digests import Arrival, digests, first_difference, recorded
from tests.e2e.pairs import PAIRS, REFERENCE, USUAL, Pair, PairedProcesses, with_pair
from tests.e2e.whole_runs import skip_when_the_generator_lagged, start_fakes, start_run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)
FLOW = ("flow", "--rate=5", "--duration=4s", "--seed=7", "--run-id=pairs")
ARRIVALS = 20
INCIDENTS = ("--incident=errors:p=1,count=3", "--incident=error-inside-ok:p=1,count=3")
FAILED = 6
"""Calls that the incidents make fail: the first ones of as many arrivals, for those come one after the other."""


def drive(pairs: Iterable[Pair], folder: Path) -> dict[Pair, Path]:
    """Run directories by pair, each from a platform of its own; beside each other, at a rate that bears it."""
    runs = {pair: folder / str(pair) for pair in pairs}
    with ExitStack() as stack:
        driving = []
        for pair, out in runs.items():
            processes = stack.enter_context(PairedProcesses(ROOT, pair))
            _, address = start_fakes(processes, "--events=3", "--seats=2000", *INCIDENTS)
            driving.append(start_run(processes, out, *FLOW, f"--target={address}"))
        for started in driving:
            assert started.wait(180) in (1, 3), started.output()
    return runs


def check_worth_comparing(pair: Pair, run: Path, arrivals: tuple[Arrival, ...]) -> None:
    """The run had its transport, and its arrivals met errors, bought, cancelled and left."""
    with RunFile(run / "run.sqlite") as file:
        assert file.meta["transport"] == pair.transport
        assert sum(second.started for second in file.arrivals()) == ARRIVALS
    *by_arrival, everything = arrivals
    assert len(by_arrival) > ARRIVALS // 2
    failed = [call for call in everything.calls if ": failed INTERNAL" in call and "JoinQueue" in call]
    assert sum(int(call.split()[0]) for call in failed) == FAILED


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, id=str(pair), marks=() if pair == USUAL else pytest.mark.nightly)
        for pair in PAIRS
        if pair != REFERENCE
    ],
)
def test_a_run_comes_to_what_it_comes_to_with_grpcio_alone(tmp_path: Path, pair: Pair) -> None:
    runs = drive((pair, REFERENCE), tmp_path)
    ours, reference = (recorded(run / "run.sqlite") for run in runs.values())
    said = first_difference((str(pair), str(REFERENCE)), ours, reference)
    for run in runs.values() if said else ():
        # A busy machine lets deadlines pass.
        skip_when_the_generator_lagged(json.loads((run / "report.json").read_text()))
    assert digests(ours) == digests(reference), said
    for each, run in runs.items():
        check_worth_comparing(each, run, ours)


@pytest.mark.parametrize(
    ("words", "with_them"),
    [
        ("tacorush run flow -- --csv out", "tacorush run --transport=grpcio --server=wire flow -- --csv out"),
        ("tacorush fakes --port=0", "tacorush fakes --server=wire --port=0"),
        ("python -c x locust -f l.py", "python -c x locust --transport=grpcio -f l.py"),
        ("tacorush gate run", "tacorush gate run"),
    ],
)
def test_a_pair_is_told_to_the_commands_that_know_its_ends(words: str, with_them: str) -> None:
    assert with_pair(words.split(), Pair("grpcio", "wire")) == with_them.split()
