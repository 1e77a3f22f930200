"""Go programs that try a wire: h2spec as published and with gRPC requests, grpc-go's interop client and server.

`h2spec/go.sum` pins them all. The gRPC variant is h2spec's own source, laid from Go's module cache into `.cache`, with
`h2spec/spec/grpc.go` added and `h2spec/grpc.patch` applied to it; none of h2spec's source is kept in this repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.go_toolchain import CACHE, go, module, must

SOURCE = Path(__file__).parent / "h2spec"
WORK = CACHE / "peers"
PROGRAMS = CACHE / "bin"
H2SPEC = "github.com/summerwind/h2spec"
INTEROP = "google.golang.org/grpc/interop"


def h2spec() -> Path:
    """Makes h2spec as published; skips where Go or its modules cannot be had, as do all of these."""
    module(SOURCE, WORK)
    return _build("h2spec", f"{H2SPEC}/cmd/h2spec")


def h2spec_grpc() -> Path:
    """Makes h2spec with gRPC requests; its command line stands in `h2spec/main.go`."""
    module(SOURCE, WORK)
    _lay(Path(must([go(), "list", "-m", "-f", "{{.Dir}}", H2SPEC], WORK).strip()), WORK / "h2spec")
    must([go(), "mod", "edit", f"-replace={H2SPEC}=./h2spec"], WORK)
    return _build("h2spec_grpc", ".")


def interop(side: str) -> Path:
    """Makes grpc-go's interop program, of side `client` or `server`."""
    module(SOURCE, WORK)
    return _build(f"interop_{side}", f"{INTEROP}/{side}")


def _build(name: str, package: str) -> Path:
    must([go(), "build", "-mod=readonly", "-o", str(PROGRAMS / name), package], WORK)
    return PROGRAMS / name


def _lay(published: Path, folder: Path) -> None:
    """Copies h2spec's source and makes its requests gRPC calls; a source that the patch does not fit fails."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(published, folder, copy_function=shutil.copyfile)
    for below in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        below.chmod(0o755)  # the module cache may be read-only
    # `git apply` obeys a repository around it and would look for these files in there.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    applied = subprocess.run(
        ["git", "apply", str(SOURCE / "grpc.patch")], cwd=folder, env=alone, capture_output=True, text=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    shutil.copyfile(SOURCE / "spec" / "grpc.go", folder / "spec" / "grpc.go")
    (folder / "go.mod").write_text(f"module {H2SPEC}\n")
