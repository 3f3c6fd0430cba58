"""What a person wrote down as shown by a trace, one line a message, and how it is checked.

    caller -> callee: words of the label = outcome, words of the answer & further words

``|`` parts forms that will do as well, ``?`` is a caller without a name, ``*`` anything; ``?->``
may be a detail of another step instead. Outcomes are ``ok``, ``error`` (answered with one, or
failed with words), ``failed`` and ``*``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.evaluation.comparing import labelled, named, said
from tests.evaluation.drawn import Drawing, Exchange
from tests.evaluation.interactions import Expected, Interaction

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "Line",
    "agrees",
    "derived_faults",
    "drawn_faults",
    "interactions",
    "messages",
    "parse",
]

_LINE = re.compile(r"(.+?) (\??->) (.+?): (.*?) = (\S+) ?(.*)")
_CLASSES = {
    "ok": {"ok"},
    "error": {"error", "failed"},
    "failed": {"failed", "error"},
    "*": {"ok", "error", "failed", "sent", "unknown"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message, taken apart; `text` is as it was written."""

    text: str
    callers: tuple[str, ...]
    callees: tuple[str, ...]
    optional: bool
    label: tuple[tuple[str, ...], ...]
    outcome: str
    words: tuple[str, ...]


def parse(text: str) -> Line:
    found = _LINE.fullmatch(text)
    if found is None:
        message = f"not a message: {text!r}"
        raise ValueError(message)
    caller, arrow, callee, label, outcome, words = found.groups()
    return Line(
        text,
        tuple(caller.split("|")),
        tuple(callee.split("|")),
        arrow == "?->",
        tuple(tuple(word.split("|")) for word in label.split()),
        outcome,
        tuple(filter(None, words.split(" & "))),
    )


def messages(path: Path) -> dict[str, list[str]]:
    """Return the messages by file of ``expected.toml``."""
    return {name: row["messages"] for name, row in _toml(path).items()}


def interactions(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Return by file of ``checked.toml`` the span ids and the message of each interaction."""
    return {name: row["interactions"] for name, row in _toml(path).items()}


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def drawn_faults(lines: Sequence[Line], drawing: Drawing) -> list[str]:
    """Return the lines that no exchange draws, and the exchanges that no line asks for."""
    pairs = _matched(lines, drawing.exchanges, _draws)
    missing = [each.text for each in lines if id(each) not in pairs and not each.optional]
    used = {id(exchange) for exchange in pairs.values()}
    surplus = [each for each in drawing.exchanges if id(each) not in used]
    return [f"missing: {text}" for text in missing] + [
        f"surplus: {each.source} -> {each.target}: {each.label.strip()} = {each.outcome}"
        for each in surplus
    ]


def derived_faults(lines: Sequence[Line], expected: Expected) -> list[str]:
    """Return where the evaluation's own derivation differs from what was written."""
    pairs = _matched(lines, expected.interactions, agrees)
    used = {id(interaction) for interaction in pairs.values()}
    missing = [f"missing: {line.text}" for line in lines if id(line) not in pairs]
    return missing + [
        f"surplus: {each}"
        for each in expected.interactions
        if id(each) not in used and not each.optional
    ]


def _draws(line: Line, exchange: Exchange) -> bool:
    ends = _is_end(line.callers, exchange.source) and _is_end(line.callees, exchange.target)
    label = all(any(_is_in(exchange.label, form) for form in forms) for forms in line.label)
    words = all(said(exchange.answer, word) for word in line.words)
    return ends and label and words and exchange.outcome in _CLASSES[line.outcome]


def _is_end(forms: Iterable[str], name: str) -> bool:
    return any(form in ("?", "*") or named(name, form) for form in forms)


def _is_in(label: str, form: str) -> bool:
    return form == "*" or labelled(label, form)


def agrees(line: Line, interaction: Interaction) -> bool:
    label = " ".join(form for forms in line.label for form in forms)
    return (
        _are_ends(line.callers, interaction.callers)
        and _are_ends(line.callees, interaction.callees)
        and (label == "*" or _is_labelled(label, interaction))
        and bool(_CLASSES[line.outcome] & interaction.outcome.classes)
        and (line.optional or not interaction.optional)
        and _are_words(line, interaction)
    )


def _are_ends(forms: tuple[str, ...], names: frozenset[str]) -> bool:
    if "*" in forms or ("?" in forms and not names):
        return True
    return bool({form.casefold() for form in forms} & {name.casefold() for name in names})


def _is_labelled(label: str, interaction: Interaction) -> bool:
    return all(any(labelled(label, form) for form in forms) for forms in interaction.operations)


def _are_words(line: Line, interaction: Interaction) -> bool:
    """Each side's words are in the other's: ``200`` in both, a sentence in its beginning."""
    groups = interaction.outcome.words
    ours = line.words or ("*",)
    if "*" in ours:
        return not any(all(word.isdigit() and int(word) >= 400 for word in g) for g in groups)
    return all(any(_meet(word, form) for group in groups for form in group) for word in ours)


def _meet(word: str, form: str) -> bool:
    word, form = word.casefold(), form.casefold()
    return word in form or form in word


def _matched(
    lines: Sequence[Line], others: Sequence[object], fits: Callable[..., bool]
) -> dict[int, object]:
    """Give each line an exchange of its own, as many as can have one (augmenting paths)."""
    taken: dict[int, Line] = {}

    def place(line: Line, tried: set[int]) -> bool:
        for other in others:
            if id(other) in tried or not fits(line, other):
                continue
            tried.add(id(other))
            if id(other) not in taken or place(taken[id(other)], tried):
                taken[id(other)] = line
                return True
        return False

    for line in lines:
        place(line, set())
    by_id = {id(other): other for other in others}
    return {id(line): by_id[other] for other, line in taken.items()}
