"""Who may import whom, read from every import in the checkout, deferred ones included."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = {"contracts", "wire", "evidence", "targets"}
MAY_IMPORT = {
    "contracts": set(),
    "wire": set(),
    "evidence": set(),
    "targets": {"contracts", "wire"},
    "scenarios": CORE,
    "fleet": CORE | {"scenarios"},
    "fakes": {"contracts", "wire"},
    "reports": {"contracts", "evidence"},
    "cli": CORE | {"scenarios", "fakes", "reports"},
    "locustfile": CORE | {"scenarios", "fakes", "reports", "fleet", "cli"},
}
ENGINE = {"wire", "evidence", "targets", "fleet", "cli"}


def room_of_module(name: str) -> str | None:
    """The room that a dotted module name lies in; None for a library."""
    parts = name.split(".")
    if parts[0] == "tacorush":
        return parts[1] if len(parts) > 1 and parts[1] in ENGINE else None
    return parts[0] if parts[0] in MAY_IMPORT else None


def room_of_file(path: Path) -> str | None:
    """The room that a source file lies in; None outside all rooms."""
    return room_of_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def imports(path: Path) -> list[str]:
    """Every module that a file imports, wherever the import stands."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def sources() -> list[Path]:
    folders = ["contracts", "fakes", "reports", "scenarios", "tacorush"]
    return [ROOT / "locustfile.py", *(path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))]


def test_every_room_imports_only_what_the_map_allows() -> None:
    """The directions of the design hold for each import of each file, deferred imports included."""
    wrong = []
    for path in sources():
        room = room_of_file(path)
        for name in imports(path):
            other = room_of_module(name)
            if room is not None and other is not None and other != room and other not in MAY_IMPORT[room]:
                wrong.append(f"{path.relative_to(ROOT)} ({room}) imports {name} ({other})")
    assert wrong == []


def test_only_the_fleet_imports_locust() -> None:
    """Importing Locust patches the whole process, so one room alone may do it."""
    found = {room_of_file(path) for path in sources() for name in imports(path) if name.split(".")[0] == "locust"}
    assert found == {"fleet"}


def test_every_room_of_the_map_is_there() -> None:
    """A room that was renamed would make the other tests pass on nothing."""
    rooms = {room_of_file(path) for path in sources()}
    assert rooms - {None} == set(MAY_IMPORT)


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc", "shared"])
def test_no_module_hides_behind_a_vague_name(word: str) -> None:
    """A file is named after the one thing that it holds."""
    vague = [path for path in sources() if word in path.stem.split("_") and "messages" not in path.parts]
    assert vague == []


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Every import cycle, by removing modules that import nothing that is left."""
    left = dict(graph)
    while True:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        if not free:
            return [sorted(left)] if left else []
        for name in free:
            del left[name]


def test_no_import_cycle_between_modules() -> None:
    """Modules can be read in an order in which each needs only what came before; type-only imports aside."""
    known = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in sources()
    }
    graph: dict[str, set[str]] = {}
    for module, path in known.items():
        needs = set()
        for name in runtime_imports(path):
            target = name if name in known else name.rpartition(".")[0]
            if target in known and target != module:
                needs.add(target)
        graph[module] = needs
    assert cycles(graph) == []


def runtime_imports(path: Path) -> list[str]:
    """What a file imports when it runs: everything but the blocks under TYPE_CHECKING."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found
