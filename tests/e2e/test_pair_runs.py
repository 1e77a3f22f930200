"""Whole runs by each of the four pairs, as a person types them: same plan, same seed, same digests of every arrival."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tacorush.evidence.runfile import RunFile
from tests.e2e.conftest import ROOT
from tests.e2e.outcome_digests import Arrival, digests, first_difference, recorded
from tests.e2e.pairs import PAIRS, REFERENCE, Pair, PairedProcesses, with_pair
from tests.e2e.whole_runs import skip_when_the_generator_lagged, start_fakes, start_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)
FAILED = 6
"""Calls that the incidents below make fail: the first ones of as many arrivals, for those come one after the other."""
FLOW = ("flow", "--rate=5", "--duration=4s", "--seed=7", "--run-id=pairs")
INCIDENTS = ("--incident=errors:p=1,count=3", "--incident=error-inside-ok:p=1,count=3")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[Pair, Path]:
    """A run directory by each pair, each from a platform of its own; beside each other, at a rate that bears it."""
    folders = {pair: tmp_path_factory.mktemp(str(pair)) / "run" for pair in PAIRS}
    with ExitStack() as stack:
        driving = []
        for pair, folder in folders.items():
            processes = stack.enter_context(PairedProcesses(ROOT, pair))
            _, address = start_fakes(processes, "--events=3", "--seats=2000", *INCIDENTS)
            driving.append(start_run(processes, folder, *FLOW, f"--target={address}"))
        for started in driving:
            assert started.wait(180) in (1, 3), started.output()
    return folders


def of(folder: Path) -> tuple[Arrival, ...]:
    return recorded(folder / "run.sqlite")


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair != REFERENCE], ids=str)
def test_a_run_comes_to_what_it_comes_to_with_grpcio_alone(runs: dict[Pair, Path], pair: Pair) -> None:
    ours, reference = of(runs[pair]), of(runs[REFERENCE])
    said = first_difference((str(pair), str(REFERENCE)), ours, reference)
    for folder in (runs[pair], runs[REFERENCE]) if said else ():
        # A busy machine lets deadlines pass.
        skip_when_the_generator_lagged(json.loads((folder / "report.json").read_text()))
    assert digests(ours) == digests(reference), said


def test_the_runs_are_driven_by_their_transports_and_meet_what_they_compare(runs: dict[Pair, Path]) -> None:
    """Twenty arrivals come, six of them meet an error at once, the others buy, cancel and leave."""
    for pair, folder in runs.items():
        with RunFile(folder / "run.sqlite") as file:
            assert file.meta["transport"] == pair.transport
            assert sum(second.started for second in file.arrivals()) == 20
    *by_arrival, everything = of(runs[REFERENCE])
    assert len(by_arrival) > 10
    failed = [call for call in everything.calls if ": failed INTERNAL" in call and "JoinQueue" in call]
    assert sum(int(call.split()[0]) for call in failed) == FAILED


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
