"""Whose code a signal interrupted."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from otelhook.capture.setup.interrupted import is_our_work

CALLS = "def act(further): return further[0](further[1:]) if further else frame()"


def frame_of(modules: list[str]) -> FrameType:
    """Return the frame of a function of the last module, which those before have called."""
    functions: list[Any] = []
    for name in modules:
        namespace = {"__name__": name, "frame": lambda: sys._getframe(1)}
        exec(CALLS, namespace)
        functions.append(namespace["act"])
    found = functions[0](functions[1:])
    assert isinstance(found, FrameType)
    return found


@pytest.mark.parametrize(
    ("modules", "is_ours"),
    [
        (["program", "otelhook.capture.server.exchange"], True),
        (["program", "opentelemetry.sdk.trace"], True),
        (["program", "opentelemetry.sdk.trace", "threading"], True),
        (["otelhook.exporters.tally", "logging", "logging.handlers", "weakref"], True),
        (["otelhook.capture.wsgi.application", "program"], False),
        (["otelhook.capture.wsgi.application", "program", "threading"], False),
        (["otelhook.capture.clients.http_client_hook", "http.client", "socket"], False),
        (["program", "otelhook_like"], False),
        (["program", "logging"], False),
    ],
)
def test_our_work_is_what_runs_in_our_code_or_in_what_it_calls_to_do_it(modules, is_ours):
    assert is_our_work(frame_of(modules)) is is_ours


def test_no_frame_is_nobodys_work():
    assert not is_our_work(None)
