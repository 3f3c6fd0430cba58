"""How secret a leaf is by what holds it and by the leaves beside it, in JSON and XML alike.

``{"token": {"id": …}}`` is the first identity API's way to write a token, ``{"name":
"DB_PASSWORD", "value": …}`` an environment list's, ``{"password": {"S": …}}`` DynamoDB's,
``{"path": "/password", "value": …}`` JSON Patch's (RFC 6902), ``{"kind": "Secret", "data": {…}}``
Kubernetes', ``{"payload": …, "payload_content_type": …}`` barbican's, ``{"kty": …, "d": …}`` JWK's
(RFC 7517), ``{"keyName": "key1", "value": …}`` Azure's, ``{"card": {"number": …}}`` a payment's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from otelhook.redaction.rules.columns import Found, Span
from otelhook.redaction.rules.company import (
    COMPANIONS,
    FLAGS,
    INNOCENT_ALONE,
    TOLD_BY,
    WITHIN,
    told_by,
)
from otelhook.redaction.rules.entropy import has_entropy
from otelhook.redaction.rules.items import Items
from otelhook.redaction.rules.names import Names, Sensitivity, spell
from otelhook.redaction.rules.other_meanings import is_choice
from otelhook.redaction.rules.policy import PSEUDONYM_BITS, looks_chosen, looks_issued
from otelhook.redaction.rules.remote_calls import PARAMETERS, Call
from otelhook.redaction.rules.roles import (
    CELLS,
    CHILD,
    COLLECTIONS,
    COLUMNS,
    COMMAND,
    DESCRIBES,
    HEADERS,
    HOLDERS,
    LABEL,
    OF_SECRET,
    ROWS,
    TOKENS,
    TOLD,
    VALUE,
    last_segment,
    role,
)

__all__ = ["Found", "Level", "Span"]

_NONE = Sensitivity.NONE
_HUMAN = Sensitivity.HUMAN
_SIBLING = LABEL | VALUE | TOLD | OF_SECRET
_OF_TEXT = frozenset({"text", "value", "literal", "raw"})
_MOST_WAITING = 64
"""Leaves of one object whose secrecy may be told by a later one."""


@dataclass(slots=True)
class Level(Items):
    """One open object or list: what its leaves inherit from it and tell of each other."""

    is_collection: bool = False
    """Whether all that is in it, and is not said about it, is secret."""
    labelled: Sensitivity = _NONE
    label: str = ""
    """The key that said so: where it comes again, a new pair begins."""
    values: list[Found] | None = None
    """Values that came before the name that they are of."""
    seen: set[str] | None = None
    """The keys that make others secret, as far as they came."""
    typed: Sensitivity = _NONE
    """How secret what is in here is by the type of something around: ``random_password``."""
    text_token: Span | None = None
    """Where a ``token`` was hidden that may turn out to be one of text."""
    is_secret_object: bool = False
    may_be_secret_object: bool = False
    """Whether it is an object of Kubernetes' first API whose kind was not seen yet."""
    waiting: list[Found] | None = None
    """Leaves of this object's ``data``, or a JWK's members, until it is known what it is."""
    names_column: int = 0
    """The position of the column that this object tells of."""

    @property
    def is_data(self) -> bool:
        """Whether this is the data of an object that may be a Kubernetes Secret."""
        return self.key in ("data", "stringData")

    def child(self, key: str | None, names: Names, *, is_list: bool) -> Level:
        """Return the level of a container that opens in this one."""
        label = key if key is not None else ("[]" if self.is_list else "")
        own = self._of_item() if key is None else names.sensitivity(key)
        if key is not None and own is _NONE:
            own = self._inherited(key)
        opened = Level(label, own, is_list, self.columns)
        opened.is_collection = self._opens_collection(key, is_list=is_list)
        opened.typed = self.typed
        said = 0 if key is None else role(key)
        if key is not None and said & TOLD and spell(key) in COMPANIONS:
            self.told = [*(self.told or ()), *self._accompanied(spell(key))]
        if is_list:
            opened.is_pair = self.is_list
            if key in PARAMETERS:
                opened.call = self.call = self.call or Call()
                opened.awaited = self.call.first
            opened.has_headers = bool(said & HEADERS)
            opened.words = [] if said & COMMAND else None
            self._open_table(opened, said)
        elif self.names_columns:
            opened.names_column = self.position
        return opened

    def _of_item(self) -> Sensitivity:
        """Return how secret a container is that opens in this list, by its position too."""
        self.position += 1
        if not self.is_list:
            return _NONE
        if self.is_row and (self.is_pair or self.key.lower() in CELLS):
            return self.columns.secret.get(self.position, self.sensitivity)
        return self.sensitivity

    def _open_table(self, opened: Level, said: int) -> None:
        if said & COLUMNS:
            self.columns.secret.clear()
            opened.names_columns = True
        elif self.columns.secret:
            opened.is_row = bool(said & ROWS) or self.is_list or opened.key in CELLS

    def _inherited(self, key: str) -> Sensitivity:
        said = role(key)
        if said & VALUE and self.labelled is not _NONE:
            return self.labelled
        return self.sensitivity if said & CHILD and not said & LABEL else _NONE

    def _opens_collection(self, key: str | None, *, is_list: bool) -> bool:
        """Return whether a container that opens in this one holds secrets under any name."""
        if is_list or key is None:
            return False
        if self.is_collection:
            return not role(key) & DESCRIBES
        return spell(key) in COLLECTIONS

    def of_data(self, found: Found) -> Sensitivity:
        """Return how secret a leaf of this object's data is, and remember it for later."""
        if self.is_secret_object:
            return _HUMAN
        self._wait(found)
        return _NONE

    def _wait(self, found: Found) -> None:
        if self.waiting is None:
            self.waiting = []
        if len(self.waiting) < _MOST_WAITING or self.may_be_secret_object:
            self.waiting.append(found)

    def has_company(self, key: str) -> bool:
        """Return quickly whether a leaf is worth judging: most are not."""
        return (
            self.is_collection
            or self.sensitivity is not _NONE
            or self.typed is not _NONE
            or role(key) & _SIBLING != 0
            or key == "text"
        )

    def judge(
        self, key: str, value: str, span: Span, names: Names, *, is_string: bool
    ) -> tuple[Sensitivity, Sequence[Found]]:
        """Return how secret a leaf is, and which earlier leaves it shows to be secret."""
        said = role(key)
        if key == "text" and self.typed is _NONE:
            self._remember((span, _NONE, key))  # until a type may say what it is of
        if said & TOLD:
            told = self._told(spell(key), value, span, names, is_string=is_string)
            if told is not None:
                return told
        if not is_string:
            return (self.labelled if said & VALUE else _NONE), ()
        if said & LABEL or key == "keyName":
            if self.names_column and names.is_secret(value):
                self.told = self.columns.named(self.names_column, names.sensitivity(value))
            found = self._label(key, value, names)
            if found is not None:
                return _NONE, found
        if said & OF_SECRET and self.labelled is _NONE:
            self.labelled = Sensitivity.MAYBE
        if said & VALUE and (self.labelled is not _NONE or self.sensitivity is _NONE):
            return self._of_value(value, (span, _NONE, key)), ()
        own = self._of_text(key, value, said)
        return (own if own is not _NONE else self._of_key(key, names)), ()

    def _of_key(self, key: str, names: Names) -> Sensitivity:
        """Return how secret a key is by whose it is: ``{"api": {"key": …}}``."""
        is_ones = key in ("key", "Key") and self.key.isidentifier() and self.key[-1] not in "sS"
        return names.sensitivity(f"{self.key}_key") if is_ones else _NONE

    def _of_text(self, key: str, value: str, said: int) -> Sensitivity:
        if self.sensitivity is not _NONE:
            if key in _OF_TEXT and self.sensitivity is Sensitivity.TOKEN and is_choice(value):
                return _NONE  # {"token": {"kind": "identifier", "text": "total"}}
            if said & CHILD or (key == "id" and spell(self.key) in TOKENS):
                return self.sensitivity
            about = said & DESCRIBES and key.lower() != "key"
            is_token = self.sensitivity is Sensitivity.TOKEN and looks_issued(value)
            if is_token and not about and has_entropy(value, PSEUDONYM_BITS):
                return self.sensitivity  # {"api_key": {"key": …}}, {"tokens": {"refresh": …}}
            if self.sensitivity is _HUMAN and not said & DESCRIBES and looks_chosen(value):
                return _HUMAN
        if self.typed is not _NONE and key in HOLDERS:
            return self.typed if looks_chosen(value) and looks_issued(value) else _NONE
        return _HUMAN if self.is_collection and not said & DESCRIBES else _NONE

    def _told(
        self, key: str, value: str, span: Span, names: Names, *, is_string: bool
    ) -> tuple[Sensitivity, Sequence[Found]] | None:
        """Return what neighbours of a certain kind tell of each other; None if nothing."""
        for within in WITHIN:
            if within.key == key and within.parent.fullmatch(spell(self.key)):
                is_like = is_string or within.value.pattern != ".+"
                return (
                    (within.sensitivity, ()) if is_like and within.value.fullmatch(value) else None
                )
        if key in FLAGS and value == "true" and not is_string:
            return _NONE, self._flagged(key)
        if key in COMPANIONS:
            earlier = self._accompanied(key)
            told = (
                self._told_of_text(key, value, span, names)
                if is_string and key in TOLD_BY
                else None
            )
            return _NONE if told is None else told[0], earlier
        return self._told_of_text(key, value, span, names) if is_string else None

    def _told_of_text(
        self, key: str, value: str, span: Span, names: Names
    ) -> tuple[Sensitivity, Sequence[Found]] | None:
        if key in TOLD_BY:
            sensitivity, sure = told_by(key, value, self.seen or ())
            if sure:
                return None if sensitivity is _NONE else (sensitivity, ())
            self._wait((span, sensitivity, key))
        elif key in ("api_version", "kind"):
            found = self._of_kind(key, value)
            return None if found is None else (_NONE, found)
        elif key == "method":
            self.call = self.call or Call()
            return _NONE, self.call.named(value, names)
        return None

    def _accompanied(self, key: str) -> Sequence[Found]:
        """Note a key that makes others secret; returns those that came before it."""
        self.seen = (self.seen or set()) | {key}
        keys, sensitivity = COMPANIONS[key]
        return [(at, sensitivity, one) for at, _, one in self.waiting or () if spell(one) in keys]

    def _flagged(self, key: str) -> Sequence[Found]:
        """Note that values of this object are secret; returns those that came before."""
        if self.labelled is _NONE:
            self.labelled, self.label = _HUMAN, key
        return [(at, _HUMAN, name) for at, _, name in self.values or ()]

    def _of_kind(self, key: str, value: str) -> Sequence[Found] | None:
        """Note what kind of object this is; returns the leaves that it makes secret."""
        if key == "api_version":
            self.may_be_secret_object = value == "v1"
            return None
        self.may_be_secret_object = False
        self.is_secret_object = value == "Secret"
        return self.waiting if self.is_secret_object else None

    def _of_value(self, value: str, found: Found) -> Sensitivity:
        self._remember(found)
        if self.labelled is Sensitivity.MAYBE and not has_entropy(value, PSEUDONYM_BITS):
            return _NONE
        return self.labelled if self.labelled is not _NONE else self.sensitivity

    def _remember(self, found: Found) -> None:
        if self.values is None:
            self.values = []
        if len(self.values) < _MOST_WAITING:
            self.values.append(found)

    def _label(self, key: str, value: str, names: Names) -> Sequence[Found] | None:
        """Return the values that came before this name; None if it is no secret's."""
        if key == self.label:
            self.labelled, self.values = _NONE, None
        found = Sensitivity.MAYBE if key == "keyName" else names.sensitivity(last_segment(value))
        found = found if found is not _NONE else self.columns.of_member(value)
        if found is _NONE:
            return None
        if key.lower() == "type":
            self.typed = found
            if found is not _HUMAN:
                return None
        self.labelled, self.label = found, key
        of_type = key.lower() == "type"
        return [(at, found, one) for at, _, one in self.values or () if of_type or one != "text"]

    def unfinished(self) -> Sequence[Found]:
        """Return the leaves that could be secret if the text was cut within this object."""
        waiting = self.waiting or ()
        if self.may_be_secret_object:
            return waiting
        unsure = [found for found in waiting if spell(found[2]) not in INNOCENT_ALONE]
        return [
            *(self.told or ()),
            *(
                (span, sensitivity if key == "payload" else Sensitivity.MAYBE, key)
                for span, sensitivity, key in (*unsure, *(self.values or ()))
            ),
        ]
