"""Everything that is known of a run before the platform is asked: scenario, target, objectives, folder, length.

Each slip is one sentence (`Unfit`) that names what, where and what to do, and comes before any load.
"""

from __future__ import annotations

import math
import os
import shlex
import sys
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.plan import Plan
from scenarios.scenario import CATALOGUE, Scenario, ScenarioError, load, replaying
from tacorush.fleet.equipment import permitted
from tacorush.fleet.folder import RUN_FILE, run_folder
from tacorush.fleet.unfit import Unfit
from tacorush.targets.probe import dead_addresses, say_dead

if TYPE_CHECKING:
    from datetime import datetime

    from tacorush.fleet.options import Options
    from tacorush.targets.permit import Permit
    from tacorush.targets.target import Target

OPEN = "TACORUSH_OPEN"
"""Environment variable: `1` makes the loop open also without `--rate`, at the scenario's own rate."""
COMMAND = "TACORUSH_COMMAND"
"""Environment variable: the command line to repeat the run, when a parent was asked for it."""
OBJECTIVES = Path(__file__).parents[2] / "slo"
"""The folder of the objectives that come along."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """One run, as asked."""

    options: Options
    open_loop: bool
    scenario: Scenario
    scenario_text: str
    target: Target
    permit: Permit
    slo: Path
    slo_text: str
    limit_s: int | None
    """Planned whole seconds; None when users drive until they are stopped."""
    run_id: str
    command: str
    folder: Path
    number: int = 0
    """Which run of this process."""

    @property
    def run_file(self) -> Path:
        """Where the evidence goes."""
        return self.folder / RUN_FILE

    def plan(self) -> Plan:
        """The plan, not knowing the platform's events yet; raises Unfit when its figures do not fit together."""
        options = self.options
        try:
            return Plan.of(
                self.scenario,
                seed=options.seed,
                run_id=self.run_id,
                rate=options.rate,
                duration_s=self.limit_s,
                time_scale=options.time_scale,
                route=options.route,
            )
        except ValueError as failure:
            raise Unfit(f"--rate and --duration: {failure}") from None

    def sentence(self, plan: Plan) -> str:
        """What is about to happen, in one line."""
        how = _pace(plan) if self.open_loop else "Locust's users, closed loop"
        if self.options.replay:
            how = f"as {self.options.replay} has it ({plan.rate:g} journeys/s on average)"
        length = f"for {self.limit_s} s" if self.limit_s is not None else "until stopped"
        return f"driving {self.scenario.name}, {how}, {length}, at {self.target.name}; evidence in {self.run_file}"


def _pace(plan: Plan) -> str:
    peak = plan.schedule.profile.peak()
    if peak <= 1.001 * plan.rate:
        return f"{plan.rate:g} journeys/s"
    most = f"up to {round(peak, 1):g}/s" if math.isfinite(peak) else "many in one instant"
    return f"{plan.rate:g} journeys/s, {most}"


def brief(options: Options, run_time_s: float | None, now: datetime, number: int = 0) -> Briefing:
    """Checks what was asked and makes the run's folder; raises Unfit."""
    open_loop = options.paced or os.environ.get(OPEN) == "1"
    try:
        scenario = load(options.scenario)
    except ScenarioError as failure:
        raise Unfit(f"--scenario: {failure}") from None
    try:
        scenario = replaying(scenario, Path(options.replay)) if options.replay else scenario
    except ScenarioError as failure:
        raise Unfit(f"--replay: {failure}") from None
    slo = _objectives(options.slo or scenario.slo)
    target, permit = permitted(options.target, options.targets_file)
    if sentence := say_dead(target, dead_addresses(target)):
        raise Unfit(sentence)
    briefing = Briefing(
        options=options,
        open_loop=open_loop,
        scenario=scenario,
        scenario_text=_text(options.scenario),
        target=target,
        permit=permit,
        slo=slo,
        slo_text=slo.read_text(encoding="utf-8"),
        limit_s=_limit(open_loop, options.duration_s, scenario.duration, run_time_s),
        run_id=_run_id(options.run_id, number),
        command=os.environ.get(COMMAND) or shlex.join(["locust", *sys.argv[1:]]),
        folder=Path(),
        number=number,
    )
    briefing.plan()
    folder = run_folder(scenario.name, now, options.out, overwrite=options.overwrite, again=number > 0)
    return replace(briefing, folder=folder)


def _run_id(asked: str | None, number: int) -> str:
    """The name in user ids and keys: one that was asked for is the first run's, else the next repeated its keys."""
    if asked is None:
        return uuid.uuid4().hex[:8]
    return asked if number == 0 else f"{asked}-{number + 1}"


def _limit(open_loop: bool, asked_s: int | None, scenario_s: float, run_time_s: float | None) -> int | None:
    """The planned length. `-t` ends users in a closed loop; in an open loop the plan ends, `-t` only bounds it."""
    if not open_loop:
        length_s = run_time_s or asked_s
        return None if length_s is None else max(1, math.ceil(length_s))
    length_s = asked_s or scenario_s
    return max(1, math.ceil(min(length_s, run_time_s or length_s)))


def _objectives(name: str) -> Path:
    path = Path(name) if name.endswith((".yaml", ".yml")) or "/" in name else OBJECTIVES / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in OBJECTIVES.glob("*.yaml")))
        raise Unfit(f"--slo {name}: there is no file {path}; name a file, or one of {known}")
    return path


def _text(scenario: str) -> str:
    path = Path(scenario)
    return (path if path.suffix in (".yaml", ".yml") else CATALOGUE / f"{scenario}.yaml").read_text(encoding="utf-8")
