"""Redaction of XML and HTML: elements, attributes, and what one attribute or element names.

The text is scanned once, with a stack of its own, not parsed, so that it may be cut or broken, and
all but the hidden values stays as it was written. What stands beside or above a value is judged as
in JSON (`otelhook.redaction.rules.siblings`).
"""

from __future__ import annotations

import re
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.formats.mixed import redact_text
from otelhook.redaction.rules.columns import Columns
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.placed import looks_like_one
from otelhook.redaction.rules.policy import Redacted, Redactor, looks_chosen
from otelhook.redaction.rules.prefilter import worth_a_look
from otelhook.redaction.rules.roles import LABEL, VALUE, last_segment, role
from otelhook.redaction.rules.siblings import Level, Span

__all__ = ["hide_in_markup", "redact_markup"]

_TOKEN: Final = lazy(
    r"""
    <!--.*?(?:-->|\Z) | <!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)
  | </(?P<close>[A-Za-z_][\w.:-]{0,63})\s{0,16}>
  | <(?P<open>[A-Za-z_][\w.:-]{0,63})
     (?P<attributes>(?:[^<>"']|"[^"<>]*(?:"|\Z)|'[^'<>]*(?:'|\Z))*)>?
  | (?P<text>[^<]+) | <
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE: Final = lazy(
    r"""(?P<name>[A-Za-z_:@][\w.:-]{0,63})\s{0,4}=\s{0,4}
    (?:"(?P<double>[^"<>]*)|'(?P<single>[^'<>]*)|(?P<bare>[^\s"'<>=`]+?)(?=/?\Z|\s))""",
    re.VERBOSE,
)
_VOID: Final = frozenset(
    {
        *("input", "meta", "br", "hr", "img", "link", "area", "base", "col", "embed", "source"),
        *("track", "wbr"),
    }
)
_ONLY_SHOWN: Final = frozenset(
    {
        *("a", "button", "select", "option", "div", "span", "label", "form", "fieldset", "legend"),
        *("p", "i", "b", "img", "iframe", "h1", "h2", "h3", "ul", "ol", "table", "tr", "tbody"),
        *("thead", "section", "article", "nav", "header", "footer", "main", "body", "html"),
        *("head", "title"),
    }
)
"""Elements of HTML whose name or id says nothing of their text."""
_TERMS: Final = frozenset({"th", "dt", "td"})
_TOLD: Final = frozenset({"td", "dd"})
_LABELS: Final = frozenset({"label", "strong", "b", "th", "dt", "legend"})
_FIELDS: Final = frozenset({"input", "textarea", "output"})
_LONGEST_LABEL: Final = 48
_CALLS: Final = lazy(r"(?:wp|metaWeblog|blogger|mt)\.\w+|[\w.]*(?i:login|log_?on|auth\w{0,12})")
"""Methods of XML-RPC that take a password among their parameters."""
_PAIR: Final = "entry"
"""XStream's map: a name, and its value in a second element of whatever kind."""
_DEEPEST: Final = 256
_LONGEST_TERM: Final = 40


def redact_markup(redactor: Redactor, text: str) -> Redacted[str]:
    """Hide ``<password>…</password>``, secret attributes, and values beside a secret name."""
    if not worth_a_look(redactor, text):
        return Redacted(text, ())
    scan = _Scan(redactor, text)
    shown = redact_text(redactor, scan.run())
    return Redacted(shown.value, tuple(dict.fromkeys((*scan.places, *shown.places))))


def hide_in_markup(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide what elements and attributes tell, and append the names to ``places``."""
    scan = _Scan(redactor, text)
    shown = scan.run()
    places += scan.places
    return shown


class _Scan:
    def __init__(self, redactor: Redactor, text: str) -> None:
        self._redactor = redactor
        self._names = redactor.names
        self._text = text
        self._stack = [Level("", Sensitivity.NONE, is_list=False, columns=Columns())]
        self._edits: dict[Span, str] = {}
        self._label = Sensitivity.NONE
        """How secret what comes after a text is that ends like a label: ``<b>Password:</b> x``."""
        self._is_call = False
        self.places: list[str] = []

    def run(self) -> str:
        for match in _TOKEN.finditer(self._text):
            kind = match.lastgroup
            if kind == "close":
                self._close(_local(match["close"]))
            elif match["open"] is not None:
                self._open(match)
            elif kind in ("text", "cdata"):
                self._leaf(*_trimmed(match[kind], match.start(kind)))
        out: list[str] = []
        done = 0
        for (start, end), shown in sorted(self._edits.items()):
            if start >= done:
                out += (self._text[done:start], shown)
                done = end
        return "".join((*out, self._text[done:]))

    def _close(self, name: str) -> None:
        for depth in range(len(self._stack) - 1, max(0, len(self._stack) - 8), -1):
            if self._stack[depth].key == name:
                del self._stack[depth:]
                return

    def _open(self, match: re.Match[str]) -> None:
        name = _local(match["open"])
        at = match.start("attributes")
        attributes = [
            (_local(one["name"]), one[kind], (at + one.start(kind), at + one.end(kind)))
            for one in _ATTRIBUTE.finditer(match["attributes"])
            for kind in (one.lastgroup or "bare",)
        ]
        label = self._labelled(attributes)
        if name.lower() in _FIELDS:
            self._fill(attributes)
        if label is Sensitivity.NONE:
            label = self._names.sensitivity(name)
        for key, value, span in attributes:
            own = self._names.sensitivity(key)
            if own is Sensitivity.NONE and role(key) & VALUE:
                own = label
            self._hide(span, value, own, key)
        if match["attributes"].endswith("/") or name.lower() in _VOID:
            return
        level = self._stack[-1].child(name, self._names, is_list=False)
        if level.sensitivity is Sensitivity.NONE and name.lower() not in _ONLY_SHOWN:
            level.sensitivity = label
        if len(self._stack) < _DEEPEST:
            self._stack.append(level)

    def _fill(self, attributes: list[tuple[str, str, Span]]) -> None:
        """Hide what stands in a field that a text before it names."""
        for key, value, span in attributes:
            if key.lower() == "value" and self._label is not Sensitivity.NONE:
                if looks_like_one(value):
                    self._hide(span, value, self._label, "value")
                self._label = Sensitivity.NONE

    def _labelled(self, attributes: list[tuple[str, str, Span]]) -> Sensitivity:
        """Return how secret the value is that an element's attributes name."""
        for key, value, _ in attributes:
            if key.lower() == "type" and value.lower() == "password":
                return Sensitivity.HUMAN
            if role(key) & LABEL:
                found = self._names.sensitivity(last_segment(value))
                if found is not Sensitivity.NONE:
                    return found
        return Sensitivity.NONE

    def _leaf(self, value: str, span: Span) -> None:
        level = self._stack[-1]
        if not value or len(self._stack) == 1:
            return
        parent = self._stack[-2]
        own = level.sensitivity
        if own is Sensitivity.NONE:
            own = self._by_company(parent, level.key, value, span)
        if own is Sensitivity.NONE:
            own = self._by_label(level.key, value)
        self._hide(span, value, own, level.key)

    def _by_label(self, key: str, value: str) -> Sensitivity:
        """Return how secret a text is by the text before it, or by the method that it is for."""
        before, self._label = self._label, Sensitivity.NONE
        if key == "methodName":
            self._is_call = _CALLS.fullmatch(value) is not None
        elif self._is_call and key in ("string", "value") and " " not in value:
            return Sensitivity.HUMAN if looks_like_one(value) else Sensitivity.NONE
        if before is not Sensitivity.NONE and looks_like_one(value):
            return before
        label = value.rstrip(" :*")
        if 0 < len(label) <= _LONGEST_LABEL and (value[-1] == ":" or key.lower() in _LABELS):
            self._label = self._names.sensitivity(label)
        return Sensitivity.NONE

    def _by_company(self, parent: Level, key: str, value: str, span: Span) -> Sensitivity:
        name = key.lower()
        if name in _TOLD and parent.labelled is not Sensitivity.NONE:
            told = parent.labelled
            parent.labelled = Sensitivity.NONE
            return told if looks_chosen(value) else Sensitivity.NONE
        if parent.key == _PAIR and parent.labelled is not Sensitivity.NONE:
            return parent.labelled
        if name in _TERMS or (parent.key == _PAIR and name not in ("key", "value")):
            short = value.strip(" :")[:_LONGEST_TERM]
            parent.labelled = self._names.sensitivity(short)
            return Sensitivity.NONE
        own, earlier = parent.judge(key, value, span, self._names, is_string=True)
        for (start, end), sensitivity, place in earlier:
            self._hide((start, end), self._text[start:end], sensitivity, place)
        return own

    def _hide(self, span: Span, value: str, sensitivity: Sensitivity, place: str) -> None:
        if self._redactor.hides(sensitivity, value, place, self._text):
            self._edits[span] = self._redactor.stand_in(sensitivity, value)
            self.places.append(place)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _trimmed(text: str, start: int) -> tuple[str, Span]:
    """Return a text without the blanks around it, and where it is."""
    value = text.strip()
    start += len(text) - len(text.lstrip())
    return value, (start, start + len(value))
