"""What a check of runs against a flow found: text, JSON, and what continuous integration reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from otelhook.compare.flow.checking import Misstep
from otelhook.compare.forms.ci import Result, junit, sarif, within_limit
from otelhook.compare.forms.mermaid import render_marked
from otelhook.render.markdown.escaping import code, inline
from otelhook.render.shared.terminal import printable
from otelhook.render.shared.units import count
from otelhook.sequence.document import Document

__all__ = ["CHECK_FORMS", "CheckedRun"]

Checked = Sequence["CheckedRun"]


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A run and what of it does not fit."""

    name: str
    """As it was named by the user."""
    document: Document
    missteps: tuple[Misstep, ...]


def _text(checked: Checked) -> str:
    lines: list[str] = []
    for run in checked:
        if not run.missteps:
            steps = count(len(run.document.steps), "step")
            lines.append(f"fits      {printable(run.name)} ({steps})")
            continue
        lines.append(f"does not  {printable(run.name)}")
        for misstep in run.missteps:
            step = f"step {misstep.step}, " if misstep.step else ""
            lines.append(f"  {step}{printable(misstep.where)}: {printable(misstep.why)}")
    return "\n".join(lines) + "\n"


def _json(checked: Checked) -> str:
    plain = {
        "schema": "otelhook/check",
        "version": 1,
        "runs": [
            {
                "name": run.name,
                "fits": not run.missteps,
                "missteps": [
                    {"rule": m.rule, "step": m.step, "where": m.where, "why": m.why}
                    for m in run.missteps
                ],
            }
            for run in checked
        ],
    }
    return json.dumps(plain, indent=2) + "\n"


def _results(checked: Checked) -> Iterator[Result]:
    for run in checked:
        if not run.missteps:
            yield Result("flow", run.name, "", run.name)
        for misstep in run.missteps:
            step = f"step {misstep.step}, " if misstep.step else ""
            name = f"{run.name}: {step}{misstep.where}"
            yield Result(misstep.rule, name, misstep.why, run.name)


def _junit(checked: Checked) -> str:
    return junit(list(_results(checked)), "otelhook check")


def _sarif(checked: Checked) -> str:
    return sarif(list(_results(checked)))


def _summary(checked: Checked) -> str:
    """Return Markdown with the diagram of the first run that does not fit, if there is room."""
    misfits = [run for run in checked if run.missteps]
    fitting = len(checked) - len(misfits)
    lines = ["# Flow", "", f"{fitting} of {count(len(checked), 'run')} fit the flow.", ""]
    if misfits:
        lines += ["| Run | Step | What | Where |", "|---|---|---|---|"]
    for run in misfits:
        for m in run.missteps:
            lines.append(f"| {code(run.name)} | {m.step or ''} | {code(m.why)} | {code(m.where)} |")
    short = "\n".join(lines) + "\n"
    if not misfits:
        return within_limit(short, short)
    said: dict[int, str] = {}
    for m in misfits[0].missteps:
        said[m.step] = "; ".join(filter(None, (said.get(m.step, ""), m.why)))
    lines += [
        "",
        f"The run {inline(misfits[0].name)}:",
        "",
        "```mermaid",
        render_marked(misfits[0].document, said).rstrip("\n"),
        "```",
    ]
    return within_limit("\n".join(lines) + "\n", short)


CHECK_FORMS: Mapping[str, Callable[[Checked], str]] = MappingProxyType(
    {"text": _text, "json": _json, "summary": _summary, "junit": _junit, "sarif": _sarif}
)
"""Each takes runs that were checked and returns text."""
