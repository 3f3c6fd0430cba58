from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.sequence.document import Body, Document, Flow, StepKind
from otelhook.sequence.values.flows import find_flows
from otelhook.sequence.values.json_leaves import body_leaves
from tests.work import lines_run

TOKEN, OTHER, THIRD = (f"‹token:{number:016x}›" for number in (1, 2, 3))
UUID = "0b7e5a1c-5f3e-4c8f-9a83-0d2b3f6c7e11"


def arrows(document: Document) -> list[str]:
    """Write flows as ``use <- source`` for comparison."""
    return [
        f"{f.step} {f.place} <- {f.source_step} {f.source_place} {f.name}".rstrip()
        for f in find_flows(document).flows
    ]


def test_the_parcel_service_is_understood(parcels):
    assert arrows(parcels) == [
        "3 path <- 2 header.location",
        "5 header.x-auth-token <- 4 header.x-subject-token token 1",
        "5 path <- 4 body.token.catalog.1.url",
        "8 header.x-auth-token <- 7 header.x-subject-token token 2",
        "8 header.x-subject-token <- 4 header.x-subject-token token 1",
        "9 header.x-subject-token <- 4 header.x-subject-token token 1",
        "11 header.x-auth-token <- 4 header.x-subject-token token 1",
        "11 path <- 10 body.parcel.id parcel_id",
        "11 path <- 10 header.location",
        "12 header.authorization <- 7 header.x-subject-token token 2",
        "12 body.parcel <- 10 body.parcel.id parcel_id",
        "13 header.x-auth-token <- 0  token 3",
        "13 header.x-subject-token <- 7 header.x-subject-token token 2",
        "16 path <- 15 body.job job_id",
    ]


def test_a_step_may_use_what_it_was_told_in_its_query_or_body(talk):
    talk.ask("a", "b", "GET /list", returned={"next": UUID, "owner": {"key": OTHER}})
    talk.ask("a", "b", f"POST /more?from={UUID}", sent={"who": [{"key": OTHER}]})
    assert arrows(talk.document()) == [
        "3 query <- 2 body.next",
        "3 body.who.0.key <- 2 body.owner.key token 1",
    ]


def test_the_last_response_before_the_use_is_the_source(talk):
    for _ in range(3):
        talk.ask("a", "b", "POST /tokens", returned={"access_token": TOKEN})
    talk.ask("a", "c", "GET /", headers={"authorization": f"Bearer {TOKEN}"})
    talk.ask("a", "b", "POST /tokens", returned={"access_token": TOKEN})
    assert arrows(talk.document()) == ["7 header.authorization <- 6 body.access_token token 1"]


def test_an_answer_that_repeats_what_was_asked_issues_nothing(talk):
    talk.ask("a", "b", "POST /servers", 202, returned={"server": {"id": UUID}})
    talk.ask("a", "b", f"GET /servers/{UUID}", returned={"server": {"id": UUID}})
    talk.ask("a", "b", f"DELETE /servers/{UUID}", 204)
    assert arrows(talk.document()) == [
        "3 path <- 2 body.server.id",
        "5 path <- 2 body.server.id",
    ]


def test_what_the_caller_brought_along_comes_from_nowhere(talk):
    talk.ask("a", "b", f"GET /servers/{UUID}", returned={"id": UUID, "name": "x"})
    talk.ask("a", "b", f"DELETE /servers/{UUID}", 204)
    assert arrows(talk.document()) == []


def test_a_token_that_nobody_issued_was_issued_before_the_trace(talk):
    with talk.call("a", "b", "GET /", headers={"x-auth-token": TOKEN}):
        talk.ask(
            "b",
            "c",
            "GET /check",
            headers={"x-subject-token": TOKEN},
            answer={"x-subject-token": TOKEN},
        )
    assert arrows(talk.document()) == [
        "1 header.x-auth-token <- 0  token 1",
        "2 header.x-subject-token <- 0  token 1",
        "3 header.x-subject-token <- 0  token 1",
    ]


def test_a_value_is_unknown_to_those_who_did_not_receive_it(talk):
    talk.ask("a", "b", "GET /one", returned={"id": UUID})
    talk.ask("c", "d", f"GET /other/{UUID}")
    assert arrows(talk.document()) == []


def test_a_token_is_followed_even_where_its_way_was_not_seen(talk):
    talk.ask("a", "b", "POST /tokens", returned={"access_token": TOKEN})
    talk.ask("c", "d", "GET /", headers={"authorization": f"Bearer {TOKEN}"})
    assert arrows(talk.document()) == ["3 header.authorization <- 2 body.access_token token 1"]


def test_a_service_that_hands_a_token_out_is_linked_to_who_issued_it(talk):
    with talk.call("a", "front", "POST /login", returned={"access_token": TOKEN}):
        talk.ask("front", "accounts", "POST /v3/auth/tokens", answer={"x-subject-token": TOKEN})
    talk.ask("a", "front", "GET /", headers={"authorization": f"Bearer {TOKEN}"})
    assert arrows(talk.document()) == [
        "4 body.access_token <- 3 header.x-subject-token token 1",
        "5 header.authorization <- 4 body.access_token token 1",
    ]


def test_cookies_are_followed_one_by_one(talk):
    talk.ask("a", "b", "POST /login", answer={"set-cookie": f"session={TOKEN}; Path=/; HttpOnly"})
    talk.ask("a", "b", "GET /", headers={"cookie": f"lang=en; session={TOKEN}; csrf={OTHER}"})
    assert arrows(talk.document()) == [
        "3 header.cookie <- 2 header.set-cookie token 1",
        "3 header.cookie <- 0  token 2",
    ]


def test_tokens_in_the_clear_are_followed_like_pseudonyms(talk):
    raw = "gAAAAABjrkD9cqBlaLtF1_FlWZfHjo2u7cJvLXX1HNPG-aFEylyLg7rBQwXEckDcnO"
    talk.ask("a", "b", "POST /oauth/token", returned={"access_token": raw, "token_type": "Bearer"})
    talk.ask("a", "c", "GET /", headers={"authorization": f"Bearer {raw}"})
    talk.ask("a", "c", "GET /", headers={"authorization": "Basic YWxpY2U6czNjcjN0LXBhc3N3MHJk"})
    assert arrows(talk.document()) == ["3 header.authorization <- 2 body.access_token token 1"]


def test_a_redacted_secret_equals_no_other(talk):
    talk.ask("a", "b", "POST /login", answer={"x-auth-token": "‹redacted›"})
    talk.ask("a", "b", "GET /", headers={"x-auth-token": "‹redacted›"})
    assert arrows(talk.document()) == []


@pytest.mark.parametrize(
    "common",
    [
        *("default", "RegionOne", "ACTIVE", "true", "bare", "x86_64-linux-gnu", "qcow2"),
        *("v2.1", "3.14.159", "25.0.1.dev4", "2022-12-30T01:38:07.000000Z", "20221230T013807Z"),
        *("12345", "1672364287", "1672364287123", "20221230", "100000", "21233000"),
        *("cirros-0.6.1-x86_64-disk", "ubuntu-22.04-server-amd64", "alice1984@example.org"),
        *("compute-0017.rack12.example.org", "10.11.12.13:8080", "fa:16:3e:4c:2c:30"),
        "application/vnd.openstack.identity-v3+json",
    ],
)
def test_what_is_everywhere_never_flows(talk, common):
    talk.ask("a", "b", "GET /one", returned={"value": common, "list": [common]})
    talk.ask(
        "a", "b", f"POST /two/{common}?v={common}", sent={"v": common}, headers={"x-v": common}
    )
    assert arrows(talk.document()) == []


@pytest.mark.parametrize(
    "unique",
    [
        *(UUID, UUID.upper(), UUID.replace("-", ""), "48151623", "vol-049df61146c4d7901"),
        *("cus_9s6XKzkNRiz8i3", "dQw4w9WgXcQ", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "order-10000234"),
        *("AUTH_7c4cda7e4807414bbdfcb22b535a9802", "0c839612eb3f2469420f2ccae990827f"),
    ],
)
def test_what_cannot_be_chance_flows(talk, unique):
    talk.ask("a", "b", "GET /one", returned=[{"value": unique}])
    talk.ask("a", "b", f"GET /two/{unique}/parts")
    assert arrows(talk.document()) == ["3 path <- 2 body.0.value"]


def test_numbers_that_measure_something_do_not_flow(talk):
    talk.ask("a", "b", "GET /one", returned={"size": 21233664, "id": 48151623})
    talk.ask(
        "a", "b", "GET /two?limit=21233664&id=48151623", headers={"content-length": "21233664"}
    )
    assert arrows(talk.document()) == ["3 query <- 2 body.id"]


def test_ids_of_requests_and_traces_are_no_flows(talk):
    names = ("x-openstack-request-id", "traceparent", "x-trans-id", "x-b3-traceid", "x-request-id")
    talk.ask("a", "b", "GET /one", answer=dict.fromkeys(names, f"req-{UUID}"))
    talk.ask("a", "b", "GET /two", headers=dict.fromkeys(names, f"req-{UUID}"))
    assert arrows(talk.document()) == []


def test_of_the_addresses_in_a_response_the_longest_wins(talk):
    talk.ask(
        "a",
        "b",
        "GET /",
        returned={
            "urls": ["http://c.test/v1", "http://c.test/v1/acct", "http://c.test/v1/acctX"],
            "host": "http://c.test",
        },
    )
    talk.ask("a", "c", "GET /v1/acct/box")
    assert arrows(talk.document()) == ["3 path <- 2 body.urls.1"]


@pytest.mark.parametrize(
    ("told", "host", "path"),
    [
        ("http://c.test", "c.test", "/v1/box"),
        ("http://c.test/", "c.test", "/v1/box"),
        ("http://elsewhere.test/v1", "c.test", "/v1/box"),
        ("http://c.test/v1/bo", "c.test", "/v1/box"),
        ("http://c.test:8080/v1", "c.test", "/v1/box"),
        ("http://c.test/v1?marker=7", "c.test", "/v1/box"),
        ("/v1", "c.test", "/v1/box"),
    ],
)
def test_an_address_that_does_not_lead_there_does_not_count(talk, told, host, path):
    talk.ask("a", "b", "GET /", returned={"url": told})
    talk.ask("a", "c", f"GET {path}", host=host)
    assert arrows(talk.document()) == []


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ("HTTP://C.test:80/v1/", "GET /v1/box"),
        ("https://c.test:443/v1", "GET /v1"),
        ("https://user@c.test/v1#part", "GET /v1/"),
        ("http://c.test/v1/box?marker=7", "GET /v1/box?marker=7"),
    ],
)
def test_an_address_counts_however_it_is_written(talk, told, what):
    talk.ask("a", "b", "GET /", answer={"x-storage-url": told})
    talk.ask("a", "c", what)
    assert arrows(talk.document()) == ["3 path <- 2 header.x-storage-url"]


def test_a_path_alone_leads_to_where_it_was_told(talk):
    talk.ask("a", "b", "POST /jobs", 202, returned={"status_at": "/jobs/seven/status"})
    talk.ask("a", "c", "GET /jobs/seven/status")
    talk.ask("a", "b", "GET /jobs/seven/status")
    assert arrows(talk.document()) == ["5 path <- 2 body.status_at"]


def test_link_headers_hold_addresses(talk):
    link = '<http://b.test/list?page=2>; rel="next", <http://b.test/list?page=9>; rel="last"'
    talk.ask("a", "b", "GET /list", answer={"link": link})
    talk.ask("a", "b", "GET /list?page=2")
    talk.ask("a", "b", "GET /list?page=3")
    assert arrows(talk.document()) == ["3 path <- 2 header.link"]


def test_an_address_that_leads_back_to_itself_leads_nowhere(talk):
    talk.ask("a", "b", "GET /list?page=2", returned={"self": "http://b.test/list?page=2"})
    talk.ask("a", "b", "GET /list?page=2")
    assert arrows(talk.document()) == []


def test_an_address_counts_only_on_the_occasion_on_which_it_was_told(talk):
    with talk.call("a", "b", "GET /first"):
        talk.ask("b", "c", "GET /", returned={"url": "http://d.test/v1"})
        talk.ask("b", "d", "GET /v1/box")
    with talk.call("a", "b", "GET /second"):
        talk.ask("b", "d", "GET /v1/box")
    assert arrows(talk.document()) == ["4 path <- 3 body.url"]


def test_an_address_without_a_host_header_is_known_by_its_participant(talk):
    talk.ask("a", "b", "POST /things", 201, answer={"location": "http://c.test:81/things/seven"})
    request = talk.began("a", "c.test:81", "GET /things/seven")
    talk.steps[-1] = replace(request, headers=())
    assert arrows(talk.document()) == ["3 path <- 2 header.location"]


def test_of_many_places_in_a_list_one_is_named(talk):
    items = [{"name": "x", "owner": {"project": UUID}} for _ in range(5)]
    talk.ask("a", "b", "GET /list", returned={"items": items, "project": {"id": UUID}})
    talk.ask("a", "b", f"GET /projects/{UUID}")
    assert arrows(talk.document()) == ["3 path <- 2 body.project.id"]


def test_a_body_that_was_cut_is_read_as_far_as_it_goes(talk):
    talk.ask(
        "a", "b", "GET /list", returned={"items": [{"id": UUID}, {"id": OTHER}], "z": "z" * 90}
    )
    last = talk.steps[-1]
    text = last.body.content
    talk.steps[-1] = replace(last, body=Body(text[: text.index(OTHER) + 9], truncated=True))
    talk.ask("a", "b", f"GET /items/{UUID}", headers={"x-auth-token": OTHER})
    assert arrows(talk.document()) == [
        "3 header.x-auth-token <- 0  token 1",
        "3 path <- 2 body.items.0.id",
    ]


def test_finding_flows_twice_changes_nothing(parcels):
    once = find_flows(parcels)
    assert find_flows(once) == once


def test_no_place_tells_a_value(parcels):
    for flow in find_flows(parcels).flows:
        assert "‹" not in flow.place + flow.source_place + flow.name


values = st.sampled_from([TOKEN, OTHER, UUID, "48151623", "default", "http://b.test/x/y", "/x/y"])
places = st.dictionaries(
    st.sampled_from(["id", "x-auth-token", "location", "k"]), values, max_size=3
)
calls = st.recursive(
    st.tuples(st.sampled_from("abc"), values, places, places, st.just(())),
    lambda inner: st.tuples(
        st.sampled_from("abc"), values, places, places, st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=12,
)


@given(st.lists(calls, max_size=5))
@settings(max_examples=60, deadline=None)
def test_every_flow_names_an_earlier_response_that_has_a_value_at_its_place(new_talk, told):
    talk = new_talk()

    def tell(caller, call):
        callee, value, sent, returned, inner = call
        what = f"POST /x/y/{value.strip('/')}"
        with talk.call(
            caller, callee, what, headers=sent, sent=sent, answer=returned, returned=returned
        ):
            for nested in inner:
                tell(callee, nested)

    for call in told:
        tell("root", call)
    document = find_flows(talk.document())
    for flow in document.flows:
        assert 0 <= flow.source_step < flow.step
        if flow.source_step:
            source = document.steps[flow.source_step - 1]
            assert source.kind is StepKind.RESPONSE
            kind, _, name = flow.source_place.partition(".")
            keys = [key for key, _ in body_leaves(source.body)]
            assert name in ([h.name for h in source.headers] if kind == "header" else keys)
        else:
            assert flow.source_place == ""
            assert flow.name.startswith("token ")
    assert len(set(document.flows)) == len(document.flows)


def test_the_work_grows_with_the_document_and_not_with_its_square(new_talk):
    def work(count):
        talk = new_talk()
        for number in range(count):
            made = f"{number:08x}-5f3e-4c8f-9a83-0d2b3f6c7e11"
            talk.ask("a", "b", "POST /things", 201, returned={"id": made, "of": [UUID] * 5})
            talk.ask("a", "b", f"GET /things/{made}", headers={"x-auth-token": TOKEN})
        document = talk.document()
        found = find_flows(document).flows
        assert sum(flow.place == "path" for flow in found) == count
        return lines_run(lambda: find_flows(document))

    work(100)  # what is compiled and cached once is not counted
    assert work(2000) < 11 * work(200)


def test_flows_are_values_of_the_contract(parcels):
    assert all(isinstance(flow, Flow) for flow in find_flows(parcels).flows)


@pytest.mark.parametrize(
    ("told", "forwarded", "what"),
    [
        ("http://h.test/image", {"x-forwarded-host": "h.test"}, "GET /v2/images"),
        ("https://h.test/Volume/", {"x-forwarded-host": "H.test"}, "GET /v3/volumes/7"),
        ("http://h.test/orders", {"x-forwarded-host": "h.test:80"}, "POST /orders-v2"),
        (
            "http://h.test/shop/api",
            {"x-forwarded-host": "h.test", "x-forwarded-prefix": "/shop/api"},
            "GET /carts/7",
        ),
    ],
)
def test_a_proxy_may_have_taken_the_first_segment_off(talk, told, forwarded, what):
    talk.ask("a", "b", "GET /", returned={"url": told.lower()})
    talk.ask("a", "c", what, headers=forwarded)
    # The address is the proxy's, which the request names too.
    assert arrows(talk.document()) == [
        "3 path <- 2 body.url",
        "3 header.x-forwarded-host <- 2 body.url",
    ]


def test_a_service_that_a_proxy_serves_at_its_own_address_is_not_led_to_by_the_proxys(talk):
    talk.ask("a", "b", "GET /", returned={"url": "http://c.test/v2/images"})
    talk.ask("a", "c", "GET /v2/images/7", headers={"x-forwarded-host": "h.test"})
    assert arrows(talk.document()) == ["3 path <- 2 body.url"]


def test_a_catalogs_endpoint_may_be_a_host_alone_and_leads_to_all_below_it(talk):
    catalog = [{"type": "image", "endpoints": [{"url": "http://c.test"}]}]
    talk.ask("a", "b", "POST /tokens", returned={"catalog": catalog, "home": "http://d.test/"})
    talk.ask("a", "c", "GET /v2/images")
    talk.ask("a", "d", "GET /v2/volumes")
    assert arrows(talk.document()) == ["3 path <- 2 body.catalog.0.endpoints.0.url"]


@pytest.mark.parametrize(
    ("told", "forwarded", "what"),
    [
        ("http://h.test/image", {}, "GET /v2/images"),
        ("http://h.test/image", {"x-forwarded-host": "g.test"}, "GET /v2/images"),
        ("http://h.test/compute", {"x-forwarded-host": "h.test"}, "GET /v2/images"),
        ("http://h.test/ima", {"x-forwarded-host": "h.test"}, "GET /v2/images"),
        (
            "http://h.test/image",
            {"x-forwarded-host": "h.test", "x-forwarded-prefix": "/shop"},
            "GET /v2/images",
        ),
    ],
)
def test_a_segment_that_a_proxy_cannot_have_taken_off_leads_nowhere(talk, told, forwarded, what):
    talk.ask("a", "b", "GET /", returned={"url": told})
    talk.ask("a", "c", what, headers=forwarded)
    assert arrows(talk.document()) == []
