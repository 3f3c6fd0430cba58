"""What of redaction was compiled where it was installed: the quick look, and a token's characters.

Python's regular expression engine tries some hundred patterns at each place of a text; one pass of
an automaton over its bytes says of most texts that none of them can match, in a fortieth of the
instructions. `_compiled.c` has it. It is built where there is a C compiler, and nothing but time
depends on it: what it says is where a pattern may match, and the pattern decides.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from otelhook.redaction.rules.needed_pieces import Check, Row, Step

__all__ = ["IN_USE", "QuickLook", "build_looks", "is_there", "use_compiled"]

_Places = Sequence[tuple[int, int]]
"""Groups of rows, by number, and the character from which on each may be."""


class _Finder(Protocol):
    def first(self, text: str | bytes, /) -> _Places | None: ...


class _Part(Protocol):
    """The compiled part."""

    @property
    def Finder(  # noqa: N802 - a class
        self,
    ) -> Callable[[tuple[tuple[bytes, int, int, tuple[Check, ...]], ...], int], _Finder]: ...

    @property
    def token_signs(self) -> Callable[[str], int]: ...


_logger = logging.getLogger(__name__)


def _compiled() -> _Part | None:
    """Return the compiled part, if there is one and it answers as it was built to."""
    try:
        from otelhook.redaction.rules import _compiled as part  # noqa: PLC0415 - it may be absent
    except ImportError:
        return None
    try:
        answers = _answers(part)
    except Exception:  # noqa: BLE001 - a wrong build costs time, never a request
        answers = False
    if not answers:
        _logger.warning(
            "otelhook: redaction's compiled part does not work with this Python, and Python's own "
            "way is used; install otelhook again to build it anew"
        )
    return part if answers else None


def _answers(part: _Part) -> bool:
    """Ask for what each of its functions returns of a text that is known."""
    before = Check(behind=True, negated=False, steps=(Step(bytes([255]) * 32, least=1, most=1),))
    found = part.Finder(((b"key", 0, 1, (before,)),), 1).first("a key")
    return found == [(0, 1)] and part.token_signs("a1") == 2 * 256 + 2


_logger = logging.getLogger(__name__)
_PART: Final = _compiled()


class _InUse:
    """What is used of the compiled part, in this process."""

    __slots__ = ("token_signs",)

    def __init__(self) -> None:
        self.token_signs: Callable[[str], int] | None = None
        """Returns 256 times how many of the last characters of a text, which is ASCII, were looked
        at, and how many different ones they are; 0 if they do not have a token's form."""


IN_USE: Final = _InUse()
_looks: Final[list[QuickLook]] = []


class QuickLook:
    """One pass over a text for all rows of a table, or nothing where that is not compiled.

    Args:
        groups: how many groups there are.
        rows: returns them, each with its group's number; called when a text is first looked at.
    """

    __slots__ = ("_groups", "_rows", "look")

    def __init__(self, groups: int, rows: Callable[[], Iterable[tuple[int, Row]]]) -> None:
        self._groups = groups
        self._rows = rows
        self.look: Callable[[str | bytes], _Places | None] | None = None
        """Returns the groups that a text may have; None if it has none. Text that is not ASCII
        comes as UTF-8. Where this itself is None, Python's own way is to be gone."""
        self.use(_PART if IN_USE.token_signs else None)
        _looks.append(self)

    def use(self, part: _Part | None) -> None:
        """Use what is compiled from now on, or do not."""
        self.look = None if part is None else self._look_first

    def _look_first(self, text: str | bytes) -> _Places | None:
        """Build what looks, and look; another thread may switch it off meanwhile."""
        look = self._made()
        if self.look == self._look_first:
            self.look = look
        return look(text)

    def build(self) -> None:
        """Build what looks, if it is used and not built yet."""
        if self.look == self._look_first:
            self._look_first("")

    def _made(self) -> Callable[[str | bytes], _Places | None]:
        try:
            rows = [(row.piece, group, row.back, row.checks) for group, row in self._rows()]
            if _PART is not None:
                return _PART.Finder(tuple(rows), self._groups).first
        except Exception:
            _logger.warning("otelhook: redaction's compiled part cannot be used", exc_info=True)
        return self._all

    def _all(self, _: str | bytes) -> _Places:
        """Return that a text may have any: each pattern decides for itself."""
        return [(group, 0) for group in range(self._groups)]


def is_there() -> bool:
    """Return whether there is a compiled part."""
    return _PART is not None


def use_compiled(*, on: bool) -> None:
    """Use the compiled part in this process, if there is one, or do not."""
    part = _PART if on else None
    if (part is not None) is (IN_USE.token_signs is not None):
        return
    IN_USE.token_signs = None if part is None else part.token_signs
    for look in _looks:
        look.use(part)


def build_looks() -> None:
    """Build what looks, so that no request waits for it."""
    for look in _looks:
        look.build()


use_compiled(on=True)
