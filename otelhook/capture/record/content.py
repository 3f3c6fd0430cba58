"""What of a body is recorded: text as text, the rest as a short piece of bytes.

The form follows the semantic conventions' body attributes (semantic-conventions PR 3521): a
string if the body is text, else bytes; content codings are removed; a cut falls between
characters. Redaction comes before the cut.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from otelhook.codings import decoded
from otelhook.redaction import Redactor, redact_body, redact_bytes

__all__ = ["BodyForm", "RecordedBody", "read_content"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_CONTROL_BYTES = bytes(code for code in range(32) if _CONTROL.match(chr(code)))
_DOCUMENTS = ("{", "[", "<", '"')
"""What documents of a known form begin with."""
_BEGINNING = 64
"""Bytes in which most bodies that are no text have a control character."""
_LONGEST_CHARACTER = 4
_LINE = 1000
"""Characters of a line of text at most, on average."""
BINARY_LIMIT = 1024
"""Bytes kept of a body that is not text: enough to tell what it is."""

_TEXTUAL = re.compile(
    r"text/.*|multipart/.*|.*[/+](?:json|xml|yaml|x-yaml|ndjson|jsonl?|json-seq)\b.*"
    r"|application/(?:x-www-form-urlencoded|javascript|ecmascript|graphql|toml|sql|jwt|jose"
    r"|x-ndjson|xhtml|problem).*|image/svg.*|message/.*|"
)
_BINARY = re.compile(
    r"(?:image|audio|video|font|model)/.*|application/(?:pdf|zip|gzip|zstd|x-(?:tar|gzip|7z.*|bzip2"
    r"|xz)|wasm|java-archive|msgpack|x-msgpack|cbor|x-protobuf|protobuf|grpc.*"
    r"|vnd\.(?:ms-|openxmlformats|google\.protobuf|apache\.).*)"
)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_KNOWN_CHARSET = re.compile(
    r"utf|us-ascii|ascii|iso|latin|windows-|cp\d|ibm|koi8|euc|shift|sjis|big5|gb|hz$|mac|tis|ks_c"
)
"""Python knows more codecs; some are not of text, some are slow or swell on purpose."""

_MARK = "\ufeff"
"""May stand before a text, to say in which order its bytes are; it is none of the text."""
_MARKS = frozenset({codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE})
_ZEROS: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}

_BEYOND = 4096
"""Bytes beyond the limit that redaction sees: a secret is cut only after it was found."""
_NO_SECRET = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FILLING = 64
"""Of one byte: what fills a file or a stream up, and is no part of a secret."""
_LAST_RUN = re.compile(r"[\w.~+/=%$:-]{8,}\Z|<[A-Za-z][^<>]*\Z", re.ASCII)
_WORD = re.compile(r"[A-Z]?[a-z]+|(.)\1*")
_LONGEST_RUN = 512


@dataclass(slots=True)
class BodyForm:
    """What is known of a body besides its bytes; header values are empty where there is none."""

    content_type: str = ""
    content_encoding: str = ""
    """The coding that the copied bytes still have."""
    whole: bool = True
    """Whether the copy saw the body's end."""


@dataclass(slots=True)
class RecordedBody:
    """A body as it is recorded."""

    content: str | bytes | None
    """None if it cannot be shown: a coding that we cannot undo could hide secrets."""
    truncated: bool
    places: tuple[str, ...]


def read_content(kept: bytes, form: BodyForm, limit: int, redactor: Redactor) -> RecordedBody:
    """Turn a body's first bytes into what is recorded of it: at most ``limit`` bytes.

    Args:
        kept: the body's first bytes; all of them if the form says whole.
        form: how to read them.
        limit: bytes recorded at most, in UTF-8 if they are text.
        redactor: the rules of redaction.
    """
    content_type = form.content_type
    data, whole = kept, form.whole
    if form.content_encoding:
        plain = decoded(kept, form.content_encoding, limit + _BEYOND)
        if plain is None:
            return RecordedBody(None, truncated=True, places=())
        data, complete = plain
        whole = whole and complete
    text = _as_text(data, content_type, whole=whole)
    if text is not None:
        shown = redact_body(redactor, text, content_type)
        safe = shown.value if whole or not redactor.enabled else _without_end(shown.value)
        value, cut = _cut_text(safe, limit)
        return RecordedBody(value, cut or not whole, shown.places)
    limit = min(limit, BINARY_LIMIT)
    seen = data[: _end_of_look(data, limit, redactor)]
    hidden = redact_bytes(redactor, seen, content_type)
    return RecordedBody(hidden.value[:limit], not whole or len(data) > limit, hidden.places)


def _end_of_look(data: bytes, limit: int, redactor: Redactor) -> int:
    """Return how much redaction sees of bytes: what of a secret may stand beyond the limit.

    A secret has no control characters, and no sign again and again; what a user's own pattern finds
    may have any.
    """
    most = limit + _BEYOND
    if redactor.patterns or len(data) <= limit:
        return most
    if data[limit : limit + _FILLING] == data[limit : limit + 1] * _FILLING:
        return limit + _FILLING
    end = _NO_SECRET.search(data, limit, most)
    return most if end is None else end.start()


def _without_end(text: str) -> str:
    """Leave out what stands right before the end of a copy that saw no more: the beginning of a
    token, which is known by its whole form only, or of a tag, which may name what it holds last.
    """
    run = _LAST_RUN.search(text, max(0, len(text) - _LONGEST_RUN))
    return text if run is None or _WORD.fullmatch(run.group()) else text[: run.start()]


def _as_text(data: bytes, content_type: str, *, whole: bool) -> str | None:
    wide = _wide_charset(data)
    if wide and not _BINARY.fullmatch(_media_type(content_type)):
        text = _decode(data, wide, whole=whole)
        if text is not None and _printable(text):
            return text.removeprefix(_MARK)
    charset = _charset(content_type)
    told = charset is not None and bool(content_type)
    if charset is None:
        if _is_binary(content_type):
            return None
        charset = "utf-8"
    if not told and charset == "utf-8" and not _may_be_text(data):
        return None
    text = _decode(data, charset, whole=whole)
    if text is not None and not told and not (_reads_as_text(text) and _printable(text)):
        return None
    return text if text is None else text.removeprefix(_MARK)


def _may_be_text(data: bytes) -> bool:
    """Say quickly whether bytes in UTF-8 may be taken for text; False is certain.

    Most that are none have a control character at once, and a stream of one sign has no lines.
    """
    if _has_control(data[:_BEGINNING]) or _has_control(data[:BINARY_LIMIT]):
        return False
    if len(data) <= _LONGEST_CHARACTER * BINARY_LIMIT or b"\n" in data:
        return True
    first = data.lstrip()[:1]
    return not first.isascii() or first.decode() in _DOCUMENTS


def _has_control(data: bytes) -> bool:
    """Say whether bytes have a control character; a search for one takes far longer."""
    return len(data.translate(None, _CONTROL_BYTES)) < len(data)


def _wide_charset(data: bytes) -> str:
    """Return the charset of text in two or four bytes a character, whatever it is said to be.

    By its mark, or by where the zeros of the first characters stand (RFC 4627, 3): clients on
    Windows send it as plain ``application/json``, where nothing would be found to be a secret.
    """
    head = data[:4]
    if head[:2] in _MARKS:
        return "utf-32" if head == codecs.BOM_UTF32_LE else "utf-16"
    if len(head) < 4 or 0 not in head:  # noqa: PLR2004 - what the rule looks at
        return ""
    if head == codecs.BOM_UTF32_BE:
        return "utf-32"
    signs = bytes(byte for byte in head if byte)
    if not signs.isascii() or not signs.decode().isprintable():
        return ""
    return _ZEROS.get(tuple(byte == 0 for byte in head), "")


@lru_cache(maxsize=256)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _reads_as_text(text: str) -> bool:
    """Say whether printable signs are more than that: short, a document of a known form, lines."""
    if len(text) <= BINARY_LIMIT or text.lstrip()[:1] in _DOCUMENTS:
        return True
    at = -1
    for _ in range(-(-len(text) // _LINE)):
        at = text.find("\n", at + 1)  # counting all of them would take longer
        if at < 0:
            return False
    return True


@lru_cache(maxsize=256)
def _is_binary(content_type: str) -> bool:
    """Say whether a media type is one of bytes; of any other, text is told by its looks.

    Vendors have types of their own for JSON and for lines (``application/x-amz-json-1.1``), and
    many send either as ``application/octet-stream``. A charset that we do not decode stays one.
    """
    return (
        _BINARY.fullmatch(_media_type(content_type)) is not None
        or "charset" in content_type.lower()
    )


@lru_cache(maxsize=256)
def _charset(content_type: str) -> str | None:
    """Return the charset of a textual content type, None if it is of bytes or unknown."""
    if not _TEXTUAL.fullmatch(_media_type(content_type)):
        return None
    charset = _CHARSET.search(content_type)
    name = charset[1].lower() if charset else "utf-8"
    return name if _KNOWN_CHARSET.match(name) else None


def _decode(data: bytes, charset: str, *, whole: bool) -> str | None:
    """Decode; an incomplete character at a cut is left out. None if it is not this charset."""
    try:
        if whole and charset == "utf-8":
            return data.decode()
        return codecs.getincrementaldecoder(charset)().decode(data, final=whole)
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        return None


def _printable(text: str) -> bool:
    """Say whether a body without a content type reads as text."""
    return _CONTROL.search(text) is None


def _cut_text(text: str, limit: int) -> tuple[str, bool]:
    """Cut to at most ``limit`` bytes of UTF-8, between characters."""
    if 4 * len(text) <= limit:
        return text, False
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text, False
    return data[:limit].decode("utf-8", "ignore"), True
