"""`tacorush run SCENARIO`: one run from start to verdict.

This process is the parent: it checks what was asked, starts the fakes (unless a target is named) and Locust as children,
waits, and judges the run file that they leave. Whatever becomes of the children, the run file is judged as it is.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.scenario import Scenario, ScenarioError, load
from tacorush.cli import rundir
from tacorush.cli.children import Children
from tacorush.cli.conclusion import conclude
from tacorush.cli.failures import EXIT_INCONCLUSIVE, EXIT_PASS, EXIT_USAGE, UsageError
from tacorush.cli.parsing import Parser, count, duration, port, positive, whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
