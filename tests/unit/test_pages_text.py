"""The run as Markdown for a CI job, and as lines for a terminal."""

from __future__ import annotations

import dataclasses
import re

import pytest

from reports.console import WIDTH, oversell_line, verdict_lines
from reports.pages.markdown import markdown, plain
from tests.unit import pages_sample

NASTY = "<img src=x> | **bold** [a](http://b) `c` \n# head @team ~~x~~ \\| &amp; \x1b[31m"


def test_markdown_says_verdict_reasons_and_objectives() -> None:
    text = markdown(pages_sample.broken())
    assert text.startswith(
        "# ✕ FAIL: flow against 127.0.0.1:50051\n\nThe platform broke a promise.\n\n- Oversell: 2 seats"
    )
    assert "| ✕ FAIL | P95 response time over all calls | **610 ms** (559–682 ms) | \\< 500 ms | 21,480 |" in text
    assert "- **definite**, double sale: Seat A-12 of evt\\_2025\\_1001 was sold twice" in text
    assert text.endswith("```sh\ntacorush run flow --seed 7 --duration 60s\n```\n")


def test_markdown_is_the_same_for_the_same_run() -> None:
    assert markdown(pages_sample.broken()) == markdown(pages_sample.broken())


def test_every_row_of_a_markdown_table_has_the_cells_of_its_head() -> None:
    rows = 0
    for block in markdown(pages_sample.broken()).split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert len(cells) <= 1
        rows += len(lines)
    assert rows > 30


def test_words_from_outside_cannot_break_out_of_their_cell() -> None:
    escaped = plain(NASTY)
    assert re.findall(r"(?<!\\)[`*_\[\]<>|~#@&]", escaped) == []
    assert "\n" not in escaped


def test_a_command_with_backticks_stays_in_its_fence() -> None:
    material = pages_sample.material()
    material = dataclasses.replace(material, meta={**material.meta, "command": "tacorush run '```' '`'"})
    assert markdown(material).endswith("````sh\ntacorush run '```' '`'\n````\n")


def test_markdown_without_objectives_and_findings_says_so() -> None:
    text = markdown(pages_sample.material(objectives=[]))
    assert "No objective was set." in text
    assert "## Findings\n\nNone." in text


def test_a_terminal_reads_verdict_reasons_objectives_oversell_and_where_the_report_lies() -> None:
    lines = verdict_lines(pages_sample.broken().summary, "runs/x/report.html")
    assert lines[0] == "✕ FAIL  The platform broke a promise."
    assert lines[1] == "  - Oversell: 2 seats were sold twice, for certain; 0 are allowed"
    assert lines[4].split() == [
        "✕",
        "FAIL",
        "P95",
        "response",
        "time",
        "over",
        "all",
        "calls",
        "610",
        "ms",
        "<",
        "500",
        "ms",
    ]
    assert lines[-4:] == [
        "oversell: 2 seats sold twice, 1 more possible; 137 seats wanted by two or more journeys",
        "load: 21,480 calls, 2,700 journeys at 45/s, 2,413 orders in 60 s",
        "",
        "report: runs/x/report.html",
    ]


@pytest.mark.parametrize("verdict", ["PASS", "FAIL", "INCONCLUSIVE"])
def test_no_line_is_wider_than_a_terminal(verdict: str) -> None:
    long = pages_sample.objective("An objective with a name " * 9, "p(95)<500", "response_ms", 1.0, 500)
    summary = pages_sample.summary(verdict, objectives=[long], reasons=["a reason of many words " * 20] * 9)
    lines = verdict_lines(summary, "runs/x")
    assert max(len(line) for line in lines) <= WIDTH
    assert "  - and 3 more reasons, see the report" in lines


def test_colour_is_only_there_when_asked_for() -> None:
    summary = pages_sample.broken().summary
    assert "\x1b" not in "".join(verdict_lines(summary))
    coloured = verdict_lines(summary, colours=True)
    assert coloured[0].startswith("\x1b[31m✕ FAIL\x1b[0m")
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == verdict_lines(summary)


def test_control_characters_do_not_reach_the_terminal() -> None:
    lines = verdict_lines(pages_sample.summary(reasons=[NASTY]), "runs/\x1b]0;x\x07")
    assert all(line.isprintable() for line in lines)


def test_a_count_that_may_be_larger_shows_both_ends() -> None:
    """A plain 0 beside INCONCLUSIVE would be a riddle; estimates stand alone, for their interval is on the page."""
    rows = [
        pages_sample.objective("Paid", "count==0", "findings", 0, 0, interval=[0, 7], verdict="INCONCLUSIVE"),
        pages_sample.objective("Errors", "rate<0.01", "errors", 0.004, 0.01, interval=[0.001, 0.009]),
    ]
    lines = verdict_lines(pages_sample.summary("INCONCLUSIVE", objectives=rows, reasons=[]))
    assert lines[2:4] == ["  ? INCONCLUSIVE Paid   0 – 7  = 0", "  ✓ PASS         Errors 0.4 %  < 1 %"]


def test_an_undecided_run_says_what_to_do() -> None:
    assert "remove the cause that the reasons name" in "\n".join(verdict_lines(pages_sample.undecided().summary))


def test_one_seat_is_no_plural() -> None:
    summary = pages_sample.summary(oversell={"definite": 1, "possible": 0, "contended_seats": 1, "witnesses": []})
    assert oversell_line(summary) == "oversell: 1 seat sold twice; 1 seat wanted by two or more journeys"


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    summary = pages_sample.summary(reasons=[f"{'x' * 88} P95 612 ms, {'y' * 78} of them 100 % of all"])
    assert [line.strip()[-14:] for line in verdict_lines(summary)[1:3]] == ["xxxxxxxxxx P95", "yyyyyy of them"]


def test_markdown_of_a_run_with_everything_fits_into_a_job_summary() -> None:
    """GitHub refuses a summary over 1 MiB."""
    finding = pages_sample.finding() | {"message": "A seat that was sold again and again, and to whom. " * 20}
    objectives = [
        pages_sample.objective(f"Objective {number}", "p(95)<500", "response_ms", 1.0, 500) for number in range(1000)
    ]
    methods = dict.fromkeys(
        (f"a.B/Method{number}" for number in range(500)),
        pages_sample.summary()["latency_ms"]["methods"]["gateway.v1.QueueService/JoinQueue"],
    )
    latency = pages_sample.summary()["latency_ms"] | {"methods": methods}
    material = pages_sample.material(
        "FAIL", findings=[finding] * 5000, objectives=objectives, latency_ms=latency, reasons=["a reason " * 30] * 1000
    )
    assert 100_000 < len(markdown(material).encode()) < 2**20
