"""The rooms of the house: imports run downwards, in no circle, and private modules stay private."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from emoprefer_assets.settings import PROJECT

PACKAGE = "emoprefer_assets"
# From the top of the house to its ground; a room imports from the rooms below its own line, and from itself.
ROOMS = """
cli notebook
definitions
automation
competition
evaluation
planning
runs
assets
report terminal
doctor reproduction cards export
checks finding
asking
strategies offline
run intake code_version new_project
spending
submissions people
datasets
store
judges
media
stats
plugins
progress
rows settings tally
home
json_lines
files csv_tables yaml_files names
workbooks
errors
display
"""
# The package's own face, which hands out the functions for notebooks, is the roof.
FLOOR = {"": len(ROOMS)} | {
    room: number for number, line in enumerate(reversed(ROOMS.split("\n"))) for room in line.split()
}


def modules() -> dict[str, Path]:
    found = {}
    for file in sorted((PROJECT / PACKAGE).rglob("*.py")):
        parts = file.relative_to(PROJECT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(tree: ast.AST, known: set[str]) -> Iterator[str]:
    """The modules of the package that code imports, wherever it does; what only type checkers import is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for other in node.orelse:
                yield from imported(other, known)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            # A name is a module of the package, or something that the package's face hands out.
            yield from (name if name in known else str(node.module) for name in inner)
        yield from imported(node, known)


@cache
def imports() -> dict[str, list[str]]:
    """What each module imports. Not made at import: every worker of the tests imports this."""
    found = modules()
    return {
        name: sorted(set(imported(ast.parse(file.read_text()), set(found))) - {name}) for name, file in found.items()
    }


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def upward() -> list[str]:
    """Imports from a room that is not below."""
    return [
        f"{module} -> {other}"
        for module, others in imports().items()
        for other in others
        if room(module) != room(other) and FLOOR.get(room(other), 0) >= FLOOR.get(room(module), 0)
    ]


def circle() -> list[str]:
    """The modules of a circle, the first one again at its end; nothing where there is none."""
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def opened_elsewhere() -> list[str]:
    """Private modules that are imported outside their package."""
    return [
        f"{module} -> {other}"
        for module, others in imports().items()
        for other in others
        if other.rpartition(".")[2].startswith("_") and not f"{module}.".startswith(f"{other.rpartition('.')[0]}.")
    ]


def test_every_room_has_its_floor():
    assert {room(module) for module in imports()} - {""} - set(FLOOR) == set()


def test_every_room_is_in_the_table_of_rooms():
    page = (PROJECT / "docs" / "how-it-is-built.md").read_text()
    assert [room for room in ROOMS.split() if f"`{room}/`" not in page and f"`{room}.py`" not in page] == []


def test_a_lazy_import_is_seen_and_a_type_checkers_is_not():
    code = "if TYPE_CHECKING:\n    from a import b\ndef f():\n    from a.c import d\n    import e\n"
    assert set(imported(ast.parse(code), {"a", "a.c", "e"})) == {"a.c", "e"}


def test_imports_run_downwards():
    assert upward() == []


def test_statistics_know_no_files_tables_or_dagster():
    own = {module: file for module, file in modules().items() if room(module) == "stats"}
    assert {room(other) for module in own for other in imports()[module]} == {"stats", "errors", "plugins"}
    code = "".join(file.read_text() for file in own.values())
    assert not {"dagster", "duckdb", "pathlib"} & set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.MULTILINE))


def test_no_module_imports_itself_round_a_circle():
    assert circle() == []


def test_private_modules_are_imported_in_their_own_package_alone():
    assert opened_elsewhere() == []


if __name__ == "__main__":
    print("upward", *upward(), "circle", " -> ".join(circle()), "opened elsewhere", *opened_elsewhere(), sep="\n")
