"""What was redacted, as shell variables that whoever runs the script fills in."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from urllib.parse import unquote

from otelhook.sequence.document import Document, Step, StepKind

__all__ = ["Secret", "Secrets"]

_MARKER = re.compile("‹(?:token:[0-9a-f]{16}|token [0-9]{1,6}|redacted)›")
"""What redaction leaves: a pseudonym that is the same for the same token, or a plain marker."""

_PLAIN = "‹redacted›"
_BODY_PLACE = "request.body."
_PERCENT_MARKER = re.compile(
    "%E2%80%B9(?:token:[0-9a-f]{16}|token%20[0-9]{1,6}|redacted)%E2%80%BA", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Secret:
    """One variable of the script."""

    name: str
    """``TOKEN_1`` for a pseudonym, ``SECRET_1`` for a plain marker."""
    first: int
    """The first step that needs it."""
    place: str
    issued: str
    """Which response issued it, if one in the document did: ``(4) x-subject-token``."""


class Secrets:
    """Gives each redacted value a variable: the same pseudonym has the same one.

    A plain marker may stand for anything. It has the variable of another one only if the rest of
    the text that it stands in is the same too, in the same place between the same two.
    """

    def __init__(self, document: Document) -> None:
        self._issued = _issued(document)
        self._places: dict[int, list[str]] = {}
        for redaction in document.redactions:
            if redaction.place.startswith(_BODY_PLACE):
                self._places.setdefault(redaction.step, []).append(redaction.place)
        self._known: dict[tuple[str, ...], Secret] = {}
        self._counts = {"TOKEN": 0, "SECRET": 0}

    @property
    def used(self) -> tuple[Secret, ...]:
        """All that were needed so far, in order."""
        return tuple(self._known.values())

    def quoted(self, text: str, step: Step, place: str, *, escaped: bool = False) -> str:
        """Return a text as one word of a POSIX shell that expands to it.

        Args:
            text: what is to be passed on; whatever it holds, nothing in it is executed.
            step: where it stands.
            place: in which header, or part of the message.
            escaped: whether the text is an address, whose markers are percent-encoded.
        """
        marker = _PERCENT_MARKER if escaped else _MARKER
        parts: list[str] = []
        at = 0
        matches = list(marker.finditer(text))
        places = self._places.get(step.number, []) if place == "body" else []
        for number, match in enumerate(matches):
            # Each leaf has its own name only if every marker in the text is one of them.
            where = places[number] if len(places) == len(matches) else place
            if match.start() > at:
                parts.append(shlex.quote(text[at : match.start()]))
            shown = unquote(match.group()) if escaped else match.group()
            secret = self._secret(shown, text, step, (where, str(number)))
            parts.append(f'"${secret.name}"')
            at = match.end()
        if at < len(text) or not parts:
            parts.append(shlex.quote(text[at:]))
        return "".join(parts)

    def _secret(self, marker: str, text: str, step: Step, place: tuple[str, str]) -> Secret:
        is_token = "token" in marker
        key = (marker,) if is_token else (step.source, step.target, *place, text)
        if key not in self._known:
            kind = "TOKEN" if is_token else "SECRET"
            self._counts[kind] += 1
            name = f"{kind}_{self._counts[kind]}"
            issued = self._issued.get(marker, "") if is_token else ""
            self._known[key] = Secret(name, step.number, place[0], issued)
        return self._known[key]


def _issued(document: Document) -> dict[str, str]:
    """Return from each pseudonym to the first response that has it."""
    found: dict[str, str] = {}
    for step in document.steps:
        if step.kind is StepKind.REQUEST:
            continue
        content = step.body.content if step.body is not None else None
        texts = [(header.name, header.value) for header in step.headers]
        texts.append(("body", content if isinstance(content, str) else ""))
        for place, text in texts:
            for marker in _MARKER.findall(text):
                if marker != _PLAIN:
                    found.setdefault(marker, f"({step.number}) {place}")
    return found
