"""What of a file is not shown, counted, and reported in a line or two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from otelhook.errors import DamagedDataError, NotRecordedError, OtelhookError
from otelhook.sources.files.foreign_ids import ForeignIds

__all__ = ["LeftOut"]

_SHOWN: Final = 5
"""Sentences on single spans that are reported one by one; of keys that are named."""

_TEXT: Final = 60
"""Characters of a line that are shown."""

_EXPECTED: Final = (
    "expected JSON, JSON lines, or protobuf: of OTLP, Jaeger or Zipkin, what an SDK printed, or "
    "what OpenSearch, Elasticsearch or ClickHouse keep"
)


class LeftOut:
    """Counts what is left out while a file is read."""

    def __init__(self, named: str) -> None:
        self._named = named
        self._signals: Counter[str] = Counter()
        self._texts: list[tuple[int, str]] = []
        self._unknown: list[tuple[int, tuple[str, ...]]] = []
        self._faults: list[str] = []
        self._cut: int | str = 0
        self.ids = ForeignIds()
        """What replaces ids that are none."""
        self._values = 0
        self._is_log = False

    def value(self) -> None:
        """Note an object of a known kind."""
        self._values += 1

    def log(self) -> None:
        """Note that the file is a program's log: that it has other lines is no news."""
        self._is_log = True

    def signals(self, names: tuple[str, ...]) -> None:
        """Note an object that holds other signals: ``logs``."""
        self._signals.update(names)

    def text(self, line: int, text: str) -> None:
        """Note a line, or a value, that is not JSON object."""
        self._texts.append((line, text))

    def unknown(self, line: int, keys: tuple[str, ...]) -> None:
        """Note an object of no known kind."""
        self._unknown.append((line, keys[:_SHOWN]))

    def faults(self, sentences: tuple[str, ...]) -> None:
        """Note single spans that cannot be read, a sentence on each."""
        self._faults += sentences

    def cut(self, where: int | str) -> None:
        """Note that the file ends within what begins at a line, or at an offset in words."""
        self._cut = where

    def said(self) -> Iterator[str]:
        """Yield what to tell a reader who gets the rest."""
        counted = [f"{self._requests(number)} of {name}" for name, number in self._signals.items()]
        if self._texts and not self._is_log:
            number = len(self._texts)
            counted.append(_counted(number, "line that is not JSON", "lines that are not JSON"))
        if self._unknown:
            keys = ", ".join(self._unknown[0][1])
            counted.append(
                _counted(
                    len(self._unknown), "object that is not a span", "objects that are not spans"
                )
                + (f", with {keys} in the first" if keys else "")
            )
        if counted:
            yield f"{self._named}: left out: {'; '.join(counted)}"
        for sentence in self._faults[:_SHOWN]:
            yield f"{self._named}: {sentence}"
        if len(self._faults) > _SHOWN:
            yield f"{self._named}: and {len(self._faults) - _SHOWN} more spans left out"
        if self.ids.replaced:
            before, now = next(iter(self.ids.replaced.items()))
            many = _counted(len(self.ids.replaced), "id is not", "ids are not")
            yield f"{self._named}: {many} as OpenTelemetry has them: {before!r} stands as {now}"
        if self._cut:
            yield f"{self._named}: the end is left out, truncated {self._place(self._cut)}"

    def why_nothing(self) -> OtelhookError:
        """Return why the file has no spans at all; the first that is wrong is named."""
        damage = self._damage()
        if damage:
            return DamagedDataError(f"{self._named}{damage}")
        if self._signals and not self._values:
            held = " and ".join(self._signals)
            return NotRecordedError(f"{self._named} holds no traces, only {held}")
        return NotRecordedError(f"{self._named} {'holds no spans' if self._values else 'is empty'}")

    def _damage(self) -> str:
        """Return what follows the file's name; nothing if the file is not to blame."""
        if self._cut:
            return f": truncated {self._place(self._cut)}, with nothing whole before it"
        if self._faults:
            return f": no span in it can be read: {self._faults[0]}"
        if self._values or self._signals or not (self._unknown or self._texts):
            return ""
        if self._unknown:
            line, keys = self._unknown[0]
            held = f"an object with {', '.join(keys)}" if keys else "an empty object"
        else:
            line, text = self._texts[0]
            if text.startswith("<"):
                return f" is a web page or XML, no trace: it begins with {text[:_TEXT]!r}"
            held = repr(text[:_TEXT])
        return f": line {line}: {held} is not a trace; {_EXPECTED}"

    @staticmethod
    def _requests(number: int) -> str:
        return _counted(number, "request", "requests")

    @staticmethod
    def _place(where: int | str) -> str:
        return f"in line {where}" if isinstance(where, int) else where


def _counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
