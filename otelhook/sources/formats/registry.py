"""The forms of JSON that tools write traces in: how each is told, and who reads it.

A new one is a module with a test of one object, a reader and an example, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from otelhook.otlp import Decoded, is_traces, read_traces_value
from otelhook.sources.formats import (
    clickhouse_rows,
    console_go,
    console_node,
    console_python,
    index_documents,
    jaeger_model,
    jaeger_v1,
    otlp_example,
    xray,
    zipkin_json,
    zipkin_v1,
)
from otelhook.sources.formats.shapes import Json

__all__ = ["FORMATS", "KINDS", "Format", "format_of"]

Recognise: TypeAlias = Callable[[Json], bool]
Read: TypeAlias = Callable[[Json], Decoded]


@dataclass(frozen=True, slots=True)
class Format:
    """One row."""

    kind: str
    """What a user writes before a file's name to say that it is this: ``zipkin``. Several forms
    of one tool have one kind."""
    title: str
    """For messages."""
    recognises: Recognise
    """Tells from one object, cheaply; the first row that says yes is asked to read it."""
    read: Read
    """Returns the object's spans; raises `DamagedDataError` if it is not of that shape."""
    example: str
    """A file of it, small and whole."""


FORMATS: Final = (
    Format("otlp", "OTLP JSON", is_traces, read_traces_value, otlp_example.EXAMPLE),
    Format(
        "jaeger",
        "Jaeger's JSON",
        jaeger_v1.is_jaeger,
        jaeger_v1.read_jaeger_v1,
        jaeger_v1.EXAMPLE,
    ),
    Format(
        "jaeger",
        "Jaeger's model as JSON",
        jaeger_model.is_jaeger_model,
        jaeger_model.read_jaeger_model,
        jaeger_model.EXAMPLE,
    ),
    Format(
        "console",
        "the console of Python's or PHP's SDK",
        console_python.is_python_console,
        console_python.read_python_console,
        console_python.EXAMPLE,
    ),
    Format(
        "console",
        "the console of Go's SDK",
        console_go.is_go_console,
        console_go.read_go_console,
        console_go.EXAMPLE,
    ),
    Format(
        "console",
        "the console of JavaScript's SDK",
        console_node.is_node_console,
        console_node.read_node_console,
        console_node.EXAMPLE,
    ),
    Format("xray", "AWS X-Ray's segments", xray.is_xray, xray.read_xray, xray.EXAMPLE),
    Format(
        "index",
        "a document of OpenSearch or Elasticsearch",
        index_documents.is_index_document,
        index_documents.read_index_document,
        index_documents.EXAMPLE,
    ),
    Format(
        "clickhouse",
        "rows of ClickHouse's otel_traces",
        clickhouse_rows.is_clickhouse,
        clickhouse_rows.read_clickhouse,
        clickhouse_rows.EXAMPLE,
    ),
    Format(
        "zipkin",
        "Zipkin's JSON v1",
        zipkin_v1.is_zipkin_v1,
        zipkin_v1.read_zipkin_v1,
        zipkin_v1.EXAMPLE,
    ),
    Format(
        "zipkin",
        "Zipkin's JSON",
        zipkin_json.is_zipkin,
        lambda value: zipkin_json.read_zipkin([value]),
        zipkin_json.EXAMPLE,
    ),
)

KINDS: Final = tuple(dict.fromkeys(row.kind for row in FORMATS))
"""Every kind once."""


def format_of(value: Json) -> Format | None:
    """Return the row that an object is of; None if no row knows it."""
    return next((row for row in FORMATS if row.recognises(value)), None)
