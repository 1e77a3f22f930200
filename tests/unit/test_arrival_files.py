"""What a scenario file says about arrivals: the profile it makes, what rate and duration do to it, what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from scenarios.arrivals_model import SHAPES
from scenarios.plan import Plan
from scenarios.scenario import Scenario, ScenarioError, load, parse

HEAD = "name: mine\ndescription: d\nmix: {buyer: 1}\n"
RATED = HEAD + "rate: 5\nduration: 60s\n"
PAGE = (Path(__file__).parents[2] / "docs" / "arrivals.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
UP_AND_DOWN = "{profile: stages, stages: [{duration: 30s, target: 100}, {duration: 20s, target: 0}]}"


def scenario(arrivals: str, head: str = RATED) -> Scenario:
    return parse(f"{head}arrivals: {arrivals}\n", "mine.yaml")


def wrong(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "mine.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def own(arrivals: str) -> Scenario:
    """A scenario whose arrivals say rate and duration themselves."""
    return scenario(arrivals, HEAD)


def drawn(made: Scenario, rate: float | None = None, duration_s: float | None = None) -> list[float]:
    """Total, peak and duration of the profile."""
    profile = made.profile(rate or made.rate, duration_s or made.duration)
    return [profile.total, profile.peak(), profile.duration_s]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_of_the_page_can_be_driven(block: str, tmp_path: Path) -> None:
    (tmp_path / "traffic.csv").write_text("start_s,count\n0,200\n30,80\n")
    profile = yaml.safe_load(block)["arrivals"]["profile"]
    heads = {"ramp": HEAD + "duration: 60s\n", "step": HEAD, "stages": HEAD, "counts": HEAD, "replay": HEAD}
    made = parse(heads.get(profile, RATED) + block, str(tmp_path / "mine.yaml"))
    assert Plan.of(made, seed=1, run_id="r").planned_total > 200
    assert made.duration == 60


def test_the_page_tells_every_profile_and_field() -> None:
    shown = {yaml.safe_load(block)["arrivals"]["profile"] for block in BLOCKS}
    assert shown == set(SHAPES)
    for name, shape in SHAPES.items():
        assert f"`{name}`" in PAGE
        assert [field for field in shape.model_fields if not re.search(rf"\b{field}\b", PAGE)] == []


def test_the_page_quotes_the_stages_figures() -> None:
    made = parse(HEAD + next(block for block in BLOCKS if "stages:" in block))
    assert (drawn(made)[0], made.rate) == (3675, 61.25)


@pytest.mark.parametrize(
    ("arrivals", "as_is", "doubled_rate", "doubled_length"),
    [
        ("{profile: constant}", [300, 5, 60], [600, 10, 60], [600, 5, 120]),
        ("{profile: spike, hold_s: 10s}", [750, 50, 60], [1500, 100, 60], [1050, 50, 120]),
        ("{profile: burst, at_s: 9, window_s: 6}", [300, 50, 60], [600, 100, 60], [600, 100, 120]),
        ("{profile: onsale, half_s: 5}", [300, 65, 60], [600, 130, 60], [600, 125, 120]),
        ("{profile: sine, depth: 1}", [300, 10, 60], [600, 20, 60], [600, 10, 120]),
        ("{profile: constant, scaled_by: 3}", [900, 15, 60], [1800, 30, 60], [1800, 15, 120]),
        ("{profile: constant, shifted_s: 20s}", [200, 5, 60], [400, 10, 60], [400, 5, 120]),
        ("{profile: sum, of: [{}, {scaled_by: 2}]}", [900, 15, 60], [1800, 30, 60], [1800, 15, 120]),
        (
            "{profile: sum, of: [{}, {profile: ramp, target: 8, for_s: 30, shifted_s: 10}]}",
            [300 + 120, 5 + 8, 60],
            [600 + 240, 10 + 16, 60],
            [600 + 240, 5 + 8, 120],
        ),
        (
            "{profile: then, of: [{for_s: 20}, {profile: spike, hold_s: 10, for_s: 40, peak: 4}]}",
            [300 + 150, 20, 60],
            [600 + 300, 40, 60],
            [600 + 150, 20, 120],
        ),
    ],
)
def test_rate_and_duration_mean_to_a_profile_what_the_page_says(
    arrivals: str, as_is: list[float], doubled_rate: list[float], doubled_length: list[float]
) -> None:
    """A spike's base, everybody else's mean; seconds that shape a profile stay, the lengths of parts stretch."""
    made = scenario(arrivals)
    assert drawn(made) == pytest.approx(as_is, rel=1e-3)
    assert drawn(made, rate=10) == pytest.approx(doubled_rate, rel=1e-3)
    assert drawn(made, duration_s=120) == pytest.approx(doubled_length, rel=1e-3)


@pytest.mark.parametrize(
    ("arrivals", "rate", "duration_s", "peak"),
    [
        (UP_AND_DOWN, 50, 50, 100),
        ("{profile: step, levels: [10, 20, 60], each_s: 5s}", 30, 15, 60),
        ("{profile: counts, counts: [1, 0, 8], interval_s: 2s}", 1.5, 6, 4),
        ("{profile: then, of: [{profile: ramp, target: 10, for_s: 4}, " + UP_AND_DOWN + "]}", 2520 / 54, 54, 100),
        ("{profile: sum, of: [" + UP_AND_DOWN + ", {profile: ramp, target: 10, for_s: 4}]}", 2520 / 50, 50, 100),
    ],
)
def test_profiles_that_say_their_rates_and_lengths_need_none_of_the_scenario(
    arrivals: str, rate: float, duration_s: float, peak: float
) -> None:
    made = own(arrivals)
    assert [made.rate, made.duration] == pytest.approx([rate, duration_s])
    total, highest, lasts = drawn(made)
    assert [total, lasts] == pytest.approx([rate * duration_s, duration_s])
    assert drawn(made, 2 * rate, 3 * duration_s) == pytest.approx([6 * total, 2 * highest, 3 * lasts])
    assert highest >= peak


def test_a_shift_counts_to_the_length_that_a_profile_says_itself() -> None:
    shifted = "{profile: counts, counts: [1, 2], shifted_s: 5s}"
    assert own(shifted).duration == 7
    assert own("{profile: then, of: [" + shifted + ", {profile: ramp, target: 4, for_s: 3s}]}").duration == 10


def test_the_parts_of_a_sequence_that_is_told_its_length_stretch_to_it() -> None:
    profile = scenario("{profile: then, for_s: 60s, of: [{for_s: 20}, {for_s: 10, shifted_s: 10, scaled_by: 4}]}")
    assert [profile.profile(5, 60).rate(at) for at in (0, 29, 31, 44, 46, 59)] == [5, 5, 0, 0, 20, 20]


def test_a_ramp_needs_the_duration_alone() -> None:
    made = own("{profile: ramp, start: 10, target: 100}\nduration: 20s")
    assert (made.rate, drawn(made)) == (55, [1100, 100, 20])


def test_counts_in_a_file_are_planned_exactly_and_scaled_ones_in_proportion() -> None:
    made = own("{profile: counts, counts: [3, 0, 200, 7]}")
    for factor in (1, 2):
        planned = [0] * 4
        for arrival in Plan.of(made, seed=1, run_id="r", rate=factor * made.rate).arrivals():
            planned[arrival.at_ns // 1_000_000_000] += 1
        assert planned == [factor * count for count in (3, 0, 200, 7)]


def test_a_record_in_slow_motion_keeps_its_counts() -> None:
    made = own("{profile: counts, counts: [3, 0, 200, 7]}")
    planned = [0] * 4
    for arrival in Plan.of(made, seed=1, run_id="r", rate=made.rate / 2, duration_s=8).arrivals():
        planned[arrival.at_ns // 2_000_000_000] += 1
    assert planned == [3, 0, 200, 7]


def test_own_figures_may_be_said_again() -> None:
    assert own(UP_AND_DOWN + "\nrate: 50\nduration: 50s") == own(UP_AND_DOWN)


@pytest.mark.parametrize(
    "arrivals",
    ["{profile: spike, hold_s: 5s}", "{profile: then, of: [{for_s: 20}, {profile: onsale, for_s: 40, half_s: 300ms}]}"],
)
def test_arrivals_survive_packing(arrivals: str) -> None:
    plan = Plan.of(scenario(arrivals), seed=3, run_id="r", rate=7)
    again = Plan.unpack(json.loads(json.dumps(plan.pack())))
    assert again == plan
    assert list(again.arrivals()) == list(plan.arrivals())


def test_spike_is_flow_in_another_shape() -> None:
    """Ten times its base for a while in the middle, and --rate is that base."""
    flow, spike = load("flow"), load("spike")
    other = {"name", "description", "rate", "duration", "arrivals"}
    assert spike.model_dump(exclude=other) == flow.model_dump(exclude=other)
    profile = spike.profile(200, 60)
    assert [profile.rate(at) for at in (0, 19, 25, 34, 41, 59)] == [200, 200, 2000, 2000, 200, 200]


def test_what_override_makes_impossible_is_said() -> None:
    with pytest.raises(ValueError, match=r"^arrivals: a spike from 0 s, 5 \+ 10 \+ 5 s long, does not fit in 5 s$"):
        Plan.of(load("spike"), seed=1, run_id="r", duration_s=5)


ERRORS: list[tuple[str, str]] = [
    (
        "arrivals: {profile: spkie}",
        "line 6: arrivals.profile: found 'spkie'; allowed: burst, constant, counts, onsale, ramp, replay, sine, spike, "
        "stages, step, sum, then; did you mean spike?",
    ),
    ("arrivals: 5", "line 6: arrivals: found 5: write profile and its figures"),
    (
        "arrivals: {half_s: 3}",
        "line 6: arrivals.half_s: profile constant has no such field; "
        "allowed: for_s, profile, scaled_by, shifted_s, spacing",
    ),
    ("arrivals:\n  profile: spike", "line 6: arrivals.hold_s: missing, and there is no default"),
    (
        "arrivals:\n  profile: spike\n  hold_s: 61s",
        "line 6: arrivals: a spike from 0 s, 0 + 61 + 0 s long, does not fit in 60 s",
    ),
    (
        "arrivals:\n  profile: spike\n  hold_s: soon",
        "line 8: arrivals.hold_s: found 'soon': 'soon' is no length of time: write 300ms, 45s, 5m or 1h",
    ),
    (
        "arrivals:\n  profile: sum\n  of: []",
        "line 8: arrivals.of: list should have at least 1 item after validation, not 0",
    ),
    (
        "arrivals:\n  profile: sum\n  of:\n  - {}\n  - profile: burst\n    at_s: 9\n    window_s: 70",
        "line 10: arrivals.of.1: a burst from 9 s, 70 s long, does not fit in 60 s",
    ),
    (
        "arrivals:\n  profile: sum\n  of:\n  - {}\n  - for_s: 50s\n    shifted_s: 20s",
        "line 10: arrivals.of.1: 50 s after 20 s does not fit in 60 s",
    ),
    (
        "arrivals:\n  profile: sum\n  of:\n  - {}\n  - profile: onsale\n    spacing: even",
        "line 11: arrivals.of.1.spacing: the spacing is one for all arrivals: say it outermost",
    ),
    (
        "arrivals:\n  profile: sum\n  of:\n  - {}\n  - profile: then\n    of:\n    - {profile: sine, dept: 1}",
        "line 12: arrivals.of.1.of.0.dept: profile sine has no such field; "
        "allowed: depth, for_s, peak_at_s, period_s, profile, scaled_by, shifted_s, spacing; did you mean depth?",
    ),
    (
        "arrivals:\n  profile: sum\n  of:\n  - {}\n  - profile: then\n    of:\n    - for_s: 5s\n    - {profile: sine}",
        "line 13: arrivals.of.1.of.1: when does the next part begin? say how long this one lasts: for_s",
    ),
]


@pytest.mark.parametrize(("arrivals", "said"), ERRORS)
def test_an_error_within_arrivals_names_the_line_and_field(arrivals: str, said: str) -> None:
    assert wrong(RATED + arrivals) == f"mine.yaml, {said}"


@pytest.mark.parametrize(
    ("arrivals", "said"),
    [
        (
            "arrivals:\n  profile: stages\n  stages:\n  - {duration: 30s, target: 1}\n  - {duraton: 30s, target: 0}",
            "line 8: arrivals.stages.1.duraton: no such field; allowed: duration, target; did you mean duration? "
            "(and 1 more)",
        ),
        (
            "arrivals:\n  profile: stages\n  stages:\n  - {duration: 30s, target: 1}\n  - {duration: 3s, target: -3}",
            "line 8: arrivals.stages.1.target: found -3: input should be greater than or equal to 0",
        ),
        (
            "arrivals:\n  profile: stages\n  stages: [{duration: 0, target: 1}]",
            "line 6: arrivals.stages: all stages together last 0 s",
        ),
        (
            "arrivals:\n  profile: counts\n  counts: [0, 0]",
            "line 6: arrivals.counts: nobody comes at all: one count must be above 0",
        ),
        ("arrivals: {profile: ramp, target: 5}", "line 1: duration: missing, and there is no default"),
        (
            "arrivals: {profile: ramp, target: 0}\nduration: 5s",
            "line 4: arrivals: nobody comes at all: one rate must be above 0 for a while",
        ),
        ("duration: 5s\narrivals: {profile: constant}", "line 1: rate: missing, and there is no default"),
        (
            "arrivals: " + UP_AND_DOWN + "\nduration: 60s",
            "line 5: duration: found 60 s: the arrivals themselves last 50 s: leave it out, or say the same",
        ),
        (
            "arrivals: " + UP_AND_DOWN + "\nrate: 100",
            "line 5: rate: found 100/s: the arrivals themselves say 50/s on average: leave it out, or say the same",
        ),
    ],
)
def test_an_error_of_figures_that_arrivals_say_themselves_names_the_line_and_field(arrivals: str, said: str) -> None:
    assert wrong(HEAD + arrivals) == f"mine.yaml, {said}"
