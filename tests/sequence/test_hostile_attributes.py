"""Attributes of any name that is read, with values of any type: a document comes of it, always."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from otelhook import attributes as attribute_names
from otelhook import sequence
from otelhook.attributes import Direction
from otelhook.model import (
    Event,
    Link,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.render import FORMATS, render
from otelhook.sequence import compose
from otelhook.sequence.spans.attribute_aliases import (
    body_keys,
    header_map_keys,
    header_prefixes,
    size_keys,
)
from otelhook.sequence.spans.fragments import joined

HOSTILE = [
    "",
    "\x00\x1b[31m\u202e\u2028\ud7ff",
    "<script>alert(1)</script>",
    '"); participant Z\nA->>B: x %% end',
    "```\n# h\n| a | b |\n",
    "200",
    "14",
    "-1",
    "9" * 40,
    "GET",
    "http://[::1:8080/x?y#z",
    "postgresql://u:p@h:99999/d",
    '["a"]',
    '{"a": [1, {"b": null}]}',
    "[" * 2000,
    "SELECT * FROM a WHERE b = 'c",
    "SELECT FROM FROM /* -- ((",
    "/x/{y}?Action=&Version=",
    "outbound|9080||",
    "process",
    "chat",
    "execute_tool",
]


FOLDER = Path(sequence.__file__).parent
NAME = re.compile(r"[\w.\[\]-]{2,60}")


def read_keys() -> list[str]:
    """Return all words in the code that reads spans: attribute names are among them."""
    found: set[str] = set()
    for part in ("protocols", "spans"):
        for module in (FOLDER / part).glob("*.py"):
            nodes = ast.walk(ast.parse(module.read_text()))
            found |= {
                node.value
                for node in nodes
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    words = {word for word in found if NAME.fullmatch(word)}
    endings = ("x", "0", "0.content", "password")
    words |= {word + ending for word in words if word.endswith(".") for ending in endings}
    sides: tuple[Direction, ...] = ("request", "response")
    for side in sides:
        words |= {*body_keys(side), *size_keys(side), *header_map_keys(side)}
        words |= {prefix + "x" for prefix in header_prefixes(side)}
    own = (value for name, value in vars(attribute_names).items() if name.isupper())
    return sorted(words | {value for value in own if isinstance(value, str)})


KEYS = read_keys()

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([200, 0, -1, 14, 404, 2**63, 10**30]),
    st.floats(),
    st.sampled_from(HOSTILE),
    st.text(max_size=6),
    st.binary(max_size=6),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(HOSTILE) | st.text(max_size=3), inner, max_size=2),
    ),
    max_leaves=5,
)
attributes = st.dictionaries(st.sampled_from(KEYS), values, max_size=8)
ids = st.integers(1, 6).map(lambda number: SpanId(f"{number:016x}"))
traces = st.sampled_from([TraceId("1" * 32), TraceId("2" * 32)])
times = st.integers(1, 30)  # a record without a start is a piece of another
made = st.builds(
    Span,
    trace_id=traces,
    span_id=ids,
    parent_span_id=st.none() | ids,
    name=st.sampled_from([*HOSTILE, "publish orders", "orders process", "a.B/C", "SELECT shop"]),
    kind=st.sampled_from(SpanKind),
    start_time=times,
    end_time=times,
    attributes=attributes,
    resource=st.sampled_from([Resource({"service.name": name}) for name in ("a", "b", HOSTILE[3])]),
    status=st.builds(Status, st.sampled_from(StatusCode), st.sampled_from(HOSTILE)),
    events=st.lists(
        st.builds(Event, times, st.sampled_from(["exception", *HOSTILE]), attributes), max_size=1
    ).map(tuple),
    links=st.lists(st.builds(Link, traces, ids), max_size=2).map(tuple),
)


def test_the_names_are_those_that_are_read() -> None:
    assert {"db.statement", "rpc.system", "http.url", "gen_ai.prompt", "kafka.topic"} <= set(KEYS)
    assert len(KEYS) > 300


@settings(max_examples=100, deadline=None)
@given(spans=st.lists(made, max_size=8))
def test_whatever_a_span_says_a_document_comes_of_it_and_counts_every_span(spans: Any) -> None:
    document = compose(spans)
    counts = document.counts
    assert counts.drawn + counts.internal + counts.details == document.span_count
    whole = {span.identity for span in joined(spans)}  # some say that they are pieces of others
    assert document.span_count == len(whole)
    named = {span_id for step in document.steps for span_id in step.span_ids}
    # Zipkin's two ends of a call share an id, as do a message's consumers: one name, two spans
    assert counts.drawn <= len({span.identity for span in spans if span.span_id in named})


@settings(max_examples=25, deadline=None)
@given(spans=st.lists(made, max_size=4))
def test_whatever_a_span_says_every_format_renders_it(spans: Any) -> None:
    document = compose(spans)
    for name in FORMATS:
        if name == "png":
            continue
        rendered = render(document, name)
        text = rendered if isinstance(rendered, str) else rendered.decode()
        if name == "markdown":
            text = outside_code(text)
        assert "<script>alert(1)" not in text or name not in ("svg", "html", "markdown")
        if name in ("json", "json-v1", "har"):
            json.loads(text, parse_constant=_refused)


def outside_code(markdown: str) -> str:
    """Return what a CommonMark reader takes for prose and HTML: in a code block a tag is text."""
    tokens = MarkdownIt().parse(markdown)
    return "\n".join(t.content for t in tokens if t.type not in ("code_block", "fence"))


def _refused(constant: str) -> None:
    """Python writes ``NaN``; JSON has no such word (RFC 8259, 6)."""
    raise AssertionError(constant)
