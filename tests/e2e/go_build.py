"""Go programs for the tests, built in the checkout: the buyer of `go_client/`, and grpcurl; its go.sum pins all.

Go's stubs are made from `contracts/proto` as published: the files name no Go package, so the mapping stands on protoc's
command line. Everything lands below `.cache/go`, where a second run finds it again; nothing that was made is committed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.generate import PROTO_ROOT, proto_files

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).parent / "go_client"
CACHE = ROOT / ".cache" / "go"
PACKAGE = "tacorush.invalid/buyer"
TOOLS = (
    "google.golang.org/protobuf/cmd/protoc-gen-go",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
    "github.com/fullstorydev/grpcurl/cmd/grpcurl",
)


def go() -> str:
    """The go command; skips where there is none."""
    found = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if found is None:
        pytest.skip("Go is not installed (go.dev/dl; Debian: apt-get install golang)")
    return found


def built() -> Path:
    """Makes the programs; returns the folder of `buyer` and `grpcurl`. Skips where Go or its modules cannot be had."""
    command, work, programs = go(), CACHE / "client", CACHE / "bin"
    work.mkdir(parents=True, exist_ok=True)
    for name in ("go.mod", "go.sum", "main.go"):
        shutil.copyfile(SOURCE / name, work / name)
    downloaded = _run([command, "mod", "download"], work)
    if downloaded.returncode != 0:
        pytest.skip(f"Go's modules cannot be had: {downloaded.stderr.strip().splitlines()[-1]}")
    _must([command, "build", "-mod=readonly", "-o", f"{programs}{os.sep}", *TOOLS], work)
    _stubs(work / "contract", programs)
    _must([command, "build", "-mod=readonly", "-o", str(programs / "buyer"), "."], work)
    return programs


def _stubs(folder: Path, plugins: Path) -> None:
    """Compiles the contract for Go, each proto package into one Go package of the same path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    mapping = [f"M{file}={PACKAGE}/contract/{Path(file).parent}" for file in proto_files()]
    words = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO_ROOT}"]
    for made_by in ("go", "go-grpc"):
        words += [f"--plugin=protoc-gen-{made_by}={plugins / f'protoc-gen-{made_by}'}", f"--{made_by}_out={folder}"]
        options = [f"module={PACKAGE}/contract", *mapping]
        words += [f"--{made_by}_opt={option}" for option in options]
    _must([*words, *proto_files()], ROOT)


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs one command that builds; its caches stay in the checkout, and can be removed from it."""
    flags = f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip()
    places = {"GOPATH": str(CACHE), "GOCACHE": str(CACHE / "build"), "GOFLAGS": flags, "GOWORK": "off"}
    return subprocess.run(
        words, cwd=folder, env={**os.environ, **places}, capture_output=True, text=True, check=False, timeout=900
    )


def _must(words: list[str], folder: Path) -> None:
    done = _run(words, folder)
    assert done.returncode == 0, f"{' '.join(words[:4])} …:\n{done.stdout}{done.stderr}"
