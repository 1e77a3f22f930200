"""What is said of a recorded file that is broken: file, line, field, what was found, what is allowed."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from scenarios.traffic.formats import FORMATS
from scenarios.traffic.formats.format import Wanted
from scenarios.traffic.importing import Imported, Request, imported
from scenarios.traffic.instants import Instants
from scenarios.traffic.record import TrafficError

SAMPLES = Path(__file__).parent / "samples"
LOG = '10.0.0.1 - - [31/Jan/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5'
HISTORY = "Timestamp,User Count,Type,Name,Requests/s,Total Request Count\n"
K6 = "metric_name,timestamp,metric_value\n"


def read(path: Path, format_: str | None = None, skip_broken: bool = False, **wanted: Any) -> Imported:
    return imported(Request(str(path), format_, Wanted(**wanted), skip_broken))


def refused(path: Path, *arguments: Any, **wanted: Any) -> str:
    with pytest.raises(TrafficError) as caught:
        read(path, *arguments, **wanted)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def answer(*values: Any, **changes: Any) -> str:
    """An answer of Prometheus."""
    data = {"resultType": "matrix", "result": [{"metric": {"__name__": "x_total"}, "values": list(values)}], **changes}
    return json.dumps({"status": "success", "data": data})


@pytest.mark.parametrize(
    ("format_", "text", "said"),
    [
        (
            "common",
            f"{LOG}\nGET / 200\n",
            "file.txt, line 2: request: found 'GET / 200'; allowed: HOST IDENT USER "
            '[31/Jan/2026:13:00:00 +0100] "REQUEST" STATUS BYTES; leave such lines out with --skip-broken',
        ),
        (
            "common",
            f"{LOG}\n{LOG.replace('Jan', 'Jän')}\n",
            "file.txt, line 2: time: found '31/Jän/2026:12:00:00 +0000'; allowed: 31/Jan/2026:13:00:00 +0100; "
            "leave such lines out with --skip-broken",
        ),
        (
            "combined",
            f"{LOG}\n",
            f"file.txt, line 1: request: found '{LOG[:59]}…; allowed: HOST IDENT USER [31/Jan/2026:13:00:00 +0100] "
            '"REQUEST" STATUS BYTES "REFERRER" "USER AGENT"; leave such lines out with --skip-broken',
        ),
        (
            "common",
            f"{LOG}\n{LOG.replace('31/Jan', '31/Feb')}\n",
            "file.txt, line 2: time: found '31/Feb/2026:12:00:00 +0000'; allowed: 31/Jan/2026:13:00:00 +0100; "
            "leave such lines out with --skip-broken",
        ),
        (
            "common",
            f"{LOG}\n{LOG.replace('2026', '1970')}\n",
            "file.txt, line 2: time: from 1970-01-31T12:00:00Z to 2026-01-31T12:00:00Z there are more than 1,000,000 "
            "intervals of 1 s; leave wrong times out with --from and --to, or widen --interval",
        ),
        (
            "jsonl",
            '{"time": "2026-01-31T12:00:00Z"}\n{"tiem": 1}\n',
            "file.txt, line 2: time: found nothing, among tiem; allowed: an ISO 8601 time, an access log's time, or "
            "Unix time in s, ms, µs or ns; leave such lines out with --skip-broken",
        ),
        (
            "jsonl",
            '{"time": "2026-01-31T12:00:00Z"}\n{"time": "2026-01-',
            "file.txt, line 2: line: found '{\"time\": \"2026-01-'; allowed: a JSON object; "
            "leave such lines out with --skip-broken",
        ),
        (
            "jsonl",
            '{"a": 1, "b": 2}\n',
            "file.txt, line 1: the field of the time: found a, b; say which with --time-field",
        ),
        (
            "timestamps",
            "time\n2026-01-31T12:00:00Z\nsoon\n",
            "file.txt, line 3: time: found 'soon'; allowed: an ISO 8601 time, an access log's time, or Unix time in s, "
            "ms, µs or ns; leave such lines out with --skip-broken",
        ),
        (
            "timestamps",
            "time\n2026-13-31T12:00:00Z\n",
            "file.txt, line 2: time: found '2026-13-31T12:00:00Z'; allowed: an ISO 8601 time, an access log's time, or "
            "Unix time in s, ms, µs or ns; leave such lines out with --skip-broken",
        ),
        ("timestamps", "time\n", "file.txt: nobody came: there is nothing to count in it"),
        (
            "counts",
            "time,count\n0,1\n10,2\n15,3\n",
            "file.txt, line 4: time: found 15 s from the first; allowed: times a whole number of 10 s apart, as the "
            "first two rows are; leave such lines out with --skip-broken",
        ),
        (
            "counts",
            "time,count\n0,1\n10,-2\n",
            "file.txt, line 3: count: found '-2'; allowed: a whole number from 0 to 1,000,000,000,000; "
            "leave such lines out with --skip-broken",
        ),
        ("counts", "time,count\n0,1\n", "file.txt, line 2: time: found one row only; allowed: rows in order, equally "
         "far apart"),
        ("counts", "time,count\n5,1\n5,1\n", "file.txt, line 3: time: found no later than the row before; allowed: "
         "rows in order, equally far apart"),
        ("counts", "time,count\n", "file.txt: it has a header and no rows"),
        (
            "locust",
            f"{HISTORY}1795747736,1,,Aggregated,0,3\n1795747735,1,,Aggregated,0,5\n",
            "file.txt, line 3: Timestamp: found 1795747735; allowed: rows in order of time; "
            "leave such lines out with --skip-broken",
        ),
        (
            "locust",
            f"{HISTORY}1795747736,1,,Aggregated,0,many\n",
            "file.txt, line 2: Total Request Count: found 'many' at '1795747736'; allowed: a number from 0, and a "
            "Unix time; leave such lines out with --skip-broken",
        ),
        (
            "locust",
            f"{HISTORY}1795747736,1,,Aggr",
            "file.txt, line 2: row: found 1795747736,1,,Aggr; allowed: as many fields as the header has; "
            "leave such lines out with --skip-broken",
        ),
        (
            "k6-csv",
            f"{K6}iteration_duration,1795747722,-1\n",
            "file.txt, line 2: iteration_duration: found '-1'; allowed: milliseconds from 0; "
            "leave such lines out with --skip-broken",
        ),
        (
            "k6-csv",
            "metric,time\n",
            "file.txt, line 1: header: found another one; allowed: metric_name, timestamp, metric_value, …",
        ),
        (
            "k6-json",
            '{"metric":"iteration_duration","type":"Point","data":{"time":"2026-01-31T12:00:00Z","val',
            "file.txt, line 1: line: found '{\"metric\":\"iteration_duration\",\"type\":\"Point\",\"data\":{\"time…; "
            'allowed: k6\'s {"metric": …, "type": "Point" or "Metric", "data": …}; '
            "leave such lines out with --skip-broken",
        ),
        (
            "vegeta",
            "soon,200,1,1,1,,\n",
            "file.txt, line 1: hit: found 'soon,200,1,1,1,,'; allowed: "
            "start_ns,code,latency_ns,bytes_out,bytes_in,error,…; leave such lines out with --skip-broken",
        ),
        (
            "prometheus",
            answer([1, "1"], [2, "-4"]),
            "file.txt: values: found ['2', '-4']; allowed: numbers from 0, in order of time",
        ),
        (
            "prometheus",
            answer([1, "1"], [2, "x"]),
            "file.txt: values: found ['2', 'x']; allowed: [time, \"number\"]",
        ),
        ("prometheus", answer([1, "1"]), "file.txt: values: found no two samples of a series; allowed: a step of at "
         "least 1 ms"),
        (
            "prometheus",
            answer(resultType="vector"),
            "file.txt: resultType: found vector; allowed: matrix, from /api/v1/query_range",
        ),
        ("prometheus", answer(result=[]), "file.txt: result: found no series; allowed: at least one with values"),
        (
            "prometheus",
            '{"status":"error","errorType":"bad_data","error":"parse error"}',
            "file.txt: data: found parse error; allowed: the answer of a query that succeeded",
        ),
        (
            "prometheus",
            '{"status":"success","data"',
            "file.txt, line 1: found no JSON (Expecting ':' delimiter: line 1 column 27 (char 26)); "
            "allowed: a whole answer",
        ),
        ("run", LOG, "PATH is damaged"),
        (None, "what is this?\n", "file.txt, line 1: its format is none that is known by sight: found 'what is this?'; "
         f"say it with --format: {', '.join(sorted(FORMATS))}"),
        (None, "", "file.txt is empty"),
        (None, "(\xb5/\xfd", "file.txt is compressed with zstd: `zstd -dc FILE | tacorush traffic import -`"),
        (None, "\xff\xfet\x00", "file.txt is text in UTF-16: write it as UTF-8"),
        ("timestamps", "time\n\xff\n", "file.txt, line 2: text: found '\\xff\\n'; allowed: UTF-8"),
    ],
)  # fmt: skip
def test_an_error_names_file_line_field_what_was_found_and_what_is_allowed(
    format_: str | None, text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(text.encode("latin-1") if "\xff" in text or "\xfd" in text else text.encode())
    if format_ == "run":
        assert "file.txt cannot be read as a run file: file is not a database" in refused(path, format_)
    else:
        assert refused(path, format_) == said


def test_broken_lines_are_left_out_when_asked_and_counted_with_the_first(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text(f"{LOG}\nnonsense\n\n{LOG}\nmore nonsense\n")
    made = read(path, "common", skip_broken=True)
    assert made.record.counts == (2,)
    assert made.skipped == (
        "2 broken lines, the first: file.txt, line 2: request: found 'nonsense'; allowed: HOST IDENT USER "
        '[31/Jan/2026:13:00:00 +0100] "REQUEST" STATUS BYTES',
    )


def test_people_outside_the_times_asked_for_are_counted_as_skipped(tmp_path: Path) -> None:
    """The record covers the time asked for, silent seconds at its ends too."""
    path = tmp_path / "file.txt"
    times = ("11:59:58", "12:00:01", "12:00:01", "12:00:03")
    path.write_text("\n".join(LOG.replace("12:00:00", time) for time in times))
    noon = Instants().ns("2026-01-31T12:00:00Z")
    made = read(path, from_ns=noon, to_ns=noon + 3 * 10**9)
    assert made.record.counts == (0, 2, 0)
    assert made.skipped == ("2 people outside --from and --to",)


def test_times_without_a_date_cannot_be_cut_by_dates(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("1\n2\n")
    assert refused(path, from_ns=0).endswith("so --from and --to say nothing; use `traffic cut` after it")


@pytest.mark.parametrize(
    ("format_", "wanted", "said"),
    [
        ("common", {"metric": "x"}, "--metric: the format common does not know it; allowed: --match"),
        ("k6-csv", {"series": "rate"}, "--series: the format k6-csv does not know it; allowed: --metric"),
        ("counts", {"match": b""}, "--match: the format counts does not know it; allowed: --count-field, --time-field"),
    ],
)
def test_an_option_that_the_format_does_not_know_is_refused(
    format_: str, wanted: dict[str, Any], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.txt"
    path.write_text("x")
    assert refused(path, format_, **wanted) == said


def test_gzip_that_ends_early_is_refused_with_the_line(tmp_path: Path) -> None:
    """A copy that broke off would otherwise be a quieter day."""
    path = tmp_path / "file.gz"
    lines = "".join(f"{1769860800 + number}.{number}\n" for number in range(50_000))
    path.write_bytes(gzip.compress(lines.encode())[:-2000])
    said = refused(path)
    assert said.startswith("file.gz, after line 4")
    assert "the gzip data is damaged" in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.log") == f"{tmp_path}/none.log: cannot be read: no such file or directory"
    assert refused(tmp_path) == f"{tmp_path}: cannot be read: is a directory"


class Trickle(io.RawIOBase):
    """Standard input that gives a few bytes at a time, and is never held whole."""

    def __init__(self, line: bytes, times: int, step: int) -> None:
        self._line, self._left, self._step = line, times * len(line), step
        self._whole = times * len(line)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = min(self._step, len(buffer), self._left)
        at = (self._whole - self._left) % len(self._line)
        twice = (self._line * (2 + size // len(self._line)))[at : at + size]
        buffer[:size] = twice
        self._left -= size
        return size


class Piped:
    """What stands for sys.stdin."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self.buffer = io.BufferedReader(raw)


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_standard_input_is_read_to_its_end_however_it_trickles(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Piped(Trickle(f"{LOG}\n".encode(), 3000, step)))
    made = imported(Request("-"))
    assert made.record.counts == (3000,)
    assert made.record.notes[0] == "source: standard input, read as common"


def test_a_long_log_needs_no_more_memory_than_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """30 MB through a pipe: never more than 2 MB are held."""
    line = f'{LOG} "-" "{"x" * 400}"\n'.encode()
    monkeypatch.setattr(sys, "stdin", Piped(Trickle(line, 60_000, 1 << 16)))
    tracemalloc.start()
    try:
        made = imported(Request("-"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.record.counts == (60_000,)
    assert peak < 2_000_000
