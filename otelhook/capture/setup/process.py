"""What otelhook set up in this process: services, hooks, and how it ends.

Patched modules, exit and signal handlers belong to a process as a whole, so this is the one place
with an object that lives as long as the process does.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from otelhook.attributes import SERVICE_NAME
from otelhook.capture.record.in_flight import end_unfinished, unfinished
from otelhook.capture.setup.import_hooks import when_imported
from otelhook.capture.setup.patches import Patches
from otelhook.capture.setup.switch import Switch
from otelhook.native_threads import NativeLock, NativeThread
from otelhook.settings import Settings, load, sdk_disabled

if TYPE_CHECKING:
    from types import FrameType

    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

    from otelhook.capture.record.scope import CaptureScope
    from otelhook.exporters.tally import Counts

__all__ = ["Instrumentation", "Process", "process", "program_name", "service_name"]

_logger = logging.getLogger(__name__)

EXIT_DEADLINE = 5.0
"""Seconds that the last spans may take to leave when a program ends."""

_LAST = -1000
"""After the program's own finalizers, which may make calls."""

_UNFINISHED_DEADLINE = 1.0
"""And before that, seconds for the spans of requests under way to be ended."""


class Instrumentation:
    """One service's capture: what `otelhook.instrument` returns.

    The tracer provider is made when it is first needed, in the process and thread that need it:
    servers fork, or replace their threads, after they have loaded an application.
    """

    def __init__(
        self,
        owner: Process,
        settings: Settings,
        environ: Mapping[str, str],
        span_processors: Sequence[SpanProcessor] | None,
    ) -> None:
        self.settings = settings
        self._owner = owner
        self._environ = environ
        self._processors = span_processors
        self._made: Sequence[SpanProcessor] = ()
        self._lock = NativeLock()
        self._provider: TracerProvider | None = None
        self._scope: CaptureScope | None = None
        self._adopted = False
        self._failed = False
        self._ended = False
        self._switch = Switch(settings.data_dir)

    @property
    def tracer_provider(self) -> TracerProvider:
        """The provider of this service's spans: the program's own global one, else one we make."""
        with self._lock:
            if self._provider is None:
                self._provider = self._adopt()
            if self._provider is None:
                from otelhook.capture.setup.provider import make_provider  # noqa: PLC0415 - loads the SDK

                processors = self._span_processors()
                provider = make_provider(self.settings, processors)
                # Detectors of the resource may wait: where threads are greenlets, another one of
                # this thread may have come to this line meanwhile.
                if self._provider is None:
                    self._made, self._provider = processors, provider
            return self._provider

    def renew_lock(self) -> None:
        """Begin as a forked child does."""
        self._lock = NativeLock()

    def _adopt(self) -> TracerProvider | None:
        """Take the program's own provider, if it has set one and the settings let us."""
        if self._processors is not None or self.settings.provider == "own":
            return None
        from otelhook.capture.coexistence.program_provider import configured_provider  # noqa: PLC0415 - loads the SDK

        provider = configured_provider()
        self._adopted = provider is not None
        if provider is not None and self.settings.provider == "both":
            self._made = self._span_processors()
            for processor in self._made:
                provider.add_span_processor(processor)
        return provider

    @property
    def ended(self) -> bool:
        """Whether it was shut down."""
        return self._ended

    @property
    def counts(self) -> Counts:
        """What became of this service's spans: delivered, without their bodies, dropped and why.

        Counted is what our own exporters carry; processors that were given count themselves.
        """
        from otelhook.exporters.processor import ByteBoundedProcessor  # noqa: PLC0415 - loads the SDK
        from otelhook.exporters.tally import sum_counts  # noqa: PLC0415

        ours = (one for one in self._made if isinstance(one, ByteBoundedProcessor))
        return sum_counts(one.counts for one in ours)

    def _span_processors(self) -> Sequence[SpanProcessor]:
        if self._processors is not None:
            return self._processors
        try:
            from otelhook.exporters.setup import span_processors  # noqa: PLC0415 - loads the SDK

            return span_processors(self.settings, self._environ)
        except Exception:
            _logger.warning("otelhook cannot export spans; nothing is recorded", exc_info=True)
            return ()

    def scope(self) -> CaptureScope | None:
        """Return what the hooks share; None once ended, while switched off, or if it fails."""
        if self._switch.off:
            return None
        if self._owner.forked:
            self._owner.prepare_end()
        if self._scope is None and not self._failed:
            with self._lock:
                try:
                    made = self._scope or self._make(self.settings)
                    self._scope = self._scope or made
                except Exception:
                    self._failed = True
                    _logger.warning("otelhook cannot capture; it stays off", exc_info=True)
        return None if self._ended else self._scope

    def make_scope(self, settings: Settings) -> CaptureScope | None:
        """Make a scope of this service with other settings; None if it cannot be made."""
        try:
            return self._make(settings)
        except Exception:
            _logger.warning("otelhook cannot capture as it is set; see the settings", exc_info=True)
            return None

    def _make(self, settings: Settings) -> CaptureScope:
        from otelhook.capture.record.scope import make_scope  # noqa: PLC0415 - loads OpenTelemetry

        provider = self.tracer_provider
        return make_scope(provider, settings, self._environ, ours=not self._adopted)

    def force_flush(self, seconds: float = EXIT_DEADLINE) -> bool:
        """Send what is waiting. Returns False if that took longer than ``seconds``."""
        provider = self._provider
        return provider is None or provider.force_flush(int(seconds * 1000))

    def shutdown(self, seconds: float = EXIT_DEADLINE) -> bool:
        """Send what is waiting and end; nothing is captured any more. May be called again.

        Returns:
            False if the last spans took longer than ``seconds``.
        """
        with self._lock:
            if self._ended:
                return True
            self._ended = True
        provider = self._provider
        if provider is None:
            return True
        from otelhook.capture.setup.provider import flush, shut_down  # noqa: PLC0415 - loads the SDK

        if self._adopted:  # it goes on without us: the program made it and ends it
            return flush(provider, self._made, seconds)
        return shut_down(provider, seconds)

    def uninstrument(self) -> None:
        """Take the hooks out again and end, as `shutdown` does."""
        self._owner.forget(self)
        self.shutdown()


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
        self.has_middleware = False
        """Whether the program itself has wrapped an application."""
        self.wraps_servers = False
        """Whether applications are wrapped where servers receive them."""
        self._patches = Patches(self.default_scope)

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

    def forget(self, instrumentation: Instrumentation) -> None:
        """Remove a service; with the last one the patched modules are restored."""
        with self._lock:
            for name, known in list(self._services.items()):
                if known is instrumentation:
                    del self._services[name]
            if self._default is instrumentation:
                self._default = None
            if not self._services and not self._watched:
                self._patches.remove()

    def _prepare(self, environ: Mapping[str, str]) -> None:
        if sdk_disabled(environ):
            return
        try:
            self.prepare_end()
            self._patches.apply()
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

    def _watch_multiprocessing(self, module: Any) -> None:  # noqa: ANN401 - the module
        """Flush at the end of its forked children as well: they run no exit handlers."""

        def in_child(owner: Process) -> None:
            module.Finalize(None, owner.end, exitpriority=_LAST)

        module.register_after_fork(self, in_child)

    def _forked(self) -> None:
        """Begin as a child: no lock is held by a thread that is not here."""
        self.forked = True
        unfinished.clear()  # the parent answers them
        self._lock = NativeLock()
        for instrumentation in self._services.values():
            instrumentation.renew_lock()

    def end(self) -> None:
        """Shut all services down, within the deadline together."""
        if unfinished:
            _end_unfinished()
        with contextlib.suppress(Exception):
            for instrumentation in list(self._services.values()):
                instrumentation.shutdown()

    def _terminated(self, number: int, _frame: FrameType | None) -> None:
        """Flush, then die of the signal as without us."""
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


def service_name(environ: Mapping[str, str]) -> str:
    """Name a service that the settings do not name: by its resource, else by its command."""
    for pair in environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, _, value = pair.partition("=")
        if key.strip() == SERVICE_NAME and value.strip():
            return unquote(value.strip())
    return program_name(sys.orig_argv)


def program_name(arguments: Sequence[str]) -> str:
    """Name a program by its command line: ``python -m x.y`` is ``x.y``, ``bin/glance`` is
    ``glance``.
    """
    rest = iter(arguments[1:])
    for argument in rest:
        if argument == "-m":
            return next(rest, "python")
        if argument in ("-W", "-X", "-c"):
            if argument == "-c":
                return "python"
            next(rest, None)
        elif not argument.startswith("-"):
            return Path(argument).stem or "python"
    return "python"


process = Process()
"""This process's own."""
