"""The site: a page for each command, written by ``otelhook render``, built by MkDocs Material."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.harness.errors import HarnessError
from deploy.harness.places import ROOT
from deploy.openstack.installation import Installation
from deploy.openstack.places import HERE
from deploy.openstack.report import Row
from deploy.openstack.scenarios import Run

__all__ = ["build", "settings", "write"]

_BOOK = HERE / "book"
_ALL = "everything"
"""The page beside a command's page that leaves nothing out."""

_HOME = """\
# OpenStack, command by command

What each command asks of which service: drawn by `otelhook` from traces of one run of keystone,
glance, swift and placement as they come from PyPI. Nothing here is written by hand but the notes;
secrets are hidden before they leave a process, and a token keeps its name, so that you can see
where it goes.

| command | steps | services | left out there, shown here |
|---------|-------|----------|----------------------------|
{rows}
"""


def write(installation: Installation, rows: Sequence[Row], folder: Path) -> None:
    """Write the pages of all commands, and what MkDocs needs, into a folder; it is made anew.

    Raises:
        HarnessError: a page cannot be rendered.
    """
    shutil.rmtree(folder, ignore_errors=True)
    docs = folder / "docs"
    docs.mkdir(parents=True)
    listed: list[str] = []
    for row in rows:
        page = f"openstack/{row.run.scenario.page}"
        _render(installation, row.run, docs, page, hide=True)
        more = ""
        if row.hidden:
            _render(installation, row.run, docs, f"{page}/{_ALL}", hide=False)
            index = docs / page / "index.md"
            link = f"[The page with all of it]({_ALL}/index.md) leaves nothing out.\n"
            index.write_text(f"{index.read_text(encoding='utf-8')}\n{link}", encoding="utf-8")
            more = f"[{row.hidden} calls]({page}/{_ALL}/index.md)"
        command = f"[{row.run.scenario.title}]({page}/index.md)"
        listed.append(f"| {command} | {row.steps} | {row.services} | {more} |")
    (docs / "index.md").write_text(_HOME.format(rows="\n".join(listed)), encoding="utf-8")
    (folder / "mkdocs.yml").write_text(settings(docs, _navigation(rows)), encoding="utf-8")


def settings(docs: Path, navigation: str, name: str = "") -> str:
    """Return MkDocs' settings for the pages in a folder, to which what they need is added.

    Args:
        docs: the folder.
        navigation: its settings for that, as text.
        name: of the site, if it is not the book.
    """
    shutil.copy(_BOOK / "reference.css", docs)
    given = (_BOOK / "mkdocs.yml").read_text(encoding="utf-8")
    if name:
        given = re.sub(r"(?m)^site_name:.*", f'site_name: "{name}"', given)
    return given + _own_mermaid(docs) + navigation


def _own_mermaid(docs: Path) -> str:
    """Let the site bring mermaid along, if `make browser` has fetched it; else Material asks for it
    at unpkg.com when a page is read.
    """
    fetched = sorted((ROOT / ".cache" / "mermaid").glob("mermaid-11.*.min.js"))
    if not fetched:
        return ""
    shutil.copy(fetched[-1], docs / "mermaid.min.js")
    return "extra_javascript:\n  - mermaid.min.js\n"


def _render(installation: Installation, run: Run, docs: Path, page: str, *, hide: bool) -> None:
    given = ["--notes", str(_BOOK / "api-references.toml"), "--notes", str(_BOOK / "notes.toml")]
    if hide:
        given += ["--hide", str(_BOOK / "hide.toml")]
    place = ["--format", "mkdocs", "--prefix", page, "-o", f"{docs / page}/"]
    title = run.scenario.title + ("" if hide else ", with nothing left out")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "otelhook", "render", run.trace_id, *place, *given),
            *("--title", title, "--data-dir", str(installation.folders.recorded)),
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        message = f"otelhook render {run.trace_id} failed: {done.stderr}"
        raise HarnessError(message)


def _navigation(rows: Sequence[Row]) -> str:
    """Return MkDocs' navigation: the commands by their first word, then those with more to show."""
    lines = ["nav:", "  - Overview: index.md"]
    for section in dict.fromkeys(row.run.scenario.page.split("/")[0] for row in rows):
        lines.append(f"  - openstack {section}:")
        lines += [
            f"      - {_short(row)}: openstack/{row.run.scenario.page}/index.md"
            for row in rows
            if row.run.scenario.page.startswith(f"{section}/")
        ]
    if any(row.hidden for row in rows):
        lines.append("  - With nothing left out:")
    lines += [
        f"      - {_short(row)}, all of it: openstack/{row.run.scenario.page}/{_ALL}/index.md"
        for row in rows
        if row.hidden
    ]
    return "\n".join(lines) + "\n"


def _short(row: Row) -> str:
    return row.run.scenario.title.removeprefix("openstack ")


def build(folder: Path) -> Path:
    """Build the site; return its folder.

    Raises:
        HarnessError: MkDocs complains.
    """
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        message = f"mkdocs build failed:\n{(done.stdout + done.stderr)[-3000:]}"
        raise HarnessError(message)
    return folder / "site"
