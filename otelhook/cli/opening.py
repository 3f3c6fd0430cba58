"""A trace's page in the user's browser."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

from otelhook.cli.complaints import complain
from otelhook.cli.files import as_bytes, write_file
from otelhook.errors import ConfigError
from otelhook.render import render
from otelhook.sequence.document import Document

__all__ = ["open_page"]

_SUFFIX = ".html"


def open_page(document: Document, form: str | None, target: str | None) -> None:
    """Write the interactive page and show it in a browser.

    Args:
        document: the trace.
        form: what ``--format`` says; only html is opened.
        target: the page's file; None makes a new folder that only this user can read, since the
            browser reads the page after the command has ended.

    Raises:
        ConfigError: another format was asked for, or a folder.
        StorageError: the page cannot be written.
    """
    if form not in (None, "html") or target == "-" or (target and Path(target).is_dir()):
        message = "--open shows the page of a trace: leave out --format, and name a file with -o"
        raise ConfigError(message)
    path = Path(target or Path(tempfile.mkdtemp(prefix="otelhook-page-"), "page.html"))
    if path.suffix.lower() != _SUFFIX:
        message = f"--open shows a page of HTML: name a file that ends in {_SUFFIX}, not {path}"
        raise ConfigError(message)
    write_file(path, as_bytes(render(document, "html")))
    print(path)
    if not webbrowser.open(path.absolute().as_uri()):
        complain("no browser was found here: open that file in one, or name one in BROWSER")
