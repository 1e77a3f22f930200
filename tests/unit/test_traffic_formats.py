"""Every format on a file as the real tool wrote it, against counts made otherwise.

tests/unit/samples/README.md says how each was made.
"""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from scenarios.traffic.formats import FORMATS, recognised
from scenarios.traffic.formats.format import Wanted
from scenarios.traffic.importing import Imported, Request, imported
from scenarios.traffic.instants import zone_of
from scenarios.traffic.record import SECOND_NS, TrafficError, instant_at, instant_text
from tacorush.evidence.records import ArrivalSecond, Delta
from tacorush.evidence.writer import RunFileWriter
from tests.unit.told_claims import T0_NS

SAMPLES = Path(__file__).parent / "samples"
COMBINED = (1, 3, 4, 4, 11, 17, 18, 16, 4, 4, 2, 0, 0, 0, 0, 2, 4, 4, 4, 12, 20, 20, 20, 20, 4, 4, 4, 4)
"""`cut -d[ -f2 combined.log | cut -c1-20 | uniq -c`, with the four silent seconds between k6 and Locust."""


def read(name: str | Path, format_: str | None = None, skip_broken: bool = False, **wanted: Any) -> Imported:
    """Imports one sample."""
    return imported(Request(str(SAMPLES / name), format_, Wanted(**wanted), skip_broken))


def file(folder: Path, text: str, name: str = "record.txt") -> Path:
    """Writes a record of one's own."""
    path = folder / name
    path.write_text(text)
    return path


def refused(*arguments: Any, **wanted: Any) -> str:
    """What is said of a file that cannot be used."""
    with pytest.raises(TrafficError) as caught:
        read(*arguments, **wanted)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "format_", "grounds"),
    [
        ("common.log", "common", '20 of the first 20 lines have [time] "request" status bytes'),
        (
            "combined.log",
            "combined",
            '20 of the first 20 lines have [time] "request" status bytes "referrer" "user agent"',
        ),
        ("access.jsonl", "jsonl", "its first line is a JSON object"),
        ("k6.json.gz", "k6-json", "its first line is a Metric of k6"),
        ("k6.csv.gz", "k6-csv", "its header begins with metric_name, timestamp, metric_value"),
        ("vegeta.csv", "vegeta", "its first line begins with a start in ns, a status and three counts"),
        ("locust_stats_history.csv", "locust", "its header has Timestamp, User Count, Name and Total Request Count"),
        ("prometheus_counter.json", "prometheus", "it begins with the status of a Prometheus answer"),
        ("timestamps.csv", "timestamps", "its header names time and no count"),
        ("counts.csv", "counts", "its header names time and count"),
    ],
)  # fmt: skip
def test_the_format_of_each_sample_is_told_with_its_grounds(name: str, format_: str, grounds: str) -> None:
    data = (SAMPLES / name).read_bytes()
    found = recognised(name, gzip.decompress(data) if name.endswith(".gz") else data)
    assert (found.format.name, found.grounds) == (format_, grounds)


def test_a_common_log_counts_every_request_at_its_second() -> None:
    """74 hits, as vegeta sent them: 24 at 8/s, and 50 at 25/s."""
    made = read("common.log")
    assert made.record.counts == (5, 8, 8, 18, 26, 9)
    assert instant_text(made.record.starts_at or pytest.fail("no date")) == "2026-11-27T02:48:51Z"
    assert made.skipped == ()


def test_a_combined_log_has_zeros_where_nobody_came() -> None:
    assert read("combined.log").record.counts == COMBINED


def test_only_matching_lines_count_and_the_others_are_told() -> None:
    made = read("combined.log", match=re.compile(b'"POST /order'))
    assert made.record.total == 41 + 62
    assert made.record.counts[:10] == (1, 2, 2, 5, 8, 9, 9, 2, 2, 1)
    assert made.skipped == ("103 lines without '\"POST /order'",)


def test_json_lines_count_by_the_field_that_was_named() -> None:
    """nginx wrote the same second twice, as text and as a number: both give the log's own counts."""
    by_text, by_number = read("access.jsonl", time_field="time"), read("access.jsonl", time_field="msec")
    assert by_text.record.counts == by_number.record.counts == COMBINED
    assert by_text.record.starts_at == by_number.record.starts_at
    assert by_number.notes == ("its numbers were taken for Unix time in s",)


def test_json_lines_with_two_fields_that_may_be_the_time_are_refused() -> None:
    assert refused("access.jsonl") == (
        "access.jsonl, line 1: the field of the time: found time and msec, either of which may be it; "
        "say which with --time-field"
    )


def test_json_lines_take_the_one_usual_field_and_fields_in_objects(tmp_path: Path) -> None:
    rows = [{"@timestamp": f"2026-01-31T12:00:0{second}.9Z", "http": {"t": 1769860800.5}} for second in (0, 0, 2)]
    path = file(tmp_path, "\n".join(map(json.dumps, rows)))
    assert read(path).record.counts == (2, 0, 1)
    assert read(path, time_field="http.t").record.counts == (3,)


def test_k6_counts_iterations_by_their_start() -> None:
    """41 iterations, and 7 that k6 dropped, as its summary said; each took 0.3 s, so starts differ from ends."""
    made = read("k6.json.gz")
    assert made.record.counts == (2, 2, 2, 6, 9, 9, 7, 2, 2)
    assert made.counted == "points of iteration_duration by their start (time less duration)"
    assert made.notes == ("k6 had dropped 7 iterations, which never came and are not in it",)
    assert made.skipped == ("901 points of other metrics",)


def test_k6_counts_another_metric_by_its_end() -> None:
    """84 requests, at the seconds at which nginx logged them."""
    made = read("k6.json.gz", metric="http_reqs")
    assert made.record.counts == COMBINED[:11]
    assert read("k6.json.gz", metric="iterations").record.total == 41


def test_the_csv_of_k6_counts_the_same_but_says_that_it_knows_whole_seconds_only() -> None:
    made = read("k6.csv.gz")
    assert made.record.counts == (1, 2, 2, 5, 8, 9, 9, 2, 2, 1)
    assert "times are whole seconds, so a start may lie up to a second early" in made.notes
    assert read("k6.csv.gz", metric="http_reqs").record.counts == COMBINED[:11]


def test_a_counter_of_k6_counts_as_much_as_each_point_says(tmp_path: Path) -> None:
    path = file(tmp_path, "metric_name,timestamp,metric_value\ntickets,10,3.000000\ntickets,12,2\nvus,12,9\n")
    assert read(path, metric="tickets").record.counts == (3, 0, 2)
    path.write_text("metric_name,timestamp,metric_value\ntickets,10,2.5\n")
    assert refused(path, metric="tickets").startswith(
        "record.txt, line 2: tickets: found '2.5'; allowed: a whole number from 0 (choose a --metric that counts)"
    )


@pytest.mark.parametrize("name", ["k6.json.gz", "k6.csv.gz"])
def test_a_metric_that_k6_did_not_write_is_answered_with_those_it_wrote(name: str) -> None:
    said = refused(name, metric="orders")
    assert said.startswith(f"{name}: --metric orders: found no point of it; allowed: data_received, data_sent, ")
    assert "metric_name" not in said


def test_vegeta_counts_hits_by_their_start() -> None:
    """`cut -d, -f1 vegeta.csv | cut -c1-10 | sort | uniq -c`."""
    assert read("vegeta.csv").record.counts == (5, 8, 8, 19, 25, 9)


def test_a_hit_of_vegeta_whose_error_has_a_line_end_is_one_hit(tmp_path: Path) -> None:
    text = '1795747731461330255,0,5,0,0,"dial: a ""b"",\n1795747731461330255,200,",,a,0,GET,http://x,\n'
    made = read(file(tmp_path, text))
    assert (made.format, made.record.counts) == ("vegeta", (1,))
    assert made.notes == ("1 of them had no answer, and count as they were sent",)


def test_locust_counts_how_the_total_rose() -> None:
    """122 requests in all, 60 of one name, as Locust's summary said; rows of single names are left out."""
    made = read("locust_stats_history.csv")
    assert made.record.counts == (0, 4, 4, 6, 4, 20, 28, 20, 20, 4, 4, 4, 4)
    assert made.skipped == ("24 rows of other names",)
    assert read("locust_stats_history.csv", metric="/queue").record.total == 60


def test_locust_without_totals_is_counted_from_its_mean_rate_and_that_is_said(tmp_path: Path) -> None:
    text = "Timestamp,User Count,Type,Name,Requests/s\n" + "".join(
        f"{1795747736 + second},9,,Aggregated,{rate}\n" for second, rate in enumerate((0, 2.5, 2.5, 4))
    )
    made = read(file(tmp_path, text))
    assert made.record.counts == (0, 3, 2, 4)
    assert made.notes == ("Requests/s is a mean over 10 s, so spikes are flattened: there was no Total Request Count",)


def test_a_total_of_locust_that_falls_was_reset(tmp_path: Path) -> None:
    """And a second without a row shares with its neighbour what came in both."""
    text = "Timestamp,User Count,Type,Name,Total Request Count\n" + "".join(
        f"{1795747736 + second},9,,Aggregated,{total}\n" for second, total in ((0, 4), (1, 10), (3, 20), (4, 3))
    )
    made = read(file(tmp_path, text))
    assert made.record.counts == (4, 6, 5, 5, 3)
    assert made.notes == ("resets of the total: 1; what it then showed had come since",)


def test_a_prometheus_counter_counts_its_rises_and_its_reset() -> None:
    """13 before the first sample are unknown; after the restart 60 come, 7 of them beyond the first sample."""
    made = read("prometheus_counter.json")
    assert made.record.counts == (5, 5, 5, 25, 40, 40, 40, 40, 0, 0, 0, 0, 0, 53, 7)
    assert made.record.total == 30 - 13 + 200 - 17 + 17 - 17 + 17 + 43
    assert "resets of counters: 1; what they then showed had come since" in made.notes


def test_a_prometheus_rate_counts_rate_times_step() -> None:
    """The mean of 4 s smears the spike: 203 people where the counter saw 260; a missing sample has nobody."""
    made = read("prometheus_rate.json", series="rate")
    assert made.record.interval_ns == 2 * SECOND_NS
    assert made.record.counts == (6, 10, 47, 80, 52, 0, 0, 8)
    assert made.notes == ("the step is 2 s", "gaps where samples were missing: 1")
    assert read("prometheus_rate.json", series="increase").record.total == 101


def test_a_prometheus_series_without_a_name_is_refused_until_somebody_says_what_it_is() -> None:
    assert refused("prometheus_rate.json") == (
        "prometheus_rate.json: series: found one without a name, which may be a rate, an increase or a sum of "
        "counters; say --series counter, rate or increase"
    )


def test_several_prometheus_series_are_added_up() -> None:
    made = read("prometheus_sums.json", series="counter")
    assert made.counted == "people of 3 series read as counter"
    assert made.record.counts == (12, 67, 82, 41, 0, 0, 61)


def test_steps_of_prometheus_are_spread_evenly_into_shorter_intervals() -> None:
    made = read("prometheus_sums.json", series="counter", interval_ns=SECOND_NS)
    assert made.record.counts[:4] == (6, 6, 34, 33)
    assert "people were spread evenly within steps of 2 s" in made.notes


def test_timestamps_and_counts_of_pandas_agree_with_the_log_they_come_from() -> None:
    """pandas began its intervals of 5 s at :40, a second before the first request."""
    assert read("timestamps.csv").record.counts == COMBINED
    fives = read("counts.csv")
    assert fives.record.interval_ns == 5 * SECOND_NS
    assert fives.record.counts == read("timestamps.csv", interval_ns=5 * SECOND_NS).record.counts
    assert fives.record.counts[:2] == (sum(COMBINED[:4]), sum(COMBINED[4:9]))
    ones = read("counts.csv", interval_ns=SECOND_NS)
    assert ones.record.counts[:10] == (2, 3, 2, 3, 2, 13, 13, 14, 13, 13)
    assert ones.notes == ("people were spread evenly within intervals of 5 s",)


def test_a_table_without_a_header_needs_to_be_told_apart(tmp_path: Path) -> None:
    single = file(tmp_path, "0\n0.5\n2\n", "single.csv")
    double = file(tmp_path, "0;4\n2;5\n6;1\n", "double.csv")
    assert read(single).record.counts == (2, 0, 1)
    assert read(single).record.starts_at is None
    assert "its format is none that is known by sight" in refused(double)
    assert read(double, "counts").record.counts == (4, 5, 0, 1)
    assert read(double, "counts").record.interval_ns == 2 * SECOND_NS


def test_a_table_that_could_be_either_is_refused_with_what_speaks_for_both(tmp_path: Path) -> None:
    """Two kinds of header in one: whichever was guessed, somebody would be driven who never came."""
    log = (SAMPLES / "common.log").read_text().splitlines()[0]
    mixed = file(tmp_path, f'{log}\n{log} "-" "curl"\n')
    said = refused(mixed)
    assert said.startswith("record.txt: its format is ambiguous: common, because 1 of the first 2 lines have [time] ")
    assert said.endswith("; say which with --format")


def test_columns_are_named_or_numbered(tmp_path: Path) -> None:
    path = file(tmp_path, "# a comment\nwhen,who,how many\n10,x,4\n20,x,6\n")
    assert read(path, "counts", time_field="When", count_field="3").record.counts == (4, 6)
    assert refused(path, "counts", time_field="when", count_field="4") == (
        "record.txt, line 1: --count-field 4: found the columns when, who, how many; "
        "allowed: the name of one, or its number from 1"
    )


def test_our_own_traffic_can_be_imported_like_any_table(tmp_path: Path) -> None:
    path = file(tmp_path, "# interval_s: 1\nstart_s,count\n0,2\n1,0\n2,7\n")
    assert read(path, interval_ns=2 * SECOND_NS).record.counts == (2, 7)


def run_file(path: Path, *, ended: bool = True) -> Path:
    """A run of 6 s by two processes, which started less than was planned."""
    writer = RunFileWriter(path, every_s=0.01)
    writer.meta("t0_ns", T0_NS)
    writer.meta("duration_s", 6)
    for process, started in (("one", 5), ("two", 3)):
        seconds = [ArrivalSecond(second, planned=5, started=started) for second in (1, 3)]
        writer.put(Delta(process, 1, arrivals=seconds))
    if ended:
        writer.finish({"how": "completed"})
    else:
        writer.close()
    return path


def test_a_run_file_counts_what_was_planned_or_what_was_started(tmp_path: Path) -> None:
    """From T0 to the end of the plan, whoever planned it."""
    path = run_file(tmp_path / "run.sqlite")
    planned, started = read(tmp_path), read(path, metric="started")
    assert (planned.format, planned.grounds) == ("run", "it is an SQLite file with Tacorush's application id")
    assert planned.record.counts == (0, 10, 0, 10, 0, 0)
    assert started.record.counts == (0, 8, 0, 8, 0, 0)
    assert planned.record.starts_at == instant_at(T0_NS)
    assert planned.notes == ("of 20 arrivals planned 16 were started",)
    assert refused(path, metric="late") == "run.sqlite: --metric: found late; allowed: planned or started"


def test_a_run_that_was_killed_is_said_to_be_cut(tmp_path: Path) -> None:
    made = read(run_file(tmp_path / "run.sqlite", ended=False))
    assert "the run was killed or goes on: what came later is not in it" in made.notes


def test_times_in_local_time_are_read_in_the_zone_that_was_named(tmp_path: Path) -> None:
    """Clocks in Berlin went from 01:59:59 to 03:00:00 on 29 March 2026: two seconds in a row."""
    path = file(tmp_path, "time\n2026-03-29 01:59:59\n2026-03-29 03:00:00\n")
    made = read(path, zone=zone_of("Europe/Berlin"))
    assert made.record.counts == (1, 1)
    assert made.notes == ("2 times without a zone were taken as Europe/Berlin",)
    assert len(read(path).record.counts) == 3602


def test_lines_with_different_zones_meet_at_the_same_second(tmp_path: Path) -> None:
    lines = (SAMPLES / "common.log").read_text().splitlines()[:1]
    lines.append(lines[0].replace("02:48:51 +0000", "04:48:51 +0200"))
    assert read(file(tmp_path, "\n".join(lines))).record.counts == (2,)


def test_lines_out_of_order_count_at_their_time_and_are_told(tmp_path: Path) -> None:
    text = (SAMPLES / "common.log").read_text().splitlines()
    made = read(file(tmp_path, "\n".join(reversed(text))))
    assert made.record.counts == read("common.log").record.counts
    assert made.notes[-1] == "65 of its times stood out of order, and count at their time"


def test_a_gzipped_file_is_known_by_its_bytes_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "plain.log"
    path.write_bytes(gzip.compress((SAMPLES / "common.log").read_bytes()))
    assert (read(path).format, read(path).record.counts) == ("common", (5, 8, 8, 18, 26, 9))


def test_every_format_has_a_sample_here() -> None:
    """Run files aside, which are made above."""
    told = {recognised(path.name, _head(path)).format.name for path in SAMPLES.iterdir() if path.suffix != ".md"}
    assert told | {"run"} == set(FORMATS)


def _head(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
