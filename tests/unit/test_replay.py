"""Replay: what a traffic.csv counted is planned exactly, travels with the plan, is scaled or cut only when asked."""

from __future__ import annotations

import json
import socket
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.plan import Plan
from scenarios.scenario import Scenario, ScenarioError, load, parse, replaying
from scenarios.shapes import ReplayShape
from scenarios.traffic import csv_file
from scenarios.traffic.record import SECOND_NS, Record
from tacorush.fleet.briefing import brief
from tacorush.fleet.options import Options
from tacorush.fleet.unfit import Unfit

SPIKE = (3, 0, 0, 40, 200, 81, 7, 0)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MINE = """\
name: mine
description: a scenario of one's own
mix: {ping: 1}
arrivals:
  profile: replay
  file: recorded/traffic.csv
"""


def written(path: Path, counts: tuple[int, ...] = SPIKE, interval_ns: int = SECOND_NS) -> Path:
    path.parent.mkdir(exist_ok=True)
    csv_file.write(Record(interval_ns, counts, NOON), path)
    return path


def mine(folder: Path, text: str = MINE) -> Scenario:
    """A scenario beside its record."""
    written(folder / "recorded" / "traffic.csv")
    (folder / "mine.yaml").write_text(text)
    return load(folder / "mine.yaml")


def planned(plan: Plan, interval_ns: int = SECOND_NS) -> list[int]:
    """How many arrivals are planned within each interval, from 0 to the plan's end."""
    found = Counter(arrival.at_ns // interval_ns for arrival in plan.arrivals())
    return [found[index] for index in range(round(plan.duration_s * SECOND_NS) // interval_ns)]


def test_a_replay_plans_the_recorded_counts_exactly(tmp_path: Path) -> None:
    """Rate and duration are the record's, and need not be said."""
    scenario = mine(tmp_path)
    plan = Plan.of(scenario, seed=1, run_id="r")
    assert planned(plan) == list(SPIKE)
    assert (scenario.duration, scenario.rate) == (len(SPIKE), sum(SPIKE) / len(SPIKE))
    assert plan.planned_total == sum(SPIKE)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30).filter(any), st.sampled_from([1, 100, 250, 1000, 60_000]))
def test_every_record_is_planned_exactly_whatever_its_interval(counts: list[int], interval_ms: int) -> None:
    arrivals = {"profile": "replay", "file": "x.csv", "interval_s": interval_ms / 1000, "counts": counts}
    scenario = Scenario.model_validate({"name": "x", "description": "x", "mix": {"ping": 1}, "arrivals": arrivals})
    assert planned(Plan.of(scenario, seed=1, run_id="r"), interval_ms * 10**6) == counts


def test_the_counts_travel_with_the_plan_and_need_no_file(tmp_path: Path) -> None:
    plan = Plan.of(mine(tmp_path), seed=1, run_id="r")
    packed = json.dumps(plan.pack())
    (tmp_path / "recorded" / "traffic.csv").unlink()
    assert Plan.unpack(json.loads(packed)) == plan
    assert json.loads(packed)["scenario"]["arrivals"] == {
        "spacing": "even",
        "scaled_by": 1.0,
        "shifted_s": 0.0,
        "for_s": None,
        "profile": "replay",
        "interval_s": 1.0,
        "counts": list(SPIKE),
        "file": "recorded/traffic.csv",
        "starts_at": "2026-01-31T12:00:00Z",
    }


def test_stripes_of_a_replay_are_together_the_replay(tmp_path: Path) -> None:
    plan = Plan.of(mine(tmp_path), seed=1, run_id="r")
    stripes = [arrival for stripe in range(3) for arrival in plan.arrivals(stripe, 3)]
    assert sorted(stripes) == sorted(plan.arrivals())


def test_another_rate_scales_the_mean_and_keeps_the_shape(tmp_path: Path) -> None:
    scenario = mine(tmp_path)
    doubled = planned(Plan.of(scenario, seed=1, run_id="r", rate=2 * scenario.rate))
    assert doubled == [2 * count for count in SPIKE]
    tenth = planned(Plan.of(scenario, seed=1, run_id="r", rate=scenario.rate / 10))
    assert all(abs(count - before / 10) <= 1 for count, before in zip(tenth, SPIKE, strict=True))


def test_a_shorter_duration_cuts_and_a_longer_one_waits(tmp_path: Path) -> None:
    """An hour squeezed into a minute would be sixty times the load."""
    scenario = mine(tmp_path)
    assert planned(Plan.of(scenario, seed=1, run_id="r", duration_s=5)) == list(SPIKE[:5])
    assert planned(Plan.of(scenario, seed=1, run_id="r", duration_s=10)) == [*SPIKE, 0, 0]
    late = replaying(scenario, written(tmp_path / "late.csv", (0, 0, 5)))
    with pytest.raises(ValueError, match=r"arrivals: nobody comes within the first 2 s of late\.csv"):
        Plan.of(late, seed=1, run_id="r", duration_s=2)


def test_a_replay_can_be_a_part_beside_others(tmp_path: Path) -> None:
    """Each part keeps its own record, scaled and shifted as the file says."""
    part = "{profile: replay, file: recorded/traffic.csv, scaled_by: 2, shifted_s: 8}"
    scenario = mine(
        tmp_path,
        MINE.partition("arrivals:")[0]
        + f"arrivals:\n  profile: sum\n  of:\n  - {{profile: replay, file: recorded/traffic.csv}}\n  - {part}\n",
    )
    assert planned(Plan.of(scenario, seed=1, run_id="r")) == [*SPIKE, *(2 * count for count in SPIKE)]


@pytest.mark.parametrize("name", ["flow", "ping", "rush", "spike"])
def test_any_scenario_replays_a_file_with_its_own_people(name: str, tmp_path: Path) -> None:
    before = load(name)
    scenario = replaying(before, written(tmp_path / "traffic.csv"))
    assert planned(Plan.of(scenario, seed=1, run_id="r")) == list(SPIKE)
    assert (scenario.mix, scenario.people, scenario.slo) == (before.mix, before.people, before.slo)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("recorded/traffic.csv", "none.csv"),
            "line 6: arrivals.file: FOLDER/none.csv: cannot be read: no such file or directory",
        ),
        (
            ("file: recorded/traffic.csv", "file: mine.yaml"),
            "line 6: arrivals.file: FOLDER/mine.yaml, line 1: header: found name: mine; allowed: start_s,count; other "
            "records become one with `tacorush traffic import FOLDER/mine.yaml -o traffic.csv`",
        ),
        (
            ("  file: recorded/traffic.csv\n", ""),
            "line 4: arrivals: profile replay needs file: PATH of a traffic.csv",
        ),
        (("recorded/traffic.csv", "7"), "line 6: arrivals.file: profile replay needs file: PATH of a traffic.csv"),
        (
            ("  file:", "  counts: [1]\n  file:"),
            "line 6: arrivals.counts: the file says it: leave it out (or say profile: counts, without a file)",
        ),
        (
            ("mix:", "rate: 5\nmix:"),
            "line 3: rate: found 5/s: the arrivals themselves say 41.375/s on average: leave it out, or say the same",
        ),
    ],
)
def test_a_replay_that_cannot_be_is_refused_by_line_and_field(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError) as caught:
        mine(tmp_path, MINE.replace(*change))
    assert str(caught.value) == f"{tmp_path}/mine.yaml, " + said.replace("FOLDER", str(tmp_path))


def test_a_record_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="nobody comes in it, so there is nothing to replay"):
        replaying(load("ping"), written(tmp_path / "traffic.csv", (0, 0)))


def test_a_count_beyond_what_can_be_planned_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "traffic.csv", (1, 10**9))
    with pytest.raises(ScenarioError, match=r"traffic\.csv, line 1: arrivals\.counts\.1: found 1000000000: input"):
        replaying(load("ping"), path)


def test_a_file_without_replay_is_no_field_of_other_profiles() -> None:
    with pytest.raises(ScenarioError, match=r"arrivals\.file: profile constant has no such field"):
        parse(MINE.replace("profile: replay", "profile: constant") + "rate: 5\nduration: 9s\n")


def test_the_schema_knows_a_replay_as_people_write_it() -> None:
    """Editors would otherwise ask for counts, and offer figures that only the record says."""
    shape = ReplayShape.model_json_schema()
    jsonschema.validate({"profile": "replay", "file": "traffic.csv"}, shape)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"profile": "replay", "file": "traffic.csv", "counts": [1]}, shape)


def test_the_generator_is_told_to_replay_and_drives_in_an_open_loop(tmp_path: Path) -> None:
    """Whole seconds are planned: a record of 2.5 s is followed by half a second without anybody, not stretched."""
    path = written(tmp_path / "traffic.csv", (4, 2, 0, 9, 1), SECOND_NS // 2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = f"127.0.0.1:{listening.getsockname()[1]}"
        options = Options(scenario="ping", target=target, replay=str(path), out=str(tmp_path / "run"))
        briefing = brief(options, None, NOON)
    plan = briefing.plan()
    assert (briefing.open_loop, briefing.limit_s) == (True, 3)
    assert planned(plan, SECOND_NS // 2) == [4, 2, 0, 9, 1, 0]
    assert briefing.sentence(plan).startswith(f"driving ping, as {path} has it (6.4 journeys/s on average), for 3 s")


def test_intervals_that_binary_fractions_cannot_hold_add_up_to_whole_seconds(tmp_path: Path) -> None:
    """100 times 0.07 is 7.000000000000001, which rounded up would be an eighth second."""
    scenario = replaying(load("ping"), written(tmp_path / "traffic.csv", (1,) * 100, 7 * SECOND_NS // 100))
    assert scenario.duration == 7


def test_the_generator_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match=r"--replay: none\.csv: cannot be read: no such file or directory"):
        brief(Options(scenario="ping", replay="none.csv", out=str(tmp_path / "run")), None, NOON)
