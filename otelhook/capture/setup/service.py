"""One service's capture: its provider and its scope, made when they are first needed."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

from otelhook.capture.guard import is_of_signal_handler
from otelhook.capture.setup.switch import Switch
from otelhook.native_threads import NativeLock
from otelhook.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

    from otelhook.capture.record.scope import CaptureScope
    from otelhook.capture.setup.process import Process
    from otelhook.exporters.tally import Counts

__all__ = ["EXIT_DEADLINE", "Instrumentation"]

_logger = logging.getLogger(__name__)

_setting_up: ContextVar[bool] = ContextVar("otelhook-setting-up", default=False)
_AT_ONCE = 4
"""Attempts to set recording up that are made without a pause: what interferes is mostly over by
the next call."""
_PAUSE = 5.0
"""Seconds between two of those that follow."""
_PATIENCE = 5.0
"""Seconds that a call waits for another thread to set recording up."""

EXIT_DEADLINE = 5.0
"""Seconds that the last spans may take to leave when a program ends."""


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
        self._next_try = 0.0
        self._attempts = 0
        self._ended = False
        self._switch = Switch(settings.data_dir)

    @property
    def tracer_provider(self) -> TracerProvider:
        """The provider of this service's spans: the program's own global one, else one we make."""
        with self._lock:
            try:
                return self._provider or self._make_provider()
            except Exception:
                if self._fails_first():
                    _logger.warning("otelhook cannot record", exc_info=True)
        from otelhook.capture.setup.provider import make_provider

        return make_provider(self.settings, ())

    def _make_provider(self) -> TracerProvider:
        if self._provider is None:
            self._provider = self._adopt()
        if self._provider is None:
            from otelhook.capture.setup.provider import make_provider

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
        from otelhook.capture.coexistence.program_provider import configured_provider

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
        from otelhook.exporters.processor import ByteBoundedProcessor
        from otelhook.exporters.tally import sum_counts

        ours = (one for one in self._made if isinstance(one, ByteBoundedProcessor))
        return sum_counts(one.counts for one in ours)

    def _span_processors(self) -> Sequence[SpanProcessor]:
        if self._processors is not None:
            return self._processors
        try:
            from otelhook.exporters.setup import span_processors

            return span_processors(self.settings, self._environ)
        except Exception:
            if self._fails_first():
                _logger.warning(
                    "otelhook cannot export spans; nothing is recorded until it can, and this is "
                    "said once",
                    exc_info=True,
                )
            raise

    def _fails_first(self) -> bool:
        """Note that something has failed; says whether it is the first time, which is said."""
        first, self._failed = not self._failed, True
        return first

    def scope(self) -> CaptureScope | None:
        """Return what the hooks share; None once ended, while switched off, or if it fails."""
        if self._switch.off:
            return None
        if self._owner.forked:
            self._owner.prepare_end()
        if self._scope is None:
            self._set_up()
        return None if self._ended else self._scope

    def _set_up(self) -> None:
        """Make the scope, unless that is under way or has failed a moment ago.

        What interrupts it and makes a call itself, a signal handler, a ``__del__``, a handler of
        the log, would meet half of it: that call is not recorded. Whoever waits for another
        thread to do it waits only for so long, since that thread may in turn wait for an import
        that this one was interrupted in.
        """
        if self._ended or _setting_up.get() or time.monotonic() < self._next_try:
            return
        under_way = _setting_up.set(True)
        try:
            if not self._lock.take(_PATIENCE):
                return
            try:
                if self._scope is None:
                    with self._owner.patches.held():
                        made = self._make(self.settings)
                    self._scope = self._scope or made
            finally:
                self._lock.let_go()
            if self._owner.patches.failed:
                self._owner.patches.try_again()
        except Exception as error:
            if is_of_signal_handler(error):
                raise
            self._attempts += 1
            if self._attempts >= _AT_ONCE:
                self._next_try = time.monotonic() + _PAUSE
            if self._fails_first():
                _logger.warning(
                    "otelhook cannot capture; it tries again, and this is said once", exc_info=True
                )
        finally:
            _setting_up.reset(under_way)

    def make_scope(self, settings: Settings) -> CaptureScope | None:
        """Make a scope of this service with other settings; None if it cannot be made."""
        try:
            return self._make(settings)
        except Exception:
            _logger.warning("otelhook cannot capture as it is set; see the settings", exc_info=True)
            return None

    def _make(self, settings: Settings) -> CaptureScope:
        from otelhook.capture.record.scope import make_scope

        provider = self._provider or self._make_provider()
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
        from otelhook.capture.setup.provider import flush, shut_down

        if self._adopted:  # it goes on without us: the program made it and ends it
            return flush(provider, self._made, seconds)
        return shut_down(provider, seconds)

    def uninstrument(self) -> None:
        """Take the hooks out again and end, as `shutdown` does."""
        self._owner.forget(self)
        self.shutdown()
