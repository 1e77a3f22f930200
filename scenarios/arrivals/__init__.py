"""When people come: profiles (how many by when), spacings (where in between) and the schedule of planned instants.

Every profile is a pure function with the inverse that `Profile` asks for: `Constant`, `Burst`, `OnSale` in closed form;
`ramp`, `stages`, `step`, `spike` and `sine` as `Lines`; `Counts` and `Instants` as recorded; and `Scaled`, `Shifted`,
`Chain`, `Sum` of any of them. What a scenario file writes about them, and what `--rate` and `--duration` mean to each,
is in `scenarios.arrivals_model`.
"""

from scenarios.arrivals.burst import Burst
from scenarios.arrivals.chain import Chain
from scenarios.arrivals.constant import Constant
from scenarios.arrivals.counts import Counts
from scenarios.arrivals.instants import Instants
from scenarios.arrivals.lines import Line, Lines, ramp, spike, stages, step
from scenarios.arrivals.moved import Scaled, Shifted
from scenarios.arrivals.onsale import OnSale
from scenarios.arrivals.profile import Profile
from scenarios.arrivals.schedule import SPACINGS, Arrival, Schedule, Spacing
from scenarios.arrivals.sine import sine
from scenarios.arrivals.sum import Sum

__all__ = [
    "SPACINGS",
    "Arrival",
    "Burst",
    "Chain",
    "Constant",
    "Counts",
    "Instants",
    "Line",
    "Lines",
    "OnSale",
    "Profile",
    "Scaled",
    "Schedule",
    "Shifted",
    "Spacing",
    "Sum",
    "ramp",
    "sine",
    "spike",
    "stages",
    "step",
]
