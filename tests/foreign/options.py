"""What the foreign platform is told on its command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DOCUMENTED_EVENTS = tuple(f"evt_2025_{number}" for number in range(1001, 1007))


@dataclass(frozen=True)
class Options:
    """The platform's whole configuration; the defaults are a platform that behaves."""

    host: str = "127.0.0.1"
    port: int = 0
    events: tuple[str, ...] = ("concert-paris", "concert-rome")
    documented_events: bool = False
    seats: int = 2000
    wait_ms: float = 50
    token_s: float = 300
    hold_s: float = 60
    settle_ms: float = 150
    seed: int = 1
    delay_ms: float = 0
    delay_share: float = 1.0
    error_share: float = 0.0
    lose_share: float = 0.0
    double_sale_share: float = 0.0
    die_after_s: float | None = None
    counts: Path | None = None

    def all_events(self) -> tuple[str, ...]:
        """The ids of the events on sale."""
        return self.events + (DOCUMENTED_EVENTS if self.documented_events else ())


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("no name given")
    return names


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def _span(text: str) -> float:
    span = float(text)
    if not 0 <= span < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a span of time")
    return span


def _some(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def parse(words: Sequence[str] | None = None) -> Options:
    """Reads the command line."""
    default = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.foreign.platform", description=__doc__)
    add = parser.add_argument
    add("--host", default=default.host)
    add("--port", type=int, default=default.port, help="0 takes a free one")
    add("--events", type=_names, default=default.events, help="ids, separated by commas")
    add("--documented-events", action="store_true", help=f"sell {DOCUMENTED_EVENTS[0]} to {DOCUMENTED_EVENTS[-1]} too")
    add("--seats", type=_some, default=default.seats, help="seats of each event")
    add("--wait-ms", type=_span, default=default.wait_ms, help="from joining the queue to READY")
    add("--token-s", type=_span, default=default.token_s, help="life of a reservation token")
    add("--hold-s", type=_span, default=default.hold_s, help="a hold lasts so long, and on to the next whole second")
    add("--settle-ms", type=_span, default=default.settle_ms, help="from ProcessPayment to the final status")
    add("--seed", type=int, default=default.seed, help="of the seats offered and of every misbehaviour")
    add("--delay-ms", type=_span, default=default.delay_ms, help="wait before acting")
    add("--delay-share", type=_share, default=default.delay_share, help="share of calls that --delay-ms meets")
    add("--error-share", type=_share, default=0.0, help="share of calls answered INTERNAL without acting")
    add("--lose-share", type=_share, default=0.0, help="share of creates and confirms acted upon and never answered")
    add("--double-sale-share", type=_share, default=0.0, help="share of requests for taken seats let through")
    add("--die-after-s", type=_span, default=None, help="end without a word so long after the first call")
    add("--counts", type=Path, default=None, help="file for the platform's own counts, every 0.5 s and at the end")
    return Options(**vars(parser.parse_args(words)))
