"""Who takes part: what a process runs, told before the plan is given out, and compared.

Two processes that run other code would draw other crowds from the same seed, or count calls otherwise, and nobody would
see it in the sum. So each worker says hello with a digest of the sources that decide what is driven and how it is
counted, and with the versions of the libraries under them; the master refuses to drive with one that differs.
"""

from __future__ import annotations

import hashlib
import os
import platform
import socket
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacorush import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
SOURCES = ("contracts", "scenarios", "tacorush/evidence", "tacorush/fleet", "tacorush/targets", "tacorush/wire")
"""Folders whose code decides what is driven and how it is counted."""
LIBRARIES = ("gevent", "grpcio", "locust", "numpy", "protobuf")
MUST_AGREE = ("code", "contract", "tacorush")
"""What two processes of one run must have in common; a difference elsewhere is only shown."""


def _digest(folders: tuple[str, ...], root: Path) -> str:
    found = sorted(
        path for folder in folders for path in (root / folder).rglob("*") if path.suffix in (".py", ".yaml", ".proto")
    )
    digest = hashlib.sha256()
    for path in found:
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def versions(root: Path = ROOT) -> dict[str, str]:
    """Returns what this process runs: versions of libraries, digests of the code and of the contract."""
    return {
        "tacorush": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
        "code": _digest(SOURCES, root),
        "contract": _digest(("contracts/proto",), root),
    }


@dataclass(frozen=True, slots=True)
class Hello:
    """What a worker says about itself when it comes."""

    process: str
    host: str
    pid: int
    versions: Mapping[str, str]

    def pack(self) -> dict[str, Any]:
        """Returns plain values for `unpack`."""
        return {"process": self.process, "host": self.host, "pid": self.pid, "versions": dict(self.versions)}

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Hello:
        """Returns what `pack` made plain."""
        return cls(packed["process"], packed["host"], packed["pid"], packed["versions"])


def hello(process: str) -> Hello:
    """Returns what this process says about itself."""
    return Hello(process, socket.gethostname(), os.getpid(), versions())


def disagreement(ours: Mapping[str, str], theirs: Hello) -> str | None:
    """Returns the sentence that refuses a worker which runs something else; None when it may take part."""
    for name in MUST_AGREE:
        if ours[name] != theirs.versions.get(name):
            return (
                f"worker {theirs.process} (process {theirs.pid} on {theirs.host}) runs {name} "
                f"{theirs.versions.get(name, 'unknown')}, the master {ours[name]}: "
                "give both the same checkout and start the worker again"
            )
    return None
