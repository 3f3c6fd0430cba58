from __future__ import annotations

import uuid

import pytest

from otelhook.sequence.passes import refine
from otelhook.sequence.values.identifiers import NAMES_LIMIT, name_identifiers

IMAGE = "7f9d1c52-0f7e-4a51-9a43-3c1d8a5be0b1"
OTHER = "1c5e2f0a-9b61-4d53-8f27-6f1f0a4c7d12"
HASH = "9e107d9d372bb6826bd81d3542a419d6"
TOKEN = "‹token:000000000000000a›"


def table(document):
    return {variable.name: variable.value for variable in name_identifiers(document).variables}


def hand_on(talk, returned, sent=None, headers=None, value=IMAGE):
    """A response issues a value, a later request hands it on."""
    talk.ask("a", "images", "GET /images", returned=returned)
    talk.ask("a", "b", "POST /servers", sent=sent or {"x": value}, headers=headers)
    return talk.document()


@pytest.mark.parametrize(
    ("returned", "name"),
    [
        ({"image": {"id": IMAGE}}, "image_id"),
        ({"images": [{"name": "x"}, {"id": IMAGE}]}, "image_id"),
        ({"images": [IMAGE]}, "image_id"),
        ({"imageRef": IMAGE}, "image_ref"),
        ({"image_uuids": [IMAGE]}, "image_uuid"),
        ({"owner": IMAGE}, "owner_id"),
        ({"deep": {"server": {"flavor-id": IMAGE}}}, "flavor_id"),
    ],
)
def test_an_id_is_named_by_what_it_stands_in(talk, returned, name):
    assert table(hand_on(talk, returned, sent=[IMAGE])) == {name: IMAGE}


def test_a_key_says_more_than_a_header_and_any_of_them_more_than_none(talk):
    document = hand_on(talk, [IMAGE], sent=[IMAGE], headers={"x-image-id": IMAGE})
    assert table(document) == {"image_id": IMAGE}
    talk.ask("b", "c", "POST /x", sent={"volumeId": IMAGE})
    assert table(talk.document()) == {"volume_id": IMAGE}


def test_an_id_that_nothing_tells_of_is_an_id(talk):
    assert table(hand_on(talk, [IMAGE], sent=[IMAGE])) == {"id": IMAGE}


def test_digests_and_numbers_are_named_where_their_name_says_what_they_are(talk):
    assert table(hand_on(talk, {"checksum": HASH}, value=HASH)) == {"checksum": HASH}
    talk.ask("a", "b", "GET /o", returned={"order_id": 4711814, "size": 5234567})
    talk.ask("a", "b", "POST /p", sent={"orderId": 4711814, "size": 5234567})
    assert table(talk.document())["order_id"] == "4711814"
    assert "5234567" not in table(talk.document()).values()


def test_what_no_request_hands_on_has_no_name(talk):
    talk.ask("a", "b", "GET /images", returned={"image": {"id": IMAGE}})
    talk.ask("a", "b", "GET /images", returned={"image": {"id": IMAGE}})
    assert table(talk.document()) == {}


def test_what_stands_in_one_exchange_only_has_no_name(talk):
    talk.ask("a", "b", "POST /x", sent={"image_id": IMAGE}, returned={"image_id": IMAGE})
    assert table(talk.document()) == {}


def test_tokens_and_ids_of_requests_have_no_name(talk):
    for _ in range(2):
        talk.ask(
            "a", "b", "POST /x", headers={"x-auth-token": TOKEN, "x-openstack-request-id": IMAGE}
        )
    assert table(talk.document()) == {}


def test_a_name_from_a_path_stays_and_another_value_of_that_name_is_numbered(talk):
    talk.ask("a", "b", f"GET /images/{OTHER}")
    hand_on(talk, {"image": {"id": IMAGE}, "base": OTHER})
    named = name_identifiers(talk.document({OTHER: "image_id"}))
    assert [(v.name, v.value) for v in named.variables] == [
        ("image_id", OTHER),
        ("image_id_2", IMAGE),
    ]
    assert name_identifiers(named) == named


def test_a_given_name_wins_and_needs_no_second_use(talk):
    talk.ask("a", "b", "GET /images", returned={"image": {"id": IMAGE}})
    document = name_identifiers(talk.document(), {IMAGE: "the picture", OTHER: "unused"})
    assert [(v.name, v.value) for v in document.variables] == [("the_picture", IMAGE)]


def test_flows_call_the_value_by_its_name(talk):
    document = refine(hand_on(talk, {"image": {"id": IMAGE}}))
    assert [(f.step, f.place, f.source_step, f.name) for f in document.flows] == [
        (3, "body.x", 2, "image_id")
    ]


def test_very_many_ids_do_not_make_an_endless_table(talk):
    ids = [str(uuid.UUID(int=number << 64 | 0xABCDEF0123)) for number in range(NAMES_LIMIT + 50)]
    hand_on(talk, {"ports": ids}, sent={"ports": ids})
    assert len(table(talk.document())) == NAMES_LIMIT
