"""Makes the message classes of `contracts/messages` from `contracts/proto`: `python -m contracts.generate`.

Plain protoc output would import a top-level package `common`, a name that belongs to nobody, so every module is laid
flat under `contracts.messages` and its imports are rewritten. The descriptors keep the published file names, so that
server reflection shows the contract as it was published.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

PROTO_ROOT = Path(__file__).parent / "proto"
MESSAGES = Path(__file__).parent / "messages"
_PACKAGE_IMPORT = re.compile(r"^from (?:common|gateway|payment|reservation)\.v1 import", re.MULTILINE)


def proto_files() -> list[str]:
    """Returns the published proto files, as paths below the proto root, sorted."""
    return sorted(str(path.relative_to(PROTO_ROOT)) for path in PROTO_ROOT.rglob("*.proto"))


def generate() -> dict[str, str]:
    """Compiles every proto file; returns file name below `contracts/messages` to its text.

    Raises RuntimeError when the compiler refuses a file; the compiler has then said on stderr what and where.
    """
    import grpc_tools
    from grpc_tools import protoc

    well_known = str(Path(grpc_tools.__file__).parent / "_proto")
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["protoc", f"-I{PROTO_ROOT}", f"-I{well_known}", f"--python_out={folder}", f"--pyi_out={folder}"]
        if protoc.main(arguments + proto_files()) != 0:
            raise RuntimeError(f"protoc refused the files in {PROTO_ROOT}: see its lines above")
        made = sorted(path for path in Path(folder).rglob("*_pb2.py*"))
        return {path.name: _PACKAGE_IMPORT.sub("from contracts.messages import", path.read_text()) for path in made}


def main() -> int:
    """Writes the message classes into the checkout."""
    for name, text in generate().items():
        (MESSAGES / name).write_text(text)
    sys.stdout.write(f"made {len(proto_files())} message modules in {MESSAGES}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
