"""The reference of the settings, from their table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import cast

from otelhook.settings import Settings

__all__ = ["page"]

_UNITS = (("g", 1024**3), ("m", 1024**2))

_HEAD = """# Settings

Each setting comes from the first of: an argument of `instrument()` or `Middleware()`; the
environment, as `OTELHOOK_` and the name in upper case; `otelhook.toml` in the working folder (or
the file that `OTELHOOK_CONFIG` names); its default. `otelhook config show` prints each with where
it came from. What configures OpenTelemetry itself keeps its standard variables:
`OTEL_EXPORTER_OTLP_*`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_PROPAGATORS`, `OTEL_SDK_DISABLED`.

Sizes are bytes, or have a unit: `64k`, `2g`. Lists are TOML lists, in the environment separated
by commas.

| setting | default | what it is | also |
|---|---|---|---|
"""

_TAIL = """
The environment alone has what is secret: `OTELHOOK_REDACTION_KEY` keys pseudonyms,
`OTELHOOK_COLLECTOR_TOKEN` is what the collector requires beyond loopback, and
`OTELHOOK_JAEGER_TOKEN` and `OTELHOOK_JAEGER_LOGIN` (for each kind of backend)
are what a source presents.
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "\n".join(_rows()) + "\n" + _TAIL


def _rows() -> Iterator[str]:
    for row in fields(Settings):
        also = ", ".join(f"`{name}`" for name in row.metadata["also_env"])
        shown, says = _shown(row.name, row.default), row.metadata["help"].replace("|", "\\|")
        yield f"| `{row.name}` | {shown} | {says} | {also} |"


def _shown(name: str, value: object) -> str:
    if name == "data_dir":
        return "`$XDG_STATE_HOME/otelhook`, else `~/.local/state/otelhook`"
    if isinstance(value, bool):
        return "`on`" if value else "`off`"
    if value in (None, "", ()) or value == Path():
        return ""
    if isinstance(value, tuple):
        parts = cast("tuple[object, ...]", value)
        return f"`{':'.join(map(str, parts))}`"
    if isinstance(value, int):
        return next(
            (f"`{value // size}{unit}`" for unit, size in _UNITS if value % size == 0),
            f"`{value:,}`",
        )
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
