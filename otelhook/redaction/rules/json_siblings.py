"""How secret a leaf of JSON is by the object that holds it and the leaves beside it.

``{"token": {"id": …}}`` is the first identity API's way to write a token, ``{"name":
"DB_PASSWORD", "value": …}`` an environment list's, ``{"kind": "Secret", "data": {…}}``
Kubernetes', ``{"payload": …, "payload_content_type": …}`` barbican's, ``{"keyName": "key1",
"value": …}`` Azure's, ``{"card": {"number": …}}`` a payment's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from otelhook.redaction.rules.entropy import has_entropy
from otelhook.redaction.rules.names import Names, Sensitivity, spell
from otelhook.redaction.rules.policy import PSEUDONYM_BITS

__all__ = ["Found", "Level", "Span"]

Span = tuple[int, int]
Found = tuple[Span, Sensitivity, str]
"""Where a leaf stands that turns out to be secret, how secret it is, and its key."""

_TOKENS = frozenset({"token", "session", "auth_token"})
_CHILDREN = frozenset({"value", "secret", "data", "content", "signature"})
_LABELS = frozenset({"name", "key", "field", "id", "header", "parameter"})
_VALUES = frozenset({"value", "values"})
_COLLECTIONS = frozenset({"secrets", "passwords", "passphrases"})
_TELLING = frozenset(
    {
        *("number", "payload", "payload_content_type", "kind", "apiversion", "keyname"),
        *_CHILDREN,
        *_LABELS,
        *_VALUES,
    }
)
"""Lower-case keys that say something of their neighbours, or are told by them."""
_DESCRIBES = re.compile(
    r"""(?:\w+_)? (?:name|names|id|ids|ref|refs|type|types|algorithm|mode|status|state|version
      |versions|at|date|time|expiration|url|uri|href|path|key|keys|arn|description|title|label
      |labels|tags|count|total|length|visibility|from|namespace|kind|links|user|username|email
      |creator|owner|replication|policy|scope|scopes|provider|enabled|optional|plugin|default
      |aliases|region|host|port|protocol|method|permissions)""",
    re.VERBOSE,
)
"""What is said about secrets where they are listed."""
_CARD = re.compile(r"(?:\w+_)?cards?")
_CARD_NUMBER = re.compile(r"\d(?:[ -]?\d){12,18}")
_ROOT_KEY = re.compile(r"[0-9a-fA-F]{64,}|[A-Za-z0-9+/]{43}=")


@dataclass(slots=True)
class Level:
    """One open object or list: its own key, and what its leaves inherit from it."""

    key: str
    sensitivity: Sensitivity
    is_list: bool
    is_collection: bool = False
    """Whether all that is in it, and is not said about it, is secret."""
    labelled: Sensitivity = Sensitivity.NONE
    value: Span | None = None
    payload: Span | None = None
    has_payload_type: bool = False
    is_secret_object: bool = False
    may_be_secret_object: bool = False
    """Whether it is an object of Kubernetes' first API whose kind was not seen yet."""
    data: list[Span] | None = None
    """Leaves of this object's ``data``, while it is not known whether that is secret."""

    @property
    def is_data(self) -> bool:
        """Whether this is the data of an object that may be a Kubernetes Secret."""
        return self.key in ("data", "stringData")

    def opens_collection(self, key: str | None, *, is_list: bool) -> bool:
        """Say whether a container that opens in this one holds secrets under any name."""
        if is_list or key is None:
            return False
        if self.is_collection:
            return _DESCRIBES.fullmatch(spell(key)) is None
        return key.lower() in _COLLECTIONS

    def of_data(self, span: Span) -> Sensitivity:
        """Return how secret a leaf of this object's data is, and remember it for later."""
        if self.is_secret_object:
            return Sensitivity.HUMAN
        if self.data is None:
            self.data = []
        self.data.append(span)
        return Sensitivity.NONE

    def has_company(self, key: str) -> bool:
        """Say quickly whether a leaf is worth judging: most are not."""
        return self.is_collection or key in _TELLING or key.lower() in _TELLING

    def judge(
        self, key: str, value: str, span: Span, names: Names, *, is_string: bool
    ) -> tuple[Sensitivity, Sequence[Found]]:
        """Return how secret a leaf is, and which earlier leaves it shows to be secret."""
        if key == "number" and self._is_card(value):
            return Sensitivity.HUMAN, ()
        if not is_string:
            return (self.labelled if key in _VALUES else Sensitivity.NONE), ()
        if key in _VALUES:
            return self._of_value(value, span), ()
        lower = key.lower()
        if lower in _LABELS or lower == "keyname":
            found = self._label(lower, value, names)
            if found:
                return Sensitivity.NONE, found
        return self._of_text(key, value, span)

    def _of_text(self, key: str, value: str, span: Span) -> tuple[Sensitivity, Sequence[Found]]:
        if self.sensitivity is not Sensitivity.NONE and (
            key in _CHILDREN or (key == "id" and spell(self.key) in _TOKENS)
        ):
            return self.sensitivity, ()
        if key == "payload":
            self.payload = span
            return (Sensitivity.HUMAN if self.has_payload_type else Sensitivity.NONE), ()
        if key == "payload_content_type":
            self.has_payload_type = True
            if self.payload is not None:
                return Sensitivity.NONE, ((self.payload, Sensitivity.HUMAN, "payload"),)
        if key == "apiVersion":
            self.may_be_secret_object = value == "v1"
        if key == "kind":
            self.may_be_secret_object = False
        if key == "kind" and value == "Secret":
            self.is_secret_object = True
            return Sensitivity.NONE, [(leaf, Sensitivity.HUMAN, "data") for leaf in self.data or ()]
        if self.is_collection and _DESCRIBES.fullmatch(spell(key)) is None:
            return Sensitivity.HUMAN, ()
        return Sensitivity.NONE, ()

    def _is_card(self, value: str) -> bool:
        return bool(_CARD.fullmatch(spell(self.key)) and _CARD_NUMBER.fullmatch(value))

    def _of_value(self, value: str, span: Span) -> Sensitivity:
        self.value = span
        if self.labelled is Sensitivity.MAYBE and not has_entropy(value, PSEUDONYM_BITS):
            return Sensitivity.NONE
        if self.labelled is not Sensitivity.NONE:
            return self.labelled
        return self.sensitivity

    def _label(self, key: str, value: str, names: Names) -> Sequence[Found]:
        found = Sensitivity.MAYBE if key == "keyname" else names.sensitivity(value)
        if found is not Sensitivity.NONE:
            self.labelled = found
        if found is not Sensitivity.NONE and self.value is not None:
            return ((self.value, found, "value"),)
        return ()

    def unfinished(self) -> Sequence[Found]:
        """Return the leaves that could be secret if the text was cut within this object."""
        if self.payload is not None and not self.has_payload_type:
            return ((self.payload, Sensitivity.HUMAN, "payload"),)
        if self.may_be_secret_object:
            return [(leaf, Sensitivity.HUMAN, "data") for leaf in self.data or ()]
        return ()

    @property
    def of_items(self) -> Sensitivity:
        """How secret what is in this list is."""
        return self.sensitivity if self.is_list else Sensitivity.NONE

    def of_item(self, value: str) -> Sensitivity:
        """Return how secret a text in this list is: a vault's ``keys`` are."""
        if self.key == "keys" and _ROOT_KEY.fullmatch(value):
            return Sensitivity.TOKEN
        return self.sensitivity if self.is_list else Sensitivity.NONE
