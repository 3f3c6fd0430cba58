"""Flows that are made up, the runs of them, and what nobody could have run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

from otelhook.compare.flow.fitting import first_misfit
from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Part, Row, Task, Turns, tasks

__all__ = ["flow", "log_that_shows_all", "mutants", "run_of"]


def flow(seed: int) -> Part:
    """A flow of 4 to 12 different calls, with optional, alternative, repeated, concurrent parts."""
    chance = random.Random(seed)
    names = (f"c{number:02}" for number in count(1))
    return _part(chance, names, chance.randint(4, 12), depth=0)


def _part(chance: random.Random, names: Iterator[str], size: int, depth: int) -> Part:
    if size == 1:
        return Task(next(names))
    kinds = ["row", "row", "row", "either", "any"] if depth else ["row"]
    kind = chance.choice(kinds) if depth < 4 else "row"
    pieces = _split(chance, size, 2 if kind in {"either", "any"} else chance.randint(2, 5))
    parts = tuple(_part(chance, names, piece, depth + 1) for piece in pieces)
    if kind == "row":
        return Row(tuple(_dressed(chance, part) for part in parts))
    return Either(parts) if kind == "either" else AnyOrder(parts)


def _dressed(chance: random.Random, part: Part) -> Part:
    roll = chance.random()
    if roll < 0.2:
        return Either((part, Nothing()))
    if roll < 0.35:
        return Either((Turns(part), Nothing()))
    return part


def _split(chance: random.Random, size: int, pieces: int) -> list[int]:
    pieces = min(pieces, size)
    cuts = sorted(chance.sample(range(1, size), pieces - 1))
    return [b - a for a, b in zip([0, *cuts], [*cuts, size], strict=True)]


def run_of(part: Part, chance: random.Random) -> tuple[str, ...]:
    """One run, all choices by chance."""
    if isinstance(part, Task):
        return (part.name,)
    if isinstance(part, Nothing):
        return ()
    if isinstance(part, Either):
        return run_of(chance.choice(part.parts), chance)
    if isinstance(part, Turns):
        turns = chance.choice([1, 1, 2])
        return tuple(n for _ in range(turns) for n in run_of(part.body, chance))
    runs = [list(run_of(inner, chance)) for inner in part.parts]
    if isinstance(part, Row):
        return tuple(name for run in runs for name in run)
    merged: list[str] = []
    while any(runs):
        merged.append(chance.choice([run for run in runs if run]).pop(0))
    return tuple(merged)


def log_that_shows_all(part: Part, chance: random.Random) -> list[tuple[str, ...]]:
    """Runs until 150 in a row have shown nothing new of what directly follows what."""
    seen: set[tuple[str, str]] = set()
    runs: list[tuple[str, ...]] = []
    quiet = 0
    while quiet < 150:
        run = run_of(part, chance)
        new = set(zip(("", *run), (*run, "."), strict=True)) - seen
        seen |= new
        quiet = 0 if new else quiet + 1
        runs.append(run)
    return runs


def mutants(part: Part, chance: random.Random, wanted: int) -> list[tuple[str, ...]]:
    """Runs with one step dropped, doubled, swapped, replaced or put in, that the flow refuses."""
    names = [task.name for task in tasks(part)]
    found: set[tuple[str, ...]] = set()
    for _ in range(wanted * 10):
        run = list(run_of(part, chance))
        if not run:
            continue
        at = chance.randrange(len(run))
        how = chance.choice(["drop", "swap", "replace", "insert"])
        if how == "drop":
            del run[at]
        elif how == "swap":
            other = chance.randrange(len(run))
            run[at], run[other] = run[other], run[at]
        elif how == "replace":
            run[at] = chance.choice([*names, "unknown"])
        else:
            run.insert(at, chance.choice([*names, "unknown"]))
        if first_misfit(part, run) is not None:
            found.add(tuple(run))
        if len(found) == wanted:
            break
    return sorted(found)
