"""`python -m tests.proof [NAME …]`: drives every incident for real and sees that what must catch it does.

For each incident the bundled platform is started with it, as its `proof` says, a crowd is driven against it, and three
things have to agree: exit code 1, the rule or objective that the incident names, and what the platform says that it
truly did. A run that the generator could not keep up with proves nothing: it is driven once more, and then reported as
skipped with the reason. Exit code 0 when all were caught, 1 when one was missed, 3 when one was skipped.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes import incidents
from tests.processes import Processes
from tests.proof_judging import CAUGHT, MISSED, SKIPPED, Seen, Verdict, judged
from tests.proof_page import PAGE, heading, page, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fakes.incidents import Row

ROOT = Path(__file__).parents[1]
LIMIT_S = 120
"""How long one run may take with all that it starts and judges; it drives for 20 s at most."""
TRIES = 2
"""How often a run is driven that the machine was too busy for."""


@dataclass(frozen=True, slots=True)
class Prover:
    """Drives incidents, each with a platform of its own."""

    folder: Path
    seed: int

    def prove(self, row: Row) -> Verdict:
        """Drives one incident and judges what came of it."""
        for number in range(TRIES):
            verdict = judged(row, self._drive(row, self.folder / f"{row['name']}-{number}"))
            if verdict.word != SKIPPED:
                break
        return verdict

    def _drive(self, row: Row, folder: Path) -> Seen:
        proof, log = row["proof"], folder / "incident.json"
        folder.mkdir(parents=True)
        with Processes(ROOT) as processes:
            told = [*proof["fakes"], f"--incident-log={log}", f"--seed={self.seed}"]
            fakes = processes.start("fakes", ["tacorush", "fakes", "--port=0", *told])
            address = fakes.wait_for_line("ready").split()[1]
            told = [*proof["run"], f"--target={address}", f"--out={folder / 'run'}", f"--seed={self.seed}"]
            run = processes.start("run", ["tacorush", "run", proof["scenario"], *told, "--metrics-port=0"])
            code = run.wait(LIMIT_S)
            fakes.process.send_signal(signal.SIGTERM)
            fakes.wait()
        report = folder / "run" / "report.json"
        return Seen(
            code,
            _read(report),
            _read(log).get(row["name"], {}),
            "" if report.exists() else run.output(),
        )


def _read(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    found: Mapping[str, Any] = json.loads(path.read_text())
    return found


def proofs(chosen: Sequence[str], folder: Path, seed: int) -> Iterator[tuple[Row, Verdict]]:
    """Yields each chosen incident (none named: all) with what came of driving it."""
    prover = Prover(folder, seed)
    for row in incidents.table():
        if not chosen or row["name"] in chosen:
            yield row, prover.prove(row)


def main() -> int:
    """Prints a line for each incident, and writes the page when told to."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*incidents.KINDS, []], metavar="NAME", help="incident (all)")
    parser.add_argument("--seed", type=int, default=1, help="fixes chance (default 1)")
    parser.add_argument("--write", action="store_true", help=f"write what came out into docs/{PAGE.name}")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the runs there")
    options = parser.parse_args()
    rows: dict[str, str] = {}
    words: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        print(heading(), flush=True)
        for row, verdict in proofs(options.name, options.keep or Path(temporary), options.seed):
            print(verdict.line(row), flush=True)
            words.append(verdict.word)
            if verdict.word != SKIPPED:
                rows[row["name"]] = row_of(row, verdict)
            if options.write:  # each time, so that who ends it early keeps what was driven
                PAGE.write_text(page(PAGE.read_text() if PAGE.exists() else "", rows))
    print(f"{words.count(CAUGHT)} of {len(words)} caught, {words.count(SKIPPED)} skipped")
    return 1 if MISSED in words else 3 if SKIPPED in words else 0


if __name__ == "__main__":
    sys.exit(main())
