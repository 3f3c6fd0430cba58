"""What differs between two runs, as values that every form is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from otelhook.sequence.document import Document

__all__ = ["Change", "Comparison", "Finding", "FindingKind", "Pair"]


class FindingKind(str, Enum):
    """What kind of thing differs; ``--fail-on`` takes these."""

    PARTICIPANTS = "participants"
    """A participant has another name."""
    STEPS = "steps"
    """Calls that are new, gone or elsewhere."""
    PATH = "path"
    QUERY = "query"
    STATUS = "status"
    """What came of a call: status, outcome, and what was said of a failure."""
    HEADERS = "headers"
    BODY = "body"
    STATEMENT = "statement"
    """What a database was asked."""
    REPEATS = "repeats"
    """How often a call was made in a row: retries, and turns of a loop."""
    DURATION = "duration"
    """Found only if a band was given."""


class Change(str, Enum):
    """What became of it from the first run to the second."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that differs, wherever it shows."""

    kind: FindingKind
    change: Change
    where: str
    """The step in words: ``image → identity: POST /v3/auth/tokens``."""
    place: str = ""
    """Within the step: ``header.location``, ``body.image.status``; empty if it is the step."""
    before: str = ""
    """The first run's value or words; empty if there is none."""
    after: str = ""
    steps_before: tuple[int, ...] = ()
    """Numbers of the steps of the first run that are concerned, in order."""
    steps_after: tuple[int, ...] = ()
    more: str = ""
    """What else there is to say, in a few words."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two calls that are the same in both runs, by the numbers of their exchanges."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs with all that differs between them."""

    before: Document
    after: Document
    findings: tuple[Finding, ...]
    pairs: tuple[Pair, ...]
    """In the order of the first run."""
    remarks: tuple[str, ...] = ()
    """A sentence each: what could not be told, and what was left out."""
    nothing_in_common: bool = False
    """Whether hardly a call of one is a call of the other: then there is one finding."""
