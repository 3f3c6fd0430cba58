"""A source of another package: what goes wrong in it is one line that names the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast

from otelhook.errors import ConfigError
from otelhook.model import Trace, TraceId
from otelhook.plug_ins import PlugIn
from otelhook.sources.port import TraceSource

__all__ = ["open_plug_in"]

_T = TypeVar("_T")
_NEEDED: Final = ("name", "find", "newest", "trace")


def open_plug_in(plug_in: PlugIn, place: str) -> TraceSource:
    """Open the source.

    Args:
        plug_in: a function from a place to a `TraceSource`; it is imported now.
        place: what stands behind the name's colon.

    Raises:
        ConfigError: it cannot be imported, fails, or returns something else.
    """
    opener = plug_in.load()
    if not callable(opener):
        message = f"{plug_in.title} is {_kind(opener)}, expected a function that takes the place"
        raise ConfigError(message)
    made = _guarded(plug_in, lambda: opener(place))
    missing = [name for name in _NEEDED if not hasattr(made, name)]
    if missing:
        message = f"{plug_in.title} returned {_kind(made)}, which has no {', '.join(missing)}"
        raise ConfigError(message)
    return _PlugInSource(plug_in, cast("TraceSource", made))


class _PlugInSource:
    """Passes questions on, and looks at the answers."""

    def __init__(self, plug_in: PlugIn, source: TraceSource) -> None:
        self._plug_in = plug_in
        self._source = source

    @property
    def name(self) -> str:
        return str(self._source.name)

    def find(self, prefix: str) -> Sequence[TraceId]:
        return self._ids(lambda: self._source.find(prefix))

    def newest(self, limit: int) -> Sequence[TraceId]:
        return self._ids(lambda: self._source.newest(limit))

    def trace(self, trace_id: TraceId) -> Trace:
        found = _guarded(self._plug_in, lambda: self._source.trace(trace_id))
        return self._checked(found, Trace, "a Trace")

    def _ids(self, ask: Callable[[], Sequence[TraceId]]) -> Sequence[TraceId]:
        found = _guarded(self._plug_in, lambda: list(ask()))
        return [TraceId(self._checked(trace_id, str, "trace ids")) for trace_id in found]

    def _checked(self, value: object, kind: type[_T], expected: str) -> _T:
        if isinstance(value, kind):
            return value
        message = f"{self._plug_in.title} returned {_kind(value)}, expected {expected}"
        raise ConfigError(message)


def _guarded(plug_in: PlugIn, ask: Callable[[], _T]) -> _T:
    try:
        return ask()
    except (Exception, SystemExit) as error:
        raise plug_in.failed(error) from error


def _kind(value: object) -> str:
    return "nothing" if value is None else f"something of type {type(value).__name__}"
