"""What changed on the wire from one release of glance to another: the pages of their comparison.

The oldest release that starts on this Python and the newest run beside each other, each in an
installation of its own; whatever else takes part is the same. The same commands are recorded with
both and compared, and each page shows what differs: as a table, in a diagram, side by side.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.errors import HarnessError
from deploy.openstack import site
from deploy.openstack.install import requirements
from deploy.openstack.installation import Installation
from deploy.openstack.scenarios import Run, Scenario, run_all, warm_up
from deploy.openstack.traces import Recorded
from otelhook.compare import Comparison, Finding, compare
from otelhook.compare.forms.html import render_html
from otelhook.compare.forms.markdown import render_markdown
from otelhook.compare.forms.words import headline, what
from otelhook.redaction import Redactor
from otelhook.render.markdown.escaping import code
from otelhook.render.shared.units import count
from otelhook.sequence import compose
from otelhook.sequence.document import Document

__all__ = ["OLDEST", "Compared", "compared", "overview", "release", "write"]

OLDEST = "glance-oldest"
"""The environment of the older release; it says in requirements/ which one that is."""

_SIDE_BY_SIDE = "side-by-side.html"

_HOME = """\
# glance {old} and {new}: what changed on the wire

The same commands with both releases, all else being the same. A is {old}, B is {new}; what differs
in any two runs (ids, tokens, times, ports) is left out, as `otelhook diff` leaves it out.

| command | differences | steps of A | steps of B |
|---------|-------------|------------|------------|
{rows}

## What changed

{changes}
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """A command with both releases."""

    scenario: Scenario
    comparison: Comparison


def release(environment: str) -> str:
    """Return which glance an environment has, as its list of packages says.

    Raises:
        HarnessError: the list names none.
    """
    text = requirements(environment).read_text(encoding="utf-8")
    pinned = re.search(r"(?m)^glance==(\S+)", text)
    if pinned is None:
        message = f"{requirements(environment)} names no release of glance"
        raise HarnessError(message)
    return pinned[1]


def compared(old: Installation, new: Installation) -> Sequence[Compared]:
    """Run all commands with both releases; return what differs in each."""
    documents = [_documents(installation) for installation in (old, new)]
    return [
        Compared(scenario, compare(before, documents[1][scenario][1]))
        for scenario, (_, before) in documents[0].items()
    ]


def _documents(installation: Installation) -> Mapping[Scenario, tuple[Run, Document]]:
    recorded = Recorded(installation)
    warm_up(installation, small=True)
    runs = list(run_all(installation, small=True))
    recorded.settled([run.trace_id for run in runs])
    return {
        run.scenario: (run, compose(recorded.spans(run.trace_id), redactor=Redactor()))
        for run in runs
    }


def write(listed: Sequence[Compared], folder: Path) -> None:
    """Write the pages and what MkDocs needs into a folder; it is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    docs = folder / "docs"
    docs.mkdir(parents=True)
    for one in listed:
        place = docs / one.scenario.page
        place.mkdir(parents=True)
        page = render_markdown(one.comparison).replace("What differs", one.scenario.title, 1)
        link = f"\n[Both runs side by side]({_SIDE_BY_SIDE})\n"
        (place / "index.md").write_text(page + link, encoding="utf-8")
        (place / _SIDE_BY_SIDE).write_text(render_html(one.comparison), encoding="utf-8")
    old, new = release(OLDEST), release("glance")
    (docs / "index.md").write_text(overview(listed, old, new), encoding="utf-8")
    settings = site.settings(docs, _navigation(listed), f"glance {old} and {new}")
    (folder / "mkdocs.yml").write_text(settings, encoding="utf-8")


def overview(listed: Sequence[Compared], old: str, new: str) -> str:
    """Return the first page: the commands, and each change once with the commands it is in."""
    rows = [
        f"| [{one.scenario.title}]({one.scenario.page}/index.md) "
        f"| {headline(one.comparison).rstrip('.')} "
        f"| {len(one.comparison.before.steps)} | {len(one.comparison.after.steps)} |"
        for one in listed
    ]
    changes = "\n".join(_changes(listed)) or "Nothing."
    return _HOME.format(old=old, new=new, rows="\n".join(rows), changes=changes)


def _changes(listed: Sequence[Compared]) -> Iterable[str]:
    """Yield a table of the changes, those that most commands have first."""
    having: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for one in listed:
        for finding in one.comparison.findings:
            link = f"[{one.scenario.page}]({one.scenario.page}/index.md)"
            having[_change(finding)].setdefault(one.scenario.page, link)
    if not having:
        return
    yield "| | what | where | commands |"
    yield "|---|---|---|---|"
    for (change, said, where), links in sorted(having.items(), key=lambda pair: -len(pair[1])):
        yield f"| {change} | {code(said)} | {code(where)} | {', '.join(links.values())} |"
    yield ""
    yield f"{count(len(having), 'change')} in all."


def _change(finding: Finding) -> tuple[str, str, str]:
    return finding.change.value, what(finding), finding.where


def _navigation(listed: Sequence[Compared]) -> str:
    lines = ["nav:", "  - What changed: index.md"]
    lines += [f"  - {one.scenario.title}: {one.scenario.page}/index.md" for one in listed]
    return "\n".join(lines) + "\n"
