"""What ``opentelemetry-instrument python app.py`` loads: capture without code, with consent.

The entry point of the group ``opentelemetry_instrumentor`` is there wherever otelhook is
installed, and bodies must never be recorded by surprise. So nothing happens unless
``OTELHOOK_CAPTURE`` (or ``capture`` in otelhook.toml) names what may be recorded.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]

from otelhook.capture.bootstrap import activate, deactivate
from otelhook.errors import OtelhookError
from otelhook.settings import load

__all__ = ["OtelhookInstrumentor"]


class OtelhookInstrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Records requests that this program answers and makes, if that was consented to."""

    def instrumentation_dependencies(self) -> Collection[str]:
        """Return what must be installed: nothing, each library is looked for when it is loaded."""
        return ()

    def _instrument(self, **_: Any) -> None:
        try:
            consented = load().settings.capture
        except OtelhookError as error:
            sys.stderr.write(f"otelhook: {error}; this program is not captured\n")
            return
        if consented:
            activate()

    def _uninstrument(self, **_: Any) -> None:
        deactivate()
