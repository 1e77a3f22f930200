"""Whoever carries the calls and whoever serves them, every arrival comes to the same: all four pairs, call for call.

Planned arrivals of the catalogue's scenarios are driven one after the other on bundled platforms that are whole, err,
are slow, lack methods, sell seats twice or die in a call. What grpcio does with grpcio is the meaning; the other pairs
must give the digest of each of its arrivals, and a pair that misreads one kind of answer must not.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from contracts.outcomes import EFFECTS, OUTCOMES
from tests.e2e.conftest import ROOT
from tests.e2e.outcome_digests import Arrival, digests, first_difference, told
from tests.e2e.pair_cases import CASES, NIGHTLY, PLANTED, TIMELESS, Case
from tests.e2e.pairs import PAIRS, REFERENCE, USUAL, Pair
from tests.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.processes import Started

pytestmark = pytest.mark.timeout(900)
DRIVEN_WITHIN_S = 240
OTHERS = [pair for pair in PAIRS if pair != REFERENCE]

Outcomes = dict[str, tuple[Arrival, ...]]
"""By the name of the case."""


def drive(cases: Mapping[Pair, Mapping[str, Case]]) -> dict[Pair, Outcomes]:
    """Drives every pair's cases, each on a platform of its own, and returns what came of it."""
    with Processes(ROOT) as processes:
        serving = {pair: start_platforms(processes, pair, mine) for pair, mine in cases.items()}
        driving = {pair: start_drives(processes, pair, mine, serving[pair]) for pair, mine in cases.items()}
        return {pair: outcomes(started) for pair, started in driving.items()}


def start_platforms(processes: Processes, pair: Pair, cases: Mapping[str, Case]) -> Started:
    """Starts a platform for every case."""
    given = {"port": 0, "platform": "open", "server": pair.server, "figures": TIMELESS}
    platforms = json.dumps({name: {**given, **case.platform} for name, case in cases.items()})
    return processes.start("platforms", [sys.executable, "-m", "tests.e2e.ailing_fakes", platforms])


def start_drives(processes: Processes, pair: Pair, cases: Mapping[str, Case], platforms: Started) -> Started:
    """Starts the process that drives on the platforms once they accept."""
    addresses = json.loads(platforms.wait_for_line("{"))
    drives = json.dumps([{"name": name, "address": addresses[name], **case.drive()} for name, case in cases.items()])
    words = [sys.executable, "-m", "tests.e2e.arrivals_one_by_one", pair.transport, drives]
    return processes.start(str(pair), words)


def outcomes(driving: Started) -> Outcomes:
    """Waits for the drives of one pair."""
    assert driving.wait(DRIVEN_WITHIN_S) == 0, driving.output()
    found = [json.loads(line) for line in driving.output().splitlines() if line.startswith("{")]
    return {each["name"]: told(each["arrivals"]) for each in found}


@pytest.fixture(scope="module")
def driven() -> dict[Pair, Outcomes]:
    """The cases of `make test` by every pair; by wire with wire those with a mistake too, under the mistakes' names."""
    mistaken = {name: planted.planted() for name, planted in PLANTED.items()}
    return drive({pair: {**CASES, **mistaken} if pair == USUAL else CASES for pair in PAIRS})


def check_same(pair: Pair, ours: Outcomes, reference: Outcomes) -> None:
    """Every arrival of every case has the reference's digest."""
    for case, arrivals in reference.items():
        difference = first_difference((str(pair), str(REFERENCE)), ours[case], arrivals)
        assert digests(ours[case]) == digests(arrivals), f"{case}: {difference}"


@pytest.mark.parametrize("pair", OTHERS, ids=str)
def test_every_arrival_comes_to_what_it_comes_to_with_grpcio_alone(driven: dict[Pair, Outcomes], pair: Pair) -> None:
    check_same(pair, driven[pair], driven[REFERENCE])


@pytest.mark.nightly
def test_more_arrivals_of_more_scenarios_come_to_the_same_by_all_four_pairs() -> None:
    found = drive(dict.fromkeys(PAIRS, NIGHTLY))
    for pair in OTHERS:
        check_same(pair, found[pair], found[REFERENCE])


def test_the_arrivals_meet_every_outcome_effect_and_delivery(driven: dict[Pair, Outcomes]) -> None:
    """Else equal digests would say little."""
    seen = {
        word
        for arrivals in driven[REFERENCE].values()
        for arrival in arrivals
        for call in arrival.calls
        for word in call.replace(",", " ").replace(";", " ").split()
    }
    assert seen >= {*OUTCOMES, *EFFECTS, "answered", "unanswered", "unsent"}
    assert seen >= {"DEADLINE_EXCEEDED", "CONNECTION_LOST", "UNSENT", "INTERNAL", "UNIMPLEMENTED", "INVENTORY_CONFLICT"}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_pair_that_misreads_one_kind_of_answer_differs_and_its_first_call_is_named(
    driven: dict[Pair, Outcomes], mistake: str
) -> None:
    planted = PLANTED[mistake]
    reference, ours = driven[REFERENCE][planted.case], driven[USUAL][mistake]
    at = next(
        number for number, arrival in enumerate(reference) if any(planted.meets in call for call in arrival.calls)
    )
    call = next(number for number, call in enumerate(reference[at].calls) if planted.meets in call)
    assert [arrival.digest for arrival in ours[:at]] == [arrival.digest for arrival in reference[:at]]
    assert ours[at].digest != reference[at].digest
    said = first_difference((str(USUAL), str(REFERENCE)), ours, reference)
    assert said == (
        f"{reference[at].who}, call {call + 1}: wire-wire has [{ours[at].calls[call]}], "
        f"grpcio-grpcio has [{reference[at].calls[call]}]"
    )
