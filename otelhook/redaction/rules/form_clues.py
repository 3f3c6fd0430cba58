"""Where in a text a token may be that is known by its form: one pattern, built from the rows.

Most tokens have a long run with digits in it after a mark, ``lin_api_…``; in other text that is
rare. The others are looked for by the rarest character of their prefix, with all of it around. The
regular expression engine passes over all other characters at once. The same pattern says that a
text is worth a closer look, and where in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.first_letters import found_in, searches
from otelhook.redaction.rules.needed_pieces import Check, Row, after, before, row_of_text
from otelhook.redaction.token_forms import FORMS, Form

__all__ = ["candidates", "may_be_formed"]

_MARKS: Final = "_.~-"
_RUN: Final = r"[\w.-]{16}"
_WORDS: Final = "[a-z_.-]{0,24}"
_SIGN: Final = "[0-9A-Z]"
"""After a mark, a long run, in which the first after small letters is a digit or a capital."""
_NO_TOKEN: Final = {"-": ("[0-9a-f][0-9a-f][0-9a-f][0-9a-f]", "req")}
"""Before a mark, neither a UUID's digits nor the name of a request of OpenStack."""
_BEFORE_A_MARK: Final = r"\w\-"
"""What may stand there where a form's prefix is the mark alone."""
_MAY_END: Final = lazy(r"[_.~-](?=[\w.+/=@~-]{10})", re.ASCII)
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
            follow.setdefault(prefix[at], set()).add(_way(prefix, prefix[at], form.follow))
    longest_first = {sign: sorted(ways, key=len, reverse=True) for sign, ways in follow.items()}
    return {sign: tuple(ways) for sign, ways in longest_first.items()}, tuple(sorted(plain))


def _told() -> dict[str, list[tuple[str, str]]]:
    """Return prefixes and what follows them, by the letters that they are looked for by, such that
    each text that has a prefix has one of these; marks first, which tell runs as well.

    A letter that many prefixes have is looked for once: so few letters are chosen, and of these
    the rarest, that each prefix has one. Runs after a mark are looked for at the mark anyway.
    """
    prefixes = {
        (prefix, form.follow)
        for form in FORMS
        for prefix in form.prefixes
        if not _has_run(form, prefix)
    }
    sure = {prefix for prefix, follow in prefixes if not follow}
    left = {(prefix, follow) for prefix, follow in prefixes if sure.isdisjoint(_parts_of(prefix))}
    by_letter: dict[str, list[tuple[str, str]]] = {mark: [] for mark in _MARKS}
    having = Counter(sign for prefix, _ in left for sign in set(prefix))
    while left:
        sign = max(sorted(+having), key=lambda sign: _worth(sign, having[sign], by_letter))
        told = sorted((prefix, follow) for prefix, follow in left if sign in prefix)
        left.difference_update(told)
        having.subtract(sign for prefix, _ in told for sign in set(prefix))
        by_letter.setdefault(sign, []).extend(told)
    return by_letter


def _parts_of(prefix: str) -> Iterator[str]:
    """Yield what stands within a prefix, without the whole."""
    size = len(prefix)
    for start in range(size):
        for end in range(start + 1, size + (start > 0)):
            yield prefix[start:end]


def _patterns() -> Iterator[str]:
    """Yield patterns, by their first letters, one of which is in each text that has a prefix."""
    for sign, told in _TOLD.items():
        if sign in _MARKS:
            yield sign + _run_after(sign)
        yield from (sign + way for way in _told_by(sign, told))


def _rows() -> Iterator[tuple[str, Row]]:
    """Yield what each text has that one of these patterns matches, by the pattern's letter."""
    for sign, told in _TOLD.items():
        if sign in _MARKS:
            yield sign, row_of_text(sign, *_around_a_run(sign))
        yield from ((sign, row_of_text(prefix, after(follow, re.ASCII))) for prefix, follow in told)


def _told_by(sign: str, prefixes: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield patterns of prefixes with this character; what ends with it is asked for at once."""
    ending: list[tuple[str, str]] = []
    for prefix, follow in prefixes:
        at = prefix.index(sign)
        if at and at + 1 == len(prefix):
            ending.append((prefix[at - 1], _way(prefix, sign, follow)))
        else:
            yield _way(prefix, sign, follow)
    if ending:
        last = "".join(sorted({re.escape(char) for char, _ in ending}))
        yield f"(?<=[{last}]{re.escape(sign)})(?:{'|'.join(way for _, way in ending)})"


def _before_a_run(mark: str) -> str:
    """Return the set of what stands before a mark, where a prefix of a form may end with it."""
    prefixes = {one for form in FORMS for one in form.prefixes if _has_run(form, one)}
    last = {
        re.escape(one[-2]) if len(one) > 1 else _BEFORE_A_MARK
        for one in prefixes
        if one[-1] == mark
    }
    return f"[{''.join(sorted(last))}]"


def _run_after(mark: str) -> str:
    """Return a pattern of what follows such a mark.

    The group keeps the engine from going back.
    """
    none = "".join(f"(?<!{before}{mark})" for before in _NO_TOKEN.get(mark, ()))
    words = f"(?=(?P<small{ord(mark)}>{_WORDS}))(?P=small{ord(mark)})"
    return f"(?<={_before_a_run(mark)}{re.escape(mark)}){none}(?={_RUN}){words}{_SIGN}"


def _around_a_run(mark: str) -> Iterator[Check]:
    """Yield what that pattern asks, one by one."""
    yield before(_before_a_run(mark), re.ASCII)
    yield from (before(one, negated=True) for one in _NO_TOKEN.get(mark, ()))
    yield after(_RUN, re.ASCII)
    yield after(_WORDS + _SIGN)


def _worth(sign: str, prefixes: int, by_letter: Mapping[str, object]) -> tuple[float, int]:
    """Return how much is won by looking for a character: prefixes with it, and its rarity."""
    rank = _RARITY.find(sign)
    if rank < 0 or sign in by_letter:
        return 0 if rank < 0 else 1, -rank
    return prefixes / (rank + 8), -rank


def _way(prefix: str, sign: str, follow: str) -> str:
    at = prefix.index(sign)
    behind = f"(?<={re.escape(prefix)})" if at else ""
    ahead = f"(?={follow})" if follow else ""
    return f"{re.escape(prefix[at + 1 :])}{behind}{ahead}"


def _search(ways: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    """Return one flat choice of plain characters: only of that the engine makes a set."""
    order = [sign for sign in _ORDER if ways.get(sign)]
    pattern = "|".join(f"{re.escape(sign)}(?:{'|'.join(ways[sign])})" for sign in order)
    return lazy(pattern, re.ASCII)


def _by_prefix() -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, form in enumerate(FORMS):
        for prefix in form.prefixes:
            found.setdefault(prefix, []).append(number)
    return {prefix: tuple(numbers) for prefix, numbers in found.items()}


_TOLD: Final = _told()
_OTHERS, _PLAIN = _look_for()
_OTHER_CLUE: Final = _search(_OTHERS)
_ANY: Final = searches((), _patterns(), flags=re.ASCII, often=_FREQUENT, short=128, rows=_rows)
_BY_PREFIX: Final = _by_prefix()
"""The numbers of the forms that have a prefix."""
_BY_LENGTH: Final = {
    size: frozenset(prefix for prefix in _BY_PREFIX if len(prefix) == size)
    for size in sorted({len(prefix) for prefix in _BY_PREFIX})
}


def may_be_formed(text: str) -> bool:
    """Return quickly whether a text may hold a token that is known by its form; False is sure."""
    return found_in(text, _ANY)


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
