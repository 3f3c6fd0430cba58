"""No password, token or key is in what we wrote; and yet it can be seen which token went where."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.harness.verdict import Verdict
from deploy.openstack.checks.plain_client import PlainClient
from deploy.openstack.installation import Installation

__all__ = ["no_secrets"]

_SEEN = 10
"""In how many texts at least something that is not a secret is found, if the search works."""

_FERNET = re.compile(rb"gAAAAA[A-Za-z0-9_-]{20,}")
"""A token of keystone's, whosever it is."""


def no_secrets(installation: Installation, pages: Path, page: str = "image/create") -> Verdict:
    """Search pages, store, spools and what our part of the services said.

    Searched is for the real values, for tokens by their form, and by ``otelhook scan``.

    Args:
        installation: whose secrets.
        pages: the folder of the site.
        page: one of its pages, whose command has more than one token.
    """
    client = PlainClient(installation)
    client.sign_in()
    client.ask("glance-api", "GET", "/v2/images").raise_for_status()
    secrets = dict(_secrets(installation))
    secrets["a token"] = client.token.encode()
    files = [file for file in _ours(installation, pages) if file.is_file()]
    texts = [(str(file), file.read_bytes()) for file in files]
    texts += [(f"a row of {table} in the store", cell) for table, cell in _cells(installation)]
    faults = [
        f"{name} is in {where}"
        for where, text in texts
        for name, value in secrets.items()
        if value in text
    ]
    faults += [f"a token is in {where}" for where, text in texts if _FERNET.search(text)]
    if sum(client.project.encode() in text for _, text in texts) < _SEEN:
        faults.append("the search does not even find the project's id, which is not a secret")
    scan = [sys.executable, "-m", "otelhook", "scan", str(pages / "docs" / "openstack")]
    done = subprocess.run(scan, capture_output=True, check=False, text=True)
    faults += done.stdout.splitlines()
    shown = (pages / "docs" / "openstack" / page / "body.md").read_text("utf-8")
    named = set(re.findall(r"‹token \d+›", shown))
    if len(named) < 2:  # noqa: PLR2004 - the user's and glance's own, at least
        faults.append(f"the page {page} does not tell tokens apart")
    size = sum(file.stat().st_size for file in files) / 1e6
    measured = (
        f"{len(secrets)} real values, and tokens by their form, in {len(files)} files of "
        f"{size:.0f} MB and in {len(texts) - len(files)} values of the store; the page "
        f"{page} names {len(named)} tokens"
    )
    return Verdict("no password, token or key is in what we wrote", measured, tuple(faults))


def _secrets(installation: Installation) -> Iterator[tuple[str, bytes]]:
    for name, value in installation.secrets.items():
        yield f"the password of {name}", value.encode()
    for file in (installation.folders.data / "keystone").glob("*-keys/*"):
        yield f"key {file.parent.name}/{file.name}", file.read_bytes().strip()


def _ours(installation: Installation, pages: Path) -> Iterator[Path]:
    yield from pages.rglob("*")
    yield from installation.folders.recorded.rglob("*")
    yield from installation.folders.logs.glob("*.out")


def _cells(installation: Installation) -> Iterator[tuple[str, bytes]]:
    """Yield all that the store holds, value by value: in the file a long one is in pieces."""
    store = installation.folders.recorded / "store.sqlite3"
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - our own tables
                for cell in row:
                    if isinstance(cell, str | bytes):
                        yield table, cell.encode() if isinstance(cell, str) else cell
