"""Our ES modules as one classic script: one answer to wait for, and a page that a browser can open from disk.

The modules of a script share one scope, as if they were one file; a module that declares a name which another one has
taken stands in a function of its own. Only the forms our own modules use are understood: `import {a, b}` and
`import * as a` by a relative path, and `export` before a function, class or const. A value of static/rules.json
(`RULES.max_wait_s`) stands in its place. What leaves here is minified.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from posixpath import normpath
from typing import NamedTuple

import minify

from stationmap.rules import RULES

IMPORT = re.compile(r'^import (?:\{([\w\s,]*)\}|\* as (\w+)) from "(\.\.?/[\w./-]+)\.js";\n?', re.MULTILINE)
RULES_IMPORT = re.compile(r'^import RULES from "(?:\.\./)+rules\.json" with \{ type: "json" \};\n', re.MULTILINE)
RULE = re.compile(r"\bRULES\.(\w+)")
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
# In the text as it is written: its indentation shows what is declared inside something else.
DECLARATION = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (?:(\w+)|\{([^}]*)\})", re.MULTILINE)
# Types are spelled as comments, and some of them look like imports. Our text in backquotes stays on one line.
COMMENT = re.compile(r"/\*\*.*?\*/[ \t]*\n?|^[ \t]*//[^\n]*\n|^[ \t]+", re.DOTALL | re.MULTILINE)
LEFT_OVER = re.compile(r"^(?:import|export)\b.*|\bimport\(.*|</script.*|<!--.*", re.MULTILINE | re.IGNORECASE)
ALL = "*"
SHARED = "$"
"""The variable by which a common script hands on what its modules export."""


class Origin(NamedTuple):
    """What a name stands for: something that a module declares, or all that it exports."""

    module: str
    name: str


class Module(NamedTuple):
    """A module of a folder, by its path without .js."""

    name: str
    imports: dict[str, Origin]
    exports: list[str]
    declared: list[str]
    body: str


def bundle(folder: Path, entry: str, *, given: Sequence[str] = ()) -> str:
    """Return module `entry` of a folder (its path without .js) and all it imports; ValueError for any other form.

    Modules `given` are left out: the script of `bundle_of` those has to run before this one.
    """
    own = [_read(folder, name) for name in _names(folder, entry) if name not in given]
    scope = _Scope()
    lines = [scope.take(_written(folder, given)[0], own)] if given else []
    lines += [line for module in own for line in scope.add(module)]
    return minified("\n".join(['"use strict";', "(() => {", *lines, "})();", ""]))


def common_modules(folder: Path, entries: Sequence[str]) -> tuple[str, ...]:
    """Return the modules that all of the entries import, those first that others need."""
    first, *others = (_names(folder, entry) for entry in entries)
    return tuple(name for name in first if all(name in other for other in others))


def bundle_of(folder: Path, names: Sequence[str]) -> str:
    """Return modules in this order as one script, whose exports the scripts take that a page runs after it."""
    scope, lines = _written(folder, names)
    handed_on = f"return [{', '.join(scope.exported)}];"
    return minified("\n".join(['"use strict";', f"const {SHARED} = (() => {{", *lines, handed_on, "})();", ""]))


def without_comments(source: str) -> str:
    """Return a script of ours as it is, without its comments and what its lines are indented by."""
    return COMMENT.sub("", source)


def with_rules(script: str) -> str:
    """Return a script with the values of static/rules.json in place of their names; KeyError for an unknown one."""
    return RULE.sub(lambda found: json.dumps(RULES[found[1]]), script)


@lru_cache(maxsize=32)
def minified(script: str) -> str:
    """Return a classic script that does the same in fewer bytes; its top-level names stay."""
    return str(minify.string("text/javascript", script))


class _Scope:
    """The names that the modules of one script have taken so far."""

    def __init__(self) -> None:
        self.exported: dict[str, Origin] = {}
        """What the modules export, by its name here; a module in a function has one for all of it."""
        self._names: dict[str, Origin] = {}

    def add(self, module: Module) -> Iterator[str]:
        """Take in a module, all that it imports being here already; yield its text."""
        names = module.imports | {name: Origin(module.name, name) for name in module.declared}
        missing = {name: origin for name, origin in module.imports.items() if self._names.get(name) != origin}
        yield from (line for origin in missing.values() for line in self._hold(origin.module))
        bound = [f"const {name} = {_value(origin)};" for name, origin in missing.items()]
        if all(self._names.get(name, origin) == origin for name, origin in names.items()):
            self._names |= names
            self.exported |= {name: Origin(module.name, name) for name in module.exports}
            yield from (*bound, module.body)
        else:
            variable = _variable(module.name)
            self.exported[variable] = Origin(module.name, ALL)
            yield f"const {variable} = (() => {{"
            yield from (*bound, module.body, f"return {_record(module.exports)};", "})();")

    def take(self, common: _Scope, modules: Sequence[Module]) -> str:
        """Take over what modules import of a common script; return the statement that does so there."""
        wanted = {origin for module in modules for origin in module.imports.values()}
        whole = {module for module, name in wanted if name == ALL}
        reached = {module for module, _ in wanted}
        taken = {
            name: origin
            for name, origin in common.exported.items()
            if origin in wanted or origin.module in whole or (origin.name == ALL and origin.module in reached)
        }
        self.exported |= taken
        self._names |= taken
        return f"const [{', '.join(name if name in taken else '' for name in common.exported)}] = {SHARED};"

    def _hold(self, module: str) -> Iterator[str]:
        """Yield what holds all that a module exports, unless it is there; no name in a function hides it."""
        variable = _variable(module)
        if variable not in self.exported:
            names = [name for name, origin in self.exported.items() if origin.module == module]
            self.exported[variable] = Origin(module, ALL)
            yield f"const {variable} = {_record(names)};"


def _value(origin: Origin) -> str:
    """Return an expression for what is not here by the name it is imported by."""
    variable = _variable(origin.module)
    return variable if origin.name == ALL else f"{variable}.{origin.name}"


def _record(names: Sequence[str]) -> str:
    return f"{{ {', '.join(names)} }}"


def _variable(module: str) -> str:
    """Return the variable that holds what a module in a function of its own exports."""
    return "$" + re.sub(r"\W", "_", module)


def _written(folder: Path, names: Sequence[str]) -> tuple[_Scope, list[str]]:
    scope = _Scope()
    return scope, [line for name in names for line in scope.add(_read(folder, name))]


def _names(folder: Path, entry: str) -> list[str]:
    found: dict[str, None] = {}
    _add_dependencies_first(folder, entry, (), found)
    return list(found)


def _add_dependencies_first(folder: Path, name: str, above: tuple[str, ...], found: dict[str, None]) -> None:
    if name in above:
        raise ValueError(f"modules import each other: {' -> '.join((*above, name))}")
    if name in found:
        return
    for needed in dict.fromkeys(origin.module for origin in _read(folder, name).imports.values()):
        _add_dependencies_first(folder, needed, (*above, name), found)
    found[name] = None


def _read(folder: Path, name: str) -> Module:
    return _module(name, (folder / f"{name}.js").read_text(encoding="utf-8"))


@lru_cache(maxsize=256)  # a module stands in many scripts, and below many others
def _module(name: str, source: str) -> Module:
    body = with_rules(EXPORT.sub("", IMPORT.sub("", RULES_IMPORT.sub("", without_comments(source)))))
    if left := LEFT_OVER.search(body):
        raise ValueError(f"{name}.js: cannot be bundled: {left[0]}")
    return Module(name, dict(_imports(name, source)), EXPORT.findall(source), list(declared_names(source)), body)


def _imports(name: str, source: str) -> Iterator[tuple[str, Origin]]:
    for names, whole, path in IMPORT.findall(source):
        module = normpath(f"{name}/../{path}")
        yield from ((each, Origin(module, each)) for each in re.findall(r"\w+", names))
        if whole:
            yield whole, Origin(module, ALL)


def declared_names(source: str) -> Iterator[str]:
    """Yield the names that a module declares for itself, as its source has them."""
    for name, pattern in DECLARATION.findall(source):
        yield from [name] if name else re.findall(r"(?:^|,)\s*(?:\w+: )?(\w+)", pattern)
