"""Foreign tools to measure and to check beside: where they are found, and the command that installs each.

A tool is looked for on PATH, in GOBIN (or Go's own default, `~/go/bin`), and in `.cache/go/bin` of the checkout. None
is needed: what is not there leaves its rows out. `python -m benchmarks.peers` prints what is found and, for the rest,
a line for a shell.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = Path(__file__).parents[1] / ".cache" / "go" / "bin"
"""Where the commands of INSTALL put Go's programs; `make clean` removes it."""

_GO = "GOBIN={folder} go install {package}"
INSTALL: Mapping[str, str] = MappingProxyType(
    {
        "ghz": _GO.format(folder=LOCAL, package="github.com/bojand/ghz/cmd/ghz@latest"),
        "k6": _GO.format(folder=LOCAL, package="go.k6.io/k6@latest"),
        "grpcurl": _GO.format(folder=LOCAL, package="github.com/fullstorydev/grpcurl/cmd/grpcurl@latest"),
        "actionlint": _GO.format(folder=LOCAL, package="github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"),
        "h2spec": _GO.format(folder=LOCAL, package="github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible"),
        "interop/client": _GO.format(folder=LOCAL / "interop", package="google.golang.org/grpc/interop/client@latest"),
        "interop/server": _GO.format(folder=LOCAL / "interop", package="google.golang.org/grpc/interop/server@latest"),
        "h2load": "apt-get install -y nghttp2-client",
        "taskset": "apt-get install -y util-linux",
    }
)
"""Tool to the command that installs it. grpc-go calls its two interop programs `client` and `server`: they have a
folder of their own."""


def found(tool: str) -> str | None:
    """The path of a tool of INSTALL, or None where it is not installed."""
    assert tool in INSTALL, f"no such tool: {tool}"
    folders = [*map(Path, os.environ.get("PATH", "").split(os.pathsep)), _go_folder(), LOCAL]
    return next((str(folder / tool) for folder in folders if os.access(folder / tool, os.X_OK)), None)


def _go_folder() -> Path:
    """Where `go install` puts programs when nothing else is said."""
    return Path(os.environ.get("GOBIN") or Path(os.environ.get("GOPATH") or Path.home() / "go", "bin"))


def main() -> int:
    """Prints each tool's path, or the command that installs it."""
    for tool, command in INSTALL.items():
        sys.stdout.write(f"{found(tool) or command}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
