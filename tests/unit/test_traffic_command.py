"""`tacorush traffic`: what a person types, what is said, and what is in the file."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from scenarios.traffic import csv_file
from scenarios.traffic.formats import FORMATS
from tacorush.cli.__main__ import main
from tacorush.cli.traffic import parser

SAMPLES = Path(__file__).parent / "samples"
SPIKE = "# starts_at: 2026-01-31T12:00:00Z\nstart_s,count\n0,2\n1,2\n2,20\n3,8\n4,2\n5,0\n"


@pytest.fixture
def spike(tmp_path: Path) -> Path:
    """A record of six seconds."""
    path = tmp_path / "spike.csv"
    path.write_text(SPIKE)
    return path


def do(*words: str | Path) -> int:
    return main(["traffic", *map(str, words)])


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """The one line that a command says when it cannot do what was asked."""
    try:
        code: object = do(*words)
    except SystemExit as left:
        code = left.code
    lines = capsys.readouterr().err.splitlines()
    assert (code, len(lines)) == (2, 1), lines
    return lines[0]


def counts(path: Path) -> tuple[int, ...]:
    return csv_file.read(path).counts


def test_import_says_what_was_detected_counted_assumed_and_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the file itself says it too."""
    out = tmp_path / "traffic.csv"
    assert do("import", SAMPLES / "k6.json.gz", "-o", out) == 0
    assert capsys.readouterr().out == (
        f"{SAMPLES}/k6.json.gz: format k6-json (detected: its first line is a Metric of k6)\n"
        "counted 41 points of iteration_duration by their start (time less duration)\n"
        "note    k6 had dropped 7 iterations, which never came and are not in it\n"
        "skipped 901 points of other metrics\n"
        "41 people in 9 s from 2026-11-27T02:48:42Z, 9 intervals of 1 s, peak 9/s\n"
        f"wrote {out}\n"
    )
    assert csv_file.read(out).notes == (
        "source: k6.json.gz, read as k6-json",
        "counted: 41 points of iteration_duration by their start (time less duration)",
        "note: k6 had dropped 7 iterations, which never came and are not in it",
        "skipped: 901 points of other metrics",
    )


def test_import_to_standard_output_leaves_it_to_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert do("import", SAMPLES / "common.log", "--format", "common", "-o", "-") == 0
    printed = capsys.readouterr()
    assert csv_file.parse(printed.out.splitlines()).counts == (5, 8, 8, 18, 26, 9)
    assert "common.log: format common (as asked)\n" in printed.err
    assert "skipped nothing\n" in printed.err


def test_import_takes_every_option_that_its_formats_know(tmp_path: Path) -> None:
    out = tmp_path / "traffic.csv"
    assert do("import", SAMPLES / "combined.log", "--match", "POST /order", "--interval", "10s", "-o", out) == 0
    assert counts(out) == (38, 10, 55)
    window = ("--from", "2026-11-27T03:49:00+01:00", "--to", "2026-11-27T02:49:05Z")
    assert do("import", SAMPLES / "combined.log", *window, "-o", out, "--overwrite") == 0
    assert counts(out) == (12, 20, 20, 20, 20)
    assert do("import", SAMPLES / "access.jsonl", "--time-field", "msec", "-o", out, "--overwrite") == 0
    assert sum(counts(out)) == 206
    assert do("import", SAMPLES / "prometheus_sums.json", "--series", "counter", "-o", out, "--overwrite") == 0
    assert sum(counts(out)) == 263


def test_show_draws_and_describes(spike: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plain characters: nothing for a terminal alone."""
    assert do("show", spike, "--width", "40") == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[2:4] == [
        " 20/s│          █████",
        "     │          █████",
    ]
    assert max(map(len, printed.splitlines()[1:12])) <= 40
    assert "\nburstiness  index of dispersion 8.333 at 1 s (1 is chance, more is bursts)\n" in printed
    assert "\npeak        20/s at 2026-01-31T12:00:02Z, 3.5 times the mean\n" in printed
    assert "\nmean        5.667/s; nobody came in 1 of 6 intervals\n" in printed
    assert "\x1b" not in printed


def test_show_draws_the_day_in_the_zone_that_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "day.csv"
    rows = "".join(f"{hour * 3600},{900 if hour == 12 else 9}\n" for hour in range(24))
    path.write_text(f"# starts_at: 2026-01-31T00:00:00Z\nstart_s,count\n{rows}")
    assert do("show", path, "--zone", "Europe/Berlin") == 0
    assert "|▁▁▁▁▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁| 0 to 24 h in Europe/Berlin, fullest from 13 h" in capsys.readouterr().out


@pytest.mark.parametrize("dated", [True, False])
def test_show_plots_into_a_file(dated: bool, spike: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spike.write_text(SPIKE if dated else SPIKE.partition("\n")[2])
    assert do("show", spike, "--plot", tmp_path / "spike.png") == 0
    assert (tmp_path / "spike.png").read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out.endswith(f"plotted {tmp_path}/spike.png\n")
    said = refused(capsys, "show", spike, "--plot", tmp_path / "none" / "spike.png")
    assert said.endswith("none/spike.png: cannot be written: no such file or directory")


def test_scale_and_cut_write_what_they_made_and_how(spike: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert do("scale", spike, "--rate-factor", "0.5", "-o", out) == 0
    assert counts(out) == (1, 1, 10, 4, 1, 0)
    assert do("scale", spike, "--peak", "10", "--time-factor", "0.5", "-o", out, "--overwrite") == 0
    assert (counts(out), csv_file.read(out).interval_s, csv_file.read(out).peak) == ((1, 0, 5, 2, 1, 0), 0.5, 10)
    assert csv_file.read(out).notes == ("stretched: 0.5 times the time", "scaled: 0.25 times the people")
    assert do("cut", spike, "--from", "2s", "--to", "2026-01-31T12:00:04Z", "-o", out, "--overwrite") == 0
    assert counts(out) == (20, 8)
    assert do("cut", spike, "--from", "2026-01-31T13:00:03+01:00", "-o", out, "--overwrite") == 0
    assert counts(out) == (8, 2, 0)


def test_commands_follow_each_other_in_a_pipe(
    spike: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each says what it did on stderr, where the record goes to stdout."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(SPIKE))
    assert do("cut", "-", "--from", "2s", "-o", "-") == 0
    assert csv_file.parse(capsys.readouterr().out.splitlines()).counts == (20, 8, 2, 0)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), encoding="utf-8"))
    assert refused(capsys, "show", "-").endswith("standard input is no text in UTF-8: a traffic.csv was expected")


def test_a_file_that_is_there_is_not_replaced_unasked(spike: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "import", SAMPLES / "common.log", "-o", spike)
    assert said == f"tacorush traffic: {spike} is there already; name another file with -o, or add --overwrite"
    assert spike.read_text() == SPIKE


def test_import_never_replaces_the_record_by_its_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The log that a platform wrote exists once."""
    log = tmp_path / "k6.json.gz"
    log.write_bytes((SAMPLES / "k6.json.gz").read_bytes())
    (tmp_path / "link").symlink_to(log)
    for output in (log, tmp_path / "link"):
        said = refused(capsys, "import", log, "-o", output, "--overwrite")
        assert said.endswith("is the record itself, which would be lost; name another file with -o")
    assert log.read_bytes() == (SAMPLES / "k6.json.gz").read_bytes()


def test_what_was_scaled_can_be_read_again_or_is_refused(
    spike: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    for option, value, said in (
        ("--rate-factor", "1e300", "2e+301 people in one interval are too many: at most 1,000,000,000,000"),
        ("--time-factor", "1e9", "intervals of 1e+09 s are too long: at most 31622400 s"),
    ):
        assert refused(capsys, "scale", spike, option, value, "-o", out) == f"tacorush traffic: {said}"
    assert not out.exists()


def test_an_empty_file_is_called_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.csv").touch()
    assert refused(capsys, "show", tmp_path / "empty.csv") == f"tacorush traffic: {tmp_path}/empty.csv is empty"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shw"], "argument COMMAND: invalid choice: 'shw'"),
        (["scale", "SPIKE", "-o", "x.csv"], "scale by what? give --rate-factor, --peak or --time-factor"),
        (["scale", "SPIKE", "--pek", "3", "-o", "x.csv"], "there is no option --pek, did you mean --peak?"),
        (["scale", "SPIKE", "--peak", "0", "-o", "x.csv"], "argument --peak: '0' is no number above 0"),
        (["scale", "SPIKE", "--peak", "1", "--rate-factor", "1", "-o", "x.csv"], "not allowed with argument"),
        (["cut", "SPIKE", "--from", "soon", "-o", "x.csv"], "--from soon: it is no time with a date: write 2026-01-"),
        (["cut", "SPIKE", "--to", "9s", "-o", "x.csv"], "from 0 s to 9 s is no part of a record of 6 s; allowed: "),
        (["import", "SPIKE", "--from", "10s", "-o", "x.csv"], "--from 10s: it is no time with a date: write 2026-01-"),
        (["import", "SPIKE", "--zone", "Mars", "-o", "x.csv"], "argument --zone: 'Mars' is no time zone: write "),
        (["import", "SPIKE", "--match", "(", "-o", "x.csv"], "argument --match: '(' is no regular expression: "),
        (["import", "SPIKE", "--interval", "0", "-o", "x.csv"], "argument --interval: '0' is not above 0"),
        (["import", "SPIKE", "--format", "k7", "-o", "x.csv"], "argument --format: invalid choice: 'k7'"),
        (["import", "SPIKE"], "the following arguments are required: -o/--output"),
        (["show", "none.csv"], "none.csv: cannot be read: no such file or directory"),
        (["show", str(SAMPLES / "vegeta.csv")], "vegeta.csv, line 1: header: found 1795747731461330255,200,"),
    ],
)
def test_a_slip_is_one_line_and_writes_nothing(
    words: list[str], said: str, spike: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spike.parent)
    assert said in refused(capsys, *(str(spike) if word == "SPIKE" else word for word in words))
    assert [path.name for path in spike.parent.iterdir()] == ["spike.csv"]


def test_the_help_tells_every_format_and_the_options_of_each_command() -> None:
    told = parser().format_help()
    assert [name for name in FORMATS if f"\n  {name} " not in told] == []
    assert all(option in told for option in ("--rate-factor", "--skip-broken", "--zone", "--to"))
