"""What is settled of a run before the platform is asked: the name that goes into user ids and keys."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tacorush.fleet.briefing import brief
from tacorush.fleet.options import Options

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(("number", "named"), [(0, "night"), (1, "night-2"), (2, "night-3")])
def test_a_further_run_of_one_process_never_repeats_the_keys_of_the_first(
    tmp_path: Path, number: int, named: str
) -> None:
    """Started again on the web page under the same name, its buyers would be answered as the first run's were."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = f"127.0.0.1:{listening.getsockname()[1]}"
        options = Options(target=target, run_id="night", rate=1.0, out=str(tmp_path / "run"))
        briefing = brief(options, None, NOW, number)
    assert briefing.run_id == named
    assert briefing.plan().user(0) == f"u-{named}-0"


def test_runs_that_were_not_named_have_names_of_their_own(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = f"127.0.0.1:{listening.getsockname()[1]}"
        made = [
            brief(Options(target=target, rate=1.0, out=str(tmp_path / f"run{number}")), None, NOW, number).run_id
            for number in range(2)
        ]
    assert made[0] != made[1]
