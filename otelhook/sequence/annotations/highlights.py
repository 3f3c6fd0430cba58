"""Lines worth a reader's eye: both ends of every flow, and what the rules of a table describe.

To highlight something else, add a `HighlightRule`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.markers import is_marker
from otelhook.sequence.annotations.printed import printed_highlights
from otelhook.sequence.document import Document, Flow, Highlight, Step, StepKind
from otelhook.sequence.values.step_values import ValueReader

__all__ = ["HIGHLIGHT_RULES", "HighlightRule", "find_highlights"]


class HighlightRule(NamedTuple):
    """Lines of some steps; each pattern matches the whole of what it is for."""

    why: str
    """In a few words, as they stand on the page."""
    place: re.Pattern[str]
    """A place as in `otelhook.sequence.document.Flow`."""
    kind: StepKind
    methods: frozenset[str] = frozenset()
    """Of the request, which its response shares; empty for all."""
    path: re.Pattern[str] | None = None
    status: re.Pattern[str] | None = None
    content_type: re.Pattern[str] | None = None
    """Of the step's own body."""
    text: re.Pattern[str] | None = None
    """What stands at the place."""
    once: bool = False
    """Whether a reader who has seen the value once knows enough: services sign in again and again,
    each in the same way. What is redacted counts as one value."""
    unless_new: str = ""
    """The rule whose value says enough if it is another one than before, as who signs in: the
    project of a user that was not seen before is that user's own."""

    def is_for(self, step: Step) -> bool:
        """Return whether the rule's places are to be looked for in this step."""
        return (
            step.kind is self.kind
            and (not self.methods or step.method.upper() in self.methods)
            and (self.path is None or self.path.fullmatch(step.path) is not None)
            and (self.status is None or self.status.fullmatch(str(step.status_code)) is not None)
            and (self.content_type is None or self._type_fits(step))
        )

    def _type_fits(self, step: Step) -> bool:
        body = step.body
        has_content = body is not None and (bool(body.content) or bool(body.size))
        return (
            has_content
            and self.content_type is not None
            and body is not None
            and self.content_type.fullmatch(body.content_type.lower()) is not None
        )


_SENT: Final = StepKind.REQUEST
_ANSWERED: Final = StepKind.RESPONSE
_WRITES: Final = frozenset({"POST", "PUT", "PATCH"})
_LOGIN: Final = lazy(r"(?i).*/(?:log-?in|sign-?in|sessions?|auth(?:enticate)?|tokens?)/?")
_ERROR: Final = lazy(r"[45]\d\d")

HIGHLIGHT_RULES: Final[tuple[HighlightRule, ...]] = (
    # -- signing in: OpenStack's Identity API v3, OAuth 2.0 (RFC 6749), and forms of one's own
    HighlightRule(
        "how it signs in",
        lazy(r"body\.auth\.identity\.methods\.\d+"),
        _SENT,
        _WRITES,
        once=True,
    ),
    HighlightRule(
        "who signs in",
        lazy(r"body\.auth\.identity\.\w+\.(?:user\.)?(?:name|id)"),
        _SENT,
        _WRITES,
    ),
    HighlightRule(
        "password",
        lazy(r"body\.auth\.identity\.\w+\.(?:user\.)?(?:password|passcode|secret)"),
        _SENT,
        _WRITES,
        once=True,
    ),
    HighlightRule(
        "what it signs in to",
        lazy(r"body\.auth\.scope\.(?:project|domain)\.(?:name|id)|body\.auth\.scope\.system"),
        _SENT,
        _WRITES,
        once=True,
        unless_new="who signs in",
    ),
    HighlightRule("how it signs in", lazy(r"body\.grant_type"), _SENT, _WRITES, once=True),
    HighlightRule(
        "who signs in",
        lazy(r"(?i)body\.(?:user\.)?(?:user_?name|login|e?mail|user|client_id)"),
        _SENT,
        _WRITES,
        _LOGIN,
    ),
    HighlightRule(
        "password",
        lazy(r"(?i)body\.(?:user\.)?(?:password|passwd|client_secret)"),
        _SENT,
        _WRITES,
        _LOGIN,
        once=True,
    ),
    # -- what became of the resource that the step is about, alone in its body or in one wrapper
    HighlightRule(
        "status",
        lazy(r"body\.(?:[a-z]\w*\.)?(?:status|state|phase|\w+_status)"),
        _ANSWERED,
        status=lazy(r"2\d\d"),
        text=lazy(r"[A-Za-z][\w .-]{0,63}"),
    ),
    # -- where to go next, and how (RFC 9110, 10.2.2; OpenStack's Image API)
    HighlightRule(
        "where it is",
        lazy(r"header\.location"),
        _ANSWERED,
        status=lazy(r"201|202|3\d\d"),
    ),
    HighlightRule("ways to upload", lazy(r"header\.openstack-image-import-methods"), _ANSWERED),
    HighlightRule(
        "what is uploaded",
        lazy(r"header\.content-type"),
        _SENT,
        _WRITES,
        content_type=lazy(
            r"(?!.*json|.*xml|text/|application/x-www-form-urlencoded).*/.*", re.DOTALL
        ),
    ),
    # -- what went wrong (RFC 9457, OpenStack's fault bodies, and what others make of theirs)
    HighlightRule(
        "what went wrong",
        lazy(
            r"(?i)body\.(?:\w+\.)?(?:message|detail|title|error|error_description|reason|code"
            r"|faultstring|debuginfo)|body\.errors\.\d+(?:\.(?:message|detail|title|code))?"
        ),
        _ANSWERED,
        status=_ERROR,
    ),
    # What answers 200 and tells of errors within: GraphQL (7.1.2 of its specification), JSON-RPC
    # 2.0 (5.1), and bulk operations.
    HighlightRule(
        "what went wrong",
        lazy(r"body\.(?:\d+\.)?(?:errors\.\d+|error)\.message"),
        _ANSWERED,
        status=lazy(r"2\d\d"),
    ),
    HighlightRule(
        "what it asks for",
        lazy(r"header\.(?:www-authenticate|proxy-authenticate|retry-after)"),
        _ANSWERED,
        status=_ERROR,
    ),
)


def find_highlights(
    document: Document,
    rules: Sequence[HighlightRule] = HIGHLIGHT_RULES,
    reader: ValueReader | None = None,
) -> Document:
    """Return the document with its highlights found anew, in the order of its steps.

    Args:
        document: with its flows.
        rules: what is highlighted besides them.
        reader: one that other passes share.
    """
    found: dict[int, dict[Highlight, None]] = {}
    for light in _of_flows(document.flows):
        found.setdefault(light.step, {})[light] = None
    reader = reader or ValueReader()
    for light in _of_catalogs(document, reader):
        found.setdefault(light.step, {})[light] = None
    for light in printed_highlights(document, reader):
        found.setdefault(light.step, {})[light] = None
    seen: dict[str, set[str]] = {}
    table = _Table(rules)
    for step in document.steps:
        for light in _of_rules(step, reader, table, seen):
            found.setdefault(step.number, {})[light] = None
    return replace(document, highlights=tuple(h for n in sorted(found) for h in found[n]))


def _of_flows(flows: Sequence[Flow]) -> Iterator[Highlight]:
    for flow in flows:
        if flow.source_step:
            yield Highlight(flow.source_step, flow.source_place, "used later")
            yield Highlight(flow.step, flow.place, f"from ({flow.source_step})")
        else:
            yield Highlight(flow.step, flow.place, "issued before the trace")


_ENDPOINT: Final = lazy(r"body\.((?:.+\.)?\d+)\.endpoints\.\d+\.\w*url", re.IGNORECASE)
"""An endpoint in a catalog of services, as OpenStack's Identity API has it."""


def _of_catalogs(document: Document, reader: ValueReader) -> Iterator[Highlight]:
    """Highlight of which type an endpoint is, where the path that was asked does not tell it.

    Behind a reverse proxy a request's path is not below its endpoint's (`AddressBook`), and below
    an endpoint that is a host alone every path is.
    """
    by_number = {step.number: step for step in document.steps}
    for flow in document.flows:
        endpoint = _ENDPOINT.fullmatch(flow.source_place)
        source = by_number.get(flow.source_step)
        if endpoint is None or source is None:
            continue
        leaves = dict(reader.leaves(source.body))
        url = str(leaves.get(flow.source_place.removeprefix("body."), ""))
        path = "/" + url.partition("//")[2].partition("/")[2]
        tells = path != "/" and by_number[flow.step].path.startswith(path)
        if not tells and f"{endpoint[1]}.type" in leaves:
            yield Highlight(source.number, f"body.{endpoint[1]}.type", "what is there")


class _Table:
    """The rules by place, each place looked at once: bodies of a kind have the same."""

    def __init__(self, rules: Sequence[HighlightRule]) -> None:
        # Of a function and not of a method: what is remembered goes as soon as the table does.
        self.at = lru_cache(4096)(partial(_rules_at, rules))

    def lines(self, step: Step, reader: ValueReader) -> Iterator[tuple[str, str]]:
        """Yield place and text of the lines of a step that a rule may be for."""
        for header in step.headers:
            place = f"header.{header.name}"
            if self.at(place):
                yield place, header.value
        places = reader.text_places(step)
        if any(rule.is_for(step) for place in places for rule in self.at(place)):  # seldom
            for path, value in reader.leaves(step.body):
                place = f"body.{path}"
                if isinstance(value, str) and self.at(place):
                    yield place, value


def _rules_at(rules: Sequence[HighlightRule], place: str) -> tuple[HighlightRule, ...]:
    return tuple(rule for rule in rules if rule.place.fullmatch(place))


def _of_rules(
    step: Step, reader: ValueReader, table: _Table, seen: dict[str, set[str]]
) -> Iterator[Highlight]:
    """Yield the lines of a step; what was seen before, by rule, is added to."""
    known, new = frozenset(seen), set[str]()
    for place, text in table.lines(step, reader):
        for rule in table.at(place):
            if not rule.is_for(step) or (rule.text and not rule.text.fullmatch(text)):
                continue
            value = "" if is_marker(text) else text
            before = seen.setdefault(rule.why, set())
            if value not in before and rule.why in known:
                new.add(rule.why)
            if not (rule.once and value in before) and rule.unless_new not in new:
                yield Highlight(step.number, place, rule.why)
            before.add(value)
