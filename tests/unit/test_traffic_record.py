"""Records: written and read back equal, changed by pure functions, described in figures, drawn in characters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.traffic import csv_file
from scenarios.traffic.changing import cut, peaking, scaled, stretched
from scenarios.traffic.description import described, dispersion
from scenarios.traffic.instants import Instants, zone_of
from scenarios.traffic.record import SECOND_NS, Record, TrafficError, instant_text, seconds_ns, seconds_text
from scenarios.traffic.tally import Tally, TooLong
from tacorush.cli.terminal_chart import HEIGHT, blocks
from tacorush.cli.traffic_chart import chart, columned, spark

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SPIKE = Record(SECOND_NS, (2, 2, 20, 8, 2, 0), NOON, ("source: a test",))

records = st.builds(
    Record,
    st.integers(10**6, 10**13),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=50).map(tuple),
    st.none() | st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.lists(st.sampled_from(["source: x", "counted: 7 people", "skipped: a,b # c"]), max_size=3).map(tuple),
)
factors = st.fractions(Fraction(1, 1000), Fraction(1000))


def parsed(text: str) -> Record:
    return csv_file.parse(text.splitlines())


@given(records)
def test_what_is_written_reads_back_equal(record: Record) -> None:
    assert csv_file.parse(csv_file.lines(record)) == record


def test_a_file_is_a_plain_table_under_comments(tmp_path: Path) -> None:
    csv_file.write(SPIKE, tmp_path / "traffic.csv")
    assert (tmp_path / "traffic.csv").read_text() == (
        "# Tacorush traffic: people by interval\n# starts_at: 2026-01-31T12:00:00Z\n# interval_s: 1\n"
        "# source: a test\nstart_s,count\n0,2\n1,2\n2,20\n3,8\n4,2\n5,0\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["traffic.csv"]


def test_a_table_by_hand_needs_no_comment_and_no_row_for_nobody() -> None:
    assert parsed("start_s,count\n0,4\n0.5,1\n2,7\n") == Record(SECOND_NS // 2, (4, 1, 0, 0, 7))
    assert parsed("# interval_s: 60\nstart_s,count\n120,7\n") == Record(60 * SECOND_NS, (0, 0, 7))
    assert parsed("start_s,count\n0,4\n") == Record(SECOND_NS, (4,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,count\n", "traffic.csv, line 1: header: found time,count; allowed: start_s,count; other records become "
         "one with `tacorush traffic import traffic.csv -o traffic.csv`"),
        ("# only this\n", "traffic.csv, line 1: header: found none; allowed: start_s,count; other records become one "
         "with `tacorush traffic import traffic.csv -o traffic.csv`"),
        ("start_s,count\n", "traffic.csv, line 1: rows: found none; allowed: at least one interval"),
        ("start_s,count\n0,1\n1,x\n", "traffic.csv, line 3: count: found x; allowed: a whole number from 0 to "
         "1,000,000,000,000"),
        ("start_s,count\n0,-1\n", "traffic.csv, line 2: count: found -1; allowed: a whole number from 0 to "
         "1,000,000,000,000"),
        ("start_s,count\n0\n", "traffic.csv, line 2: row: found 0; allowed: start_s,count"),
        ("start_s,count\nnan,1\n", "traffic.csv, line 2: start_s: found nan; allowed: seconds from the start"),
        ("start_s,count\n0,1\n1,1\n1,1\n", "traffic.csv, line 4: start_s: found 1; allowed: from 2 on, whole intervals "
         "of 1 s"),
        ("start_s,count\n0,1\n1,1\n2.5,1\n", "traffic.csv, line 4: start_s: found 2.5; allowed: from 2 on, whole "
         "intervals of 1 s"),
        ("start_s,count\n7,1\n", "traffic.csv, line 2: start_s: found 7; allowed: 0 in the first row, or # interval_s: "
         "before"),
        ("start_s,count\n0,1\n0,1\n", "traffic.csv, line 3: start_s: found 0; allowed: after the row before"),
        ("# interval_s: 1\nstart_s,count\n1000000,1\n", "traffic.csv, line 3: start_s: found 1000000; allowed: at most "
         "1,000,000 intervals"),
        ("# interval_s: 0\n", "traffic.csv, line 1: interval_s: found 0; allowed: seconds above 0"),
        ("# starts_at: 2026-01-31T12:00:00\n", "traffic.csv, line 1: starts_at: found 2026-01-31T12:00:00; allowed: "
         "a time with its zone: 2026-01-31T12:00:00Z"),
    ],
)  # fmt: skip
def test_a_table_that_is_wrong_is_refused_by_line_and_field(text: str, said: str) -> None:
    with pytest.raises(TrafficError) as caught:
        parsed(text)
    assert str(caught.value) == said


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"\xff\x00")
    with pytest.raises(TrafficError, match=r"bytes\.csv, line 1: found no text in UTF-8"):
        csv_file.read(tmp_path / "bytes.csv")
    with pytest.raises(TrafficError, match=r"none\.csv: cannot be read: no such file or directory"):
        csv_file.read(tmp_path / "none.csv")
    with pytest.raises(TrafficError, match=r"traffic\.csv: cannot be written: no such file or directory"):
        csv_file.write(SPIKE, tmp_path / "none" / "traffic.csv")


@given(records, factors)
def test_scaling_keeps_every_running_sum_within_half_a_person(record: Record, factor: Fraction) -> None:
    """So the whole, and each part of it, is at most one person off its exact share."""
    if not round(record.total * factor):
        return
    made = scaled(record, factor)
    sums, exact = 0, Fraction(0)
    for count, before in zip(made.counts, record.counts, strict=True):
        sums, exact = sums + count, exact + before * factor
        assert abs(sums - exact) <= Fraction(1, 2)
        assert count >= 0


@given(records)
def test_a_factor_of_one_changes_nobody(record: Record) -> None:
    if record.total:
        assert scaled(record, Fraction(1)).counts == record.counts
    assert stretched(record, Fraction(1)).interval_ns == record.interval_ns


@pytest.mark.parametrize(("peak", "counts"), [(10, (1, 1, 10, 4, 1, 0)), (40, (4, 4, 40, 16, 4, 0))])
def test_a_peak_is_the_rate_of_the_fullest_interval(peak: int, counts: tuple[int, ...]) -> None:
    made = peaking(SPIKE, Fraction(peak))
    assert made.counts == counts
    assert made.notes == ("source: a test", f"scaled: {peak / 20:g} times the people")


def test_time_is_stretched_and_nobody_lost() -> None:
    faster = stretched(SPIKE, Fraction(1, 2))
    assert (faster.counts, faster.interval_ns, faster.peak) == (SPIKE.counts, SECOND_NS // 2, 2 * SPIKE.peak)
    with pytest.raises(TrafficError, match="makes intervals of 1 s no whole nanoseconds; allowed: a factor that does"):
        stretched(SPIKE, Fraction(1, 3))


def test_a_cut_begins_at_0_again_and_knows_its_time() -> None:
    part = cut(SPIKE, 2 * SECOND_NS, 4 * SECOND_NS)
    assert (part.counts, part.starts_at) == ((20, 8), NOON + timedelta(seconds=2))
    assert part.notes == ("source: a test", "cut: from 2 s to 4 s")
    assert cut(SPIKE, 0, SPIKE.duration_ns).counts == SPIKE.counts


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (3, 3, "from 3 s to 3 s is no part of a record of 6 s; allowed: 0 <= from < to <= 6 s"),
        (0, 7, "from 0 s to 7 s is no part of a record of 6 s; allowed: 0 <= from < to <= 6 s"),
        (0.5, 3, "0.5 s lies inside an interval of 1 s; allowed: its ends, such as 0 s and 1 s"),
    ],
)
def test_a_cut_elsewhere_is_refused(since: float, until: float, said: str) -> None:
    with pytest.raises(TrafficError) as caught:
        cut(SPIKE, int(since * SECOND_NS), int(until * SECOND_NS))
    assert str(caught.value) == said


def test_a_record_without_people_cannot_be_scaled() -> None:
    nobody = Record(SECOND_NS, (0, 0))
    with pytest.raises(TrafficError, match="nobody comes in this record: no factor gives it a peak"):
        peaking(nobody, Fraction(5))
    with pytest.raises(TrafficError, match=r"a rate factor of 0\.01 leaves nobody of 34 people"):
        scaled(SPIKE, Fraction(1, 100))


@given(
    st.lists(st.tuples(st.integers(0, 10**11), st.integers(0, 10**10), st.integers(0, 1000)), min_size=1, max_size=9),
    st.integers(10**8, 10**10),
)
def test_spreading_loses_nobody_whatever_the_interval(spans: list[tuple[int, int, int]], interval: int) -> None:
    tally = Tally(interval)
    for start, length, count in spans:
        tally.spread(start, start + length + 1, count)
    assert tally.record().total == sum(count for _, _, count in spans)


def test_a_whole_that_is_too_long_is_refused_at_once() -> None:
    tally = Tally(SECOND_NS)
    tally.add(0)
    with pytest.raises(TooLong, match="there are more than 1,000,000 intervals of 1 s"):
        tally.add(10**6 * SECOND_NS)
    with pytest.raises(TooLong, match="there are more than 1,000,000 intervals of 1 s"):
        tally.spread(0, 10**6 * SECOND_NS + 1, 5)
    tally.add((10**6 - 1) * SECOND_NS)


def test_the_figures_of_a_record_are_those_of_arithmetic() -> None:
    """Counts 2 2 20 8 2 0: mean 34/6, squares 476, so variance 476/6 - (34/6)**2 over 34/6."""
    found = described(SPIKE, UTC)
    assert (found.total, found.duration_s, found.peak, found.peak_at_ns, found.empty) == (34, 6, 20, 2 * SECOND_NS, 1)
    ((width_s, index),) = found.dispersion
    assert width_s == 1
    assert index == pytest.approx(476 / 34 - 34 / 6)
    assert found.peak_over_mean == pytest.approx(20 * 6 / 34)
    assert found.hours == ()


def test_even_traffic_has_no_dispersion_and_bursts_have_more_at_wider_windows() -> None:
    assert dispersion([5] * 20) == 0
    assert dispersion([0, 0]) == 0
    bursty = described(Record(SECOND_NS, ((0,) * 10 + (9,) * 10) * 5), UTC)
    assert bursty.dispersion == ((1.0, 4.5), (10.0, 45.0))


def test_a_day_is_told_by_hour_in_the_zone_that_was_asked_for() -> None:
    """A quiet day with one full hour from 12 h in UTC, which is 13 h in Berlin in winter."""
    counts = [60] * 24
    counts[12] = 3600
    day = Record(3600 * SECOND_NS, tuple(counts), NOON - timedelta(hours=12))
    assert described(day, UTC).hours[12] == pytest.approx(1.0)
    assert described(day, zone_of("Europe/Berlin")).hours[13] == pytest.approx(1.0)
    assert described(day, UTC).hours[11] == pytest.approx(60 / 3600)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_chart_fits_the_width_and_keeps_its_spike(width: int) -> None:
    """One full second in an hour is still a column as high as the chart."""
    record = Record(SECOND_NS, (1,) * 1800 + (640,) + (1,) * 1799, NOON)
    lines = chart(record, width)
    assert len(lines) == HEIGHT + 2
    assert max(map(len, lines)) <= width
    assert lines[0].startswith(" 640/s│")
    assert lines[0].count("█") == 1
    assert set(lines[HEIGHT - 1].partition("│")[2]) == {"▁", "█"}


def test_a_chart_of_few_intervals_is_drawn_wide_and_of_nobody_is_empty() -> None:
    lines = chart(SPIKE, 80)
    assert lines[0].count("█") == 12
    assert "█" not in "".join(chart(Record(SECOND_NS, (0, 0)), 80))


def test_columns_show_the_highest_of_what_they_hold() -> None:
    assert columned([1, 9, 2, 3], 2) == [9, 3]
    assert columned([1, 2], 5) == [1, 1, 2, 2]
    assert blocks([8, 4, 0.001, 0], 8)[-1] == "██▁ "
    assert spark([0, 1, 8]) == " ▁█"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31 13:00:00.250+01:00", "2026-01-31T12:00:00.25Z"),
        ("2026-01-31T12:00", "2026-01-31T12:00:00Z"),
        ("31/Jan/2026:07:00:00 -0500", "2026-01-31T12:00:00Z"),
        ("1769860800", "2026-01-31T12:00:00Z"),
        ("1769860800250", "2026-01-31T12:00:00.25Z"),
        ("1769860800250000", "2026-01-31T12:00:00.25Z"),
        ("1769860800250000000", "2026-01-31T12:00:00.25Z"),
    ],
)
def test_an_instant_is_read_in_every_form_that_tools_write(text: str, at: str) -> None:
    ns = Instants().ns(text)
    assert instant_text(datetime.fromtimestamp(ns / 1e9, UTC)) == at


def test_decimals_of_an_instant_are_read_exactly() -> None:
    assert Instants().ns("1769860800.123456789") == 1769860800123456789
    assert Instants().ns("2026-01-31T12:00:00.123456789Z") == 1769860800123456789
    assert Instants().ns("0.1") == 100_000_000


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-1", "1e9", "nan", "2026-02-30T00:00:00Z", "31/Feb/2026:07:00:00 -0500", "2026-01-31", "1" * 21,
     "2026-01-31T25:00:00Z", "2026-01-31T12:00:00+25:00"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every caller says the rest
        Instants().ns(text)


@pytest.mark.parametrize("text", ["Europe/Atlantis", "+1", "", "../etc/passwd", "+99:00"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        zone_of(text)


@given(st.integers(0, 10**20))
def test_seconds_are_written_and_read_exactly(ns: int) -> None:
    assert seconds_ns(seconds_text(ns)) == ns


@pytest.mark.parametrize("text", ["-1", "x", "", "nan", "inf", "0.0000000001"])
def test_what_is_no_number_of_seconds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no number of seconds"):
        seconds_ns(text)


def test_a_record_has_an_interval_and_a_length() -> None:
    with pytest.raises(TrafficError, match="0 intervals: a record has 1 to 1,000,000"):
        Record(SECOND_NS, ())
    with pytest.raises(TrafficError, match=r"intervals of 0\.0005 s are too short: at least 0\.001 s"):
        Record(500_000, (1,))
