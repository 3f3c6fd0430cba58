"""What a call is, whichever run it is of: who asks whom, over what, for what by its template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from otelhook.compare.shapes import shape
from otelhook.sequence.call_tree import Call
from otelhook.sequence.document import Document, Step
from otelhook.sequence.matching import PLACEHOLDER, caller_and_callee

__all__ = ["Identity", "Names", "identity_of", "names_of", "operation_of"]

_ADDRESS: Final = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?|(?<=[A-Za-z0-9]):\d{2,5}(?![\w.])"
)
_NUMBERS: Final = re.compile(r"(?<=/)\d+(?=/|\Z)")
Names = Mapping[str, str]
"""From a participant's name to that by which it is known in both runs."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What two calls have in common that are the same in two runs."""

    caller: str
    callee: str
    operation: tuple[str, str, str]
    """Protocol, method or operation, and template."""

    def words(self, arrow: str = "→") -> str:
        """Return it in a line."""
        return f"{self.caller} {arrow} {self.callee}: {' '.join(self.operation[1:]).strip()}"


@lru_cache(16_384)
def _template(label: str) -> str:
    return _NUMBERS.sub("{}", PLACEHOLDER.sub("{}", shape(PLACEHOLDER.sub("{}", label))))


def operation_of(step: Step) -> tuple[str, str, str]:
    """Return what is asked for: equal for the same call of two runs."""
    template = _template(step.label)
    operation = _template(step.operation) if step.operation != step.label else ""
    return step.protocol.value, f"{step.method} {operation}".strip(), template


def names_of(document: Document) -> dict[str, str]:
    """Return what each participant is called without its address; two never have one name."""
    taken: Counter[str] = Counter()
    names: dict[str, str] = {}
    ends = (name for step in document.steps for name in (step.source, step.target))
    for name in (*(participant.name for participant in document.participants), *ends):
        if name in names:
            continue
        bare = " ".join(_ADDRESS.sub("", name).split()) or "an address"
        taken[bare] += 1
        names[name] = bare if taken[bare] == 1 else f"{bare} ({taken[bare]})"
    return names


def identity_of(call: Call, names: Names) -> Identity:
    """Return what a call is."""
    caller, callee = caller_and_callee(call.request)
    return Identity(names[caller], names[callee], operation_of(call.request))
