"""What happens in a part of a diagram, in a line: what is changed there, else what is asked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from otelhook.render.shared.outline import short_title
from otelhook.render.shared.plain import one_line, shortened
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.changing import changes_something
from otelhook.sequence.document import Document

__all__ = ["headings"]

_NAMED: Final = 2
_LONGEST: Final = 44
"""Characters of one call in a heading."""


def headings(document: Document, parts: Sequence[tuple[int, int]]) -> Mapping[int, str]:
    """Return what to call parts, by the number of their first step.

    Args:
        document: all of it.
        parts: the first and the last step of each, in order.
    """
    begins = [first for first, _ in parts]
    calls, _ = call_trees(document.steps)
    of_part: dict[int, list[Call]] = {}
    for call in calls:
        at = bisect_right(begins, call.first) - 1
        if at >= 0:
            of_part.setdefault(begins[at], []).append(call)
    return {first: _heading(of_part.get(first, [])) for first in begins}


def _heading(calls: Sequence[Call]) -> str:
    """Return the calls that matter most, in their order, and how many more there are."""
    failed = [call for call in calls if call.steps[-1].failed]
    wrong = {call.first for call in failed}
    ranked = sorted(calls, key=lambda call: _rank(call, wrong))
    # Alike calls are told once.
    distinct = {(c.request.title, c.request.target): c for c in reversed(ranked)}
    chosen = [call for call in ranked if distinct[call.request.title, call.request.target] is call]
    shown = sorted(chosen[:_NAMED], key=lambda call: call.first)
    words = [_words(call) for call in shown]
    left = len(chosen) - len(shown)
    return ", ".join(words) + (f" and {left:,} more" if left else "")


def _words(call: Call) -> str:
    title = shortened(one_line(short_title(call)), _LONGEST)
    failed = " fails" if call.steps[-1].failed else ""
    return f"{title} of {one_line(call.request.target)}{failed}"


def _rank(call: Call, wrong: Collection[int]) -> tuple[bool, bool, int, int]:
    """Put first what went wrong, then what changes something, then what is large."""
    return call.first not in wrong, not changes_something(call.request), -call.size, call.first
