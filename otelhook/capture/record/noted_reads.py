"""Lets responses tell what is read of them, while their class stays what the program knows.

The methods that read are replaced in the class that has them, once; what they do for a response
that tells nobody is what they did. They call each other, in other ways in each version of a
library: only what the outermost returns is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.tee import filled

__all__ = ["Reading", "let_tell", "restore_classes"]

_KEY = "_otelhook_reader"
_INTO = frozenset({"readinto", "readinto1"})
_PIECEWISE = frozenset({"read_chunked", "stream", "__iter__"})


@dataclass(frozen=True, slots=True)
class Reading:
    """How responses of one kind are read."""

    methods: tuple[str, ...]
    """Those that return bytes, fill a buffer, or yield pieces."""
    is_over: Callable[[Any, object], bool]
    """Says of a response, and of what a method returned, whether nothing is left."""
    decodes: Callable[[Any, tuple[Any, ...], dict[str, Any]], bool] = (
        lambda _response, _args, _named: False
    )
    """Says of a method's arguments whether it removes the content coding."""


_replaced: list[tuple[type, str, Any, Any]] = []
_prepared: dict[type, tuple[tuple[Mapping[str, Any], str, Any], ...]] = {}
"""The methods of a class of responses, and of what it inherits from, as they were left: what a
class holds, a method's name, and the method."""
_MOST_KINDS = 64


def let_tell(response: Any, reader: BodyReader, reading: Reading) -> bool:
    """Let a response tell a reader what is read of it.

    Returns:
        False if it tells one already, or cannot; then nothing was changed.
    """
    state: dict[str, Any] | None = getattr(response, "__dict__", None)
    if state is None or _KEY in state:
        return False
    if not _prepare(type(response), reading):  # pyright: ignore[reportUnknownArgumentType]
        return False
    state[_KEY] = reader
    return True


def restore_classes() -> None:
    """Put back what was there, where nobody else has replaced it since."""
    while _replaced:
        holder, name, ours, original = _replaced.pop()
        if holder.__dict__.get(name) is ours:
            setattr(holder, name, original)


def _prepare(kind: type, reading: Reading) -> bool:
    """Replace the methods wherever they are defined; says whether any of them tells by then."""
    known = _prepared.get(kind, ())
    for held, name, method in known:
        if held.get(name) is not method:  # somebody else has replaced it since
            break
    else:
        if known:
            return True
    tells = _replace(kind, reading)
    if len(_prepared) >= _MOST_KINDS:
        _prepared.clear()
    names = (*reading.methods, "close")
    _prepared[kind] = tuple(
        (vars(holder), name, vars(holder)[name])
        for holder in kind.__mro__
        for name in names
        if tells and name in vars(holder)
    )
    return tells


def _replace(kind: type, reading: Reading) -> bool:
    tells = False
    for holder in kind.__mro__:
        for name in (*reading.methods, "close"):
            original = holder.__dict__.get(name)
            if isinstance(original, _Telling) or hasattr(original, "otelhook_tells"):
                tells = True
                continue
            ours: Any
            if isinstance(original, property) and original.fget is not None:
                ours = _Telling(_whole(original.fget), original.fset, original.fdel)
            elif callable(original):
                ours = wraps(original)(_wrapped(name, original, reading))
                ours.otelhook_tells = True
            else:
                continue
            try:
                setattr(holder, name, ours)
            except TypeError:  # a class of the interpreter's
                continue
            _replaced.append((holder, name, ours, original))
            tells = True
    return tells


class _Telling(property):
    """A property that tells."""


def _whole(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wrap what returns all of a body at once, perhaps more than once."""

    def captured(self: Any) -> Any:
        found = original(self)
        reader: BodyReader | None = self.__dict__.get(_KEY)
        if reader is not None and not reader.busy and not reader.tee.size:
            with reader.guard:
                reader.note(found, decoded=False)
                reader.whole = True
                reader.finish()
        return found

    return captured


def _wrapped(name: str, original: Callable[..., Any], reading: Reading) -> Callable[..., Any]:
    if name == "close":
        return _closing(original)
    if name in _PIECEWISE:
        return _piecewise(original, reading)
    return _reading(original, reading, into=name in _INTO)


def _reading(original: Callable[..., Any], reading: Reading, *, into: bool) -> Callable[..., Any]:
    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        reader: BodyReader | None = self.__dict__.get(_KEY)
        if reader is None or reader.busy:
            return original(self, *args, **kwargs)
        reader.busy = True
        try:
            found = original(self, *args, **kwargs)
        except BaseException as error:
            with reader.guard:
                reader.finish(error)
            raise
        finally:
            reader.busy = False
        try:
            chunk: object = found
            if into:
                chunk = bytes(filled(args[0], found))
            reader.note(chunk, decoded=reading.decodes(self, args, kwargs))
            if reading.is_over(self, found):
                reader.whole = True
                reader.finish()
        except Exception as error:  # once a chunk: cheaper than a guard around it
            if not reader.guard.absorb(error):
                raise
        return found

    return captured


def _piecewise(original: Callable[..., Any], reading: Reading) -> Callable[..., Any]:
    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        reader: BodyReader | None = self.__dict__.get(_KEY)
        if reader is None or reader.busy:
            return original(self, *args, **kwargs)
        decoded = reading.decodes(self, args, kwargs)
        return _pieces(original(self, *args, **kwargs), reader, decoded=decoded)

    return captured


def _pieces(pieces: Any, reader: BodyReader, *, decoded: bool) -> Iterator[Any]:
    iterator = iter(pieces)
    try:
        while True:
            reader.busy = True
            try:
                piece = next(iterator)
            finally:
                reader.busy = False
            with reader.guard:
                reader.note(piece, decoded=decoded)
            yield piece
    except StopIteration:
        with reader.guard:
            reader.whole = True
            reader.finish()
    except GeneratorExit:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
        raise
    except BaseException as error:
        with reader.guard:
            reader.finish(error)
        raise


def _closing(original: Callable[..., Any]) -> Callable[..., Any]:
    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        reader: BodyReader | None = self.__dict__.get(_KEY)
        try:
            return original(self, *args, **kwargs)
        finally:
            if reader is not None and not reader.busy:
                with reader.guard:
                    reader.finish()

    return captured
