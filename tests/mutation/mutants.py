"""Small defects in a module, one at a time: each is a place in its syntax tree and the change.

A test suite that looks at what the code does notices nearly all of them. Left alone is what no test
could notice, or what others check: docstrings, annotations, ``__all__``, arguments of decorators.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Mutant", "mutants_of", "planted", "sample"]

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One defect in one module."""

    path: str
    """Of the module, from the repository's top."""
    line: int
    column: int
    number: int
    """Which of the module's mutants it is, in the order of its tree."""
    change: str

    @property
    def name(self) -> str:
        """How it is called in a list: stable while its line stays where it is."""
        return f"{self.path}:{self.line}:{self.column}: {self.change}"


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    column: int
    change: str
    plant: Callable[[], None]
    """Changes the tree that it was found in."""


def mutants_of(path: Path, root: Path) -> list[Mutant]:
    """Return all mutants of a module."""
    name = path.relative_to(root).as_posix()
    places = _places(ast.parse(path.read_text(encoding="utf-8")))
    return [
        Mutant(name, place.line, place.column, number, place.change)
        for number, place in enumerate(places)
    ]


def planted(mutant: Mutant, root: Path) -> ast.Module:
    """Return the module's tree with the defect in it."""
    tree = ast.parse((root / mutant.path).read_text(encoding="utf-8"))
    for number, place in enumerate(_places(tree)):
        if number == mutant.number:
            place.plant()
            break
    return tree


def sample(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return as many mutants, drawn evenly from all; the same for the same seed."""
    ordered = sorted(mutants, key=lambda mutant: (mutant.path, mutant.number))
    return random.Random(seed).sample(ordered, min(count, len(ordered)))


def _places(tree: ast.Module) -> Iterator[_Place]:
    for node in _code(tree):
        if isinstance(node, ast.Compare):
            yield from _comparisons(node)
        elif isinstance(node, ast.BoolOp):
            yield _swapped(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            if not _is_text(node.left) and not _is_text(node.right):
                yield _swapped(node, "op", _ARITHMETIC[type(node.op)]())
        elif isinstance(node, ast.IfExp | ast.If | ast.While) and not _is_constant(node.test):
            negated = ast.UnaryOp(ast.Not(), node.test)
            yield _swapped(node, "test", ast.copy_location(negated, node.test))
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield _swapped(node, "value", not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            yield _swapped(node, "value", node.value + 1)


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs, in the order of the text."""
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        if isinstance(tree, ast.Assign) and _names_all(tree):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _code(child)


def _comparisons(node: ast.Compare) -> Iterator[_Place]:
    for at, operator in enumerate(node.ops):
        other = _COMPARISONS[type(operator)]()

        def plant(at: int = at, other: ast.cmpop = other) -> None:
            node.ops[at] = other

        yield _Place(node.lineno, node.col_offset, f"{_word(operator)} for {_word(other)}", plant)


def _swapped(node: ast.expr | ast.stmt, field: str, value: object) -> _Place:
    before = getattr(node, field)
    return _Place(
        node.lineno,
        node.col_offset,
        f"{_word(before)} for {_word(value)}" if field != "test" else "condition negated",
        lambda: setattr(node, field, value),
    )


def _word(part: object) -> str:
    return type(part).__name__ if isinstance(part, ast.AST) else repr(part)


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def _names_all(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
