"""A run at one moment, written down by hand, for the tests of what shows it."""

from __future__ import annotations

from reports.distribution import Figure
from reports.live.snapshot import DRIVING, LATER, OPEN, Course, Snapshot, Standing, Station
from reports.verdicts import FAIL, PASS

STANDINGS = (
    Standing("P95 of all calls", "< 500 ms", "12.4 ms", PASS),
    Standing("P95 of holding seats", "< 500 ms", "612 ms", FAIL),
    Standing("Error rate", "< 1 %", "0.8 %", OPEN),
    Standing("Availability", "≥ 99.9 %", "100 %", PASS),
    Standing("Seats leaked", "= 0", "–", LATER),
)


def driving() -> Snapshot:
    """In second 20 of 45, in the peak of the arrivals, with an objective missed and a seat sold twice."""
    return Snapshot(
        scenario="flow",
        target="127.0.0.1:50051",
        stage=DRIVING,
        part="peak",
        second=20,
        duration_s=45,
        planned_per_s=50.0,
        achieved_per_s=49.5,
        calls_per_s=501.0,
        p50=Figure(4.2),
        p95=Figure(612.0),
        p99=Figure(900.0, censored=True),
        recent_errors=0.008,
        errors=0.004,
        calls=10_020,
        planned=1_000,
        started=990,
        late=3,
        dropped=7,
        oversold=1,
        sold=1_204,
        stations=(
            Station("Began", 990),
            Station("Admitted", 960),
            Station("Held seats", 900),
            Station("Paid", 495),
            Station("Got the ticket", 490),
        ),
        standings=STANDINGS,
        course=Course(
            starts=tuple(range(8)),
            planned=(50.0,) * 8,
            started=(10.0, 20.0, 30.0, 40.0, 50.0, 50.0, 50.0, 49.5),
            p50=(4.0,) * 8,
            p95=(10.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 612.0),
            p99=(10.0, None, 20.0, 40.0, 80.0, 160.0, 320.0, 900.0),
            errors=(0.0, 0.0, 0.0, 0.0, 0.01, 0.008, 0.008, 0.008),
        ),
        limit_ms=500.0,
    )
