"""What a trace shows, derived from its spans alone: calls, publications and deliveries.

Each comes with what a document may call it; the comparison is in `tests.evaluation.comparing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.evaluation.grouping import Group, groups_of
from tests.evaluation.naming import (
    destinations,
    http_method,
    http_paths,
    peers,
    verb_and_table,
)
from tests.evaluation.outcomes import Outcome, outcome_of
from tests.evaluation.protocols import grpc_name
from tests.evaluation.spans import Key, Seen, Trace
from tests.evaluation.trees import Tree

__all__ = ["Expected", "Interaction", "expected_of"]


@dataclass(frozen=True, slots=True)
class Interaction:
    """One call, publication or delivery, and all that a document may say of it.

    Empty ``callers`` or ``callees``: nobody has a name there. Of each group in ``operations`` one
    form must be in the step's label.
    """

    what: str
    protocol: str
    spans: tuple[Key, ...]
    names: tuple[str, ...]
    callers: frozenset[str]
    callees: frozenset[str]
    operations: tuple[frozenset[str], ...]
    outcome: Outcome
    below: tuple[Key, ...] = ()
    optional: bool = False
    """It may be a detail, or internal, instead of a step."""
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """All interactions of a trace, the services in it, and the spans that are in none."""

    trace: str
    interactions: tuple[Interaction, ...]
    services: frozenset[str]
    details: tuple[Key, ...]
    internal: tuple[Key, ...]


def expected_of(trace: Trace) -> Expected:
    tree = Tree(trace)
    groups = groups_of(tree)
    used = {span.key for group in groups for span in (*group.spans, *group.below)}
    rest = [span for span in tree.spans if span.key not in used]
    return Expected(
        trace.id,
        tuple(_interaction(group, tree) for group in groups),
        frozenset(tree.services),
        tuple(span.key for span in rest if tree.role(span) == "detail"),
        tuple(span.key for span in rest if tree.role(span) != "detail"),
    )


def _interaction(group: Group, tree: Tree) -> Interaction:
    callers, callees = _ends(group)
    return Interaction(
        what=group.what,
        protocol=group.protocol,
        spans=tuple(span.key for span in group.spans),
        names=tuple(dict.fromkeys(span.name for span in group.spans)),
        callers=frozenset(callers),
        callees=frozenset(callees),
        operations=() if group.inferred and group.target else _operations(group),
        outcome=_outcome(group, tree),
        below=tuple(span.key for span in group.below),
        optional=group.optional,
        inferred=group.inferred,
    )


def _ends(group: Group) -> tuple[set[str], set[str]]:
    if group.what == "delivery":
        return _places(group), {span.service for span in group.callees if span.service}
    callers = {group.source} if group.source else {span.service for span in group.callers}
    if not group.callers and not group.source:
        for span in group.callees:
            callers |= {span.get("peer.service"), span.get("zipkin.remote.service")}
    if group.what == "publish":
        return callers - {""}, _places(group)
    services = {span.service for span in group.callees if span.service}
    if group.target:
        services.add(group.target)
    return callers - {""}, services or _names(group)


def _names(group: Group) -> set[str]:
    """Return what to call a callee that recorded nothing; an address if it has no name."""
    names: set[str] = set()
    addresses: set[str] = set()
    for span in (*group.callers, *group.below):
        found = peers(span)
        names |= found[0]
        addresses |= found[1]
    return names or addresses


def _places(group: Group) -> set[str]:
    """Return what a broker's lifeline may be called; the other service only if it has no name."""
    found: set[str] = set()
    others: set[str] = set()
    for span in (*group.spans, *group.producers):
        found |= destinations(span) | {span.get("messaging.system")}
        if span.get("messaging.system") or span.kind in ("producer", "consumer"):
            found |= peers(span)[0]
    for span in group.producers:
        others.add(span.service)
    if group.target:
        others.add(group.target)
    if any(span.get("rpc.system") for span in group.spans):  # a cast may go straight to its callee
        return (found | others) - {""}
    return (found or others) - {""}


def _operations(group: Group) -> tuple[frozenset[str], ...]:
    """Return the forms of the label, by protocol; the spans' names where there are no facts."""
    spans = (*group.spans, *group.below)
    names = frozenset(form for span in group.spans if span.name for form in _name_forms(span))
    found: list[set[str]] = []
    if group.what != "call":
        found = [set().union(*(_of_message(span) for span in (*spans, *group.producers)))]
    elif group.protocol == "http":
        found = [{http_method(span) for span in group.spans}, _paths(group)]
        if not found[1] - {""}:
            found = [found[0], set(names)] if not found[0] - {""} else [found[0]]
    elif group.protocol == "rpc":
        found = _rpc(spans)
    elif group.protocol == "database":
        found = _database(group)
    elif group.protocol == "model":
        found = _model(spans)
    elif group.protocol == "tool":
        found = [{span.get("gen_ai.tool.name", "tool.name") for span in spans}]
    kept = tuple(frozenset(forms - {""}) for forms in found if forms - {""})
    return kept or ((names,) if names else ())


def _of_message(span: Seen) -> set[str]:
    """Return where a message goes and, of a call that is a message, what it asks for."""
    asked = {span.get("celery.task_name")}
    if span.get("rpc.system"):
        asked |= {method for method in grpc_name(span)[1:] if method}
    return destinations(span) | asked


def _name_forms(span: Seen) -> tuple[str, ...]:
    return (span.name, span.name.removeprefix("grpc."), span.name.removeprefix("http:"))


def _paths(group: Group) -> set[str]:
    return set().union(*(http_paths(span) for span in group.spans))


def _rpc(spans: tuple[Seen, ...]) -> list[set[str]]:
    services: set[str] = set()
    methods: set[str] = set()
    for span in spans:
        service, method = grpc_name(span)
        services |= {service, service.rpartition(".")[2]}
        methods.add(method)
    return [services, methods]


def _database(group: Group) -> list[set[str]]:
    verbs: set[str] = set()
    tables: set[str] = set()
    for span in group.spans:
        found = verb_and_table(span)
        verbs |= found[0]
        tables |= found[1]
    return [verbs, tables] if verbs else [{form for s in group.spans for form in _name_forms(s)}]


def _model(spans: tuple[Seen, ...]) -> list[set[str]]:
    models: set[str] = set()
    for span in spans:
        models |= {span.get("gen_ai.request.model"), span.get("gen_ai.response.model")}
        models |= {
            span.get("llm.model_name"),
            span.get("ai.model.id"),
            span.get("llm.request.model"),
        }
    operations = {span.get("gen_ai.operation.name", "llm.request.type") for span in spans}
    if models - {""}:
        return [models]
    return [operations.union(*(verb_and_table(span)[0] for span in spans))]


def _outcome(group: Group, tree: Tree) -> Outcome:
    protocol = group.protocol
    if group.what == "call" and not (group.inferred and group.target):
        found = outcome_of(group.callers, group.callees, protocol)
        known = bool(group.callers) or not group.inferred
        return found if known else _loosened(found)
    if group.what == "call":
        return Outcome(frozenset({"ok", "sent", "unknown", "failed", "error"}), (), "inferred")
    spans = list(group.spans)
    if group.what == "delivery":
        spans += [
            child
            for span in group.callees
            for child in tree.children(span)
            if child.kind == "" and child.service == span.service
        ]
    return _loosened(outcome_of(spans, (), protocol))


def _loosened(outcome: Outcome) -> Outcome:
    """A message that went well may be drawn without an answer."""
    if "ok" not in outcome.classes:
        return outcome
    return replace(outcome, classes=outcome.classes | {"sent", "unknown"})
