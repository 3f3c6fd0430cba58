from __future__ import annotations

import re
from typing import Any

import pytest

from otelhook.sequence import GroupKind, Options, assemble
from otelhook.sequence.assembly.groups import CallRule, GroupRule


def framed(recorder: Any, outer: str = "POST /v2/images", calls: Any = (), **options: Any) -> Any:
    """Record calls of ``image`` to ``identity`` while it serves ``outer``; return the frames."""
    with recorder.call("cli", "image", outer) as serving:
        for call in calls:
            what, target, sent = (
                (*call, None)[:3] if isinstance(call, tuple) else (call, "identity", None)
            )
            body = {"http.request.body.content": sent} if sent else {}
            with recorder.call("image", target, what, parent=serving, server=body):
                pass
    document = assemble(recorder.spans, **options)
    return [(group.first, group.last) for group in document.groups]


TOKENS = "POST /v3/auth/tokens"


@pytest.mark.parametrize(
    ("calls", "frames"),
    [
        ([TOKENS], [(2, 3)]),
        (["GET /", TOKENS], [(2, 5)]),
        (["GET /identity/v3/", "POST /identity/v3/auth/tokens"], [(2, 5)]),
        (["GET /", "GET /v3/auth/tokens"], []),
        (["GET /v2/images", TOKENS], [(4, 5)]),
        ([TOKENS, TOKENS], [(2, 3), (4, 5)]),
        (["GET /", "GET /", TOKENS], [(4, 7)]),
        ([("GET /", "other"), TOKENS], [(4, 5)]),
        (["GET /"], []),
        (["POST /oauth2/token"], [(2, 3)]),
        (["GET /.well-known/openid-configuration", "POST /connect/token"], [(2, 5)]),
        ([("POST /token", "identity", "grant_type=client_credentials")], [(2, 3)]),
        ([("POST /token", "identity", "grant_type=password&username=x")], []),
    ],
)
def test_a_token_that_a_service_gets_while_it_serves_is_framed(
    recorder: Any, calls: Any, frames: Any
) -> None:
    assert framed(recorder, calls=calls) == frames


@pytest.mark.parametrize("outer", ["POST /login", "POST /v1/auth/tokens", "GET /oauth/callback"])
def test_a_service_that_signs_its_caller_in_gets_no_token_of_its_own(
    recorder: Any, outer: str
) -> None:
    assert framed(recorder, outer, [TOKENS]) == []


def test_the_outermost_callers_sign_in_is_not_framed(recorder: Any) -> None:
    with recorder.call("cli", "identity", "GET /"):
        pass
    with recorder.call("cli", "identity", TOKENS):
        pass
    assert assemble(recorder.spans).groups == ()


def test_what_the_callee_does_for_it_is_within_the_frame(recorder: Any) -> None:
    with (
        recorder.call("cli", "image", "POST /v2/images") as serving,
        recorder.call("image", "identity", TOKENS, parent=serving) as identity,
        recorder.call("identity", "ldap", "GET /user", parent=identity),
    ):
        pass
    assert [(g.first, g.last) for g in assemble(recorder.spans).groups] == [(2, 5)]


def test_no_frame_is_drawn_where_other_calls_run_through_it(recorder: Any) -> None:
    with (
        recorder.call("cli", "image", "POST /v2/images") as serving,
        recorder.call("image", "identity", TOKENS, parent=serving),
        recorder.call("image", "store", "GET /x", parent=serving),
    ):
        pass
    assert assemble(recorder.spans).groups == ()


def test_a_rule_of_ones_own_takes_the_place_of_the_built_in_ones(recorder: Any) -> None:
    rule = GroupRule(
        GroupKind.LOOP,
        "{caller} asks {callee} {again}",
        (CallRule(frozenset({"GET"}), re.compile(r"/poll")),),
    )
    assert framed(recorder, calls=["GET /poll", TOKENS], options=Options(groups=(rule,))) == [
        (2, 3)
    ]
    group = assemble(recorder.spans, options=Options(groups=(rule,))).groups[0]
    assert group.title == "image asks identity {again}"
