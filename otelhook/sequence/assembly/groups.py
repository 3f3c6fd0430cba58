"""Frames around steps, from rules that are data.

A rule describes calls that one service makes, one directly after the other and to one callee,
while it serves a request. To group something else, add a `GroupRule`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Group, GroupKind, Step, StepKind

__all__ = ["GROUP_RULES", "CallRule", "GroupRule", "find_groups"]


class CallRule(NamedTuple):
    """One call of a group."""

    methods: frozenset[str]
    path: re.Pattern[str]
    """Matches the whole path."""
    optional: bool = False
    unless_body: re.Pattern[str] | None = None
    """A request whose body has this anywhere is another kind of call."""


class GroupRule(NamedTuple):
    """Calls that belong together."""

    kind: GroupKind
    title: str
    """With ``{caller}`` and ``{callee}``."""
    calls: tuple[CallRule, ...]
    unless_within: re.Pattern[str] | None = None
    """Calls made to serve a path that matches this are another kind of calls."""


_GET: Final = frozenset({"GET", "HEAD"})
_POST: Final = frozenset({"POST"})

_SIGN_IN: Final = lazy(r"(?i).*/(log-?in|sign-?in|session|token|authorize|callback)s?/?")
"""To serve these, a service asks for its caller's token, not for its own."""

GROUP_RULES: Final[tuple[GroupRule, ...]] = (
    GroupRule(  # OpenStack Identity API v3: password, application credential and the like
        kind=GroupKind.OPT,
        title="{caller} gets a token of its own",
        calls=(
            CallRule(_GET, lazy(r"(/[^/]+)?/?(v\d[\d.]*)?/?"), optional=True),
            CallRule(_POST, lazy(r".*/auth/tokens/?")),
        ),
        unless_within=_SIGN_IN,
    ),
    GroupRule(  # OAuth 2.0 (RFC 6749), 4.4: a client's own credentials
        kind=GroupKind.OPT,
        title="{caller} gets a token of its own",
        calls=(
            CallRule(_GET, lazy(r".*/\.well-known/.+"), optional=True),
            CallRule(
                _POST,
                lazy(r"(?i).*/token/?"),
                unless_body=lazy(
                    r"grant_type\W{1,5}(password|authorization_code|refresh_token|urn)"
                ),
            ),
        ),
        unless_within=_SIGN_IN,
    ),
)


@dataclass(slots=True)
class _Call:
    """An exchange, by the steps that it and all within it span."""

    request: Step
    first: int
    last: int
    closed: bool


def find_groups(
    steps: Sequence[Step],
    parents: Mapping[int, int],
    rules: Sequence[GroupRule] = GROUP_RULES,
) -> tuple[Group, ...]:
    """Find what the rules describe.

    Args:
        steps: of the whole document, in order.
        parents: from an exchange's number to that of the exchange it was made for.
        rules: the first that fits wins.

    Returns:
        Groups by their first step. A group has only steps of its own calls: where other calls
        run through it, there is none.
    """
    calls, sizes = _calls(steps, parents)
    children: dict[int, list[int]] = {}
    for exchange in calls:
        if exchange in parents:
            children.setdefault(parents[exchange], []).append(exchange)
    groups: list[Group] = []
    for parent, listed in children.items():
        at = 0
        while at < len(listed):
            made = [calls[exchange] for exchange in listed[at : at + _LONGEST]]
            found = _first_fit(rules, made, calls[parent].request)
            if found is None:
                at += 1
                continue
            rule, count = found
            first, last = made[0].first, max(call.last for call in made[:count])
            size = sum(sizes[exchange] for exchange in listed[at : at + count])
            if last - first + 1 == size and all(call.closed for call in made[:count]):
                names = {"caller": made[0].request.source, "callee": made[0].request.target}
                groups.append(Group(rule.kind, _titled(rule.title, names), first, last))
            at += count
    return tuple(sorted(groups, key=lambda group: (group.first, -group.last)))


_LONGEST: Final = 8
"""Calls that are looked at together: more than any rule has."""


def _titled(title: str, names: Mapping[str, str]) -> str:
    # Not str.format: a participant's name is captured text and may hold braces.
    return re.sub(r"\{(caller|callee)\}", lambda match: names[match.group(1)], title)


def _calls(
    steps: Sequence[Step], parents: Mapping[int, int]
) -> tuple[dict[int, _Call], dict[int, int]]:
    """Return each exchange's call, and the number of steps that it and all within it have."""
    calls: dict[int, _Call] = {}
    sizes: dict[int, int] = {}
    for step in steps:
        call = calls.get(step.exchange)
        if call is None:
            calls[step.exchange] = _Call(step, step.number, step.number, closed=False)
            sizes[step.exchange] = 1
        else:
            call.last = step.number
            call.closed = call.closed or step.kind is not StepKind.REQUEST
            sizes[step.exchange] += 1
    # An exchange's number is that of its first step, so every parent's is smaller.
    for exchange in sorted(calls, reverse=True):
        if exchange in parents:
            outer, inner = calls[parents[exchange]], calls[exchange]
            sizes[parents[exchange]] += sizes[exchange]
            outer.last = max(outer.last, inner.last)
    return calls, sizes


def _first_fit(
    rules: Sequence[GroupRule], made: Sequence[_Call], within: Step
) -> tuple[GroupRule, int] | None:
    for rule in rules:
        if rule.unless_within is None or not rule.unless_within.fullmatch(within.path):
            count = _fits(rule, made, within)
            if count:
                return rule, count
    return None


def _fits(rule: GroupRule, made: Sequence[_Call], within: Step) -> int:
    """Return how many of the calls, from the first, are the rule's; 0 if they are not."""
    first = made[0].request
    if first.source != within.target:
        return 0
    return max(_matched(rule.calls[skipped:], made) for skipped in _starts(rule))


def _starts(rule: GroupRule) -> Iterator[int]:
    """Yield how many calls may be left out at the rule's beginning."""
    yield 0
    for number, call in enumerate(rule.calls[:-1], 1):
        if not call.optional:
            return
        yield number


def _matched(calls: Sequence[CallRule], made: Sequence[_Call]) -> int:
    at = 0
    for call in calls:
        if at < len(made) and _is(call, made[at].request, made[0].request):
            at += 1
        elif not call.optional:
            return 0
    return at


def _is(call: CallRule, request: Step, first: Step) -> bool:
    if request.method not in call.methods or not call.path.fullmatch(request.path):
        return False
    if (request.source, request.target) != (first.source, first.target):
        return False
    content = request.body.content if request.body is not None else None
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content or ""
    return call.unless_body is None or not call.unless_body.search(text)
