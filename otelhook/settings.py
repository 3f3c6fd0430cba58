"""Settings: one typed table, read once.

Each setting comes from the first of: an argument, the environment, ``otelhook.toml`` (or the file
that ``OTELHOOK_CONFIG`` names), its default. `load` returns the frozen values together with where
each came from, which is what ``otelhook config show`` prints. The environment is only read, never
written. What configures OpenTelemetry itself keeps its standard variables
(``OTEL_EXPORTER_OTLP_*``, ``OTEL_RESOURCE_ATTRIBUTES``, ``OTEL_SDK_DISABLED``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple

from otelhook.errors import ConfigError, StorageError
from otelhook.setting_values import (
    read_address,
    read_bytes,
    read_consent,
    read_limits,
    read_names,
    read_optional_address,
    read_optional_path,
    read_origins,
    read_path,
    read_patterns,
    read_provider,
    read_routes,
    read_seconds,
    read_side,
    read_switch,
    read_text,
)
from otelhook.toml_text import parse_toml

__all__ = [
    "CONFIG_FILE",
    "RUN_FOLDER",
    "Loaded",
    "Settings",
    "load",
    "otlp_endpoint",
    "sdk_disabled",
]

CONFIG_FILE = "otelhook.toml"

RUN_FOLDER = "OTELHOOK_RUN_DIR"
"""The variable that names the folder of one `otelhook run` alone."""

BodySide = Literal["both", "server", "client", "off"]
ProviderUse = Literal["auto", "own", "both"]


def _setting(
    default: Any,  # noqa: ANN401 - a dataclass default is of its field's type
    read: Callable[[object], Any],
    what: str,
    *also_env: str,
) -> Any:  # noqa: ANN401
    """Declare one row of the table: its reader, help text and further environment variables."""
    return field(default=default, metadata={"read": read, "help": what, "also_env": also_env})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. The field's name is its key in ``otelhook.toml``; in the environment it is
    ``OTELHOOK_`` and the name in upper case.
    """

    service: str = _setting(
        "", read_text, "name of this service (service.name)", "OTEL_SERVICE_NAME"
    )
    data_dir: Path = _setting(Path(), read_path, "folder of the spools and the store")
    source: str = _setting(
        "store", read_text, "where traces are read unless --from says; see render --help"
    )
    bodies: BodySide = _setting(
        "both", read_side, "which side records bodies: both, server, client, off"
    )
    capture: tuple[str, ...] = _setting(
        (), read_consent, "consent for opentelemetry-instrument: headers, or headers,bodies"
    )
    provider: ProviderUse = _setting(
        "auto",
        read_provider,
        "auto: the program's global tracer provider if it has one; own: never; both: ours as well",
    )
    body_limit: int = _setting(
        60_000, read_bytes, "bytes kept of each body; Jaeger's Badger refuses above 65,000"
    )
    body_types: tuple[tuple[str, int], ...] = _setting(
        (), read_limits, "body_limit by content type: image/*=0, application/json=200k"
    )
    body_routes: tuple[tuple[str, int], ...] = _setting(
        (), read_routes, "body_limit by request: POST /v3/auth/tokens=0, /v2/images/*/file=4k"
    )
    websocket_messages: bool = _setting(
        default=False, read=read_switch, what="record the messages of websockets as well"
    )
    path_names: bool = _setting(
        default=False,
        read=read_switch,
        what="name spans by method and path, ids replaced, where no route is known",
    )
    caller: bool = _setting(
        default=False, read=read_switch, what="record the line of code that makes each call"
    )
    redact: bool = _setting(
        default=True, read=read_switch, what="hide secrets before a span leaves the process"
    )
    redact_names: tuple[str, ...] = _setting(
        (), read_names, "further header, query and JSON names whose values are hidden"
    )
    redact_keep: tuple[str, ...] = _setting(
        (), read_names, "names whose values are shown although the rules hide them"
    )
    redact_patterns: tuple[str, ...] = _setting(
        (), read_patterns, "regular expressions of further secrets; in the environment one a line"
    )
    compiled: bool = _setting(
        default=True, read=read_switch, what="use the compiled part of redaction where there is one"
    )
    sequence_dir: Path | None = _setting(
        None, read_optional_path, "folder into which each process also writes its steps"
    )
    sequence_quiet: float = _setting(
        1.0, read_seconds, "seconds without a new span after which a trace's steps are written"
    )
    spool: bool = _setting(
        default=True, read=read_switch, what="write a spool when no OTLP endpoint is named"
    )
    spool_rotate: int = _setting(64 * 1024**2, read_bytes, "a spool begins a new file at this size")
    export_queue: int = _setting(
        64 * 1024**2,
        read_bytes,
        "bytes of spans that wait to be exported; beyond, bodies are left out",
    )
    export_retry: float = _setting(
        60.0, read_seconds, "seconds for which spans are kept that the OTLP endpoint does not take"
    )
    keep_seconds: float = _setting(
        30 * 86400.0, read_seconds, "age at which traces leave the store, 0 keeps them"
    )
    keep_bytes: int = _setting(
        4 * 1024**3, read_bytes, "size above which the oldest traces leave the store, 0 keeps them"
    )
    collector_http: tuple[str, int] = _setting(
        ("127.0.0.1", 4318), read_address, "collect: address of OTLP over HTTP and of the page"
    )
    collector_grpc: tuple[str, int] | None = _setting(
        ("127.0.0.1", 4317), read_optional_address, "collect: address of OTLP over gRPC, or off"
    )
    collector_jaeger: bool = _setting(
        default=False, read=read_switch, what="collect: take spans of jaeger-client as well"
    )
    collector_jaeger_udp: tuple[str, int] = _setting(
        ("127.0.0.1", 6831), read_address, "collect: address of jaeger-client's packets over UDP"
    )
    collector_jaeger_http: tuple[str, int] = _setting(
        ("127.0.0.1", 14268), read_address, "collect: address of its batches over HTTP"
    )
    collector_hosts: tuple[str, ...] = _setting(
        (), read_names, "collect: further host names under which it is asked"
    )
    collector_notes: Path | None = _setting(
        None, read_optional_path, "collect: notes file that its pages show and save to"
    )
    collector_request: int = _setting(
        16 * 1024**2, read_bytes, "collect: bytes of a request at most, decompressed as well"
    )
    collector_memory: int = _setting(
        256 * 1024**2, read_bytes, "collect: bytes that all requests being taken may take at once"
    )
    collector_idle: float = _setting(
        30.0, read_seconds, "collect: seconds after which a connection that says nothing is ended"
    )
    collector_origins: tuple[str, ...] = _setting(
        (), read_origins, "collect: sites whose pages may send: https://HOST:PORT, exact, a list"
    )

    @property
    def recorded_bodies(self) -> BodySide:
        """Which side records bodies: none if consent was given for headers only."""
        return "off" if self.capture == ("headers",) else self.bodies


class Loaded(NamedTuple):
    """Settings and, by field name, where each value came from, in words."""

    settings: Settings
    origin: Mapping[str, str]


_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def otlp_endpoint(environ: Mapping[str, str]) -> str | None:
    """Return the OTLP endpoint for traces that OpenTelemetry's standard variables name."""
    return next((environ[name] for name in _ENDPOINTS if environ.get(name)), None)


def sdk_disabled(environ: Mapping[str, str]) -> bool:
    """Return whether ``OTEL_SDK_DISABLED`` switches all recording off."""
    return environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    """``$XDG_STATE_HOME/otelhook``, as the XDG base directory specification has it."""
    state = environ.get("XDG_STATE_HOME", "")
    if state.startswith("/"):
        return Path(state) / "otelhook"
    home = environ.get("HOME")
    return (Path(home) if home else Path.home()) / ".local" / "state" / "otelhook"


def _read_file(path: Path, *, named: bool) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not named:
            return {}
        message = f"{path}: no such file; OTELHOOK_CONFIG names it"
        raise ConfigError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: cannot be read: {error}"
        raise StorageError(message) from error
    return parse_toml(text, f"{path}:")


def _value(read: Callable[[object], Any], raw: object, where: str) -> Any:  # noqa: ANN401
    try:
        return read(raw)
    except ValueError as error:
        message = f"{where}: {error}, got {raw!r}"
        raise ConfigError(message) from None


def load(
    arguments: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Loaded:
    """Read the settings once.

    Args:
        arguments: values given in code or on the command line, by field name; None values count
            as not given.
        environ: the environment; the process's own if left out.
        folder: where ``otelhook.toml`` is looked for; the working folder if left out.

    Raises:
        ConfigError: an unknown name or a value of the wrong form; the message says where it is.
        StorageError: the file is there but cannot be read.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("OTELHOOK_CONFIG", "")
    path = Path(named) if named else (folder or Path()) / CONFIG_FILE
    from_file = _read_file(path, named=bool(named))
    given = {name: raw for name, raw in (arguments or {}).items() if raw is not None}
    known = {row.name for row in fields(Settings)}
    for source, names in ((str(path), from_file), ("argument", given)):
        for name in sorted(set(names) - known):
            message = f"{source}: unknown setting {name!r}; known: {', '.join(sorted(known))}"
            raise ConfigError(message)

    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for row in fields(Settings):
        name, read = row.name, row.metadata["read"]
        variables = (f"OTELHOOK_{name.upper()}", *row.metadata["also_env"])
        variable = next((v for v in variables if environ.get(v)), None)
        if name in given:
            values[name], origin[name] = _value(read, given[name], f"argument {name}"), "argument"
        elif variable is not None:
            values[name] = _value(read, environ[variable], variable)
            origin[name] = f"environment ({variable})"
        elif name in from_file:
            values[name] = _value(read, from_file[name], f"{path}: {name}")
            origin[name] = f"file ({path})"
        else:
            origin[name] = "default"
    if "data_dir" not in values:
        values["data_dir"] = _default_data_dir(environ)
    return Loaded(Settings(**values), origin)
