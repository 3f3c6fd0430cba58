"""``otelhook export``: recorded traces to an OTLP receiver, or into a file."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otelhook.cli.choosing import add_choosing, chosen_spans
from otelhook.cli.composing import redactor_of
from otelhook.cli.files import write_file
from otelhook.cli.options import add_source, loaded, source
from otelhook.errors import ConfigError, UnreachableError
from otelhook.model import Span
from otelhook.redaction import redact_span

if TYPE_CHECKING:
    from otelhook.exporters.otlp import OtlpExporter

__all__ = ["add_arguments", "run"]

_DESCRIPTION = """\
Send recorded traces on, to any OpenTelemetry Collector, Jaeger or otelhook, or into a file.

Batches are measured in bytes; what a receiver finds too large is split, and what it does not
take now is sent again for a while. Spans keep their ids, so repeating an export is safe where
the receiver keeps a span once, as otelhook does. What is still secret is hidden first.

OTEL_EXPORTER_OTLP_HEADERS and _CERTIFICATE say what the receiver wants to know.
"""

_RETRY_SECONDS: Final = 10.0
_AT_ONCE: Final = 200
"""Spans between two looks at the progress."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``otelhook export``."""
    parser.description = _DESCRIPTION
    add_choosing(parser)
    parser.add_argument(
        "--to",
        required=True,
        metavar="TARGET",
        help="otlp+http://HOST:4318 or otlp+grpc://HOST:4317 (otlp+https, otlp+grpcs with TLS), "
        "or a file: FILE.json has one JSON object a line, any other OTLP records",
    )
    add_source(parser)


def run(arguments: argparse.Namespace) -> int:
    """Export, and say how much went where."""
    settings = loaded(arguments).settings
    target: str = arguments.to
    kind, found, place = target.partition("://")
    if found and kind not in _RECEIVERS:
        message = f"--to {kind}://: expected {', '.join(f'{one}://' for one in _RECEIVERS)}, a file"
        raise ConfigError(message)
    redactor = redactor_of(settings)
    recorded = chosen_spans(source(arguments, settings), arguments)
    spans = [redact_span(span, redactor) for span in recorded]
    if found:
        _send(spans, target, _RECEIVERS[kind](place))
    else:
        _write(spans, Path(target))
    traces = len({span.trace_id for span in spans})
    print(f"{_counted(len(spans), 'span')} of {_counted(traces, 'trace')} went to {target}")
    return 0


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _write(spans: Sequence[Span], path: Path) -> None:
    from otelhook.otlp import encode_traces, frame, traces_object

    if path.suffix in {".json", ".jsonl"}:
        lines = (json.dumps(traces_object(part), ensure_ascii=False) for part in _parts(spans))
        write_file(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    else:
        write_file(path, b"".join(frame(encode_traces(part)) for part in _parts(spans)))


def _parts(spans: Sequence[Span]) -> Iterator[Sequence[Span]]:
    for start in range(0, len(spans), _AT_ONCE):
        yield spans[start : start + _AT_ONCE]


def _send(spans: Sequence[Span], target: str, exporter: OtlpExporter) -> None:
    """Send the spans, a bar on a terminal.

    Raises:
        UnreachableError: some could not be delivered.
    """
    from otelhook.exporters.sdk_spans import as_sdk_span

    # What is lost is reported once, below, with what to do.
    logging.getLogger("otelhook.exporters.tally").setLevel(logging.ERROR)
    try:
        for done, part in enumerate(_parts(spans)):
            _show(done * _AT_ONCE, len(spans))
            exporter.export([as_sdk_span(span) for span in part])
            if exporter.tally.counts().dropped:
                break  # the rest would fare no better, after as long a wait
    finally:
        _show(None, len(spans))
        exporter.shutdown()
    counts = exporter.tally.counts()
    missing = len(spans) - counts.delivered
    if missing:
        why = ", ".join(reason.value for reason in counts.dropped_by)
        message = (
            f"{missing:,} of {_counted(len(spans), 'span')} did not get to {target} ({why}); "
            "what did may be sent again"
        )
        raise UnreachableError(message)


_BAR: Final = 30


def _show(done: int | None, total: int) -> None:
    """Draw the bar on a terminal, or wipe it off."""
    if not sys.stderr.isatty():
        return
    if done is None:
        sys.stderr.write("\r\x1b[K")
    else:
        filled = _BAR * done // max(total, 1)
        bar = "#" * filled + "." * (_BAR - filled)
        sys.stderr.write(f"\r[{bar}] {done:,} of {total:,} spans")
    sys.stderr.flush()


def _http(scheme: str) -> Callable[[str], OtlpExporter]:
    def make(place: str) -> OtlpExporter:
        from otelhook.exporters.http_transport import HttpTransport
        from otelhook.exporters.otlp import OtlpExporter

        endpoint = f"{scheme}://{_address(place)}/v1/traces"
        return OtlpExporter(HttpTransport(endpoint), retry_seconds=_RETRY_SECONDS)

    return make


def _grpc(scheme: str) -> Callable[[str], OtlpExporter]:
    def make(place: str) -> OtlpExporter:
        from otelhook.exporters.grpc_transport import GrpcTransport
        from otelhook.exporters.otlp import OtlpExporter

        transport = GrpcTransport(endpoint=f"{scheme}://{_address(place)}")
        return OtlpExporter(transport, retry_seconds=_RETRY_SECONDS)

    return make


def _address(place: str) -> str:
    """Return ``HOST:PORT``, perhaps with a path.

    Raises:
        ConfigError: it is none, or holds a password, which a command line shows to others.
    """
    host = place.partition("/")[0]
    if not host or not place.isprintable() or " " in place or "?" in place:
        message = "--to names no address; write otlp+http://HOST:4318 or otlp+grpc://HOST:4317"
        raise ConfigError(message)
    if "@" in host:
        message = "--to: others can read a command line; set OTEL_EXPORTER_OTLP_HEADERS instead"
        raise ConfigError(message)
    return place.rstrip("/")


_RECEIVERS: Final = {
    "otlp+http": _http("http"),
    "otlp+https": _http("https"),
    "otlp+grpc": _grpc("http"),
    "otlp+grpcs": _grpc("https"),
}
