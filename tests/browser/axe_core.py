"""axe-core, the accessibility checks that auditors use: fetched once by npm into .cache, and told by its digest.

It is Deque's, under MPL-2.0, so it is fetched and not copied into this repository.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path

VERSION = "4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
"""Of axe.min.js."""
_FOLDER = Path(__file__).parents[2] / ".cache" / "axe-core"


@cache
def axe_source() -> str | None:
    """Returns the script; None where it is neither there nor can be fetched."""
    script = _FOLDER / f"axe-{VERSION}.min.js"
    if not script.exists() and not _fetched(script):
        return None
    octets = script.read_bytes()
    assert hashlib.sha256(octets).hexdigest() == SHA256, f"{script} is not axe-core {VERSION}: remove it"
    return octets.decode()


def _fetched(script: Path) -> bool:
    npm = shutil.which("npm")
    if npm is None:
        return False
    _FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run([npm, "pack", f"axe-core@{VERSION}"], cwd=_FOLDER, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    with tarfile.open(_FOLDER / f"axe-core-{VERSION}.tgz") as package:
        found = package.extractfile("package/axe.min.js")
        assert found is not None, "axe-core has its script"
        script.write_bytes(found.read())
    return True
