"""What holds for all tests."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

from otelhook.redaction.rules import compiled
from otelhook.settings import load

# No test fails for how long a machine takes: the first text that is drawn loads tables of Unicode,
# which takes a busy one seconds. Folders with a profile of their own begin with this one.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_report_header() -> str:
    """Say in which way redaction is tested."""
    if not compiled.is_there():
        return "redaction: Python's own way, since the compiled part is not installed"
    used = load({}).settings.compiled
    return f"redaction: {'the compiled part' if used else 'the own way of Python, as is set'}"


@pytest.fixture(scope="session", autouse=True)
def _signals_as_at_a_terminal() -> None:
    """Restore what a shell ignores in the background: ``make test &`` is the same test."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
