"""From the store's first form, a row a span, into blocks.

Traces are copied one transaction after another, each with all of its spans. After an interruption
the next process continues, and several may do it at once: what is left to do is what is left of the
old rows. The old tables are dropped after the last trace.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.trace.v1 import trace_pb2

from otelhook import attributes as keys
from otelhook.errors import DamagedDataError
from otelhook.otlp import read_message
from otelhook.store.blocks.block import BlockBuilder
from otelhook.store.blocks.writing import write_block

__all__ = ["migrate_some"]

_logger = logging.getLogger(__name__)

_SPANS: Final = 2_000
"""Spans that are copied in one transaction, about."""

_BODIES: Final = tuple(keys.body_content(side) for side in ("request", "response"))

_OLDEST: Final = "SELECT trace_id, received FROM traces_1 ORDER BY received LIMIT ?"
_ROWS: Final = (
    "SELECT spans.content, resources.content, request.is_text, request.content,"
    " response.is_text, response.content FROM spans"
    " JOIN resources ON resources.id = spans.resource"
    " LEFT JOIN bodies AS request ON request.id = spans.request_body"
    " LEFT JOIN bodies AS response ON response.id = spans.response_body"
    " WHERE spans.trace_id = ? ORDER BY spans.id"
)


def migrate_some(connection: sqlite3.Connection) -> bool:
    """Copy some of the longest unwritten traces; say whether there were any.

    A span that cannot be read is left behind, and its trace is named in the log.

    Args:
        connection: within a transaction, without foreign keys.
    """
    messages: list[bytes] = []
    times: list[tuple[int, bytes]] = []
    for trace_id, received in connection.execute(_OLDEST, (_SPANS,)).fetchall():
        if len(messages) >= _SPANS:
            break
        messages += _messages(connection, trace_id)
        times.append((received, bytes.fromhex(trace_id)))
        connection.execute("DELETE FROM traces_1 WHERE trace_id = ?", (trace_id,))
    builder = BlockBuilder()
    for message in messages:
        builder.add(message)
    block = builder.finish()
    if block is not None:
        write_block(connection, block, 0, grouped=False)
    connection.executemany(
        "UPDATE traces SET received = max(received, ?) WHERE trace_id = ?", times
    )
    return bool(times)


def _messages(connection: sqlite3.Connection, trace_id: str) -> Iterator[bytes]:
    """Yield the spans of a trace, a message each."""
    for content, resource, *bodies in connection.execute(_ROWS, (trace_id,)):
        try:
            message = read_message(content)
            for resource_spans in message.resource_spans:
                resource_spans.resource.ParseFromString(resource)
                for scope_spans in resource_spans.scope_spans:
                    for span in scope_spans.spans:
                        _add_bodies(span, bodies)
        except (DamagedDataError, DecodeError) as error:
            _logger.warning("trace %s: a span of it cannot be read: %s", trace_id, error)
            continue
        yield message.SerializeToString()


def _add_bodies(span: trace_pb2.Span, bodies: Sequence[Any]) -> None:
    for key, is_text, content in zip(_BODIES, bodies[::2], bodies[1::2], strict=True):
        if content is None:
            continue
        value = span.attributes.add(key=key).value
        if is_text:
            value.string_value = content.decode()
        else:
            value.bytes_value = content
