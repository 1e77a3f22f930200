"""Golden run files, one of each verdict: real runs, kept so that what was once written is read the same ever after.

`python -m tests.golden_runs` drives them anew at the bundled platform (after a new schema of run files, or when a run
should show more) and writes down what they come to; `--judge` keeps the files and only writes that down, after figures
or objectives were changed on purpose: the difference in git then says what changed of them.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reports.judgement import judge
from tests.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.judgement import Judgement

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "data" / "golden"
EXPECTED = FOLDER / "expected.json"
_USUAL = ("--slo=ci", "--time-scale=0.2", "--metrics-port=0", "--run-id=golden")
RUNS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "PASS": ("", ("flow", "--rate=20", "--duration=20s")),
        "FAIL": ("oversell:p=0.2", ("hotseat", "--rate=40", "--duration=6s")),
        "INCONCLUSIVE": ("", ("flow", "--rate=20", "--duration=2s")),
    }
)
"""Verdict to the incident that the platform has, and what is driven at it."""


def unpacked(verdict: str, folder: Path) -> Path:
    """Lays a golden run file into a folder."""
    path = folder / "run.sqlite"
    with gzip.open(FOLDER / f"{verdict.lower()}.sqlite.gz") as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return path


def figures(judgement: Judgement) -> dict[str, Any]:
    """What a run comes to, in figures: no wording, so that sentences may change."""
    summary = judgement.summary
    return {
        "verdict": summary["verdict"],
        "totals": summary["totals"],
        "contended_seats": summary["oversell"]["contended_seats"],
        "seats_sold_twice": summary["oversell"]["definite"],
        "rules_broken": sorted({row["rule"] for row in summary["findings"]}),
        "response_ms": summary["latency_ms"]["overall"]["response"],
        "objectives": [
            {key: row[key] for key in ("name", "verdict", "measured", "interval", "samples")}
            for row in summary["objectives"]
        ],
    }


def drive(verdict: str, folder: Path) -> None:
    """Drives one of RUNS and packs its run file; raises ValueError where it came to another verdict."""
    incident, words = RUNS[verdict]
    with Processes(ROOT) as processes:
        fakes = processes.start(
            "fakes",
            ["tacorush", "fakes", "--port=0", "--platform=open", "--events=1", "--seats=2000", "--time-scale=0.2"]
            + ([f"--incident={incident}"] if incident else []),
        )
        address = fakes.wait_for_line("ready").split()[1]
        run = processes.start("run", ["tacorush", "run", *words, *_USUAL, f"--target={address}", f"--out={folder}"])
        run.wait(180)
    path = folder / "run.sqlite"
    if (found := judge(path).verdict) != verdict:
        raise ValueError(f"the run that should be {verdict} is {found}:\n{run.output()}")
    (FOLDER / f"{verdict.lower()}.sqlite.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def main(words: list[str]) -> int:
    """Writes the golden files."""
    found = {}
    for verdict in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            if words != ["--judge"]:
                drive(verdict, Path(folder))
            found[verdict] = figures(judge(unpacked(verdict, Path(folder))))
    EXPECTED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
