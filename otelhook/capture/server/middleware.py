"""What a middleware around an application is, whatever interface the two speak."""

from __future__ import annotations

import copy
import os
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from otelhook.capture.setup.process import process
from otelhook.capture.setup.switch import Switch
from otelhook.capture.setup.unrecorded import say_in_log
from otelhook.settings import RUN_FOLDER, load

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider
    from typing_extensions import Self

    from otelhook.capture.record.scope import CaptureScope
    from otelhook.capture.setup.process import Instrumentation

__all__ = ["ServiceMiddleware"]

_MADE_LATER = ("_scope", "_instrumentation", "_capture")
_NOT_COPIED = (*_MADE_LATER, "_provider", "_switch")


class ServiceMiddleware:
    """An application, and the service that it is.

    It pickles and copies as far as its application does: what belongs to this process is found
    anew wherever the copy answers its first request.

    Args:
        app: the application.
        service: its name. Several applications in one process can be several services; without
            a name it belongs to the service that `otelhook.instrument` was called for.
        tracer_provider: where the spans come from, if the caller has a provider already.
        settings: further settings, by name; see ``otelhook config show``.

    Raises:
        ConfigError: a setting is unknown or of the wrong form.
    """

    _explicit: ClassVar = True
    """Whether the program wraps its application itself."""

    def __init__(
        self,
        app: Any,
        *,
        service: str | None = None,
        tracer_provider: TracerProvider | None = None,
        **settings: object,
    ) -> None:
        self.app = app
        self._service = service
        self._arguments = settings
        self._scope: CaptureScope | None = None
        self._provider = tracer_provider
        self._instrumentation: Instrumentation | None = None
        self._capture: Any = None
        self._settings = load({**settings, "service": service}).settings
        self._switch = Switch(self._settings.data_dir)
        if tracer_provider is not None:
            self._scope = self._under(tracer_provider)
        process.has_middleware = process.has_middleware or self._explicit
        process.watch()

    def _under(self, provider: TracerProvider) -> CaptureScope:
        from otelhook.capture.record.scope import make_scope

        return make_scope(provider, self._settings, os.environ, ours=False)

    def _scope_now(self) -> CaptureScope | None:
        """Return the scope of a request that begins now; None if nothing is to be recorded."""
        if self._provider is not None:
            return None if self._switch.off else self._scope
        # At the first request: by then the program has said what it is.
        if self._instrumentation is None:
            self._instrumentation = process.instrument(
                self._service, self._arguments, default=False
            )
            if RUN_FOLDER not in os.environ:  # else it is said when the run has ended
                say_in_log(tuple(sys.modules))
        if self._arguments and self._scope is None:
            self._scope = self._instrumentation.make_scope(self._settings)
        scope = self._instrumentation.scope()
        return self._scope if self._scope is not None and scope is not None else scope

    def __getstate__(self) -> dict[str, object]:
        """Return what another process can use: the application and how it was set."""
        state = self.__dict__.copy()
        for name in _NOT_COPIED:
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Begin as one that has answered nothing yet."""
        self.__dict__.update(state)
        self._provider = self._instrumentation = self._scope = self._capture = None
        self._switch = Switch(self._settings.data_dir)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copy the application; service and provider are the same ones."""
        copied = copy.copy(self)
        memo[id(self)] = copied
        copied.app = copy.deepcopy(self.app, memo)
        if self._provider is not None:
            copied.__dict__.update(_provider=self._provider, _scope=self._scope)
        return copied
