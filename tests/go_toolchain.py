"""Go's command line for the tests: everything lands below `.cache/go` of the checkout, where a second run finds it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[1] / ".cache" / "go"


def go() -> str:
    """The go command; skips where there is none."""
    found = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if found is None:
        pytest.skip("Go is not installed (go.dev/dl; Debian: apt-get install golang)")
    return found


def module(source: Path, work: Path) -> None:
    """Lays the Go files of `source` into `work` and fetches its modules; skips where Go or they cannot be had."""
    command = go()
    work.mkdir(parents=True, exist_ok=True)
    for file in (*source.glob("go.*"), *source.glob("*.go")):
        shutil.copyfile(file, work / file.name)
    downloaded = run([command, "mod", "download"], work)
    if downloaded.returncode != 0:
        pytest.skip(f"Go's modules cannot be had: {downloaded.stderr.strip().splitlines()[-1]}")


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs one command that builds; its caches stay in the checkout, and can be removed from it."""
    flags = f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip()
    places = {"GOPATH": str(CACHE), "GOCACHE": str(CACHE / "build"), "GOFLAGS": flags, "GOWORK": "off"}
    return subprocess.run(
        words, cwd=folder, env={**os.environ, **places}, capture_output=True, text=True, check=False, timeout=900
    )


def must(words: list[str], folder: Path) -> str:
    """Runs one command that builds, returns what it printed, and fails with all of it when it fails."""
    done = run(words, folder)
    assert done.returncode == 0, f"{' '.join(words[:4])} …:\n{done.stdout}{done.stderr}"
    return done.stdout
