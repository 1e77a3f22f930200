"""Go programs for the tests, built in the checkout: the buyer of `go_client/`, and grpcurl; its go.sum pins all.

Go's stubs are made from `contracts/proto` as published: the files name no Go package, so the mapping stands on protoc's
command line. Nothing that was made is committed.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from contracts.generate import PROTO_ROOT, proto_files
from tests.go_toolchain import CACHE, go, module, must

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).parent / "go_client"
PACKAGE = "tacorush.invalid/buyer"
TOOLS = (
    "google.golang.org/protobuf/cmd/protoc-gen-go",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
    "github.com/fullstorydev/grpcurl/cmd/grpcurl",
)


def built() -> Path:
    """Makes the programs; returns the folder of `buyer` and `grpcurl`. Skips where Go or its modules cannot be had."""
    work, programs = CACHE / "client", CACHE / "bin"
    module(SOURCE, work)
    must([go(), "build", "-mod=readonly", "-o", f"{programs}{os.sep}", *TOOLS], work)
    _stubs(work / "contract", programs)
    must([go(), "build", "-mod=readonly", "-o", str(programs / "buyer"), "."], work)
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
    must([*words, *proto_files()], ROOT)
