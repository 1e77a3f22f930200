"""The committed message classes are what the proto files make, name for name and byte for byte."""

from __future__ import annotations

import pytest

from contracts.generate import MESSAGES, generate, proto_files

pytest.importorskip("grpc_tools", reason="grpcio-tools (a development dependency) makes the message classes")


def test_the_committed_message_classes_are_current() -> None:
    """When this fails: `make messages`, and commit what it made."""
    made = generate()
    committed = {path.name: path.read_text() for path in MESSAGES.glob("*_pb2.py*")}
    assert sorted(made) == sorted(committed)
    assert [name for name, text in made.items() if text != committed[name]] == []


def test_every_proto_file_has_classes_and_stubs_under_a_name_of_its_own() -> None:
    stems = [file.rpartition("/")[2].removesuffix(".proto") for file in proto_files()]
    assert len(set(stems)) == len(stems) == 11
    assert {path.name for path in MESSAGES.glob("*_pb2.py*")} == {
        f"{stem}_pb2{ending}" for stem in stems for ending in (".py", ".pyi")
    }


def test_no_message_module_imports_a_package_that_belongs_to_nobody() -> None:
    """`import common` would collide with whatever else has that name."""
    for path in MESSAGES.glob("*_pb2.py*"):
        imports = [line for line in path.read_text().splitlines() if line.startswith(("from ", "import "))]
        assert [line for line in imports if line.split()[1].split(".")[0] in ("common", "gateway", "payment")] == []
        assert [line for line in imports if line.split()[1].startswith("reservation")] == []
