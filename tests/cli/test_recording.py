from __future__ import annotations

import pytest

from otelhook.cli.launching.recording import service_name
from otelhook.cli.launching.root_span import Ended, begin


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python -m glance.cmd.api --debug", "glance.cmd.api"),
        ("/venv/bin/python3.12 -X dev -W error manage.py runserver", "manage"),
        ("python -c pass", "python"),
        ("python3 -u -B", "python3"),
        ("pypy3 tool.py", "tool"),
        ("/usr/local/bin/openstack image create", "openstack"),
        ("./client.sh", "client.sh"),
    ],
)
def test_a_service_is_named_after_what_runs(command: str, name: str) -> None:
    assert service_name(command.split()) == name


def test_a_trace_begins_with_new_ids() -> None:
    one, two = begin({}), begin({})
    assert one.trace_id != two.trace_id
    assert one.traceparent == f"00-{one.trace_id}-{one.span_id}-01"
    assert (len(one.trace_id), len(one.span_id), one.parent) == (32, 16, None)


def test_a_trace_that_the_environment_names_is_joined() -> None:
    root = begin({"TRACEPARENT": f"00-{'a' * 32}-{'b' * 16}-00"})
    assert (root.trace_id, root.parent) == ("a" * 32, "b" * 16)
    assert root.span_id != root.parent


@pytest.mark.parametrize(
    "given", ["", "nonsense", f"00-{'0' * 32}-{'b' * 16}-01", f"00-{'a' * 32}-{'0' * 16}-01"]
)
def test_a_traceparent_that_is_none_begins_a_trace(given: str) -> None:
    assert begin({"TRACEPARENT": given}).parent is None


@pytest.mark.parametrize(("returncode", "code"), [(0, 0), (3, 3), (-15, 143), (-9, 137)])
def test_exit_codes_are_as_a_shell_says_them(returncode: int, code: int) -> None:
    assert Ended(("x",), 0, 0, returncode).exit_code == code
