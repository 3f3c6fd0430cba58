r"""The user's own patterns of secrets: which are accepted, and how they are applied.

A pattern runs over text that may come from an attacker, in a request's path, so its form bounds
its steps: every repeat has an upper bound, a repeated group holds neither a repeat nor a choice,
and the ways to match from one place on are few. ``STAFF-\d{4,8}`` and
``(?i)ticket:\s{0,4}(\S{6,64})`` are accepted, ``(a+)+`` is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.markers import ANY_MARKER, MARKER

__all__ = ["compile_pattern", "hide_own"]

_MOST_WAYS = 10_000
_LONGEST = 500
_PIECE = lazy(
    r"""
    (?P<back>\\[1-9]|\(\?(?:P=|\()\w*\)) | (?P<escape>\\.) | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
  | (?P<open>\((?:\?(?:P<\w+>|<?[=!]|>|[aiLmsux-]*:|[aiLmsux-]+(?=\))))?)
  | (?P<close>\)) | (?P<choice>\|)
  | (?P<repeat>(?:[*+?]|\{\d*,?\d*\})[?+]?) | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BOUNDS = lazy(r"\{(?P<low>\d*)(?P<comma>,?)(?P<high>\d*)\}")


@dataclass(slots=True)
class _Group:
    branches: bool = False
    """Whether it holds a repeat or a choice: repeated, it could be matched in endless ways."""


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern of the user's, compiled.

    Raises:
        ValueError: it is not accepted; the message says why and what to write instead.
    """
    if len(pattern) > _LONGEST:
        message = f"a pattern has at most {_LONGEST} characters"
        raise ValueError(message)
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{pattern!r} is not a regular expression: {error}"
        raise ValueError(message) from None
    wrong = _what_is_wrong(pattern)
    if wrong is None and compiled.search("") is not None:
        wrong = "matches where there is nothing"
    if wrong is not None:
        message = f"{pattern!r} {wrong}"
        raise ValueError(message)
    return compiled


def _what_is_wrong(pattern: str) -> str | None:
    """Return why a pattern could take too long; None if it could not."""
    groups = [_Group()]
    closed: _Group | None = None
    ways = 1
    for piece in _PIECE.finditer(pattern):
        kind, text = piece.lastgroup, piece.group()
        if kind == "back":
            return "refers back to what it matched, which can take too long"
        if kind == "repeat":
            low, high = _bounds(text)
            if high is None:
                return f"has a repeat without an upper bound, {text}: write {{{low},64}}"
            if high > 1 and closed is not None and closed.branches:
                return "repeats a group that holds a repeat or a choice, which can take too long"
            if high > low:
                groups[-1].branches = True
                ways *= high - low + 1
        closed = _follow(groups, kind or "")
    if ways > _MOST_WAYS:
        return f"can match in {ways:,} ways at one place, more than {_MOST_WAYS:,}: bound it more"
    return None


def _follow(groups: list[_Group], kind: str) -> _Group | None:
    """Open and close groups; returns the group that was closed just now."""
    if kind == "open":
        groups.append(_Group())
    elif kind == "choice":
        groups[-1].branches = True
    elif kind == "close" and len(groups) > 1:
        closed = groups.pop()
        groups[-1].branches |= closed.branches
        return closed
    return None


def _bounds(repeat: str) -> tuple[int, int | None]:
    """Return how often a repeat matches at least and at most, None for no end."""
    match = _BOUNDS.match(repeat)
    if match is None:
        return {"*": (0, None), "+": (1, None)}.get(repeat[0], (0, 1))
    low = int(match["low"] or 0)
    if not match["comma"]:
        return low, low
    return low, int(match["high"]) if match["high"] else None


def hide_own(patterns: Iterable[re.Pattern[str]], text: str, places: list[str]) -> str:
    """Hide what the user's patterns match: their first group if they have one, else all of it.

    What is hidden already stays as it is.
    """
    for pattern in patterns:
        if pattern.search(text) is None:
            continue
        pieces = ANY_MARKER.split(text)
        shown = [_hidden(pattern, piece) for piece in pieces]
        if shown == pieces:
            continue
        places.append("pattern")
        markers = [*ANY_MARKER.findall(text), ""]
        text = "".join(part for pair in zip(shown, markers, strict=True) for part in pair)
    return text


def _hidden(pattern: re.Pattern[str], text: str) -> str:
    def stand_in(match: re.Match[str]) -> str:
        group = 1 if pattern.groups and match[1] else 0
        start, end = (at - match.start() for at in match.span(group))
        whole = match.group()
        return whole[:start] + MARKER + whole[end:] if end > start else whole

    return pattern.sub(stand_in, text)
