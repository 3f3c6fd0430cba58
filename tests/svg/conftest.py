"""The documents that the page is tried on, for the pictures too."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from otelhook.sequence.document import Document, Step


@pytest.fixture(scope="session")
def documents() -> ModuleType:
    path = Path(__file__).parent.parent / "html" / "documents.py"
    spec = spec_from_file_location("documents", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def image_create(documents: ModuleType) -> Document:
    document: Document = documents.image_create()
    return document


@pytest.fixture(scope="session")
def many_steps(documents: ModuleType) -> Document:
    document: Document = documents.many_steps()
    return document


@pytest.fixture(scope="session")
def plain_step(documents: ModuleType) -> Callable[..., Step]:
    make: Callable[..., Step] = documents.plain_step
    return make
