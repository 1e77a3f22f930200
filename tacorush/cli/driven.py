"""What is to be driven, as `run` and `plan` are asked for it: the options that both take, and the plan they come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.objectives.fitting import Driven
from scenarios.phases import phases
from scenarios.plan import Plan
from scenarios.scenario import Scenario, ScenarioError, load, replaying
from tacorush.cli.failures import UsageError
from tacorush.cli.parsing import Parser, duration, positive, whole

if TYPE_CHECKING:
    import argparse


def take_pace(parser: Parser) -> None:
    """Adds the scenario, and how fast and how long people come."""
    parser.add_argument(
        "scenario", metavar="SCENARIO", help="a name from `tacorush scenarios` or the path of a YAML file"
    )
    parser.add_argument("--rate", type=positive, metavar="R", help="journeys a second (default: the scenario's)")
    parser.add_argument(
        "--scale", type=positive, metavar="X", help="the scenario's own rate, X times; instead of --rate"
    )
    parser.add_argument("--duration", type=duration, metavar="D", help="30s, 5m (default: the scenario's)")
    parser.add_argument(
        "--replay", metavar="FILE", help="come as a traffic.csv has it; --rate then scales its mean, --duration cuts it"
    )


def take_ways(parser: Parser) -> None:
    """Adds which platform and entrance, how fast lives go by, and the seed."""
    parser.add_argument("--route", choices=["services", "gateway"], help="each service itself, or through the gateway")
    parser.add_argument(
        "--platform", choices=["documented", "deployed", "open"], help="profile of the bundled platform"
    )
    parser.add_argument(
        "--time-scale",
        type=positive,
        default=1.0,
        metavar="X",
        help="scales lives and delays, also those that a --target is held to: run it at the same scale (default 1)",
    )
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="fixes times, wishes, choices (default 1)")


def planned(options: argparse.Namespace, run_id: str) -> Plan:
    """The plan that the options come to; raises UsageError for what cannot be planned."""
    try:
        scenario = load(options.scenario)
        if options.replay:
            scenario = replaying(scenario, Path(options.replay))
        return Plan.of(
            scenario,
            seed=options.seed,
            run_id=run_id,
            rate=rate_of(options, scenario),
            duration_s=options.duration,
            time_scale=options.time_scale,
            route=options.route,
        )
    except (ScenarioError, ValueError) as failure:
        raise UsageError(str(failure)) from failure


def brought_by(plan: Plan) -> Driven:
    """What objectives may ask of a plan."""
    return Driven(plan.scenario.name, [phase.name for phase in phases(plan)], plan.kinds(), plan.reach())


def rate_of(options: argparse.Namespace, scenario: Scenario) -> float | None:
    """The rate that --rate or --scale asks for; None for the scenario's own. Raises UsageError for both."""
    if options.scale is None:
        return None if options.rate is None else float(options.rate)
    if options.rate is not None:
        raise UsageError("--rate is a rate, --scale a multiple of the scenario's: give one of them")
    return float(scenario.rate * options.scale)
