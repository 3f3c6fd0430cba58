"""Lines worth a reader's eye: both ends of every flow, and what the rules of a table describe.

To highlight something else, add a `HighlightRule`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Document, Flow, Highlight, Step, StepKind
from otelhook.sequence.values.step_values import ValueReader

__all__ = ["HIGHLIGHT_RULES", "HighlightRule", "find_highlights"]


@dataclass(frozen=True, slots=True)
class HighlightRule:
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

    def is_for(self, step: Step) -> bool:
        """Say whether the rule's places are to be looked for in this step."""
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
    HighlightRule("how it signs in", lazy(r"body\.auth\.identity\.methods\.\d+"), _SENT, _WRITES),
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
    ),
    HighlightRule(
        "what it signs in to",
        lazy(r"body\.auth\.scope\.(?:project|domain)\.(?:name|id)|body\.auth\.scope\.system"),
        _SENT,
        _WRITES,
    ),
    HighlightRule("how it signs in", lazy(r"body\.grant_type"), _SENT, _WRITES),
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
    HighlightRule(
        "what it asks for",
        lazy(r"header\.(?:www-authenticate|proxy-authenticate|retry-after)"),
        _ANSWERED,
        status=_ERROR,
    ),
)


def find_highlights(
    document: Document, rules: Sequence[HighlightRule] = HIGHLIGHT_RULES
) -> Document:
    """Return the document with its highlights found anew, in the order of its steps."""
    found: dict[int, dict[Highlight, None]] = {}
    for light in _of_flows(document.flows):
        found.setdefault(light.step, {})[light] = None
    reader = ValueReader()
    for step in document.steps:
        for light in _of_rules(step, reader, rules):
            found.setdefault(step.number, {})[light] = None
    return replace(document, highlights=tuple(h for n in sorted(found) for h in found[n]))


def _of_flows(flows: Sequence[Flow]) -> Iterator[Highlight]:
    for flow in flows:
        if flow.source_step:
            yield Highlight(flow.source_step, flow.source_place, "used later")
            yield Highlight(flow.step, flow.place, f"from ({flow.source_step})")
        else:
            yield Highlight(flow.step, flow.place, "issued before the trace")


def _of_rules(
    step: Step, reader: ValueReader, rules: Sequence[HighlightRule]
) -> Iterator[Highlight]:
    fitting = [rule for rule in rules if rule.is_for(step)]
    if not fitting:
        return
    places = [(f"header.{header.name}", header.value) for header in step.headers]
    places += [
        (f"body.{path}", value)
        for path, value in reader.leaves(step.body)
        if isinstance(value, str)
    ]
    for place, text in places:
        for rule in fitting:
            if rule.place.fullmatch(place) and (rule.text is None or rule.text.fullmatch(text)):
                yield Highlight(step.number, place, rule.why)
