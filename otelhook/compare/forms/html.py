"""A comparison as one page: both runs side by side, under one scroll.

The page carries the same policy as a document's page (`otelhook.render.html.page`): its own script
and style sheet by their digests, and nothing from outside. What was captured is escaped here.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final

from otelhook.compare.findings import Comparison, Finding
from otelhook.compare.forms.words import headline, sentence
from otelhook.compare.merging import Row, State, merged
from otelhook.compare.signs import json_value
from otelhook.render.html.page import policy
from otelhook.render.shared.plain import one_line, shortened, without_controls
from otelhook.render.shared.units import count
from otelhook.render.shared.wording import arrow_line
from otelhook.sequence.document import Document, Step

__all__ = ["render_html"]

_LONGEST: Final = 20_000
"""Characters of a body that are shown."""


def render_html(comparison: Comparison) -> str:
    """Return the page; the key d leaves only what differs."""
    style, script = _style(), _part("otelhook.compare.forms", "diff.js")
    rows = merged(comparison)
    places = {id(f): n for n, row in reversed(list(enumerate(rows, 1))) for f in row.findings}
    title = "What differs"
    body = [
        f"<h1>{title}</h1>",
        *(_run(name, run) for name, run in (("A", comparison.before), ("B", comparison.after))),
        f"<p><b>{_text(headline(comparison))}</b></p>",
        *(f'<p class="quiet">{_text(remark)}</p>' for remark in comparison.remarks),
    ]
    listed = "\n".join(
        _finding(finding, places.get(id(finding))) for finding in comparison.findings
    )
    table = "\n".join(_row(number, row) for number, row in enumerate(rows, 1))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{html.escape(policy(style, script))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
{chr(10).join(body)}
</header>
<div class="bar"><button id="only" aria-pressed="false">Only differences (d)</button>
<span class="quiet">n and p: the next one, the one before</span></div>
<ul class="found">
{listed}
</ul>
<table class="runs">
<thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead>
<tbody>
{table}
</tbody>
</table>
</main>
<script type="module">{script}</script>
</body>
</html>
"""


def _run(name: str, document: Document) -> str:
    steps = count(len(document.steps), "step")
    return f'<p>{name}: <span class="captured">{_text(document.title)}</span>, {steps}</p>'


def _finding(finding: Finding, row: int | None) -> str:
    target = f' href="#r{row}"' if row else ""
    said = _text(sentence(finding))
    return f'<li class="{finding.change.value}"><a{target} class="captured">{said}</a></li>'


def _row(number: int, row: Row) -> str:
    more = "" if row.state is State.SAME else ' data-differs tabindex="-1"'
    cells = "".join(
        f"<td>{_cell(row, step, is_after=step is row.after)}</td>"
        for step in (row.before, row.after)
    )
    return f'<tr id="r{number}" class="{row.state.value}"{more}>{cells}</tr>'


def _cell(row: Row, step: Step | None, *, is_after: bool) -> str:
    if step is None:
        return ""
    parts = [
        f'<span class="number">{step.number}</span>',
        f'<span class="captured">{_text(arrow_line(step))}</span> ',
        f'<span class="ends captured">{_text(step.source)} → {_text(step.target)}</span>',
    ]
    for finding in row.findings:
        value = finding.after if is_after else finding.before
        if finding.place and value:
            shown = _text(shortened(one_line(value), 400))
            parts.append(
                f'<div class="values captured"><b>{_text(finding.place)}</b>: {shown}</div>'
            )
    if row.state is not State.SAME:
        parts += _content(step)
    return "".join(parts)


def _content(step: Step) -> Iterator[str]:
    lines = [f"{header.name}: {header.value}" for header in step.headers]
    if step.body is not None and isinstance(step.body.content, str) and step.body.content:
        lines += ["", _laid_out(step.body.content)]
    if lines:
        shown = "\n".join(map(without_controls, "\n".join(lines).split("\n")))
        yield "<details><summary>headers and body</summary>"
        yield f'<pre class="captured">{html.escape(shown)}</pre></details>'


def _laid_out(content: str) -> str:
    value = json_value(content)
    if value is None:
        return content[:_LONGEST]
    return json.dumps(json.loads(content), indent=2, ensure_ascii=False)[:_LONGEST]


def _text(text: str) -> str:
    return html.escape(one_line(text))


@cache
def _style() -> str:
    return _part("otelhook.render.html", "base.css") + _part("otelhook.compare.forms", "diff.css")


def _part(package: str, name: str) -> str:
    # A checkout with CRLF line ends must not change the digest: HTML parsers fold CRLF to LF.
    data = resources.files(package).joinpath(name).read_bytes()
    return data.decode().replace("\r\n", "\n")
