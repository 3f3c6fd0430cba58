"""A test's document, and whether it fits the flow that is kept beside the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from otelhook.compare.flow.checking import check
from otelhook.compare.flow.common import NamedRun, common_flow
from otelhook.compare.flow.rules import parse_flow
from otelhook.compare.flow.writing import written
from otelhook.errors import OtelhookError
from otelhook.sequence.document import Document

__all__ = ["DocumentOfTest"]


class DocumentOfTest:
    """Gives the document of the test that runs, when it is called.

    Args:
        document: makes it, of what was recorded so far.
        root: the folder that flows' files are named from.
        update: whether they are written anew instead of being checked against.
    """

    def __init__(self, document: Callable[[], Document], root: Path, *, update: bool) -> None:
        self._document = document
        self._root = root
        self._update = update

    def __call__(self) -> Document:
        """Return the document of this test so far."""
        return self._document()

    def assert_flow(self, file: str | Path) -> None:
        """Fail the test, with the first step that does not fit, unless it fits the flow in a file.

        With ``--otelhook-update`` the file is written anew from this test; what was edited in it,
        ``[[must]]`` and ``[limits]`` too, is then gone.

        Args:
            file: named from the run's root folder.
        """
        __tracebackhide__ = True
        path = self._root / file
        if self._update:
            # While the test runs, the span that has its name is not there yet.
            document = replace(self._document(), title=path.stem)
            flow = common_flow([NamedRun("this test", document)])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written(flow), encoding="utf-8")
            return
        if not path.exists():
            pytest.fail(f"there is no flow {file}: write it with pytest --otelhook-update")
        try:
            rules = parse_flow(path.read_text(encoding="utf-8"), str(file))
        except (OtelhookError, UnicodeError) as error:
            pytest.fail(str(error))
        missteps = check(self._document(), rules)
        if missteps:
            lines = (f"step {m.step}, {m.where}: {m.why}" for m in missteps)
            pytest.fail("\n".join([f"the test does not fit {file}:", *lines]), pytrace=False)
