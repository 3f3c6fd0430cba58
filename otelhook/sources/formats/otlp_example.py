"""An example of OTLP in JSON, whose reader is `otelhook.otlp`."""

from __future__ import annotations

from typing import Final

__all__ = ["EXAMPLE"]

EXAMPLE: Final = """\
{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
  "scopeSpans": [{"scope": {"name": "http"}, "spans": [
    {"traceId": "463ac35c9f6413ad48485a3953bb6124", "spanId": "72485a3953bb6124",
     "name": "GET", "kind": 3,
     "startTimeUnixNano": "1764450000000000000", "endTimeUnixNano": "1764450000010000000",
     "attributes": [{"key": "url.full", "value": {"stringValue": "http://image/v2/images"}}]}]}]}]}
"""
