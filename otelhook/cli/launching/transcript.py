"""What a console showed, as bounded, plain, redacted text."""

from __future__ import annotations

import re

from otelhook.redaction import Redactor, redact_text

__all__ = ["Transcript", "plain_text"]

_SPARE = 16 * 1024
"""Bytes kept beyond what is shown, so that a secret at a cut is seen whole and hidden."""

_ESCAPES = re.compile(
    # ECMA-48: CSI sequences, then strings (OSC, DCS, SOS, PM, APC) up to their end or the line's,
    # then what is left of two characters or more.
    "\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)?|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_BACKSPACE = re.compile("[^\b\n]\b")
_MOST_BACKSPACES = 200


def plain_text(data: bytes) -> str:
    """Return console output as text: what was overwritten in its line, and all escapes, removed.

    Colours and cursor movements go; of a line that was drawn again after a carriage return (a
    progress bar) the last drawing stays.
    """
    text = _ESCAPES.sub("", data.decode("utf-8", "replace"))
    text = re.sub("\r+\n", "\n", text)
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    text = "\n".join(lines)
    for _ in range(_MOST_BACKSPACES):
        if "\b" not in text:
            break
        text = _BACKSPACE.sub("", text)
    return _CONTROLS.sub("", text)


class Transcript:
    """Keeps the beginning and the end of what was printed.

    Args:
        limit: bytes of the text at most, the line that says what was left out included in
            neither half.
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._seen = 0

    def add(self, data: bytes) -> None:
        """Take the next piece of output."""
        self._seen += len(data)
        kept = self._half + _SPARE
        room = kept - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data[-kept:]
            del self._tail[:-kept]

    def text(self, redactor: Redactor) -> str:
        """Return what was shown, redacted and then cut."""
        kept = self._half + _SPARE
        if self._seen <= 2 * kept:
            whole = redact_text(redactor, plain_text(bytes(self._head + self._tail))).value
            encoded = whole.encode()
            if len(encoded) <= 2 * self._half:
                return whole
            head, tail = encoded, encoded
        else:
            # Whole lines where there are any: half a one may have lost what names its secret.
            head = self._redacted(redactor, self._head.rpartition(b"\n")[0] or self._head)
            tail = self._redacted(redactor, self._tail.partition(b"\n")[2] or self._tail)
        head, tail = head[: self._half], tail[max(0, len(tail) - self._half) :]
        left_out = max(0, self._seen - len(head) - len(tail))
        gap = f"\n… about {left_out:,} bytes left out …\n"
        return _decoded(head) + gap + _decoded(tail)

    def _redacted(self, redactor: Redactor, data: bytes | bytearray) -> bytes:
        return redact_text(redactor, plain_text(bytes(data))).value.encode()


def _decoded(data: bytes) -> str:
    """Decode, without the parts of characters at a cut."""
    return data.decode("utf-8", "ignore")
