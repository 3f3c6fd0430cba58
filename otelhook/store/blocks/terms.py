"""What can be searched for, each as a number: an attribute's text, an operation, a failure.

A term is a CRC-32. Different ones may have the same number, so a block that has the number of what
is asked may have it; what is found there is looked at itself (`has_text`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zlib import crc32

from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2

from otelhook import attributes as keys
from otelhook.otlp.wire import ONE_BYTE

__all__ = [
    "FAILED",
    "WENT_WRONG",
    "PairFacts",
    "ResourceFacts",
    "has_text",
    "kind_term",
    "name_term",
    "operation_term",
    "pair_facts",
    "plain_term",
    "resource_facts",
    "service_term",
    "text_term",
]

SEARCHABLE: Final = 256
"""Characters of the longest attribute value of a span that can be searched for."""

_BODIES: Final = tuple(keys.body_content(side) for side in ("request", "response"))
_STATUSES: Final = (keys.HTTP_STATUS_CODE_OLD, keys.HTTP_RESPONSE_STATUS_CODE)
"""The later in the list decides where a span has both."""

_STATUS: Final = re.compile(r"[0-9]{3}")
_PAIRS_KEPT: Final = 8192
_PAIR_KEPT: Final = 512
_RESOURCES_KEPT: Final = 1024
_RESOURCE_KEPT: Final = 4096
"""Bytes of the longest that is kept: senders decide about both."""


def text_term(key: str, text: str) -> int:
    """Return the term of an attribute with this key and text."""
    return crc32(f"{key}\0{text}".encode("utf-8", "replace"))


def service_term(service: str) -> int:
    """Return the term of all spans of a service."""
    return text_term("\0service", service)


def name_term(name: str) -> int:
    """Return the term of all spans of a name."""
    return text_term("\0name", name)


def operation_term(service: str, name: str) -> int:
    """Return the term of a service's spans of a name."""
    return text_term(f"\0operation\0{service}", name)


def kind_term(kind: int) -> int:
    """Return the term of spans of a kind."""
    # Before Python 3.11 the text of an IntEnum is its name.
    return text_term("\0kind", str(int(kind)))


FAILED: Final = text_term("\0failed", "")
"""The term of spans whose status is an error."""

WENT_WRONG: Final = text_term("\0wrong", "")
"""The term of spans that say so themselves, or whose answer refuses (400 or more)."""


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What one attribute of a span means for the index."""

    terms: tuple[int, ...]
    rank: int = 0
    """Above 0 if it is an HTTP status; of several the highest decides."""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """What made some spans."""

    service: str
    """``service.name``, empty if it has none."""
    terms: tuple[int, ...]


def pair_facts(pair: bytes) -> PairFacts:
    """Read an attribute's own bytes (OTLP ``KeyValue``) that is not plain; many come again."""
    return (_kept_pair_facts if len(pair) <= _PAIR_KEPT else _pair_facts)(pair)


def _pair_facts(pair: bytes) -> PairFacts:
    message = common_pb2.KeyValue.FromString(pair)
    key = message.key
    terms = tuple(text_term(key, text) for text in _texts(key, message.value))
    if key not in _STATUSES:
        return PairFacts(terms)
    return PairFacts(terms, 1 + _STATUSES.index(key), _status(message.value))


_kept_pair_facts = lru_cache(_PAIRS_KEPT)(_pair_facts)


def resource_facts(content: bytes) -> ResourceFacts:
    """Read an OTLP ``Resource``."""
    return (_kept_resource_facts if len(content) <= _RESOURCE_KEPT else _resource_facts)(content)


def _resource_facts(content: bytes) -> ResourceFacts:
    pairs = resource_pb2.Resource.FromString(content).attributes
    service = next((p.value.string_value for p in pairs if p.key == keys.SERVICE_NAME), "")
    texts = {pair.key: text for pair in pairs for text in _scalar(pair.value)}
    return ResourceFacts(service, tuple(text_term(key, text) for key, text in texts.items()))


_kept_resource_facts = lru_cache(_RESOURCES_KEPT)(_resource_facts)


def has_text(
    key: str,
    text: str,
    attributes: Iterable[common_pb2.KeyValue],
    of_resource: Iterable[common_pb2.KeyValue],
) -> bool:
    """Return whether a span or its resource has an attribute, as it is searched for."""
    if any(text in _texts(key, pair.value) for pair in attributes if pair.key == key):
        return True
    held = [pair.value for pair in of_resource if pair.key == key]
    return bool(held) and text in _scalar(held[-1])


# An attribute as nearly every sender writes it: key, then one short text, or a list with one. Its
# parts are then at known places, and nothing has to be decoded.
_KEY: Final = 0x0A
_VALUE: Final = 0x12
_TEXT: Final = 0x0A
_LIST: Final = 0x2A
_DECODED: Final = frozenset(key.encode() for key in (*_BODIES, *_STATUSES))


def plain_term(pair: bytes) -> int | None:
    """Return the term of a plain attribute; None for another, which is to be decoded."""
    size = len(pair)
    if size < 6 or size >= ONE_BYTE or pair[0] != _KEY:  # noqa: PLR2004 - the least there is
        return None
    at = 2 + pair[1]
    if at + 4 > size or pair[at] != _VALUE or pair[at + 1] != size - at - 2:
        return None
    key = pair[2:at]
    if key in _DECODED:
        return None
    if pair[at + 2] == _TEXT and pair[at + 3] == size - at - 4:
        return crc32(key + b"\0" + pair[at + 4 :])
    if (
        pair[at + 2] == _LIST
        and at + 8 <= size
        and pair[at + 3] == size - at - 4
        and pair[at + 4] == _KEY
        and pair[at + 5] == size - at - 6
        and pair[at + 6] == _TEXT
        and pair[at + 7] == size - at - 8
    ):
        return crc32(key + b"\0" + pair[at + 8 :])
    return None


def _texts(key: str, value: common_pb2.AnyValue) -> list[str]:
    """Return what is searched for of a span's value; of a list, such as a header, each line."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        found = [text for item in value.array_value.values for text in _scalar(item)]
    elif key in _BODIES and kind == "string_value":
        found = []
    else:
        found = list(_scalar(value))
    return [text for text in found if len(text) <= SEARCHABLE]


def _scalar(value: common_pb2.AnyValue) -> Iterator[str]:
    """Yield text, a number or a bool as it is searched for; nothing of anything else."""
    match value.WhichOneof("value"):
        case "string_value":
            yield value.string_value
        case "int_value":
            yield str(value.int_value)
        case "bool_value":
            yield "true" if value.bool_value else "false"
        case "double_value":
            yield str(value.double_value)
        case _:
            pass


def _status(value: common_pb2.AnyValue) -> int | None:
    if value.HasField("int_value"):
        return value.int_value
    # Some tools write it as a string.
    return int(value.string_value) if _STATUS.fullmatch(value.string_value) else None
