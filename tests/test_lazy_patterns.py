"""A pattern that is compiled late is the one that was written."""

from __future__ import annotations

import gc
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import otelhook.redaction
import otelhook.sequence
from otelhook.lazy_patterns import _Lazy, lazy


@given(st.sampled_from(["a+", "(?P<x>b)|a", "^c", ""]), st.text("abc\n", max_size=9))
def test_it_finds_what_a_compiled_one_finds(pattern: str, text: str) -> None:
    late, early = lazy(pattern, re.MULTILINE), re.compile(pattern, re.MULTILINE)
    assert [one.span() for one in late.finditer(text)] == [o.span() for o in early.finditer(text)]
    assert late.sub("-", text) == early.sub("-", text)
    assert late.split(text) == early.split(text)
    assert (late.search(text) is None) == (early.search(text) is None)
    assert (late.pattern, late.flags) == (early.pattern, early.flags)


def test_what_a_pattern_does_not_have_is_an_attribute_error() -> None:
    late: Any = lazy("a")
    with pytest.raises(AttributeError, match="nothing"):
        _ = late.nothing


def test_each_of_ours_can_be_compiled() -> None:
    for package in (otelhook.redaction, otelhook.sequence):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    ours = [one for one in gc.get_objects() if isinstance(one, _Lazy)]
    assert len(ours) > 150
    for one in ours:
        assert one.search("") is None or one.pattern is not None


def test_a_service_has_compiled_all_before_its_first_request() -> None:
    probe = (
        "import otelhook; from otelhook.lazy_patterns import _made;"
        "from opentelemetry.sdk.trace import TracerProvider;"
        "provider = TracerProvider(shutdown_on_exit=False);"
        "otelhook.Middleware(print, service='a', tracer_provider=provider);"
        "print(len(_made), sum('search' in vars(one) for one in _made))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True
    )
    made, compiled = map(int, done.stdout.split())
    assert made == compiled > 100
