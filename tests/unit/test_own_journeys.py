"""Journeys of one's own: the documents' example as it stands there, and what is said of files that will not do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scenarios.crowd import Crowd
from scenarios.own_journeys import OwnJourneyError
from scenarios.plan import Plan
from scenarios.preflight import examine
from scenarios.scenario import ScenarioError, load
from tests.unit.scripted_target import ScriptedPermit
from tests.unit.test_tour import Bundled

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
EXAMPLE = EXAMPLES / "bargain-hunters.yaml"


def scenario_with(folder: Path, code: str) -> Path:
    """A scenario beside a file with this code."""
    (folder / "mine.py").write_text(code)
    path = folder / "mine.yaml"
    path.write_text("description: d\nrate: 1\nduration: 1\njourneys: mine.py\nmix: {peek: 1}\n")
    return path


def test_the_example_of_the_documents_buys_on_the_bundled_platform() -> None:
    """In 20 lines, and with its own name in the evidence."""
    assert len((EXAMPLES / "bargain_hunters.py").read_text().splitlines()) <= 22
    bundled = Bundled("open")
    plan, channels = Plan.of(load(EXAMPLE), seed=7, run_id="run1", rate=3), bundled.target.channels
    found = examine(plan, channels, bundled.book, bundled.io, ScriptedPermit())
    crowd = Crowd(plan.with_events(found.events), channels, bundled.book, bundled.io, ScriptedPermit())
    endings: Counter[tuple[str, str]] = Counter()
    for arrival in plan.arrivals():
        kind = crowd._line.plan.wishes(arrival.number).kind
        endings[kind, crowd.perform(arrival.number, bundled.io.now_ns)] += 1
    assert endings["bargain-hunter", "ticket"] > 5
    assert endings["early-bird", "ticket"] > 5
    assert {ending for _, ending in endings} <= {"ticket", "refused"}


def test_the_roles_that_journeys_of_ones_own_play_are_known() -> None:
    assert load(EXAMPLE).own_roles == ["bargain-hunter", "early-bird"]
    assert load("cheats").own_roles == []


def test_a_plan_with_own_journeys_survives_packing() -> None:
    plan = Plan.of(load(EXAMPLE), seed=7, run_id="r")
    again = Plan.unpack(plan.pack())
    assert again == plan
    assert again.scenario.cast["early-bird"].kind.steps == plan.scenario.cast["early-bird"].kind.steps


def test_a_worker_with_another_file_at_that_place_refuses(tmp_path: Path) -> None:
    """Two processes that drive other journeys under one name would not show in the sum."""
    good = (EXAMPLES / "bargain_hunters.py").read_text().replace("bargain-hunter", "peek")
    path = scenario_with(tmp_path, good)
    packed = Plan.of(load(path), seed=7, run_id="r").pack()
    (tmp_path / "mine.py").write_text(good + "\n")
    with pytest.raises(ValueError, match=r"mine\.py is not the file that the plan was made with: copy it to this mach"):
        Plan.unpack(packed)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "mine.py has no table of journeys: write JOURNEYS = {'name': Kind(function, steps=('join',), calls=3)}"),
        ("JOURNEYS = {'peek': print}", "mine.py: JOURNEYS['peek'] is builtin_function_or_method, not a Kind"),
        ("import nothing_like_it", "mine.py cannot be run: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("def peek(:", "mine.py cannot be run: SyntaxError: invalid syntax"),
        (
            "from scenarios.journeys import Kind\nJOURNEYS = {'buyer': Kind(print, (), 1)}",
            "mine.py: buyer is the name of a journey that comes along: call yours otherwise",
        ),
        (
            "from scenarios.journeys import Kind\nJOURNEYS = {'peek': Kind(print, ('resrve',), 1)}",
            "mine.py: JOURNEYS['peek'] has no step 'resrve'; allowed: ask_admission, ",
        ),
        ("raise SystemExit(0)", "mine.py cannot be run: SystemExit: 0"),
    ],
)
def test_what_is_wrong_with_a_file_of_journeys_is_said_with_its_place(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(scenario_with(tmp_path, code))
    assert str(caught.value).startswith(f"{tmp_path}/mine.yaml, line 4: journeys.0: found 'mine.py': {tmp_path}/{said}")


def test_a_file_of_journeys_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = scenario_with(tmp_path, "")
    (tmp_path / "mine.py").unlink()
    with pytest.raises(ScenarioError, match=r"mine\.py cannot be read: no such file or directory"):
        load(path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('oops')", "mine.py, line 4: the journey peek failed: ValueError: oops"),
        ("person.dance()", "mine.py, line 4: the journey peek failed: AttributeError: "),
        ("raise SystemExit(3)", "mine.py, line 4: the journey peek failed: SystemExit: 3"),
        ("return None", "mine.py: the journey peek ended in None; allowed: ticket, sold_out, "),
        ("return 'partied'", "mine.py: the journey peek ended in 'partied'; allowed: ticket, sold_out, "),
    ],
)
def test_a_journey_that_fails_in_its_own_code_says_where_and_how(tmp_path: Path, body: str, said: str) -> None:
    """Anything else would take the run's evidence or its pages with it: they know no such ending."""
    head = "from scenarios.journeys import Kind\ndef peek(person, wishes):\n"
    code = f"{head}    # looks\n    {body}\nJOURNEYS = {{'peek': Kind(peek, (), 1)}}\n"
    run = load(scenario_with(tmp_path, code)).cast["peek"].kind.run
    person: Any = object()
    wishes: Any = object()
    with pytest.raises(OwnJourneyError) as caught:
        run(person, wishes)
    assert str(caught.value).startswith(f"{tmp_path}/{said}")
