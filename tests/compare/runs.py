"""Runs to compare: recorded ones, with what differs between any two, and some that are told."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.shop.recording import RECORDED as SHOP
from otelhook.sequence import compose
from otelhook.sequence.document import Document, Outcome
from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.compare import editing as e
from tests.compare.record import RECORDED
from tests.passes.conftest import Conversation

__all__ = ["Runs", "document_in", "poll", "together"]

_JOB = "9b1f7c52-0f7e-4a51-9a43-3c1d8a5be0b1"


def document_in(file: Path) -> Document:
    source = open_source(str(file), Settings())
    (trace_id,) = source.newest(1)
    return compose(source.trace(trace_id).spans)


@dataclass(frozen=True, slots=True)
class Runs:
    """Recorded runs; ``folder`` is for files that are made of them."""

    folder: Path

    def demo(self) -> Document:
        return document_in(RECORDED / "as-it-is.json.gz")

    def demo_again(self) -> Document:
        return document_in(RECORDED / "again.json.gz")

    def shop(self) -> Document:
        return document_in(SHOP / "good.jsonl")

    def shop_again(self) -> Document:
        """The same order with other ports, numbers and ids, as another run would have."""
        text = (SHOP / "good.jsonl").read_text(encoding="utf-8")
        for port in set(re.findall(r"127\.0\.0\.1:(\d{5})", text)):
            text = text.replace(port, str(int(port) - 1_357))
        text = text.replace('"kafka.message.key", "value": {"stringValue": "3"', "")
        file = self.folder / "good-again.jsonl"
        file.write_text(text, encoding="utf-8")
        return document_in(file)

    def between(self) -> tuple[Document, Document]:
        """The client asks the image service directly, then through a proxy."""
        after = self.demo_again()
        steps = e.pair(after, 5)
        inner = e.beneath(steps, 1)
        inner[0] = replace(inner[0], source="proxy")
        inner[-1] = replace(inner[-1], target="proxy")
        outer = e.called(steps[0], "demo-client", "proxy", "POST", "/images", 201)
        outer = [replace(step, exchange=2_000) for step in outer]
        listed = list(after.steps)
        whole = [*listed[:4], outer[0], *inner, outer[1], *listed[12:]]
        return self.demo(), e.numbered(after, whole)


def poll(times: int) -> Document:
    talk = Conversation()
    talk.ask("client", "jobs", "POST /jobs", 202, returned={"id": _JOB})
    for _ in range(times):
        talk.ask("client", "jobs", f"GET /jobs/{_JOB}", returned={"state": "running"})
    talk.ask("client", "jobs", f"GET /jobs/{_JOB}", returned={"state": "done"})
    return talk.document({_JOB: "job_id"})


def together(begun: str, ended: str = "", failing: str = "") -> Document:
    """Calls by one service at the same time: all begin before the first ends."""
    talk = Conversation()
    with talk.call("client", "front", "GET /"):
        requests = {name: talk.began("front", name, f"GET /{name}") for name in begun}
        for name in ended or begun:
            talk.ended(requests[name], 500 if name == failing else 200)
    document = talk.document()
    return replace(
        document,
        steps=tuple(
            replace(s, outcome=Outcome.ERROR if s.status_code == 500 else Outcome.OK)
            if s.status_code
            else s
            for s in document.steps
        ),
    )
