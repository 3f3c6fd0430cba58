from __future__ import annotations

import pytest

from otelhook.redaction import Redactor


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor.make().for_trace("0af7651916cd43dd8448eb211c80319c")
