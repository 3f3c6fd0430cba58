"""Thirty deliberate changes, three of each of ten kinds, with what must be found of each.

Chosen and written down before there was any code to find them. A row changes one of two runs that
differ in all that two runs differ in anyway (ids, tokens, times, ports); what is listed must be
found, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from otelhook.sequence.document import Body, Document, Mark, Outcome, StepKind
from tests.compare import editing as e
from tests.compare.runs import Runs, poll, together

__all__ = ["CHANGES", "Change"]

Expected = tuple[str, str, str]
"""Kind, change, and what must stand in the words of where it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row: which documents are compared, and what must be found."""

    kind: str
    name: str
    make: Callable[[Runs], tuple[Document, Document]]
    expected: tuple[Expected, ...]
    remarks: str = ""
    """What must be said beside the findings."""


def _second(change: Callable[[Document], Document]) -> Callable[[Runs], tuple[Document, Document]]:
    return lambda runs: (runs.demo(), change(runs.demo_again()))


def _first(change: Callable[[Document], Document]) -> Callable[[Runs], tuple[Document, Document]]:
    return lambda runs: (change(runs.demo()), runs.demo_again())


def _shop(change: Callable[[Document], Document]) -> Callable[[Runs], tuple[Document, Document]]:
    return lambda runs: (runs.shop(), change(runs.shop_again()))


def _statement(number: int, old: str, new: str) -> Callable[[Document], Document]:
    def change(document: Document) -> Document:
        body = e.at(document, number).body
        assert body is not None
        assert isinstance(body.content, str)
        assert old in body.content
        return e.edited(
            document, number, body=replace(body, content=body.content.replace(old, new))
        )

    return change


def _list_added(d: Document) -> Document:
    like = e.at(d, 13)
    return e.added(d, 22, e.called(like, "demo-client", "image", "GET", "/v2/images", 200))


def _audit_added(d: Document) -> Document:
    like = e.at(d, 16)
    return e.added(d, 19, e.called(like, "image", "audit", "POST", "/log", 202))


def _pair_added(d: Document) -> Document:
    like = e.at(d, 5)
    new = e.called(like, "demo-client", "image", "GET", "/v2/schemas/image", 200)
    return e.added(d, 4, [*new, *e.called(like, "demo-client", "image", "GET", "/v2/tags", 200)])


def _failed(d: Document) -> Document:
    body = Body('{"error": "disk full"}', 22, content_type="application/json")
    return e.edited(
        d, 21, status_code=507, reason="Insufficient Storage", outcome=Outcome.ERROR, body=body
    )


def _unanswered(d: Document) -> Document:
    return e.edited(
        d,
        11,
        kind=StepKind.FAILURE,
        status_code=None,
        reason="",
        error="timeout",
        outcome=Outcome.UNANSWERED,
        headers=(),
        body=None,
    )


def _renamed(old: str, new: str) -> Callable[[Any], Any]:
    return lambda record: {new if key == old else key: value for key, value in record.items()}


def _set(**values: Any) -> Callable[[Any], Any]:
    return lambda record: {**record, **values}


def _item_first(token: Any) -> None:
    token["token"]["roles"].insert(0, {"id": "0" * 31 + "1", "name": "reader"})


def _retried(d: Document) -> Document:
    request, answer = e.pair(d, 10)
    late = replace(
        answer, status_code=503, reason="Service Unavailable", outcome=Outcome.ERROR, headers=()
    )
    d = e.added(d, 9, [request, late])
    return e.edited(d, 12, marks=(Mark.RETRY,))


def _pseudonyms(d: Document) -> Document:
    steps = json.dumps([[h.value for h in s.headers] for s in d.steps])
    assert "‹token:" in json.loads(steps)[2 + 1][3]
    return d


def _not_redacted_field(content: Any) -> None:
    del content["auth"]["identity"]["password"]["user"]["password"]


CHANGES: tuple[Change, ...] = (
    # 1. steps that are new
    Change(
        "added",
        "the client lists images",
        _second(_list_added),
        (("steps", "added", "GET /v2/images"),),
    ),
    Change(
        "added",
        "a service that was not there is told",
        _second(_audit_added),
        (("steps", "added", "POST /log"),),
    ),
    Change(
        "added",
        "two calls one after the other",
        _second(_pair_added),
        (("steps", "added", "GET /v2/schemas/image"),),
    ),
    # 2. steps that are gone
    Change(
        "removed",
        "the client asks for no versions",
        _second(lambda d: e.removed(d, 1)),
        (("steps", "removed", "GET /identity/"),),
    ),
    Change(
        "removed",
        "the opt frame: the token was cached",
        _second(lambda d: e.removed(d, 6, 8)),
        (("steps", "removed", "GET /identity/"),),
    ),
    Change(
        "removed",
        "a call with another within it",
        _second(lambda d: e.removed(d, 16)),
        (("steps", "removed", "HEAD"),),
    ),
    # 3. steps elsewhere
    Change(
        "moved",
        "two calls in the other order",
        _second(lambda d: e.moved(d, 14, 21)),
        (("steps", "moved", "POST /identity/v3/auth/tokens"),),
    ),
    Change(
        "moved",
        "a call into another one",
        _second(lambda d: e.moved(d, 8, 13)),
        (("steps", "moved", "POST /identity/v3/auth/tokens"),),
    ),
    Change(
        "moved",
        "a service in between",
        lambda runs: runs.between(),
        (("steps", "added", "proxy"), ("steps", "moved", "POST /v2/images")),
    ),
    # 4. what came of it
    Change(
        "status",
        "202 for 201",
        _second(lambda d: e.answered(d, 12, 202, "Accepted")),
        (("status", "changed", "POST /v2/images"),),
    ),
    Change(
        "status", "an error with its own body", _second(_failed), (("status", "changed", "PUT"),)
    ),
    Change(
        "status",
        "no answer",
        _second(_unanswered),
        (("status", "changed", "GET /identity/v3/auth/tokens"),),
    ),
    # 5. headers
    Change(
        "headers",
        "one dropped from an answer",
        _second(lambda d: e.header_dropped(d, 12, "location")),
        (("headers", "removed", "header.location"),),
    ),
    Change(
        "headers",
        "one more in a request",
        _second(lambda d: e.header_added(d, 16, "x-newest", "true")),
        (("headers", "added", "header.x-newest"),),
    ),
    Change(
        "headers",
        "another value",
        _second(
            lambda d: replace(
                d,
                steps=tuple(
                    replace(
                        s,
                        headers=tuple(
                            replace(h, value="image/2.0")
                            if h.name == "user-agent" and s.source == "image"
                            else h
                            for h in s.headers
                        ),
                    )
                    for s in d.steps
                ),
            )
        ),
        (("headers", "changed", "header.user-agent"),),
    ),
    # 6. bodies
    Change(
        "body",
        "a field has another name",
        _second(lambda d: e.body_edited(d, 12, _renamed("min_ram", "ram_min"))),
        (("body", "renamed", "body.min_ram"),),
    ),
    Change(
        "body",
        "a field has another value",
        _second(lambda d: e.body_edited(d, 12, _set(status="active"))),
        (("body", "changed", "body.status"),),
    ),
    Change(
        "body",
        "one more item, first of its list",
        _second(lambda d: e.body_edited(d, 4, _item_first)),
        (("body", "added", "body.token.roles"),),
    ),
    # 7. statements
    Change(
        "statement",
        "one more column",
        _shop(
            _statement(
                11, "(article, cents) VALUES (?, ?)", "(article, cents, currency) VALUES (?, ?, ?)"
            )
        ),
        (("statement", "changed", "INSERT orders"),),
    ),
    Change(
        "statement",
        "it returns nothing",
        _shop(_statement(11, " RETURNING id", "")),
        (("statement", "changed", "INSERT orders"),),
    ),
    Change(
        "statement",
        "another key in the cache",
        _shop(_statement(3, "stock:lamp", "stocks:lamp")),
        (("statement", "changed", "GET"),),
    ),
    # 8. retries and loops
    Change(
        "repeats",
        "one retry",
        _second(_retried),
        (("repeats", "changed", "GET /identity/v3/auth/tokens"),),
    ),
    Change(
        "repeats",
        "a retry less",
        _first(_retried),
        (("repeats", "changed", "GET /identity/v3/auth/tokens"),),
    ),
    Change(
        "repeats",
        "five polls for three",
        lambda _: (poll(3), poll(5)),
        (("repeats", "changed", "GET /jobs/{"),),
    ),
    # 9. reordering under concurrency
    Change(
        "concurrent", "begun in the other order", lambda _: (together("abc"), together("cab")), ()
    ),
    Change(
        "concurrent",
        "ended in the other order",
        lambda _: (together("abc", "abc"), together("abc", "cba")),
        (),
    ),
    Change(
        "concurrent",
        "in another order, and one fails",
        lambda _: (together("abc"), together("bca", failing="b")),
        (("status", "changed", "GET /b"),),
    ),
    # 10. what redaction left
    Change("redacted", "all tokens have other pseudonyms", _second(_pseudonyms), (), "secrets"),
    Change(
        "redacted",
        "a password is not sent",
        _second(lambda d: e.body_edited(d, 3, _not_redacted_field)),
        (("body", "removed", "body.auth.identity.password.user.password"),),
    ),
    Change(
        "redacted",
        "a token where none was",
        _second(lambda d: e.header_added(d, 1, "x-auth-token", "‹token:00000000000000aa›")),
        (("headers", "added", "header.x-auth-token"),),
    ),
)
