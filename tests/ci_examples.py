"""The examples of deploy/ci and action.yml, taken apart: which shell commands each of them runs, in which order."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[1]
GITHUB, GITLAB, JENKINS = (ROOT / "deploy/ci" / name for name in ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile"))
ACTION = ROOT / "action.yml"


def github() -> list[str]:
    """The commands of the job that goes step by step."""
    return [step["run"] for step in loaded(GITHUB)["jobs"]["gate"]["steps"] if "run" in step]


def gitlab() -> list[str]:
    """The commands of all jobs; each installs for itself."""
    found = loaded(GITLAB)
    jobs = [found[name] for name in found["stages"]]
    return list(dict.fromkeys(command for job in jobs for command in job["script"]))


def jenkins() -> list[str]:
    """The commands in single quotes behind `sh` and `judged`."""
    return re.findall(r"^ *(?:sh |judged\()'([^']+)'\)?$", JENKINS.read_text(), re.MULTILINE)


EXAMPLES: Mapping[str, Callable[[], list[str]]] = MappingProxyType(
    {"github": github, "gitlab": gitlab, "jenkins": jenkins}
)
"""System to what it is told to run."""


def action_step() -> dict[str, Any]:
    """The step of the composite action that drives and judges."""
    step: dict[str, Any] = loaded(ACTION)["runs"]["steps"][1]
    return step


def loaded(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text())
