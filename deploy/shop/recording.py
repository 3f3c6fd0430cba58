"""Writes traces of the shop for otelhook's own tests: ``make shop WHAT=record``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from deploy.harness.places import ROOT, cache
from deploy.shop.places import HERE, NAME
from otelhook.model import Span
from otelhook.otlp import traces_object

__all__ = ["RECORDED", "write_recorded"]

RECORDED = ROOT / "tests" / "shop" / "recorded"


def write_recorded(name: str, spans: Iterable[Span]) -> Path:
    """Write a trace as OTLP's JSON, a line for what each service sent, as it was sent.

    Where this machine keeps its files is nobody's business: exceptions name it in their stacks.
    """
    RECORDED.mkdir(parents=True, exist_ok=True)
    batches = traces_object(spans)["resourceSpans"]
    lines = [
        json.dumps({"resourceSpans": [batch]}, ensure_ascii=False, separators=(",", ":"))
        for batch in batches
    ]
    text = "".join(f"{line}\n" for line in lines)
    for place, called in ((cache(NAME), "/var/cache/shop"), (HERE, "/srv/shop")):
        text = text.replace(str(place), called)
    file = RECORDED / f"{name}.jsonl"
    file.write_text(text, encoding="utf-8")
    return file
