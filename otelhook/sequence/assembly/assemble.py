"""Spans in, Document out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from otelhook import attributes as key
from otelhook.model import Span, SpanKind, TraceId
from otelhook.sequence.assembly.groups import GROUP_RULES, GroupRule, find_groups
from otelhook.sequence.assembly.inner_spans import Membership, inner_spans
from otelhook.sequence.assembly.participants import Cast, cast_of, described
from otelhook.sequence.assembly.steps import called, number_steps, redactions
from otelhook.sequence.assembly.titles import title_of
from otelhook.sequence.causality.exchanges import Paired
from otelhook.sequence.causality.order import in_order
from otelhook.sequence.causality.pairing import pair
from otelhook.sequence.causality.span_tree import LOST, ROOT, SpanTree, build_tree
from otelhook.sequence.document import Adjustment, Command, Document, Step, Variable
from otelhook.sequence.links import links_out_of
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.spans.coercion import first_integer, texts
from otelhook.sequence.spans.services import host_of
from otelhook.sequence.values.path_patterns import PATTERNS, Pattern
from otelhook.sequence.values.routes import Route
from otelhook.sequence.values.variables import name_values

__all__ = ["Options", "assemble"]


def _no_names() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Options:
    """What may be told to `assemble`. The defaults suit an unknown trace."""

    participants: Mapping[str, str] = field(default_factory=_no_names)
    """Names by address for callees that recorded nothing: ``host``, ``host:port``, ``:port``,
    ``/path``, or an address followed by a path; the longest match wins. For callers that recorded
    nothing, by their address or their User-Agent's first product."""
    variables: Mapping[str, str] = field(default_factory=_no_names)
    """Names by value, for values that are whole segments of paths."""
    patterns: tuple[Pattern, ...] = PATTERNS
    """What else in a path is a value."""
    groups: tuple[GroupRule, ...] = GROUP_RULES


def assemble(spans: Iterable[Span], *, options: Options | None = None) -> Document:
    """Make a Document of spans, of one trace or several, in whatever order they come.

    The result depends on the spans alone, never on their order. Nothing is refused: what is
    missing or contradicts itself is guessed, and each guess is marked on its step, listed in
    ``adjustments`` or said in ``warnings``.
    """
    options = options or Options()
    tree = build_tree(spans)
    paired = pair(tree)
    exchanges = paired.exchanges
    cast = cast_of(exchanges, options.participants)
    membership = Membership(tree, paired.absorbed)
    steps, numbers, variables = _numbered(paired, cast, membership, options)
    untimed = any(span.attributes.get(key.OTELHOOK_UNTIMED) is True for span in tree.recorded)
    if untimed:
        steps = tuple(replace(step, duration=None) for step in steps)
    parents = {
        number: numbers[parent]
        for index, number in numbers.items()
        if (parent := exchanges[index].parent) is not None
    }
    command, begun = _command(tree), _begun(tree)
    root = next((span for span in (*begun, *_roots(tree)) if span.name), None)
    inner = inner_spans(tree, paired, membership, steps)
    if untimed:
        # What only holds the log's calls together did no work that could be told.
        inner = tuple(
            replace(span, duration=None)
            for span in inner
            if any(name != key.OTELHOOK_UNTIMED for name, _ in span.attributes)
        )
    return Document(
        trace_ids=_trace_ids(steps, tree),
        title=title_of(command, root, steps, begun),
        start_time=steps[0].time if steps and not untimed else 0,
        duration=steps[-1].time - steps[0].time if steps and not untimed else 0,
        span_count=len(tree.recorded),
        participants=described(
            (name for step in steps for name in (step.source, step.target)), exchanges, cast
        ),
        steps=steps,
        groups=find_groups(steps, parents, options.groups),
        variables=variables,
        command=command,
        adjustments=_adjustments(paired),
        redactions=redactions(steps, numbers, exchanges),
        warnings=tuple(_warnings(tree, paired, steps)),
        inner_spans=inner,
        counts=membership.counts(),
    )


def _numbered(
    paired: Paired, cast: Cast, membership: Membership, options: Options
) -> tuple[tuple[Step, ...], dict[int, int], tuple[Variable, ...]]:
    """Return the steps, the number of each exchange by its index, and the variables in labels.

    What is needed for that alone (events in their places, what was asked for, plain labels) is as
    large as the steps, and goes when this is done.
    """
    asked = [called(exchange) for exchange in paired.exchanges]
    steps, numbers = number_steps(
        in_order(paired), paired.exchanges, asked, cast, membership.ids_of
    )
    indices = {number: index for index, number in numbers.items()}
    routes = [_route(asked[indices[step.exchange]]) for step in steps]
    named = name_values(routes, options.variables, options.patterns)
    for place, label in enumerate(named.labels):
        if label and label != steps[place].label:
            steps[place] = replace(steps[place], label=label)
    return tuple(steps), numbers, named.table


def _route(asked: Facts) -> Route:
    if not asked.http or asked.label:
        return Route("")
    return Route(asked.path, asked.route, asked.query)


def _trace_ids(steps: Sequence[Step], tree: SpanTree) -> tuple[TraceId, ...]:
    """List all traces, those with steps first, in order of appearance."""
    seen = dict.fromkeys(step.trace_id for step in steps)
    return tuple(seen | dict.fromkeys(span.trace_id for span in tree.spans))


def _roots(tree: SpanTree) -> Iterator[Span]:
    """Yield spans without a parent, the best first."""
    for wanted in (ROOT, LOST):
        at_top = [i for i, parent in enumerate(tree.parents) if parent == wanted]
        yield from (tree.spans[i] for i in sorted(at_top, key=lambda i: tree.spans[i].start_time))


def _begun(tree: SpanTree) -> list[Span]:
    """Return the spans without a parent below which something is drawn; lost ones began nothing."""
    at_top = {tree.top[index] for index in tree.ends if tree.near[index] == ROOT}
    return [tree.spans[index] for index in sorted(at_top)]


def _command(tree: SpanTree) -> Command | None:
    """Read the command from the span that ``otelhook run`` puts around it."""
    for span in _roots(tree):
        if span.kind is not SpanKind.INTERNAL:
            continue
        arguments = texts(span.attributes.get(key.PROCESS_COMMAND_ARGS))
        if arguments:
            output = span.attributes.get(key.OTELHOOK_COMMAND_OUTPUT)
            return Command(
                arguments,
                first_integer(span.attributes, (key.PROCESS_EXIT_CODE,)),
                output if isinstance(output, str) else None,
            )
    return None


def _adjustments(paired: Paired) -> tuple[Adjustment, ...]:
    """List the clocks that were shifted, with what was added to their times."""
    names: dict[str, str] = {}
    for exchange in paired.exchanges:
        for side in (exchange.client, exchange.server):
            if side is not None:
                names.setdefault(side.domain, host_of(side.span.resource) or side.service)
    return tuple(
        Adjustment(names.get(domain, domain), -offset)
        for domain, offset in sorted(paired.offsets.items())
        if offset
    )


_NAMED: Final = 3


def _leading_out(elsewhere: Sequence[TraceId]) -> str:
    named = ", ".join(elsewhere[:_NAMED])
    if len(elsewhere) == 1:
        return (
            f"Links lead to another trace, {named}: --follow-links brings in what there is of it."
        )
    more = f" and {len(elsewhere) - _NAMED} more" if len(elsewhere) > _NAMED else ""
    said = f"Links lead to {len(elsewhere)} other traces, {named}{more}"
    return f"{said}: --follow-links brings in what there is of them."


def _warnings(tree: SpanTree, paired: Paired, steps: Sequence[Step]) -> Iterator[str]:
    if not tree.recorded:
        yield "There are no spans."
    elif not steps:
        yield "None of the spans is of a request: there is nothing to draw."
    lost = tree.parents.count(LOST)
    if lost:
        whose = "1 span names" if lost == 1 else f"{lost} spans name"
        yield f"{whose} a parent that is not here; where it belongs is a guess by time."
    cycles = tree.cycles + paired.cycles
    if cycles:
        what = "1 cycle among parents was" if cycles == 1 else f"{cycles} cycles among parents were"
        yield f"{what} cut above the earliest span."
    elsewhere = links_out_of(tree.recorded)
    if elsewhere:
        yield _leading_out(elsewhere)
    backwards = sum(span.end_time < span.start_time for span in tree.recorded)
    if backwards:
        which = "1 span ends" if backwards == 1 else f"{backwards} spans end"
        yield f"{which} before the start, which was taken to be the end."
