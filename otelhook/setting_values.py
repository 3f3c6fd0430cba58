"""How a setting's value is read: from the text of a variable, or from what TOML has.

Each reader takes either and raises ValueError with what it expected, in words that
`otelhook.settings` completes with where the value stood. Those of `otelhook.errors` are
ValueErrors too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from otelhook.lazy_patterns import lazy
from otelhook.redaction import compile_pattern

__all__ = [
    "read_address",
    "read_bytes",
    "read_consent",
    "read_limits",
    "read_names",
    "read_optional_address",
    "read_optional_path",
    "read_origins",
    "read_path",
    "read_patterns",
    "read_provider",
    "read_routes",
    "read_seconds",
    "read_side",
    "read_switch",
    "read_text",
]

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_LAST_PORT = 65_535
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}

_ORIGIN = lazy(r"[a-z][a-z0-9+.-]*://(?:[^/\s:*@\[\]]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


def read_text(raw: object) -> str:
    """Read text, as it is."""
    if not isinstance(raw, str):
        message = "expected text"
        raise ValueError(message)  # noqa: TRY004 - every value of the wrong form is one error
    return raw


def read_switch(raw: object) -> bool:
    """Read on or off, in any of the usual words."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    message = "expected on or off"
    raise ValueError(message)


def read_bytes(raw: object) -> int:
    """Read a number of bytes, perhaps with a unit: ``60000``, ``64k``, ``2g`` (powers of 1,024)."""
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return raw
    text = str(raw).strip().lower().removesuffix("ib").removesuffix("b")
    number, unit = (text[:-1], text[-1:]) if text[-1:] in "kmg" else (text, "")
    if not number.strip().isdecimal():
        message = "expected a size such as 60000, 64k or 2g"
        raise ValueError(message)
    return int(number) * _UNITS[unit]


def read_seconds(raw: object) -> float:
    """Read a number of seconds, zero or more."""
    try:
        value = float(str(raw))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        message = "expected a number of seconds, zero or more"
        raise ValueError(message)
    return value


def read_path(raw: object) -> Path:
    """Read a path; ``~`` is the user's home."""
    return Path(read_text(raw)).expanduser()


def read_optional_path(raw: object) -> Path | None:
    """Read a path; nothing, or empty text, is None."""
    return read_path(raw) if raw not in (None, "") else None


def read_side(raw: object) -> str:
    """Read which side records bodies."""
    word = str(raw).strip().lower()
    if word not in {"both", "server", "client", "off"}:
        message = "expected both, server, client or off"
        raise ValueError(message)
    return word


def read_provider(raw: object) -> str:
    """Read whose tracer provider is used."""
    word = str(raw).strip().lower()
    if word not in {"auto", "own", "both"}:
        message = "expected auto, own or both"
        raise ValueError(message)
    return word


def read_consent(raw: object) -> tuple[str, ...]:
    """Read what may be recorded; bodies alone would be without their content types."""
    found = tuple(dict.fromkeys(name.lower() for name in read_names(raw)))
    if found in {(), ("off",)}:
        return ()
    if not set(found) <= {"headers", "bodies"} or "headers" not in found:
        message = "expected headers, or headers,bodies, or off"
        raise ValueError(message)
    return found


def read_address(raw: object) -> tuple[str, int]:
    """Read ``HOST:PORT``, an IPv6 address in brackets."""
    host, colon, port = str(raw).strip().rpartition(":")
    if not (host and colon and port.isdecimal() and int(port) <= _LAST_PORT):
        message = "expected HOST:PORT"
        raise ValueError(message)
    return host.strip("[]"), int(port)


def read_optional_address(raw: object) -> tuple[str, int] | None:
    """Read an address, or ``off`` as None."""
    return None if str(raw).strip().lower() == "off" else read_address(raw)


def read_limits(raw: object) -> tuple[tuple[str, int], ...]:
    """Read ``PATTERN = SIZE`` lines, or a table of them."""
    if isinstance(raw, Mapping):
        table = cast("Mapping[str, object]", raw)
        return tuple(
            (read_text(pattern).strip(), read_bytes(size)) for pattern, size in table.items()
        )
    found: list[tuple[str, int]] = []
    for rule in read_names(raw):
        pattern, equals, size = rule.rpartition("=")
        if not (equals and pattern.strip()):
            message = "expected PATTERN=SIZE, separated by commas"
            raise ValueError(message)
        found.append((pattern.strip(), read_bytes(size.strip())))
    return tuple(found)


def read_routes(raw: object) -> tuple[tuple[str, int], ...]:
    """Read limits by request: a path, or a method and a path."""
    found = read_limits(raw)
    for route, _ in found:
        if not re.fullmatch(r"(?:[A-Za-z]+ +)?[/*]\S*", route):
            message = "expected paths, with a method before them or none"
            raise ValueError(message)
    return found


def read_names(raw: object) -> tuple[str, ...]:
    """Read names: a list, or text with commas between them."""
    parts: object = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        message = "expected names, separated by commas"
        raise ValueError(message)  # noqa: TRY004 - as in read_text
    names = cast("Sequence[object]", parts)
    return tuple(name for part in names if (name := read_text(part).strip()))


def read_origins(raw: object) -> tuple[str, ...]:
    """Read origins of sites, as browsers send them (RFC 6454, 6.2)."""
    origins = read_names(raw)
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            message = f"{origin!r} is not an origin: expected https://HOST or https://HOST:PORT"
            raise ValueError(message)
    return origins


def read_patterns(raw: object) -> tuple[str, ...]:
    """Read regular expressions: a list, or text with one a line."""
    lines: object = raw.splitlines() if isinstance(raw, str) else raw
    if not isinstance(lines, list | tuple):
        message = "expected regular expressions, in a list"
        raise ValueError(message)  # noqa: TRY004 - as in read_text
    patterns = tuple(text for line in cast("Sequence[object]", lines) if (text := read_text(line)))
    for pattern in patterns:
        compile_pattern(pattern)
    return patterns
