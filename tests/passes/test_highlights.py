from __future__ import annotations

import re
from dataclasses import replace

import pytest

from otelhook.sequence.annotations.highlights import HighlightRule, find_highlights
from otelhook.sequence.document import Command, Highlight, StepKind
from otelhook.sequence.values.flows import find_flows


def lit(document, step):
    return [(h.place, h.why) for h in find_highlights(document).highlights if h.step == step]


def test_both_ends_of_every_flow_are_highlighted(parcels):
    document = find_flows(parcels)
    lights = find_highlights(document).highlights
    for flow in document.flows:
        if flow.source_step:
            assert Highlight(flow.source_step, flow.source_place, "used later") in lights
            assert Highlight(flow.step, flow.place, f"from ({flow.source_step})") in lights
        else:
            assert Highlight(flow.step, flow.place, "issued before the trace") in lights


def test_highlights_stand_in_the_order_of_steps_and_each_once(parcels):
    lights = find_highlights(find_flows(parcels)).highlights
    assert [h.step for h in lights] == sorted(h.step for h in lights)
    assert len(set(lights)) == len(lights)


def test_sign_in_fields_are_highlighted(talk):
    user = {"name": "admin", "password": "‹redacted›", "domain": {"id": "default"}}
    project = {"name": "demo", "domain": {"id": "default"}}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
    talk.ask(
        "a", "b", "POST /v3/auth/tokens", sent={"auth": {**auth, "scope": {"project": project}}}
    )
    assert lit(talk.document(), 1) == [
        ("body.auth.identity.methods.0", "how it signs in"),
        ("body.auth.identity.password.user.name", "who signs in"),
        ("body.auth.identity.password.user.password", "password"),
        ("body.auth.scope.project.name", "what it signs in to"),
    ]


def test_forms_of_oauth_and_logins_are_signed_in_with_too(talk):
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = "grant_type=password&username=alice&password=‹redacted›&scope=x"
    talk.ask("a", "b", "POST /oauth/token", headers=form, sent=body)
    talk.ask("a", "b", "POST /api/login", sent={"email": "a@b.test", "password": "‹redacted›"})
    talk.ask("a", "b", "POST /api/orders", sent={"email": "a@b.test", "user": "alice"})
    document = talk.document()
    assert [place for place, _ in lit(document, 1)] == [
        *("body.grant_type", "body.username", "body.password"),
    ]
    assert [place for place, _ in lit(document, 3)] == ["body.email"]  # a password was seen
    assert lit(document, 5) == []


@pytest.mark.parametrize(
    ("returned", "places"),
    [
        ({"id": "x", "status": "queued"}, ["body.status"]),
        ({"server": {"status": "BUILD", "task_state": None}}, ["body.server.status"]),
        ({"versions": {"values": [{"status": "stable"}]}}, []),
        ({"items": [{"status": "new"}]}, []),
        ({"status": 200}, []),
    ],
)
def test_the_status_of_what_the_step_is_about_is_highlighted(talk, returned, places):
    talk.ask("a", "b", "GET /x", returned=returned)
    assert [place for place, _ in lit(talk.document(), 2)] == places


def test_uploads_and_locations_are_highlighted(talk):
    kind = {"content-type": "application/octet-stream"}
    talk.ask("a", "b", "PUT /x", 201, headers=kind, sent=b"abc", answer={"location": "/x/1"})
    talk.ask("a", "b", "PUT /x", 200, headers={"content-type": "application/json"}, sent={"a": 1})
    talk.ask("a", "b", "PUT /x", 200, headers=kind)
    document = talk.document()
    assert lit(document, 1) == [("header.content-type", "what is uploaded")]
    assert lit(document, 2) == [("header.location", "where it is")]
    assert lit(document, 3) == lit(document, 5) == []


def test_what_went_wrong_is_highlighted(talk):
    talk.ask("a", "b", "GET /x", 401, returned={"error": {"code": 401, "message": "who are you?"}})
    talk.ask("a", "b", "GET /x", 503, answer={"retry-after": "5"}, returned={"detail": "later"})
    talk.ask("a", "b", "GET /x", 200, returned={"message": "welcome"})
    document = talk.document()
    assert [place for place, _ in lit(document, 2)] == ["body.error.code", "body.error.message"]
    assert [place for place, _ in lit(document, 4)] == ["header.retry-after", "body.detail"]
    assert lit(document, 6) == []


@pytest.mark.parametrize(
    ("returned", "places"),
    [
        (
            {"data": {"hero": None}, "errors": [{"message": "not found", "path": ["hero"]}]},
            ["body.errors.0.message"],
        ),
        (
            {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such method"}},
            ["body.error.message"],
        ),
        (
            [{"id": 1, "result": 3}, {"id": 2, "error": {"code": 1, "message": "no"}}],
            ["body.1.error.message"],
        ),
        ({"data": {"errors": [{"message": "a column of the user's"}]}, "errors": []}, []),
        ({"message": "welcome", "error": None}, []),
    ],
)
def test_what_went_wrong_within_an_answer_that_is_200_is_highlighted(talk, returned, places):
    talk.ask("a", "b", "POST /api", returned=returned)
    assert lit(talk.document(), 2) == [(place, "what went wrong") for place in places]


def test_a_rule_more_is_a_row_more(talk):
    talk.ask("a", "b", "GET /x", returned={"price": 7, "cost": 8})
    rule = HighlightRule(
        "what it costs", re.compile(r"body\.price"), StepKind.RESPONSE, text=re.compile(r"\d+")
    )
    found = find_highlights(talk.document(), [rule]).highlights
    assert found == (Highlight(2, "body.price", "what it costs"),)


def test_highlighting_twice_changes_nothing_and_forgets_what_is_gone(parcels):
    once = find_highlights(find_flows(parcels))
    assert find_highlights(once) == once
    without = find_highlights(replace(once, flows=()))
    assert not any(h.why == "used later" for h in without.highlights)


def signed_in(talk, caller, name, *, methods=("password",), project="service"):
    user = {"name": name, "password": "‹redacted›", "domain": {"id": "default"}}
    auth = {"identity": {"methods": list(methods), "password": {"user": user}}}
    scope = {"project": {"name": project}}
    talk.ask(caller, "k", "POST /v3/auth/tokens", sent={"auth": {**auth, "scope": scope}})


def test_a_sign_in_like_one_before_is_told_by_who_signs_in(talk):
    for name in ("glance", "nova", "nova"):
        signed_in(talk, "a", name)
    document = talk.document()
    assert len(lit(document, 1)) == 4
    who = [("body.auth.identity.password.user.name", "who signs in")]
    assert lit(document, 3) == lit(document, 5) == who


def test_what_differs_from_the_sign_ins_before_is_highlighted(talk):
    signed_in(talk, "a", "glance")
    signed_in(talk, "a", "glance", methods=("password", "totp"), project="admin")
    assert [why for _, why in lit(talk.document(), 3)] == [
        "how it signs in",
        "who signs in",
        "what it signs in to",
    ]


def test_of_many_logins_by_form_the_password_is_highlighted_once(talk):
    for user in ("alice", "bob", "carol"):
        talk.ask("a", "b", "POST /api/login", sent={"email": user, "password": "‹redacted›"})
    document = talk.document()
    assert [len(lit(document, step)) for step in (1, 3, 5)] == [2, 1, 1]


def test_of_what_an_endpoint_is_stands_beside_it_where_the_path_does_not_tell(talk):
    catalog = [
        {"type": "image", "endpoints": [{"url": "http://c.test"}]},
        {"type": "volume", "endpoints": [{"url": "http://d.test/v3"}]},
    ]
    talk.ask("a", "b", "POST /tokens", returned={"catalog": catalog})
    talk.ask("a", "c", "GET /v2/images")
    talk.ask("a", "d", "GET /v3/volumes")
    lights = lit(find_flows(talk.document()), 2)
    assert [place for place, why in lights if why == "what is there"] == ["body.catalog.0.type"]


def test_another_users_project_is_that_users_own_and_says_nothing(talk):
    signed_in(talk, "a", "admin", project="demo")
    signed_in(talk, "a", "glance", project="service")
    document = talk.document()
    assert ("body.auth.scope.project.name", "what it signs in to") in lit(document, 1)
    assert [why for _, why in lit(document, 3)] == ["who signs in"]


TABLE = """\
+---------+--------------------------------------+
| Field   | Value                                |
+---------+--------------------------------------+
| weight  | 12                                   |
| owner   | 2c8a7be4-63bd-4f3f-8f6a-1b9c3b1d7a10 |
| Label   | red                                  |
| id      | 7f9d1c52-0f7e-4a51-9a43-3c1d8a5be0b1 |
| parent  | None                                 |
| name    | a bicycle                            |
+---------+--------------------------------------+
"""
OBJECT = """
{"weight": 12, "owner": "2c8a7be4-63bd-4f3f-8f6a-1b9c3b1d7a10", "label": "red", "tags": [],
 "id": "7f9d1c52-0f7e-4a51-9a43-3c1d8a5be0b1", "parent": null, "name": "a bicycle"}
"""


@pytest.mark.parametrize("output", [TABLE, OBJECT])
def test_the_strongest_four_lines_that_a_command_prints_are_found_in_its_last_answers(talk, output):
    printed = {
        "weight": 12,
        "owner": "2c8a7be4-63bd-4f3f-8f6a-1b9c3b1d7a10",
        "label": "red",
        "id": "7f9d1c52-0f7e-4a51-9a43-3c1d8a5be0b1",
        "parent": None,
        "name": "a bicycle",
    }
    with talk.call("shop", "parcels", "POST /parcels", 201, returned={"parcel": printed}):
        talk.ask("parcels", "db", "GET /rows", returned=printed)
    talk.ask("shop", "parcels", "GET /owners", returned={"name": "somebody else"})
    command = Command(("parcel", "create"), exit_code=0, output=output)
    document = replace(talk.document(), command=command)
    why = "printed by the command"
    found = [(h.step, h.place) for h in find_highlights(document).highlights if h.why == why]
    assert found == [(4, f"body.parcel.{name}") for name in ("id", "name", "owner", "weight")]
    assert find_highlights(talk.document()).highlights == ()


@pytest.mark.parametrize(
    "output",
    ["", "id", "| id |", "| x | y | z |\n| 1 | 2 | 3 |", "{", '{"id": ', "[[", "[1]", "| id | 7 |"],
)
def test_what_is_no_table_or_of_another_answer_is_looked_for_nowhere(talk, output):
    talk.ask("a", "b", "GET /", returned={"id": "7", "a": "1"})
    document = replace(talk.document(), command=Command(("x",), exit_code=0, output=output))
    assert find_highlights(document).highlights == ()


FIRST, SECOND = "2c8a7be4-63bd-4f3f-8f6a-1b9c3b1d7a10", "7f9d1c52-0f7e-4a51-9a43-3c1d8a5be0b1"
LISTS = {
    "drawn": f"""\
+------+------+-------+
| ID   | Name | State |
+------+------+-------+
| {SECOND} | oak | good |
| {FIRST} | elm | good |
+------+------+-------+
""",
    "bars": f"ID | Name | State\n---+---\n{SECOND} | oak | good\n{FIRST} | elm | good",
    "JSON": f"""\
[{{"ID": "{SECOND}", "Name": "oak", "State": "good"}},
 {{"ID": "{FIRST}", "Name": "elm", "State": "good"}}]
""",
    "CSV": f'"ID","Name","State"\n"{SECOND}","oak","good"\n"{FIRST}","elm","good"\n',
    "columns": f"ID    NAME   STATE\n{SECOND}   oak   good\n{FIRST}   elm   good\n",
    "tabs": f"ID\tNAME\tSTATE\n{SECOND}\toak\tgood\n{FIRST}\telm\tgood\n",
}
TREES = [
    {"height": 7, "state": "good", "id": FIRST, "name": "elm"},
    {"height": 9, "state": "good", "id": SECOND, "name": "oak"},
]


def shows(document, why):
    found = find_highlights(document).highlights
    return [(light.step, light.place) for light in found if light.why == why]


@pytest.mark.parametrize("form", LISTS)
def test_rows_of_a_printed_list_are_found_each_in_its_own_item(talk, form):
    talk.ask("gardener", "trees", "GET /trees", returned={"trees": TREES})
    document = talk.document()
    command = Command(("trees", "list"), exit_code=0, output=LISTS[form])
    assert shows(replace(document, command=command), "printed by the command") == [
        (2, "body.trees.1.id"),
        (2, "body.trees.1.name"),
        (2, "body.trees.1.state"),
        (2, "body.trees.0.id"),
    ]


def test_a_list_of_two_columns_is_no_table_of_fields(talk):
    talk.ask("gardener", "trees", "GET /trees", returned={"trees": TREES})
    output = f"| ID | Name |\n| {SECOND} | oak |\n| {FIRST} | elm |\n"
    command = Command(("trees", "list"), exit_code=0, output=output)
    assert shows(replace(talk.document(), command=command), "printed by the command") == [
        (2, "body.trees.1.id"),
        (2, "body.trees.1.name"),
        (2, "body.trees.0.id"),
        (2, "body.trees.0.name"),
    ]


@pytest.mark.parametrize("returned", [{"trees": TREES}, TREES, {"tree": TREES[0]}, TREES[0]])
def test_what_a_program_read_last_is_highlighted_where_nobody_saw_what_it_printed(talk, returned):
    auth = {"identity": {"methods": ["password"]}}
    talk.ask(
        "gardener", "keys", "POST /auth/tokens", 201, sent={"auth": auth}, returned={"id": FIRST}
    )
    with talk.call("gardener", "trees", "GET /trees", returned=returned):
        talk.ask("trees", "rows", "POST /query", returned=TREES)
    document = talk.document()
    found = shows(document, "what was asked for")
    assert [(step, place.rpartition(".")[2]) for step, place in found] == [
        (6, "state"),
        (6, "id"),
        (6, "name"),
    ]
    # What it printed is known to be nothing:
    command = Command(("trees", "save"), exit_code=0, output="")
    assert shows(replace(document, command=command), "what was asked for") == []


def test_of_a_program_that_changes_something_or_fails_nothing_is_taken_for_printed(talk):
    talk.ask("gardener", "trees", "GET /trees", returned=TREES)
    talk.ask("gardener", "trees", "GET /trees/1", returned=TREES[0])
    assert len(shows(talk.document(), "what was asked for")) == 3
    talk.ask("gardener", "trees", "GET /trees/2", 404, returned=TREES[0])
    assert shows(talk.document(), "what was asked for") == []
    talk.ask("gardener", "trees", "PATCH /trees/1", returned=TREES[0])
    talk.ask("gardener", "trees", "GET /trees/1", returned=TREES[0])
    assert shows(talk.document(), "what was asked for") == []


def test_one_request_alone_or_of_several_callers_is_no_programs_conversation(talk):
    talk.ask("gardener", "trees", "GET /trees", returned=TREES)
    assert shows(talk.document(), "what was asked for") == []
    talk.ask("forester", "trees", "GET /trees", returned=TREES)
    assert shows(talk.document(), "what was asked for") == []


def test_what_has_no_id_is_not_taken_for_what_was_asked_for(talk):
    for _ in range(2):
        talk.ask("gardener", "trees", "GET /health", returned={"status": "up", "name": "trees"})
    assert shows(talk.document(), "what was asked for") == []
