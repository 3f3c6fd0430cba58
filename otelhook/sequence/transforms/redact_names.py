"""Redaction of the names that participants go by: a database may be named by its whole URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from otelhook.redaction import Redactor, redact_text
from otelhook.sequence.document import Document, Participant

__all__ = ["NameCleaner"]


class NameCleaner:
    """Cleans the names of one document's participants; most documents have none to clean."""

    def __init__(self, document: Document, redactor: Redactor) -> None:
        self._redactor = redactor
        names = dict.fromkeys(
            (
                *(participant.name for participant in document.participants),
                *(name for step in document.steps for name in (step.source, step.target)),
                *(span.service for span in document.inner_spans),
                *(adjustment.host for adjustment in document.adjustments),
            )
        )
        cleaned = ((name, redact_text(redactor, name).value) for name in names)
        self.changed: Mapping[str, str] = {old: new for old, new in cleaned if old != new}
        """What stands for each name that holds a secret."""

    def participants(self, listed: Iterable[Participant]) -> tuple[Participant, ...]:
        """Return them under clean names; those that are one by name now are one."""
        found: dict[str, Participant] = {}
        for participant in listed:
            name = self.changed.get(participant.name, participant.name)
            known = found.setdefault(name, replace(participant, name=name, instances=()))
            instances = {redact_text(self._redactor, i).value for i in participant.instances}
            together = tuple(sorted({*known.instances, *instances}))
            found[name] = replace(known, instances=together)
        return tuple(found.values())

    def rename(self, document: Document) -> Document:
        """Return the document with clean names wherever they stand."""
        participants = self.participants(document.participants)
        if not self.changed:
            return replace(document, participants=participants)
        new = self.changed.get
        return replace(
            document,
            participants=participants,
            steps=tuple(
                replace(
                    step,
                    source=new(step.source, step.source),
                    target=new(step.target, step.target),
                )
                for step in document.steps
            ),
            inner_spans=tuple(
                replace(span, service=new(span.service, span.service))
                for span in document.inner_spans
            ),
            adjustments=tuple(
                replace(adjustment, host=new(adjustment.host, adjustment.host))
                for adjustment in document.adjustments
            ),
        )
