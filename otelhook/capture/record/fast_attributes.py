"""Puts what was gathered of a request on its span, in one go.

The SDK looks at each value, and at each text of a list, to make it one that it can keep. That is
most of what a span with a request's headers costs. Values that are of the kept kinds already go
where they would have gone, under the SDK's own locks; everything else goes the public way. The
SDK's inside is private: a look at it, once, says whether it is as we know it, and tests hold both
ways equal on the oldest and the newest SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.trace import SpanContext

from otelhook.capture.record.attribute_limit import SPARE

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["are_kept", "keeps_bytes", "write_at_once"]

_INSIDE: Any = BoundedAttributes
_HELD: Any = dict


def write_at_once(span: Span, attributes: Mapping[str, Any]) -> bool:
    """Write attributes to a span, as its ``set_attributes`` does, if all of them are of kinds that
    it keeps as they are, and there is room to spare for them.

    Args:
        span: any.
        attributes: what to write, by key; in this order. In tuples there are only texts.

    Returns:
        False if nothing was written, and must be the public way.
    """
    return (
        type(span).set_attributes is SdkSpan.set_attributes
        and are_kept(attributes)
        and _put(span, attributes)
    )


def are_kept(attributes: Mapping[str, Any]) -> bool:
    """Say whether the SDK keeps all of these values as they are; in tuples there are only texts."""
    return _kept_kinds().issuperset(map(type, attributes.values()))


def _put(span: Any, attributes: Mapping[str, Any]) -> bool:
    """Put clean values into the SDK's mapping; False if it would change them or drop others."""
    with span._lock:  # noqa: SLF001 - see above; likewise below
        inside = span._attributes  # noqa: SLF001
        if span._end_time is not None or type(inside) is not _INSIDE:  # noqa: SLF001
            return False
        with inside._lock:  # noqa: SLF001
            held, most = inside._dict, inside.maxlen  # noqa: SLF001
            if inside.max_value_len is not None or type(held) is not _HELD:
                return False
            if most is not None and len(held) + len(attributes) + SPARE > most:
                return False
            if not held.keys().isdisjoint(attributes):
                for key in attributes:  # a key that is written again comes last
                    held.pop(key, None)
            held.update(attributes)
    return True


@lru_cache(maxsize=1)
def keeps_bytes() -> bool:
    """Say whether the SDK keeps bytes: before 1.45 it makes text of them, or drops them with a
    warning for each.
    """
    return BoundedAttributes(attributes={"bytes": b"a"})["bytes"] == b"a"


@lru_cache(maxsize=1)
def _kept_kinds() -> frozenset[type]:
    """Return the kinds of values that the SDK keeps as they are; none if we do not know it."""
    if not _known_inside():
        return frozenset()
    return frozenset({str, bool, int, tuple, *([bytes] if keeps_bytes() else [])})


def _known_inside() -> bool:
    """Say whether the SDK's spans keep their attributes as `_put` takes for granted."""
    inside: Any = BoundedAttributes(3, {"text": "a"}, immutable=False)
    try:
        # A resource of its own: the default one is gathered by threads, in the first request.
        resource = Resource.get_empty()
        span: Any = _Probe("", SpanContext(1, 1, is_remote=False), resource=resource)
        with span._lock, inside._lock:  # noqa: SLF001
            inside._dict.update({"list": ("a",), "number": 1})  # noqa: SLF001
            span._attributes = inside  # noqa: SLF001
        seen = (dict(span.attributes), inside.maxlen, inside.max_value_len, span._end_time)  # noqa: SLF001
    except Exception:  # noqa: BLE001 - an SDK that we do not know
        return False
    return seen == ({"text": "a", "list": ("a",), "number": 1}, 3, None, None)


class _Probe(SdkSpan):
    """A span of nobody's."""
