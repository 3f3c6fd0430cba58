"""Does a run fit a flow; where does it first not, and why."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from otelhook.compare.flow.fitting import first_misfit
from otelhook.compare.flow.model import Level, Node, answer_word, plain_name, task_name
from otelhook.compare.flow.rules import FlowRules, Must
from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Part, Row, Task, Turns
from otelhook.compare.identity import Names, identity_of, names_of
from otelhook.compare.signs import answer_of
from otelhook.render.shared.units import spell_duration
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Document, Step, StepKind
from otelhook.sequence.values.json_leaves import body_leaves

__all__ = ["Misstep", "check"]

_SHOWN: Final = 4
"""Names of calls that are told as expected."""


@dataclass(frozen=True, slots=True)
class Misstep:
    """One thing that does not fit."""

    rule: str
    """``order``, ``status``, ``must`` or ``limits``."""
    step: int
    """Number of the first step that does not fit; 0 if it is the run as a whole."""
    where: str
    """The step in words."""
    why: str


def check(document: Document, rules: FlowRules) -> tuple[Misstep, ...]:
    """Return all that does not fit, in the order of the steps; of each call's order the first."""
    names = names_of(document)
    _, outermost = call_trees(document.steps)
    found = [*_orders(outermost, rules.level, names)]
    found += (misstep for must in rules.musts for misstep in _must(document, must, names))
    found += _limits(document, rules)
    return tuple(sorted(found, key=lambda misstep: misstep.step))


@lru_cache(1_024)
def _plain(part: Part) -> Part:
    """Return a part whose tasks are called as calls are."""
    if isinstance(part, Task):
        return Task(plain_name(part.name))
    if isinstance(part, Turns):
        return Turns(_plain(part.body), _plain(part.between), part.least, part.most)
    if isinstance(part, Nothing):
        return part
    parts = tuple(_plain(inner) for inner in part.parts)
    if isinstance(part, Row):
        return Row(parts)
    return Either(parts) if isinstance(part, Either) else AnyOrder(parts)


def _orders(calls: Sequence[Call], level: Level, names: Names) -> Iterator[Misstep]:
    """Yield what does not fit of these calls and of those within them; nothing here recurses."""
    waiting: deque[tuple[tuple[Call, ...], tuple[Level, ...], int, str]] = deque()
    waiting.append((tuple(calls), (level,), 0, "the run"))
    while waiting:
        own, levels, after, within = waiting.popleft()
        found = min(
            (_order(own, candidate, names, after, within) for candidate in levels),
            key=len,
            default=list[Misstep](),
        )
        yield from found
        nodes: dict[str, list[Node]] = defaultdict(list)
        for candidate in levels:
            for node in candidate.nodes.values():
                nodes[plain_name(node.name)].append(node)
        for call in own:
            name = task_name(identity_of(call, names))
            if name in nodes:
                yield from _status(call, name, nodes[name])
                inside = tuple(node.inside for node in nodes[name])
                waiting.append((tuple(call.inner), inside, call.first, name))


def _order(
    calls: Sequence[Call], level: Level, names: Names, after: int, within: str
) -> list[Misstep]:
    called = [task_name(identity_of(call, names)) for call in calls]
    misfit = first_misfit(_plain(level.order), called, limits=True)
    if misfit is None:
        return []
    expected = [*misfit.expected[:_SHOWN]]
    if len(misfit.expected) > _SHOWN:
        expected.append(f"{len(misfit.expected) - _SHOWN} more")
    if misfit.may_end:
        expected.append("the end")
    told = " or ".join(expected) or "nothing more"
    if misfit.index < len(calls):
        where = called[misfit.index]
        step = calls[misfit.index].first
        return [Misstep("order", step, where, f"not expected here in {within}; expected {told}")]
    last = calls[-1].steps[-1].number if calls else after
    return [Misstep("order", last, within, f"it ends here; expected {told}")]


def _status(call: Call, name: str, nodes: Sequence[Node]) -> Iterator[Misstep]:
    answer = answer_of(call)
    word = answer_word(answer)
    wanted = {known for node in nodes for known, _ in node.answers}
    free = any(not node.answers for node in nodes)
    if answer is not None and word and not free and word not in wanted:
        why = f"answered {answer.head}; expected {' or '.join(sorted(wanted))}"
        yield Misstep("status", answer.number, name, why)


def _must(document: Document, must: Must, names: Names) -> Iterator[Misstep]:
    wants_kind = bool(must.steps.kind)
    for step in document.steps:
        is_request = step.kind is StepKind.REQUEST
        usual = is_request is not (bool(must.steps.status) or must.seconds is not None)
        if not must.steps.is_for(step) or not (wants_kind or usual):
            continue
        why = _why_not(step, must)
        if why:
            where = f"{names[step.source]} -> {names[step.target]}: {step.title}"
            yield Misstep("must", step.number, where, f"{why} ([[must]] {must.number})")


def _why_not(step: Step, must: Must) -> str:
    if must.seconds is not None and step.duration is not None:
        most = round(must.seconds * 1e9)
        if step.duration > most:
            return f"it took {spell_duration(step.duration)}, longer than {spell_duration(most)}"
    values = _values(step, must.place) if must.place else None
    if values is None:
        return ""  # nothing is asked of it, or it was not recorded
    if must.absent or not values:
        fits = must.absent is not bool(values)
        return "" if fits else f"{must.place} is {'there' if values else 'missing'}"
    if must.value is not None and must.value not in values:
        return f"{must.place} is {values[0]!r}, not {must.value!r}"
    if must.pattern is not None and not any(map(must.pattern.search, values)):
        return f"{must.place} is {values[0]!r}, which {must.pattern.pattern!r} does not match"
    return ""


def _values(step: Step, place: str) -> list[str] | None:
    """Return the values at a place; None if the message was not recorded."""
    side, _, name = place.partition(".")
    if side == "header":
        return [header.value for header in step.headers if header.name == name]
    if step.body is None or step.body.content is None or step.body.truncated:
        return None
    leaves = {path: _spelled(value) for path, value in body_leaves(step.body)}
    if name in leaves:
        return [leaves[name]]
    return [value for path, value in leaves.items() if path.startswith(f"{name}.")]


def _spelled(value: str | bool | None) -> str:  # noqa: FBT001 - a leaf of JSON
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else value


def _limits(document: Document, rules: FlowRules) -> Iterator[Misstep]:
    steps = len(document.steps)
    if rules.steps is not None and steps > rules.steps:
        yield Misstep("limits", 0, "the run", f"it has {steps} steps, more than {rules.steps}")
    most = None if rules.seconds is None else round(rules.seconds * 1e9)
    if most is not None and document.duration > most:
        told = f"it took {spell_duration(document.duration)}, longer than {spell_duration(most)}"
        yield Misstep("limits", 0, "the run", told)
