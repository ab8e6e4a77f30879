"""Our ES modules as one classic script: one answer to wait for, and a page that a browser can open from disk.

Each module becomes a function that returns its exports. Only the forms our own modules use are understood:
`import {a, b as c}` and `import * as a` by a relative path, and `export` before a function, class or const.
What leaves here is minified; what the scripts of one page share keeps its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import normpath

import minify

IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.\.?/[\w./-]+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
# Types are spelled as comments, and some of them look like imports. Our text in backquotes stays on one line.
COMMENT = re.compile(r"/\*\*.*?\*/[ \t]*\n?|^[ \t]*//[^\n]*\n|^[ \t]+", re.DOTALL | re.MULTILINE)
LEFT_OVER = re.compile(r"^(?:import|export)\b.*|\bimport\(.*|</script.*|<!--.*", re.MULTILINE | re.IGNORECASE)


def bundle(folder: Path, entry: str, *, given: Sequence[str] = ()) -> str:
    """Return module `entry` of a folder (its path without .js) and all it imports; ValueError for any other form.

    Modules `given` are left out: the script of `bundle_of` those has to run before this one.
    """
    own = [name for name in _modules(folder, entry) if name not in given]
    modules = _written(folder, own, [*given, *own])
    return minified('"use strict";\n(() => {\n' + "\n".join(modules) + "\n})();\n")


def common_modules(folder: Path, entries: Sequence[str]) -> tuple[str, ...]:
    """Return the modules that all of the entries import, those first that others need."""
    first, *others = (_modules(folder, entry) for entry in entries)
    return tuple(name for name in first if all(name in other for other in others))


def bundle_of(folder: Path, names: Sequence[str]) -> str:
    """Return modules in this order as one script, seen by the scripts that a page runs after it."""
    return minified('"use strict";\n' + "\n".join(_written(folder, names, names)) + "\n")


def without_comments(source: str) -> str:
    """Return a script of ours as it is, without its comments and what its lines are indented by."""
    return COMMENT.sub("", source)


def minified(script: str) -> str:
    """Return a classic script that does the same in fewer bytes; its top-level names stay."""
    return str(minify.string("text/javascript", script))


def _modules(folder: Path, entry: str) -> list[str]:
    return list(dict.fromkeys(_dependencies_first(folder, entry, ())))


def _dependencies_first(folder: Path, name: str, above: tuple[str, ...]) -> Iterator[str]:
    if name in above:
        raise ValueError(f"modules import each other: {' -> '.join((*above, name))}")
    for found in IMPORT.finditer(_source(folder, name)):
        yield from _dependencies_first(folder, _beside(name, found[3]), (*above, name))
    yield name


def _written(folder: Path, names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return modules as functions called at once, each the value of a variable named by its place among those known."""
    variables = {name: f"${at}" for at, name in enumerate(known)}
    return [_module(name, _source(folder, name), variables) for name in names]


def _module(name: str, source: str, variables: Mapping[str, str]) -> str:
    def imported(found: re.Match[str]) -> str:
        names, whole, path = found.groups()
        module = variables[_beside(name, path)]
        return f"const {whole} = {module};" if whole else f"const {{{names.replace(' as ', ': ')}}} = {module};"

    exports = ", ".join(found[1] for found in EXPORT.finditer(source))
    body = EXPORT.sub("", IMPORT.sub(imported, source))
    if left := LEFT_OVER.search(body):
        raise ValueError(f"{name}.js: cannot be bundled: {left[0]}")
    return f"const {variables[name]} = (() => {{\n{body}return {{ {exports} }};\n}})();"


def _beside(name: str, path: str) -> str:
    """Return the module a relative path in another means."""
    return normpath(f"{name}/../{path}")


def _source(folder: Path, name: str) -> str:
    return without_comments((folder / f"{name}.js").read_text(encoding="utf-8"))
