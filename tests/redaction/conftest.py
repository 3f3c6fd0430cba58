from __future__ import annotations

from collections.abc import Iterator

import pytest

from otelhook.redaction import Redactor
from otelhook.redaction.rules import compiled, prefilter
from otelhook.settings import load


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor.make().for_trace("0af7651916cd43dd8448eb211c80319c")


@pytest.fixture(autouse=True)
def _as_the_setting_says() -> Iterator[None]:
    """``OTELHOOK_COMPILED=off`` runs these tests in Python's own way (`make uncompiled`)."""
    wanted = load({}).settings.compiled
    compiled.use_compiled(on=wanted)
    yield
    compiled.use_compiled(on=wanted)
    prefilter._short.cache_clear()
