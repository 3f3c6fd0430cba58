"""What otelhook set up in this process: services, hooks, and how it ends.

Patched modules, exit and signal handlers belong to a process as a whole, so this is the one place
with an object that lives as long as the process does.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from otelhook.capture.record.in_flight import end_unfinished, unfinished
from otelhook.capture.setup.import_hooks import when_imported
from otelhook.capture.setup.interrupted import is_our_work, send_again
from otelhook.capture.setup.naming import program_name, service_name
from otelhook.capture.setup.patches import Patches
from otelhook.capture.setup.service import Instrumentation
from otelhook.capture.setup.unrecorded import leave_word
from otelhook.native_threads import NativeLock, NativeThread
from otelhook.settings import RUN_FOLDER, load, sdk_disabled

if TYPE_CHECKING:
    from types import FrameType

    from opentelemetry.sdk.trace import SpanProcessor

    from otelhook.capture.record.scope import CaptureScope

__all__ = ["Instrumentation", "Process", "process", "program_name", "service_name"]

_logger = logging.getLogger(__name__)

_LAST = -1000
"""After the program's own finalizers, which may make calls."""

_UNFINISHED_DEADLINE = 1.0
"""And before that, seconds for the spans of requests under way to be ended."""

_OFTEN_ENOUGH = 100
"""How often SIGTERM is put off: our code may also stand where it waits for somebody else's."""


class Process:
    """The services of one process, the patched modules and the end."""

    def __init__(self) -> None:
        self._lock = NativeLock()
        self._services: dict[str, Instrumentation] = {}
        self._default: Instrumentation | None = None
        self._watched = False
        self.forked = False
        """Whether it was forked from one that was prepared for its end, and is not yet itself."""
        self._registered = False
        self._put_off = 0
        """How often SIGTERM has come in the midst of our work."""
        self._is_dying = False
        """Whether SIGTERM is being obeyed: another one would cut off the last spans."""
        self._watches_providers = False
        self.has_middleware = False
        """Whether the program itself has wrapped an application."""
        self.wraps_servers = False
        """Whether applications are wrapped where servers receive them."""
        self.patches = Patches(self.default_scope)

    def instrument(
        self,
        service: str | None,
        arguments: Mapping[str, object],
        *,
        environ: Mapping[str, str] | None = None,
        span_processors: Sequence[SpanProcessor] | None = None,
        default: bool,
    ) -> Instrumentation:
        """Return the instrumentation of a service, made if there is none yet.

        Args:
            service: its name; None is the service instrumented last, or else the settings'.
            arguments: further settings, by name.
            environ: the environment; the process's own if left out.
            span_processors: where spans go; what the settings say if left out.
            default: whether calls made outside any captured request are this service's.

        Raises:
            ConfigError: a setting is unknown or of the wrong form.
        """
        environ = os.environ if environ is None else environ
        with self._lock:
            if service is None and self._default is not None:
                return self._default
            settings = load({**arguments, "service": service}, environ=environ).settings
            settings = replace(settings, service=settings.service or service_name(environ))
            known = self._services.get(settings.service)
            if known is None or known.ended:
                known = Instrumentation(self, settings, environ, span_processors)
                self._services[settings.service] = known
                self._prepare(environ)
            if default:
                self._default = known
        if default and "opentelemetry.trace" in sys.modules:
            provider = getattr(sys.modules["opentelemetry.trace"], "_TRACER_PROVIDER", None)
            if provider is not None:
                self._join_provider()
        return known

    def watch(self) -> None:
        """Patch what outgoing calls go through: those of a middleware's application are its own."""
        with self._lock:
            self._watched = True
            self._prepare(os.environ)

    def default_scope(self) -> CaptureScope | None:
        """Return the scope of calls outside any captured request."""
        default = self._default
        return None if default is None else default.scope()

    def scope_of_service(self, service: str | None) -> CaptureScope | None:
        """Return the scope of a service by its name; the default one's where there is none."""
        known = None if service is None else self._services.get(service)
        return self.default_scope() if known is None else known.scope()

    def forget(self, instrumentation: Instrumentation) -> None:
        """Remove a service; with the last one the patched modules are restored."""
        with self._lock:
            for name, known in list(self._services.items()):
                if known is instrumentation:
                    del self._services[name]
            if self._default is instrumentation:
                self._default = None
            if not self._services and not self._watched:
                self.patches.remove()

    def _prepare(self, environ: Mapping[str, str]) -> None:
        if sdk_disabled(environ):
            return
        try:
            self.prepare_end()
            self.patches.apply()
            if not self._watches_providers:
                self._watches_providers = True
                when_imported("opentelemetry.trace", self._watch_providers)
        except Exception:
            _logger.warning("otelhook cannot capture outgoing calls", exc_info=True)

    def prepare_end(self) -> None:
        """Flush at exit; and at SIGTERM, if the program leaves that signal to its default.

        It is looked at again whenever an application is wrapped, and at a forked child's first
        request: servers reset a child's signals (swift's does, and loads its application after).
        """
        self.forked = False
        if not self._registered:
            self._registered = True
            atexit.register(self.end)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._forked)
            when_imported("multiprocessing.util", self._watch_multiprocessing)
        # Only a process's main thread may set a handler: in others this is a ValueError.
        with contextlib.suppress(ValueError, OSError):
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, self._terminated)

    def _watch_providers(self, module: Any) -> None:
        """Join the program's own tracer provider when it is set, where a service wants both: what
        others record is ours to show from their first span on, not from our first hook on.
        """
        set_provider = module._set_tracer_provider  # noqa: SLF001 - however it is set

        @functools.wraps(set_provider)
        def set_and_joined(*args: Any, **kwargs: Any) -> Any:
            done = set_provider(*args, **kwargs)
            self._join_provider()
            return done

        module._set_tracer_provider = set_and_joined  # noqa: SLF001
        if getattr(module, "_TRACER_PROVIDER", None) is not None:
            self._join_provider()

    def _join_provider(self) -> None:
        default = self._default
        if default is not None and default.settings.provider == "both":
            default.scope()

    def _watch_multiprocessing(self, module: Any) -> None:
        """Flush at the end of its forked children as well: they run no exit handlers."""

        def in_child(owner: Process) -> None:
            module.Finalize(None, owner.end, exitpriority=_LAST)

        module.register_after_fork(self, in_child)

    def _forked(self) -> None:
        """Begin as a child: no lock is held by a thread that is not here."""
        self.forked = True
        self._put_off, self._is_dying = 0, False
        unfinished.clear()  # the parent answers them
        self._lock = NativeLock()
        self.patches.renew_lock()
        for instrumentation in self._services.values():
            instrumentation.renew_lock()

    def end(self) -> None:
        """Shut all services down, within the deadline together."""
        if unfinished:
            _end_unfinished()
        run_folder = os.environ.get(RUN_FOLDER)
        if run_folder:
            leave_word(run_folder)
        with contextlib.suppress(Exception):
            for instrumentation in list(self._services.values()):
                instrumentation.shutdown()

    def _terminated(self, number: int, frame: FrameType | None) -> None:
        """Flush, then die of the signal as without us; what we are about is done before."""
        if self._is_dying:
            return
        self._put_off += 1
        if self._put_off <= _OFTEN_ENOUGH and is_our_work(frame) and send_again(number):
            return
        self._is_dying = True
        self.end()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _end_unfinished() -> None:
    """End the spans of requests under way, in a thread of its own: a signal may have interrupted
    whoever holds a span's lock, and that span is then given up.
    """
    worker = NativeThread(end_unfinished)
    with contextlib.suppress(RuntimeError):  # the interpreter is ending, and starts none
        worker.start()
        worker.join(_UNFINISHED_DEADLINE)
        return
    with contextlib.suppress(Exception):
        end_unfinished()


process = Process()
"""This process's own."""
