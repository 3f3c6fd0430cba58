"""``pytest --otelhook``: each test is a trace, and each failing one has its page.

Without the option nothing but this module is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from otelhook.testing.flows import DocumentOfTest

__all__ = ["otelhook_document", "pytest_addoption", "pytest_configure"]

_RECORDER = "otelhook-recorder"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("otelhook", "record the HTTP of each test with otelhook")
    group.addoption(
        "--otelhook", action="store_true", help="record each test; a failing one has a page"
    )
    group.addoption(
        "--otelhook-dir",
        metavar="DIR",
        default=None,
        help="folder of the pages (default: otelhook-pages)",
    )
    group.addoption(
        "--otelhook-pages",
        choices=("failed", "all"),
        default="failed",
        help="which tests have a page",
    )
    group.addoption(
        "--otelhook-update",
        action="store_true",
        help="write the files of otelhook_document.assert_flow() anew",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin to record, if that was asked for; a folder of pages asks for it as well."""
    wanted = ("--otelhook", "--otelhook-dir", "--otelhook-update")
    if any(map(config.getoption, wanted)):
        from otelhook.testing.recorder import TestRecorder  # noqa: PLC0415 - off without the option

        config.pluginmanager.register(TestRecorder(config), _RECORDER)


@pytest.fixture
def otelhook_document(request: pytest.FixtureRequest) -> DocumentOfTest:
    """Return what gives the document of this test so far, and holds it to a flow's file.

    A test that asks for it is skipped without --otelhook.
    """
    recorder = request.config.pluginmanager.get_plugin(_RECORDER)
    if recorder is None:
        pytest.skip("otelhook_document needs pytest --otelhook")
    from otelhook.testing.flows import DocumentOfTest  # noqa: PLC0415 - off without the option

    update = bool(request.config.getoption("--otelhook-update"))
    return DocumentOfTest(recorder.document, request.config.rootpath, update=update)
