"""The spans of a file: compression, layout and the form of what is in it are told by content."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from otelhook.errors import DamagedDataError
from otelhook.model import Span
from otelhook.otlp import Decoded, Record, other_signals, read_records, read_traces
from otelhook.sources.files.decompression import plain_file, unpacked
from otelhook.sources.files.json_values import CutShort, Object, OtherText, json_objects
from otelhook.sources.files.left_out import LeftOut
from otelhook.sources.files.search_answers import documents_in
from otelhook.sources.formats.printed import PRINTED, PrintedForm, bare_lines, printed_form
from otelhook.sources.formats.registry import FORMATS, format_of

__all__ = ["OTLP", "spans_in"]

OTLP: Final = "otlp"
"""The only kind that has a binary form."""

_HEAD: Final = 4096
_MAX_BYTES: Final = 1024**3
"""What has to be read whole may be as long as this."""

_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MESSAGE: Final = b"\x0a"
"""How OTLP's protobuf begins: field 1, length-delimited."""


def spans_in(
    file: io.BufferedReader[Any], named: str, left_out: LeftOut, kind: str = ""
) -> Iterator[Span]:
    """Yield the spans of a file in its order, as they are read.

    Args:
        file: at its beginning.
        named: the file, for messages.
        left_out: told what is not shown.
        kind: the only kind that it may be; empty for any.

    Raises:
        DamagedDataError: something in it cannot be read, or is of another kind.
    """
    plain = plain_file(file, named)
    head = plain.peek(_HEAD)[:_HEAD]
    encoding = _UTF16.get(head[:2])
    if encoding is not None:  # Windows' PowerShell writes it
        text = _whole(plain, named)[2:].decode(encoding, "replace")
        yield from _objects(io.BufferedReader(io.BytesIO(text.encode())), named, left_out, kind)
    elif not _CONTROLS.isdisjoint(head):
        if kind not in ("", OTLP):
            message = (
                f"{named} is not text, as what {kind}: reads is; write otlp: or the file alone"
            )
            raise DamagedDataError(message)
        for decoded in _binary(plain, named, left_out):
            left_out.faults(decoded.skipped)
            yield from decoded.spans
    else:
        if head.startswith(codecs.BOM_UTF8):
            plain.read(len(codecs.BOM_UTF8))
        yield from _objects(plain, named, left_out, kind)


def _objects(
    file: io.BufferedReader[Any], named: str, left_out: LeftOut, kind: str
) -> Iterator[Span]:
    for found in json_objects(file, named):
        if isinstance(found, Object):
            for content in documents_in(found.content):
                yield from _spans(replace(found, content=content), named, left_out, kind)
        elif isinstance(found, CutShort):
            left_out.cut(found.line)
        elif form := printed_form(found.text):
            yield from _printed(form, found, file, named, left_out, kind=kind)
        else:
            left_out.text(found.line, found.text)


def _spans(found: Object, named: str, left_out: LeftOut, kind: str) -> Iterator[Span]:
    signals = other_signals(found.content)
    if signals:
        left_out.signals(signals)
    form = format_of(found.content)
    if form is None:
        if found.within:
            left_out.text(found.line, found.within)
        elif not signals:
            left_out.unknown(found.line, tuple(found.content))
        return
    if kind and form.kind != kind:
        raise _other_kind(named, found.line, form.title, kind)
    left_out.value()
    try:
        decoded = form.read(found.content)
        if decoded.skipped:
            decoded = form.read(left_out.ids.mended(found.content))
    except DamagedDataError as error:
        message = f"{named}: line {found.line}: {error}"
        raise DamagedDataError(message) from None
    left_out.faults(decoded.skipped)
    yield from decoded.spans


def _printed(  # noqa: PLR0913 - what `spans_in` got, and where the text begins
    form: PrintedForm,
    first: OtherText,
    file: io.BufferedReader[Any],
    named: str,
    left_out: LeftOut,
    *,
    kind: str,
) -> Iterator[Span]:
    """Read what is text from a line on to the file's end."""
    if kind and form.kind != kind:
        raise _other_kind(named, first.line, form.title, kind)
    left_out.log()
    lines = chain([(first.line, first.text)], _lines(file, first.line + 1, named))
    for line, content in form.read(bare_lines(lines)):
        yield from _spans(Object(line, content), named, left_out, "")


def _lines(file: io.BufferedReader[Any], number: int, named: str) -> Iterator[tuple[int, str]]:
    while line := file.readline(_MAX_BYTES + 1):
        if len(line) > _MAX_BYTES:
            raise _too_long(named)
        yield number, line.decode("utf-8", "replace")
        number += 1


def _other_kind(named: str, line: int, title: str, kind: str) -> DamagedDataError:
    wanted = next(row.title for row in (*FORMATS, *PRINTED) if row.kind == kind)
    return DamagedDataError(
        f"{named}: line {line} is {title}, not {wanted}: "
        f"leave {kind}: out, and it is read as what it is"
    )


def _whole(file: io.BufferedReader[Any], named: str) -> bytes:
    content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise _too_long(named)
    return content


def _too_long(named: str) -> DamagedDataError:
    return DamagedDataError(f"{named}: more than {_MAX_BYTES} bytes in one piece; split it")


def _binary(file: io.BufferedReader[Any], named: str, left_out: LeftOut) -> Iterator[Decoded]:
    """Read one message, or length-prefixed ones, each perhaps within zstd by itself."""
    if file.peek(1)[:1] == _MESSAGE or not file.seekable():
        content = _whole(file, named)
        if content.startswith(_MESSAGE) and (bare := _bare(content)) is not None:
            left_out.value()
            yield bare
            return
        file = io.BufferedReader(io.BytesIO(content))
    size = file.seek(0, io.SEEK_END)
    for found in read_records(file, 0, size):
        if isinstance(found, Record):
            left_out.value()
            try:
                decoded = read_traces(unpacked(found.data, named))
            except DamagedDataError as error:
                message = f"{named}: record at offset {found.offset}: {error}"
                raise DamagedDataError(message) from None
            yield decoded
        elif found.damaged or found.remaining == size > 0:
            message = (
                f"{named}: no OTLP at offset {found.offset}: expected JSON, JSON lines, or protobuf"
            )
            raise DamagedDataError(message)
        elif found.remaining:
            left_out.cut(f"at offset {found.offset}")


def _bare(content: bytes) -> Decoded | None:
    try:
        return read_traces(content)
    except DamagedDataError:
        return None
