"""The terminal's screen: recorded frames, what gives way on a small one, and that colour is never the only sign."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from reports.live.snapshot import Snapshot, Standing
from reports.verdicts import PASS
from tacorush.cli.frame import LEAST_OBJECTIVES, frame
from tacorush.cli.run import HINT
from tests.unit.live_sample import driving

RECORDED_80 = """\
flow at 127.0.0.1:50051                  driving, peak · 20 s of 45 s, 25 s left
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━────────────────────────────────────────────

arrivals    49.5/s  of 50/s planned                                     ▂▃▅▆████
response    P50 4.2 ms  P95 612 ms  P99 ≥ 900 ms  last 10 s             ▁▁▁▁▁▂▄█
errors      0.8 %  0.4 % of all calls                                       █▆▆▆
sold twice  1  of 1,204 seats sold
generator   of 1,000 arrivals 3 late and 7 dropped

Began           990  ███████████████████████████████████████████████████  100 %
Admitted        960  █████████████████████████████████████████████████░░   97 %
Held seats      900  ██████████████████████████████████████████████░░░░░   91 %
Paid            495  ██████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░   50 %
Got the ticket  490  █████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░   49 %

5 objectives: 1 missed, 1 not sure yet, 2 met, 1 at the end
✕ P95 of holding seats                                           612 ms < 500 ms
· Error rate                                                         0.8 % < 1 %
✓ P95 of all calls                                              12.4 ms < 500 ms
✓ Availability                                                    100 % ≥ 99.9 %
· Seats leaked                                                             – = 0
Ctrl-C ends the run in order, with a verdict; twice at once
""".splitlines()

RECORDED_140 = """\
flow at 127.0.0.1:50051                                      driving, peak · 20 s of 45 s, 25 s left
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━────────────────────────────────────────────────────────

arrivals    49.5/s  of 50/s planned                                                         ▂▃▅▆████
response    P50 4.2 ms  P95 612 ms  P99 ≥ 900 ms  last 10 s                                 ▁▁▁▁▁▂▄█
errors      0.8 %  0.4 % of all calls                                                           █▆▆▆
sold twice  1  of 1,204 seats sold
generator   of 1,000 arrivals 3 late and 7 dropped

Began           990  ███████████████████████████████████████████████████████████████████████  100 %
Admitted        960  █████████████████████████████████████████████████████████████████████░░   97 %
Held seats      900  █████████████████████████████████████████████████████████████████░░░░░░   91 %
Paid            495  ████████████████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   50 %
Got the ticket  490  ███████████████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   49 %

5 objectives: 1 missed, 1 not sure yet, 2 met, 1 at the end
✕ P95 of holding seats            612 ms < 500 ms  ✓ Availability                     100 % ≥ 99.9 %
· Error rate                          0.8 % < 1 %  · Seats leaked                              – = 0
✓ P95 of all calls               12.4 ms < 500 ms
Ctrl-C ends the run in order, with a verdict; twice at once
""".splitlines()

RECORDED_40 = """\
flow at 127.0.0.1:50051
driving, peak · 20 s of 45 s, 25 s left
━━━━━━━━━━━━━━━━━━──────────────────────

arrivals    49.5/s  of 50/s planned
P50         4.2 ms  last 10 s
P95         612 ms  last 10 s
P99         ≥ 900 ms  last 10 s
errors      0.8 %  0.4 % of all calls
sold twice  1  of 1,204 seats sold
generator   of 1,000 arrivals 3 late an…

Began           990  ███████████  100 %
Admitted        960  ███████████   97 %
Held seats      900  ██████████░   91 %
Paid            495  ██████░░░░░   50 %
Got the ticket  490  █████░░░░░░   49 %

5 objectives: 1 missed, 1 not sure yet,…
✕ P95 of holding seats   612 ms < 500 ms
· Error rate                 0.8 % < 1 %
✓ P95 of all calls      12.4 ms < 500 ms
✓ Availability            100 % ≥ 99.9 %
· Seats leaked                     – = 0
Ctrl-C ends the run in order, with a ve…
""".splitlines()


def plain(now: Snapshot, width: int, height: int = 50) -> list[str]:
    return [line.plain.rstrip() for line in frame(now, width, height, HINT)]


def test_a_frame_on_a_usual_terminal() -> None:
    """Recorded: what is missed stands first, and every sign can be read without its colour."""
    assert plain(driving(), 80) == RECORDED_80


def test_a_frame_on_a_wide_terminal_has_objectives_side_by_side() -> None:
    assert plain(driving(), 140) == RECORDED_140


def test_a_frame_on_a_narrow_terminal() -> None:
    """Lines over time give way; what does not fit ends in an ellipsis."""
    assert plain(driving(), 40) == RECORDED_40


@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 89, 90, 100, 200])
@pytest.mark.parametrize("height", [5, 24, 60])
def test_no_line_is_wider_than_the_terminal(width: int, height: int) -> None:
    """One that wraps would leave a line behind at each frame."""
    for now in (driving(), Snapshot(), replace(driving(), scenario="夏" * 80, duration_s=0)):
        assert max(cell_len(line.plain) for line in frame(now, width, height, HINT)) <= width


def test_objectives_that_do_not_fit_are_counted_and_those_missed_are_shown() -> None:
    many = tuple(Standing(f"objective {number}", "< 1 %", "0 %", PASS) for number in range(40))
    now = replace(driving(), standings=(*many, *driving().standings))
    lines = plain(now, 80, 24)
    assert len(lines) == 23
    assert "45 objectives (6 shown): 1 missed, 1 not sure yet, 42 met, 1 at the end" in lines
    assert "P95 of holding seats" in lines[lines.index(next(line for line in lines if "45 obj" in line)) + 1]
    assert len(plain(now, 80, 3)) == len(lines) - 6 + LEAST_OBJECTIVES


def test_a_run_of_which_nothing_is_known_claims_nothing() -> None:
    lines = plain(Snapshot(), 80)
    assert "response    P50 –  P95 –  P99 –  last 10 s" in lines
    assert "no objectives" in lines


def test_names_from_outside_bring_no_control_characters() -> None:
    now = replace(driving(), scenario="\x1b[2J", standings=(Standing("a\x1b[31mb\n", "< 1", "0", PASS),))
    assert not re.search(r"[\x00-\x1f]", "".join(plain(now, 80)))


def test_what_is_missed_is_red_what_is_met_is_green() -> None:
    spans = {
        line.plain[span.start : span.end].strip(): str(span.style)
        for line in frame(driving(), 80, 50)
        for span in line.spans
    }
    assert (spans["✕"], spans["✓"]) == ("bold red", "green")
    assert (spans["612 ms"], spans["49.5/s"]) == ("bold red", "bold red")
