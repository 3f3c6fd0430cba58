"""A folder of diagrams in one format."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from otelhook.model import SpanId


def _calls(exchange: Any, count: int) -> list[Any]:
    return [
        replace(
            span,
            span_id=SpanId(f"{number:08x}{span.span_id[8:]}"),
            parent_span_id=span.parent_span_id and SpanId(f"{number:08x}{span.parent_span_id[8:]}"),
            start_time=span.start_time + number * 10**9,
            end_time=span.end_time + number * 10**9,
        )
        for number in range(1, count + 1)
        for span in exchange(7, path=f"/{number}")
    ]


def test_a_short_trace_is_one_file(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    for form, suffix in (("mermaid", "mmd"), ("svg", "svg"), ("png", "png")):
        done = otelhook("render", "--format", form, "-o", f"{form}/")
        assert done.out.split() == [f"{form}/diagram.{suffix}"]
        assert (otelhook.home / form / f"diagram.{suffix}").stat().st_size > 100


@pytest.mark.parametrize("form", ["mermaid", "svg"])
def test_a_long_trace_is_a_file_for_each_part_with_every_step_once(
    otelhook: Any, stored: Any, exchange: Any, form: str
) -> None:
    stored(_calls(exchange, 120))
    done = otelhook("render", "--format", form, "-o", "parts/")
    assert done.code == 0, done.err
    files = [otelhook.home / name for name in done.out.split()]
    assert len(files) > 1
    assert files == sorted(files)
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for number in range(1, 121):
        request = f"GET /{number}"
        assert text.count(f"{request}\n") + text.count(f"{request}<") >= 1, request
    if form == "svg":
        for file in files:
            ET.fromstring(file.read_text(encoding="utf-8"))
    else:
        assert all(file.read_text().startswith("sequenceDiagram\n") for file in files)
