"""Where in a text a token may be that is known by its form: one pattern, built from the rows.

Most tokens have a long run with digits in it after a mark, ``lin_api_…``; in other text that is
rare. The others are looked for by the rarest character of their prefix, with all of it around. The
regular expression engine passes over all other characters at once. The same pattern says that a
text is worth a closer look, and where in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from otelhook.redaction.token_forms import FORMS, Form

__all__ = ["candidates", "may_be_formed"]

_MARKS: Final = "_.~-"
_RUN: Final = r"(?=[\w.-]{16})(?=[a-z_.-]{0,24}[0-9A-Z])(?<![0-9a-f]{4}-)(?<!req-)"
"""A long run after a mark, and neither a UUID's nor a request's of OpenStack."""
_MAY_END: Final = re.compile(r"[_.~-](?=[\w.+/=@~-]{10})", re.ASCII)
"""Where a prefix with a mark may end."""
_RARITY: Final = "QXJZKVWYUGBHFMDLNORIESPCATqzjxkvwyb$~_.-"
"""Characters that other prefixes are looked for by, best first: rare ones in bodies and headers. A
prefix without any of them is looked for as it is."""


_FREQUENT: Final = "_-.wkyTxz~"
_ORDER: Final = _FREQUENT + _RARITY.translate(dict.fromkeys(map(ord, _FREQUENT)))
"""The frequent ones first: the engine tries them one after another."""


def _has_run(form: Form, prefix: str) -> bool:
    return prefix[-1] in _MARKS and not form.alone


def _rarest(prefix: str) -> int | None:
    """Return where the rarest character of a prefix is; None if it has no rare one."""
    starts = [at for at, sign in enumerate(prefix) if sign in _RARITY]
    return min(starts, key=lambda at: _RARITY.index(prefix[at]), default=None)


def _look_for() -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return a pattern of the prefixes that a rare character tells, and the prefixes without."""
    follow: dict[str, set[str]] = {mark: set() for mark in _MARKS}
    plain = set[str]()
    for form in FORMS:
        for prefix in form.prefixes:
            at = _rarest(prefix)
            if _has_run(form, prefix):
                continue
            if at is None:
                plain.add(prefix)
                continue
            behind = f"(?<={re.escape(prefix)})" if at else ""
            ahead = f"(?={form.follow})" if form.follow else ""
            way = f"{re.escape(prefix[at + 1 :])}{behind}{ahead}"
            follow.setdefault(prefix[at], set()).add(way)
    longest_first = {sign: sorted(ways, key=len, reverse=True) for sign, ways in follow.items()}
    return {sign: tuple(ways) for sign, ways in longest_first.items()}, tuple(sorted(plain))


def _search(ways: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    """Return one flat choice of plain characters: only of that the engine makes a set."""
    order = [sign for sign in _ORDER if ways.get(sign)]
    pattern = "|".join(f"{re.escape(sign)}(?:{'|'.join(ways[sign])})" for sign in order)
    return re.compile(pattern, re.ASCII)


def _by_prefix() -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, form in enumerate(FORMS):
        for prefix in form.prefixes:
            found.setdefault(prefix, []).append(number)
    return {prefix: tuple(numbers) for prefix, numbers in found.items()}


_OTHERS, _PLAIN = _look_for()
_CLUE: Final = _search({**_OTHERS, **{mark: (_RUN, *_OTHERS[mark]) for mark in _MARKS}})
_OTHER_CLUE: Final = _search(_OTHERS)
_BY_PREFIX: Final = _by_prefix()
"""The numbers of the forms that have a prefix."""
_BY_LENGTH: Final = {
    size: frozenset(prefix for prefix in _BY_PREFIX if len(prefix) == size)
    for size in sorted({len(prefix) for prefix in _BY_PREFIX})
}


def may_be_formed(text: str) -> bool:
    """Return quickly whether a text may hold a token that is known by its form; False is sure."""
    if _CLUE.search(text) is not None:
        return True
    for piece in _PLAIN:  # noqa: SIM110 - any() takes longer
        if piece in text:
            return True
    return False


def candidates(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a prefix of a form is, and the form's number in `FORMS`; not in order."""
    for clues in (_MAY_END, _OTHER_CLUE):
        for clue in clues.finditer(text):
            yield from _ending(text, clue.end())
    for prefix in _PLAIN:
        at = text.find(prefix)
        while at >= 0:
            yield from ((at, number) for number in _BY_PREFIX[prefix])
            at = text.find(prefix, at + 1)


def _ending(text: str, end: int) -> Iterator[tuple[int, int]]:
    for size, prefixes in _BY_LENGTH.items():
        prefix = text[end - size : end] if size <= end else ""
        if prefix in prefixes:
            yield from ((end - size, number) for number in _BY_PREFIX[prefix])
