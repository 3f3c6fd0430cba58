"""What urllib3 1.26 does later than urllib3 2: it makes its own response of http.client's.

Of urllib3 2 `_make_request` returns the response that the program reads. Of 1.26 it returns one of
http.client, of which `urlopen` makes urllib3's next (``HTTPResponse.from_httplib``), which reads it
in ways of its own. Who wants to see what is read of a response waits for urllib3's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from otelhook.capture.guard import Guard
from otelhook.capture.record.body_capture import drain

__all__ = [
    "about_body",
    "expect_wrapping",
    "left_of",
    "lines_of",
    "when_wrapped",
    "wrap_drain",
    "wrap_init",
]

_guard = Guard()

_KEY = "otelhook_waiting"
_COLLECTIONS = "urllib3._collections"
_ABOUT_BODY = {
    name.lower(): name for name in ("Content-Encoding", "Content-Length", "Content-Type")
}

_See = Callable[[Any], None]


def wrap_init(init: Callable[..., None]) -> Callable[..., None]:
    """Return an `HTTPResponse.__init__` of urllib3 1.26 that tells those who wait for it."""

    def captured(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        made_of = getattr(kwargs.get("original_response"), "__dict__", {})
        for see in made_of.pop(_KEY, ()):
            with _guard:
                see(self)

    captured.otelhook_tells = True  # type: ignore[attr-defined]
    return captured


def wrap_drain(drain_conn: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a ``drain_conn`` that lets be noted what it throws away."""

    def captured(self: Any) -> None:
        with _guard:
            drain(self)
        drain_conn(self)

    return captured


def expect_wrapping(pool: Any, response: Any) -> None:
    """Note of what `_make_request` returned that this pool will make a response of its own of it.

    A pool may have a class of responses that we know nothing of.
    """
    kind: Any = getattr(pool, "ResponseCls", None)
    tells = hasattr(getattr(kind, "__init__", None), "otelhook_tells")
    if tells and not hasattr(response, "drain_conn"):
        response.__dict__[_KEY] = []


def when_wrapped(response: Any, see: _See) -> None:
    """Have ``see`` called with the response that the program will read: now, or when it is made."""
    waiting: list[_See] | None = getattr(response, "__dict__", {}).get(_KEY)
    if waiting is None:
        see(response)
    else:
        waiting.append(see)


def lines_of(headers: Any) -> Iterable[tuple[object, object]]:
    """Return the lines of a response's headers, in order.

    urllib3's own mapping yields them by way of a set, an iterator and a look-up for each.
    """
    held = _held_by(headers)
    if held is None:
        return headers.items()  # type: ignore[no-any-return]
    return [(lines[0], value) for lines in held.values() for value in lines[1:]]


def about_body(headers: Any) -> Mapping[str, Any]:
    """Return what a response's headers say of its body, by the names in `_ABOUT_BODY`."""
    held = _held_by(headers)
    if held is None:
        return headers  # type: ignore[no-any-return]
    return {
        name: ", ".join(held[lower][1:]) for lower, name in _ABOUT_BODY.items() if lower in held
    }


def _held_by(headers: Any) -> Mapping[str, Sequence[str]] | None:
    """Return what urllib3's own mapping holds: a name and its values, by the name in lower case."""
    kind: Any = type(cast("object", headers))
    if not _is_known(kind):
        return None
    return headers._container  # type: ignore[no-any-return]  # noqa: SLF001 - see `_is_known`


@lru_cache(maxsize=16)
def _is_known(kind: type[object]) -> bool:
    """Say whether this is urllib3's own class, whose inside is as we know it."""
    return kind.__module__ == _COLLECTIONS and list(vars(kind())) == ["_container"]


def left_of(response: Any) -> int | None:
    """Return how many bytes of a body are still to be read; None if that is not known."""
    left: int | None = getattr(response, "length_remaining", getattr(response, "length", None))
    return left
