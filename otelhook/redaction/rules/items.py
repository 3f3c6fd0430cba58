"""How secret the items of a list are, by the list and by the items before them.

``["--password", …]`` are a command's words, ``["Cookie", …]`` stands in a list of headers, rows
have columns, and a remote call has parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.columns import Columns, Found, Span
from otelhook.redaction.rules.command_options import is_known
from otelhook.redaction.rules.names import Names, Sensitivity
from otelhook.redaction.rules.remote_calls import Call

__all__ = ["Items"]

_NONE = Sensitivity.NONE
_HUMAN = Sensitivity.HUMAN
_ROOT_KEY = lazy(r"[0-9a-fA-F]{64,}|[A-Za-z0-9+/]{43}=")
_NAMED = lazy(r"[a-z]{2,24}(?:-[a-z]{2,24}){0,4}")
_OPTION = lazy(r"--?(?P<name>[A-Za-z][\w.-]+)")
_MESSAGE = lazy(
    r"(?i:is|are|must|should|needs?|cannot|can|has|does|may|the|this|your|please|too|not|passwords?"
    r"|field|invalid|at)\s\S+(?:\s\S+)"
)
"""What is said of a field where it is refused: ``{"password": ["is too short"]}``."""


@dataclass(slots=True)
class Items:
    """What an open list knows of its items, and an object of the lists in it."""

    key: str
    sensitivity: Sensitivity
    is_list: bool
    columns: Columns
    """How secret the columns of rows are: one object for all levels of a document."""
    is_pair: bool = False
    """Whether it is a list within a list, perhaps of a name and its value."""
    call: Call | None = None
    """The remote call that this object is, or whose parameters are in this list."""
    position: int = 0
    awaited: Sensitivity = _NONE
    """How secret the next item of this list is."""
    has_headers: bool = False
    told: list[Found] | None = None
    """What came before and was told by what is in here, to be hidden when this closes."""
    names_columns: bool = False
    is_row: bool = False
    words: list[tuple[Span, str]] | None = None
    """The items of a list that is a command's words, as they are written."""

    def of_scalar(self) -> Sensitivity:
        """Return how secret a number in this list is."""
        self.position += 1
        if self.is_row:
            return self.columns.secret.get(self.position, self.sensitivity)
        return self.sensitivity if self.is_list else _NONE

    def of_item(self, value: str, span: Span, names: Names) -> Sensitivity:
        """Return how secret a text in this list is, by the list and by the items before it.

        ``["--password", …]`` are arguments, ``["Cookie", …]`` in a list of headers is one, and a
        vault's ``keys`` are secret themselves.
        """
        if not self.is_list:
            return _NONE
        self.position += 1
        if self.call is not None:
            self.call.keep(span)
        if self.is_pair and not self.names_columns:
            self.columns.keep(self.position, span)
        awaited = self._of_column(value, names)
        if self.words is None and (value[:1] == "-" or self.position == 1) and _begins(value):
            self.words = []
        if self.words is not None:
            self.words.append((span, value))
        if self.sensitivity is _HUMAN and _MESSAGE.match(value):
            return _NONE
        if awaited is not _NONE and value[:1] != "-" and not names.is_secret(value):
            return awaited
        self._expect(value, names)
        if self.key == "keys" and _ROOT_KEY.fullmatch(value):
            return Sensitivity.TOKEN
        if self.sensitivity is Sensitivity.TOKEN and self.key[-1:] in "sS" and _is_named(value):
            return _NONE
        return self.sensitivity

    def _of_column(self, value: str, names: Names) -> Sensitivity:
        """Return how secret this item is by its column or by the item before; note a column."""
        awaited, self.awaited = self.awaited, self.call.login if self.call else _NONE
        if self.names_columns and names.is_secret(value):
            found = self.columns.named(self.position, names.sensitivity(value))
            self.told = [*(self.told or ()), *found]
        elif self.is_row:
            return self.columns.secret.get(self.position, awaited)
        return awaited

    def _expect(self, value: str, names: Names) -> None:
        """Note how secret the next item is by this one."""
        if value[:1] == "-":
            option = _OPTION.fullmatch(value)
            self.awaited = _NONE if option is None else names.sensitivity(option["name"])
        elif self.has_headers or (self.is_pair and self.position == 1):
            found = names.sensitivity_in_header(value)
            self.awaited = found if found is not _NONE else self.columns.of_member(value)


def _begins(value: str) -> bool:
    """Return whether a command's words begin here, or its options."""
    return value[:1] == "-" or is_known(value)


def _is_named(value: str) -> bool:
    """Return whether this is the name of a secret: ``"pullSecrets": ["regcred"]``."""
    return _NAMED.fullmatch(value) is not None
