"""Example pages: the demo, run for this; what was recorded of OpenStack and of the shop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import otelhook
from otelhook.render.json import from_json
from otelhook.render.markdown.diagrams import DiagramKind
from otelhook.render.markdown.page import render_markdown
from otelhook.sequence.transforms.filters import hide, parse_rules

__all__ = ["pages"]

_ROOT = Path(__file__).resolve().parent.parent.parent
_RECORDED = _ROOT / "tests"
_HARNESS = _ROOT / "deploy" / "openstack"

_DEMO = """# The demo

What `make demo` writes: a client creates an image and uploads its data; three services of a real
run. The same as [one interactive file](demo-page.html), with search, keyboard and a link to each
step.

"""
_OPENSTACK = """# OpenStack: create an image

`openstack image create`, as recorded of keystone and glance, unmodified, by `make openstack`. As
[one interactive file](openstack-page.html).

"""
_SHOP = """# An order in a shop

Services in Node, Go, Java and Python with stock OpenTelemetry instrumentation, over PostgreSQL,
Redis, RabbitMQ and Kafka, as recorded by `make shop`. As [one interactive
file](shop-page.html).

"""


def pages() -> dict[str, str]:
    """Return by path the pages, each as Markdown and as one interactive file."""
    with TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "otelhook", "demo", "--out", f"{folder}/demo"],
            check=True,
            capture_output=True,
        )
        demo = from_json(Path(folder, "demo", "document.json").read_text(encoding="utf-8"))
    openstack = otelhook.read_trace(str(_RECORDED / "openstack" / "recorded" / "image-create.json"))
    shop = otelhook.read_trace(str(_RECORDED / "shop" / "recorded" / "good.jsonl"))
    rules = parse_rules((_HARNESS / "book" / "hide.toml").read_text(encoding="utf-8"), "toml")
    documents = {
        "demo": (_DEMO, demo),
        "openstack": (_OPENSTACK, hide(otelhook.compose(openstack.spans), rules)),
        "shop": (_SHOP, otelhook.compose(shop.spans)),
    }
    found = {"examples/demo.svg": str(otelhook.render_document(demo, "svg"))}
    for name, (head, document) in documents.items():
        # As pictures: a reader without a network, or behind a strict policy, sees them too.
        page = render_markdown(document, diagram=DiagramKind.SVG)
        title, _, rest = page.partition("\n")
        found[f"examples/{name}.md"] = f"{head}{rest if title.startswith('# ') else page}"
        found[f"examples/{name}-page.html"] = str(otelhook.render_document(document, "html"))
    return found
