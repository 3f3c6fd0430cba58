"""Hides secrets before anything leaves the process: pure functions of text and a `Redactor`.

Only leaves change and the structure stays; what was hidden is said by place, never by value. The
standard library alone is imported here, so that documents can be checked once more where they are
rendered.
"""

from otelhook.redaction.formats.bodies import redact_body, redact_bytes
from otelhook.redaction.formats.command import redact_command
from otelhook.redaction.formats.cookies import redact_cookies, redact_set_cookie
from otelhook.redaction.formats.headers import (
    LookAt,
    look_at,
    redact_header,
    redact_headers,
    redact_reason,
)
from otelhook.redaction.formats.json import redact_json
from otelhook.redaction.formats.mixed import redact_text
from otelhook.redaction.formats.spans import ADDRESS_RULES, redact_attributes, redact_span
from otelhook.redaction.formats.urls import redact_path, redact_query, redact_url
from otelhook.redaction.rules.compiled import build_looks
from otelhook.redaction.rules.names import Names, Sensitivity
from otelhook.redaction.rules.own_patterns import compile_pattern
from otelhook.redaction.rules.policy import MARKER, Redacted, Redactor, Rules
from otelhook.redaction.rules.prefilter import worth_a_look

__all__ = [
    "ADDRESS_RULES",
    "MARKER",
    "LookAt",
    "Names",
    "Redacted",
    "Redactor",
    "Rules",
    "Sensitivity",
    "build_looks",
    "compile_pattern",
    "look_at",
    "redact_attributes",
    "redact_body",
    "redact_bytes",
    "redact_command",
    "redact_cookies",
    "redact_header",
    "redact_headers",
    "redact_json",
    "redact_path",
    "redact_query",
    "redact_reason",
    "redact_set_cookie",
    "redact_span",
    "redact_text",
    "redact_url",
    "worth_a_look",
]
