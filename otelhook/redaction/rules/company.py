"""Which keys of one object make another a secret, and which are secret within a certain object.

barbican's ``payload`` beside its content type, a private JWK's members beside ``kty`` (RFC 7517), a
Wi-Fi's ``key`` beside its ``ssid``, an integration's ``routing_key`` beside PagerDuty's
``event_action``. Names are spelled as in `otelhook.redaction.rules.names`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import Sensitivity

__all__ = ["COMPANIONS", "INNOCENT_ALONE", "TOLD_BY", "WITHIN", "Within"]

COMPANIONS: Final[Mapping[str, tuple[tuple[str, ...], Sensitivity]]] = {
    "payload_content_type": (("payload",), Sensitivity.HUMAN),
    "kty": (("d", "p", "q", "dp", "dq", "qi", "k"), Sensitivity.TOKEN),
    "ssid": (("key",), Sensitivity.HUMAN),
    "event_action": (("routing_key",), Sensitivity.TOKEN),
    "api_key": (("encoded",), Sensitivity.TOKEN),
    "security_question": (("answer",), Sensitivity.HUMAN),
    "token_last_eight": (("sha1",), Sensitivity.TOKEN),
    "clientkey": (("username",), Sensitivity.TOKEN),
}
"""By a key: which keys beside it are secret, before it or after it, and how."""

TOLD_BY: Final[Mapping[str, tuple[str, Sensitivity]]] = {
    key: (companion, sensitivity)
    for companion, (keys, sensitivity) in COMPANIONS.items()
    for key in keys
}
"""By such a secret key: the key that makes it one."""
INNOCENT_ALONE: Final = frozenset({"sha1", "username", "encoded"})
"""Those that are none where a text was cut before what would make them one."""


@dataclass(frozen=True, slots=True)
class Within:
    """A key that is secret within an object of some name."""

    key: str
    parent: re.Pattern[str]
    sensitivity: Sensitivity
    value: re.Pattern[str]
    """What its value looks like."""


def _within(key: str, parent: str, sensitivity: Sensitivity, value: str = ".+") -> Within:
    return Within(key, lazy(parent), sensitivity, lazy(value, re.DOTALL))


_A_KEY: Final = "[A-Za-z0-9+/]{42,}={1,2}"
"""Bytes in base64: an account's two keys have no other name in Azure's answers."""

WITHIN: Final = (
    _within("number", r"(?:\w+_)?cards?", Sensitivity.HUMAN, r"\d(?:[ -]?\d){12,18}"),
    _within("blob", "credentials?", Sensitivity.HUMAN),
    _within(
        "answer", r"(?:\w+_)?(?:security|recovery|secret|challenge)_questions?", Sensitivity.HUMAN
    ),
    _within("community", r"\w*snmp\w*", Sensitivity.HUMAN),
    _within("artifact", r"artifact_resolve", Sensitivity.HUMAN),
    _within("access", r"\w*", Sensitivity.MAYBE),
    _within("primary", r"\w*", Sensitivity.MAYBE, _A_KEY),
    _within("secondary", r"\w*", Sensitivity.MAYBE, _A_KEY),
)
