"""Every public function that takes arrays documents their shapes, as `(n,)` or `(n, k)`, their units and its errors.

Errors are those that the function raises itself, or by way of private functions of its module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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


def raised_by(function: Function, tree: ast.Module) -> set[str]:
    """Return the errors of the package that a function raises itself or by private functions of its module."""
    private = {each.name: each for each in ast.walk(tree) if isinstance(each, Function) and each.name.startswith("_")}
    reached, waiting = {function.name}, [function]
    errors: set[str] = set()
    while waiting:
        for each in ast.walk(waiting.pop()):
            if isinstance(each, ast.Raise) and isinstance(each.exc, ast.Call):
                errors.add(ast.unparse(each.exc.func))
            called = ast.unparse(each.func).rpartition(".")[2] if isinstance(each, ast.Call) else ""
            if called in private and called not in reached:
                reached.add(called)
                waiting.append(private[called])
    return {error for error in errors if error.startswith("Invalid")}


class Documented(NamedTuple):
    text: str
    parameters: frozenset[str]
    errors: frozenset[str]


def array_functions() -> dict[str, Documented]:
    found = trees()
    known = names_of_arrays(found)
    return {
        f"{module}:{name}": Documented(
            " ".join((ast.get_docstring(function) or "").split()),
            frozenset(each.arg for each in (*function.args.args, *function.args.kwonlyargs)),
            frozenset(raised_by(function, tree)),
        )
        for module, tree in sorted(found.items())
        for name, function in public_functions(tree)
        if not name.rpartition(".")[2].startswith("_") and takes_arrays(function, known[module])
    }


FUNCTIONS = array_functions()
UNITS = {
    **dict.fromkeys(("lon", "lat", "lons", "lats"), "degrees"),
    **dict.fromkeys(("people", "served", "everybody"), "thousandth"),
    **dict.fromkeys(("parts", "shares"), "thousandth"),
    **dict.fromkeys(("metres", "reach_m", "distances"), "metres"),
    "hours": "bit mask",
    "week": "bit mask",
    "weights": "people",
}
"""The unit in which a parameter of this name is given: a word that the docstring of its function must have."""


def test_arrays_are_found_by_the_names_of_their_types() -> None:
    known = names_of_arrays(trees())
    assert {"Floats", "People", "Cells"} <= known["audit/demand/weights.py"] and len(FUNCTIONS) > 60


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_arrays_names_their_shapes(name: str) -> None:
    assert SHAPE.search(FUNCTIONS[name].text), f"{name} names no shape such as (n,): {FUNCTIONS[name].text!r}"


@pytest.mark.parametrize("name", [name for name, each in FUNCTIONS.items() if each.parameters & UNITS.keys()])
def test_a_function_of_arrays_names_their_units(name: str) -> None:
    text, parameters, _ = FUNCTIONS[name]
    missing = {each: UNITS[each] for each in sorted(parameters & UNITS.keys()) if UNITS[each] not in text}
    assert not missing, f"{name} gives no unit: {text!r}"


@pytest.mark.parametrize("name", [name for name, each in FUNCTIONS.items() if each.errors])
def test_a_function_of_arrays_names_its_errors(name: str) -> None:
    text, _, errors = FUNCTIONS[name]
    assert not {error for error in errors if error not in text}, f"{name} does not name its errors: {text!r}"


def test_errors_of_private_functions_are_found() -> None:
    source = "def one(a):\n    _two(a)\n\n\ndef _two(a):\n    raise InvalidAuditError('no')\n"
    tree = ast.parse(source)
    ((_, function), _) = public_functions(tree)
    assert raised_by(function, tree) == {"InvalidAuditError"}
