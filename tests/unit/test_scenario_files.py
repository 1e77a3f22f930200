"""Scenario files: what the catalogue holds, and what is said of a file that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.duration import seconds
from scenarios.journeys import KINDS
from scenarios.people import PERSONAS
from scenarios.popularity import EventLaw, Popularity
from scenarios.scenario import CATALOGUE, ScenarioError, load, names, parse

GOOD = """\
name: mine
description: a scenario of one's own
rate: 5
duration: 10s
mix:
  buyer: 1
"""


def wrong(text: str) -> str:
    """The error that a text makes."""
    with pytest.raises(ScenarioError) as caught:
        parse(text, "mine.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_catalogue_has_these_scenarios() -> None:
    assert names() == [
        "abandon",
        "bots",
        "cheats",
        "double-click",
        "expiry-storm",
        "flow",
        "ghosts",
        "hotseat",
        "hundred-events",
        "k6-2025",
        "one-event",
        "ping",
        "queue",
        "repeats",
        "rush",
        "soak",
        "spike",
        "streams",
        "tour",
        "turnover",
    ]


def test_the_hot_shard_pair_differs_in_where_people_come_and_in_nothing_else() -> None:
    spread, pinned = load("hundred-events"), load("one-event")
    assert (spread.popularity.events, pinned.popularity.events) == (EventLaw(), EventLaw(law="hot", share=1))
    own = {"name": "", "description": "", "popularity": Popularity()}
    assert spread.model_copy(update=own) == pinned.model_copy(update=own)


@pytest.mark.parametrize("name", names())
def test_every_scenario_of_the_catalogue_loads_under_its_name(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert scenario == load(CATALOGUE / f"{name}.yaml")
    assert len(scenario.description.splitlines()) == 1


def test_the_scenarios_are_what_the_design_says_of_them() -> None:
    """flow: the plain buyer on `open`, quick side paths in 10 %; scarcity where it is the point; smoke objectives."""
    flow = load("flow")
    assert (flow.platform, flow.slo, flow.scarce, flow.mix["buyer"]) == ("open", "production", False, 90)
    assert sum(flow.mix.values()) == 100
    assert not {"expirer", "latecomer", "abandoner"} & set(flow.mix)
    assert (flow.people.think_s, flow.people.poll_s) == ((0, 0), 2)
    assert {name for name in names() if load(name).scarce} == {"ghosts", "hotseat", "queue", "rush", "turnover"}
    assert {name for name in names() if load(name).slo == "smoke"} == {"tour", "ping"}


def test_what_is_left_out_has_its_default() -> None:
    scenario = parse(GOOD)
    assert (scenario.platform, scenario.slo, scenario.route, scenario.scarce) == (
        "documented",
        "production",
        "services",
        False,
    )
    assert (scenario.arrivals.profile, scenario.arrivals.spacing) == ("constant", "even")


@pytest.mark.parametrize(
    ("file", "name"), [("my_sale.yaml", "my-sale"), ("My Sale (2).yml", "my-sale-2"), ("öö.yaml", "scenario")]
)
def test_a_file_may_be_called_as_people_call_files(tmp_path: Path, file: str, name: str) -> None:
    """What stands beside `bargain_hunters.py` is mostly called so too."""
    path = tmp_path / file
    path.write_text(GOOD.replace("name: mine\n", ""))
    assert load(path).name == name


def test_the_name_of_the_file_is_the_name_of_the_scenario(tmp_path: Path) -> None:
    path = tmp_path / "my-own.yaml"
    path.write_text(GOOD.replace("name: mine\n", ""))
    assert load(path).name == "my-own"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("rate: 5", "rates: 5"),
            "mine.yaml, line 3: rates: no such field; allowed: arrivals, description, duration, events, fakes, "
            "journeys, mix, name, people, personas, platform, popularity, rate, route, scarce, slo; "
            "did you mean rate? (and 1 more)",
        ),
        (("rate: 5\n", ""), "mine.yaml, line 1: rate: missing, and there is no default"),
        (("rate: 5", "rate: 0"), "mine.yaml, line 3: rate: found 0: input should be greater than 0"),
        (("rate: 5", "rate: .nan"), "mine.yaml, line 3: rate: found nan: input should be a finite number"),
        (
            ("duration: 10s", "duration: soon"),
            "mine.yaml, line 4: duration: found 'soon': 'soon' is no length of time: write 300ms, 45s, 5m or 1h",
        ),
        (
            ("  buyer: 1", "  buyr: 1"),
            "mine.yaml, line 5: mix: no kind of journey or persona is called buyr; allowed: "
            + ", ".join(sorted({*KINDS, *PERSONAS}))
            + "; did you mean buyer?",
        ),
        (("  buyer: 1", "  buyer: 0"), "mine.yaml, line 5: mix: at least one weight must be above 0"),
        (
            ("  buyer: 1", "  buyer: -1"),
            "mine.yaml, line 6: mix.buyer: found -1: input should be greater than or equal to 0",
        ),
        (
            ("mix:", "platform: opne\nmix:"),
            "mine.yaml, line 5: platform: found 'opne': input should be 'documented', 'deployed' or 'open'"
            "; did you mean open?",
        ),
        (
            ("mix:", "arrivals: {profile: constant, half_s: 3}\nmix:"),
            "mine.yaml, line 5: arrivals.half_s: profile constant has no such field; "
            "allowed: for_s, profile, scaled_by, shifted_s, spacing",
        ),
        (
            ("mix:", "arrivals:\n  spcing: even\nmix:"),
            "mine.yaml, line 6: arrivals.spcing: profile constant has no such field; "
            "allowed: for_s, profile, scaled_by, shifted_s, spacing; did you mean spacing?",
        ),
        (
            ("mix:", "arrivals: {profile: burst, at_s: 9, window_s: 5}\nmix:"),
            "mine.yaml, line 5: arrivals: a burst from 9 s, 5 s long, does not fit in 10 s",
        ),
        (
            ("mix:", "people:\n  think_s: [3, 1]\nmix:"),
            "mine.yaml, line 6: people.think_s: the shortest time comes first",
        ),
        (
            ("mix:", "people:\n  quantity: {11: 1}\nmix:"),
            "mine.yaml, line 6: people.quantity.11: found 11: input should be less than or equal to 10",
        ),
    ],
)
def test_an_error_names_file_line_field_what_was_found_and_what_is_allowed(change: tuple[str, str], said: str) -> None:
    assert wrong(GOOD.replace(*change)) == said


def test_a_text_that_is_no_yaml_is_said_to_be_none() -> None:
    assert wrong("mix: {buyer: 1") == "mine.yaml, line 1: not YAML: expected ',' or '}', but got '<stream end>'"


def test_a_list_is_no_scenario() -> None:
    assert wrong("- flow").startswith("mine.yaml, line 1: a scenario is a mapping of fields; allowed: arrivals, ")


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("hotsaet")
    assert str(caught.value) == (
        f"no scenario is called 'hotsaet'; allowed: {', '.join(['PATH.yaml', *names()])}; did you mean hotseat?"
    )


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.yaml: cannot be read: no such file or directory"):
        load(tmp_path / "none.yaml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match=r"bytes\.yaml: cannot be read: not a text in UTF-8"):
        load(path)


@pytest.mark.parametrize(("text", "value"), [("300ms", 0.3), ("45s", 45), ("5m", 300), ("1.5h", 5400), (7, 7)])
def test_lengths_of_time_are_read_with_their_unit(text: str | float, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "-1s", "1d", "1e3", "inf", "nan", "5 m s", True])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time: write 300ms, 45s, 5m or 1h"):
        seconds(text)


def test_a_field_that_stands_twice_is_refused_with_both_lines() -> None:
    """YAML itself would quietly take the last."""
    assert wrong(GOOD + "rate: 9\n") == "mine.yaml, line 7: rate: stands in line 3 already; keep one"


def test_a_value_where_a_mapping_should_be_is_told_which_fields_there_are() -> None:
    assert wrong(GOOD + "fakes: 3\n") == (
        "mine.yaml, line 7: fakes: found 3: it should be a mapping of fields; allowed: events, seats"
    )
    assert "found 'buyer': it should be a mapping of names and weights" in wrong(
        GOOD.replace("mix:\n  buyer: 1", "mix: buyer")
    )
