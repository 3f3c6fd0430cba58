"""Spans to a Document: exchanges, causal order, numbered steps."""

from __future__ import annotations

from otelhook.sequence.assembly.assemble import Options, assemble
from otelhook.sequence.compose import compose
from otelhook.sequence.document import (
    SCHEMA_VERSION,
    Address,
    Adjustment,
    Body,
    Command,
    Document,
    Flow,
    Group,
    GroupKind,
    Header,
    Hidden,
    Highlight,
    Mark,
    Note,
    Participant,
    ParticipantKind,
    Redaction,
    SeenBy,
    Step,
    StepKind,
    Variable,
)

__all__ = [
    "SCHEMA_VERSION",
    "Address",
    "Adjustment",
    "Body",
    "Command",
    "Document",
    "Flow",
    "Group",
    "GroupKind",
    "Header",
    "Hidden",
    "Highlight",
    "Mark",
    "Note",
    "Options",
    "Participant",
    "ParticipantKind",
    "Redaction",
    "SeenBy",
    "Step",
    "StepKind",
    "Variable",
    "assemble",
    "compose",
]
