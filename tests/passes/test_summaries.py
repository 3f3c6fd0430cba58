from __future__ import annotations

from dataclasses import replace

from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import Group, GroupKind, Note
from otelhook.sequence.passes import refine


def lines(document, **rest):
    return [f"({n.first}-{n.last}) {n.text}" for n in summaries(document, **rest)]


def test_the_parcel_service_is_summed_up(parcels):
    group = Group(GroupKind.OPT, "parcels gets a token of its own", 6, 7)
    assert lines(refine(replace(parcels, groups=(group,)))) == [
        "(1-4) shop signs in at accounts and gets token 1.",
        "(5-10) shop posts to /v2/parcels of parcels: 202 Accepted.",
        "(6-7) parcels gets a token of its own at accounts: token 2.",
        "(8-9) parcels has token 1 checked by accounts: 200 OK.",
        "(11-18) shop puts to /v2/parcels/{parcel_id}/label of parcels: 204 No Content.",
        "(12-15) parcels posts to /jobs of carrier: 201 Created.",
        "(13-14) carrier has token 2 checked by accounts: 200 OK.",
        "(16-17) parcels asks carrier for /jobs/{job_id}: 200 OK.",
    ]


def test_the_authors_page_is_summed_up_as_its_author_did(seed_document):
    assert lines(refine(seed_document)) == [
        "(1-4) openstack signs in at keystone and gets token 1.",
        "(5-12) openstack posts to /v2/images of glance-api: 201 Created.",
        "(6-9) glance-api gets a token of its own at keystone: token 2.",
        "(10-11) glance-api has token 1 checked by keystone: 200 OK.",
        "(13-22) openstack puts to /v2/images/{image_id}/file of glance-api: 204 No Content.",
        "(14-15) glance-api gets a token of its own at keystone: token 3.",
        "(16-19) glance-api asks swift-proxy-server about /v1/{account}/glance: 204 No Content.",
        "(17-18) swift-proxy-server has token 3 checked by keystone: 200 OK.",
        (
            "(20-21) glance-api puts to /v1/{account}/glance/{image_id} of swift-proxy-server: "
            "201 Created."
        ),
    ]


def test_a_loop_is_told_once_with_its_count(talk):
    for _ in range(12):
        with talk.call("a", "b", "GET /x"):
            talk.ask("b", "c", "GET /y")
    assert lines(refine(talk.document())) == ["(1-48) a asks b for /x, 12 times: 200 OK."]


def test_what_went_wrong_is_told(talk):
    talk.ask("a", "b", "POST /v3/auth/tokens", 401)
    talk.ended(talk.began("a", "b", "DELETE /x"), None, error="timeout")
    talk.began("a", "b", "BREW /pot")
    assert lines(talk.document()) == [
        "(1-2) a tries to sign in at b: 401.",
        "(3-4) a deletes /x of b: timeout.",
        "(5-5) a sends BREW /pot to b: outcome not recorded.",
    ]


def test_the_title_of_a_note_names_the_call(talk):
    talk.ask("a", "b", "PATCH /x")
    talk.ask("a", "b", "GET /y")
    notes = (Note(1, 1, "words"), Note(1, 1, "", "Update a thing"), Note(1, 4, "", "all of it"))
    assert lines(replace(talk.document(), notes=notes)) == [
        "(1-2) a changes /x of b (Update a thing): 200 OK.",
        "(3-4) a asks b for /y: 200 OK.",
    ]


def test_names_with_braces_are_left_alone(talk):
    talk.ask("{callee}", "{0}", "GET /{label}")
    assert lines(talk.document()) == ["(1-2) {callee} asks {0} for /{label}: 200 OK."]


def test_a_long_document_is_told_in_few_lines_outer_calls_first(talk):
    for number in range(30):
        with talk.call("a", "b", f"GET /{number}"):
            talk.ask("b", "c", "GET /y")
    document = talk.document()
    assert len(summaries(document)) == 60
    assert len(summaries(document, limit=40)) == 30
    short = lines(document, limit=10)
    assert len(short) == 10
    assert short[-1] == "(37-120) 21 more calls."


def test_what_failed_is_told_however_deep_it_lies_with_the_way_to_it(talk):
    for number in range(30):
        with talk.call("a", "b", f"GET /{number}"), talk.call("b", "c", "GET /y"):
            talk.ask("c", "d", "GET /z", 503 if number == 7 else 200)
            talk.ask("c", "d", "GET /w", 404)
    document = talk.document()
    assert len(summaries(document)) == 120
    short = summaries(document, limit=40)
    assert [line.text for line in short if line.level] == [
        "b asks c for /y: 200 OK.",
        "c asks d for /z: 503.",
    ]
    assert len(short) == 32
    assert [line.failed for line in short].count(True) == 1


def test_failures_leave_half_of_the_lines_to_the_outer_calls(talk):
    for number in range(30):
        with talk.call("a", "b", f"GET /{number}"):
            for _ in range(3):
                talk.ask("b", "c", "GET /y", 500)
    short = summaries(talk.document(), limit=60)
    assert [line.level for line in short].count(0) == 30
    assert 20 <= [line.failed for line in short].count(True) <= 30
    cut = summaries(talk.document(), limit=10)
    assert len(cut) == 10
    assert cut[-1].text.endswith(" failed.")


def test_a_chain_of_any_depth_is_summed_up(talk):
    waiting = []
    for depth in range(3000):
        talk.depth = depth
        waiting.append(talk.began("a", "a", "GET /x"))
    for request in reversed(waiting):
        talk.ended(request)
    assert len(lines(refine(talk.document()), limit=5000)) == 3000
