"""The tracer provider of one service in one process."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

from opentelemetry.sdk.environment_variables import OTEL_EXPERIMENTAL_RESOURCE_DETECTORS
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider

from otelhook.attributes import HOST_NAME, PROCESS_PID, SERVICE_INSTANCE_ID, SERVICE_NAME
from otelhook.capture.setup.run_folder import note_instance
from otelhook.native_threads import NativeThread
from otelhook.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

__all__ = ["MAX_ATTRIBUTES", "flush", "make_provider", "shut_down"]

_logger = logging.getLogger(__name__)

MAX_ATTRIBUTES = 1024
"""Attributes a span of ours keeps. The SDK's own limit is 128, and it drops the oldest first."""

_FLUSH_SHARE = 0.75


def make_provider(settings: Settings, processors: Sequence[SpanProcessor]) -> TracerProvider:
    """Make the provider of ``settings.service``: raised limits, and ended by `shut_down` only."""
    # What the SDK does in a forked child needs a pool of threads, whose lock is free again only if
    # the pool's own part in forking stands before the SDK's: a grandchild would wait for ever.
    import_module("concurrent.futures.thread")
    instance = str(uuid.uuid4())
    note_instance(instance)
    resource = _resource(
        {
            SERVICE_NAME: settings.service,
            HOST_NAME: socket.gethostname(),
            SERVICE_INSTANCE_ID: instance,
            PROCESS_PID: os.getpid(),
        }
    )
    provider = TracerProvider(
        resource=resource,
        shutdown_on_exit=False,
        span_limits=SpanLimits(
            max_span_attributes=MAX_ATTRIBUTES,
            max_event_attributes=MAX_ATTRIBUTES,
            max_attribute_length=SpanLimits.UNSET,
            max_span_attribute_length=SpanLimits.UNSET,
        ),
    )
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


def _resource(attributes: Mapping[str, str | int]) -> Resource:
    """Return what `Resource.create` does, without its pool of threads.

    That pool holds a lock of the process while its threads start. Where threads are greenlets and
    that lock was made before they were, another request that comes to it meanwhile waits for ever,
    and all others with it. Only detectors that the environment names are left to the pool.
    """
    if os.environ.get(OTEL_EXPERIMENTAL_RESOURCE_DETECTORS, "").strip() not in ("", "otel"):
        return Resource.create(attributes)
    sdk = {
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": version("opentelemetry-sdk"),
    }
    return Resource(sdk).merge(OTELResourceDetector().detect()).merge(Resource(attributes))


def shut_down(provider: TracerProvider, deadline: float) -> bool:
    """Flush and shut down within ``deadline`` seconds. Returns False if that was not enough."""
    return _within(deadline, lambda: _shut_down(provider, deadline))


def flush(provider: TracerProvider, ours: Sequence[SpanProcessor], deadline: float) -> bool:
    """Flush a provider that is not ours, and end the processors that we have added to it."""

    def act() -> None:
        try:
            provider.force_flush(int(deadline * 1000))
            for processor in ours:
                processor.shutdown()
        except Exception:
            _logger.warning("otelhook could not send its last spans", exc_info=True)

    return _within(deadline, act)


def _within(deadline: float, act: Callable[[], None]) -> bool:
    """Do something that may take long; False if it is not done after ``deadline`` seconds.

    The work is done by a thread of its own: the caller may be a signal handler that interrupted
    whoever holds a processor's lock. Late in an interpreter's end no thread can be started any
    more, and then the caller does it.
    """
    worker = NativeThread(act)
    try:
        worker.start()
    except RuntimeError:
        act()
        return True
    return worker.join(deadline)


def _shut_down(provider: TracerProvider, deadline: float) -> None:
    try:
        # What a flush in vain leaves is counted and said by the shutdown, which needs time as well.
        provider.force_flush(int(deadline * _FLUSH_SHARE * 1000))
        provider.shutdown()
    except Exception:
        _logger.warning("otelhook could not send its last spans", exc_info=True)
