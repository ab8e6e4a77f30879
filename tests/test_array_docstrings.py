"""Every public function that takes or returns arrays says their shapes, in the notation `(n,)` or `(n, k)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "stationmap"
SHAPE = re.compile(r"\((?:\w+|\w+ \+ 1|\.\.)(?:, (?:\w+|\w+ \+ 1))*,?\)")
Function = ast.FunctionDef


def trees() -> dict[str, ast.Module]:
    return {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}


def aliases(tree: ast.Module) -> set[str]:
    """Names for arrays that a module defines, as in `Floats = NDArray[np.float64]`."""
    return {
        ast.unparse(each.targets[0])
        for each in tree.body
        if isinstance(each, ast.Assign) and len(each.targets) == 1 and "NDArray[" in ast.unparse(each.value)
    }


def names_of_arrays(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """By module, the names it knows arrays by: its own aliases, and those it imports from where they are defined."""
    own = {"stationmap." + path.removesuffix(".py").replace("/", "."): aliases(tree) for path, tree in trees.items()}
    known = {}
    for path, tree in trees.items():
        imports = [each for each in tree.body if isinstance(each, ast.ImportFrom) and each.module in own]
        imported = {name.name for each in imports for name in each.names if name.name in own[str(each.module)]}
        known[path] = {"NDArray", "ArrayLike"} | imported | aliases(tree)
    return known


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for each in tree.body:
        if isinstance(each, ast.FunctionDef):
            yield each.name, each
        elif isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
            yield from ((f"{each.name}.{inner.name}", inner) for inner in each.body if isinstance(inner, Function))


def takes_arrays(function: Function, named: set[str]) -> bool:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    hints = [ast.unparse(each.annotation) for each in given if each.annotation is not None]
    return any(re.search(rf"\b{name}\b", hint) for name in named for hint in hints)


def array_functions() -> dict[str, str]:
    found = trees()
    known = names_of_arrays(found)
    return {
        f"{module}:{name}": ast.get_docstring(function) or ""
        for module, tree in sorted(found.items())
        for name, function in public_functions(tree)
        if not name.rpartition(".")[2].startswith("_") and takes_arrays(function, known[module])
    }


FUNCTIONS = array_functions()


def test_arrays_are_found_by_the_names_of_their_types() -> None:
    known = names_of_arrays(trees())
    assert {"Floats", "People", "Cells"} <= known["audit/demand/weights.py"] and len(FUNCTIONS) > 60


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_arrays_names_their_shapes(name: str) -> None:
    assert SHAPE.search(FUNCTIONS[name]), f"{name} names no shape such as (n,): {FUNCTIONS[name]!r}"
