"""The operation within an HTTP request: from headers, the query or the body, hostile or not."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from otelhook.model import AttributeValue
from otelhook.sequence.document import Body, Header
from otelhook.sequence.protocols.http_operations import operation_within
from otelhook.sequence.spans.messages import Message
from tests.work import FAR_FROM_SQUARE, processor_seconds


def operation(
    body: str | None = None,
    *,
    method: str = "POST",
    path: str = "/",
    query: str = "",
    attributes: Mapping[str, AttributeValue] | None = None,
    **headers: str,
) -> str:
    sent = tuple(Header(name.replace("_", "-"), value) for name, value in headers.items())
    message = Message(sent, None if body is None else Body(body))
    return operation_within(attributes or {}, method, path, query, message)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("DynamoDB_20120810.PutItem", "PutItem"),
        ("AWSCognitoIdentityProviderService.InitiateAuth", "InitiateAuth"),
        ("Logs_20140328.PutLogEvents", "PutLogEvents"),
        ("<script>alert(1)</script>", ""),
        ("x" * 200, ""),
    ],
)
def test_amazon_names_it_in_a_header(target: str, expected: str) -> None:
    assert operation(x_amz_target=target) == expected


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("Action=SendMessage&Version=2012-11-05", "SendMessage"),
        ("Version=2010-05-08&Action=ListUsers", "ListUsers"),
        ("Action=GetObject&X-Amz-Date=20230101T000000Z", "GetObject"),
        ("Action=delete", ""),  # anybody's form
        ("Action=%3Cb%3E&Version=1", ""),
        ("Action=&Version=1", ""),
    ],
)
def test_amazon_s_query_api_names_it_in_the_query_or_in_a_form(pairs: str, expected: str) -> None:
    assert operation(query=pairs, method="GET") == expected
    assert operation(pairs) == expected


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"soapaction": '"http://tempuri.org/IService/GetData"'}, None, "GetData"),
        ({"soapaction": "urn:orders#Place"}, None, "Place"),
        ({"content_type": 'application/soap+xml; action="urn:GetPrice"; a=b'}, None, "GetPrice"),
        (
            {"soapaction": '""'},
            '<?xml version="1.0"?><s:Envelope><s:Body id="1"><m:Get xmlns:m="x"/></s:Body>',
            "Get",
        ),
        ({}, "<Envelope><Body>\n <Get/></Body></Envelope>", "Get"),
        ({}, "<Envelope><Body></Body></Envelope>", ""),
        ({"soapaction": "<img src=x>"}, None, ""),
    ],
)
def test_soap_names_it_in_a_header_else_in_the_envelope(
    headers: Mapping[str, str], body: str | None, expected: str
) -> None:
    assert operation(body, attributes=None, **headers) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"jsonrpc":"2.0","method":"eth_call","id":1}', "eth_call"),
        ('{"method": "a", "jsonrpc": "2.0"}', "a"),
        ('{"jsonrpc":"2.0","params":{"method":"inner"},"method":"outer"}', "outer"),
        ('{"jsonrpc":"2.0","result":1,"id":1}', ""),
        ('[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"b"}]', "a, b"),
        (json.dumps([{"jsonrpc": "2.0", "method": "a"}] * 50), "a"),
        (
            json.dumps([{"jsonrpc": "2.0", "method": f"m{n}"} for n in range(9)]),
            "m0, m1, m2 ...",
        ),
        ('{"jsonrpc":"2.0","method":"cut_sh', ""),
        ('{"jsonrpc":"2.0","method":"whole","params":["cut', "whole"),
        ('{"jsonrpc":"2.0","method":7}', ""),
        ('{"jsonrpc":"2.0","method":"\\u0061b"}', "ab"),
        ('[1, null, "jsonrpc", {"jsonrpc": []}]', ""),
        ('{"method":"DELETE"}', ""),  # no JSON-RPC
    ],
)
def test_json_rpc_names_its_methods(body: str, expected: str) -> None:
    assert operation(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<methodCall><methodName>system.listMethods</methodName></methodCall>", "system."),
        ('<?xml version="1.0"?>\n<methodCall>\n<methodName> a.b </methodName>', "a.b"),
        ("<methodCall><methodName><script></methodName>", ""),
        ("<methodResponse/>", ""),
    ],
)
def test_xml_rpc_names_its_method(body: str, expected: str) -> None:
    assert operation(body).startswith(expected)
    assert bool(operation(body)) is bool(expected)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"query": "query GetUser { user { id } }"}, "query GetUser"),
        ({"query": "query GetUser($id: ID!) { user(id: $id) { id } }"}, "query GetUser"),
        ({"query": "mutation Pay @live { pay }", "operationName": "Pay"}, "mutation Pay"),
        ({"query": "# why\nsubscription S { s }"}, "subscription S"),
        ({"query": "query A { a } query B { b }", "operationName": "B"}, "query B"),
        ({"operationName": "Persisted", "extensions": {"persistedQuery": {}}}, "Persisted"),
        ({"query": "{ user { id } }"}, ""),  # anonymous
        ({"query": "{ user { id } }", "operationName": None}, ""),
        ({"query": "mutation { pay }"}, ""),
        ({"query": "query performance tips"}, ""),  # a search for text
        ({"query": "what is a mutation"}, ""),
        ({"query": {"match_all": {}}}, ""),  # Elasticsearch's
    ],
)
def test_graphql_names_it_in_the_body(asked: object, expected: str) -> None:
    assert operation(json.dumps(asked)) == expected


def test_graphql_s_own_attributes_say_it_first() -> None:
    told = {"graphql.operation.type": "query", "graphql.operation.name": "GetUser"}
    assert operation('{"operationName":"Other"}', attributes=told) == "query GetUser"


@pytest.mark.parametrize(
    ("content_type", "path", "expected"),
    [
        ("application/grpc-web+proto", "/shop.v1.Catalog/Check", "Catalog/Check"),
        ("application/grpc-web-text", "/Catalog/Check", "Catalog/Check"),
        ("application/connect+json", "/shop.v1.Catalog/Check", "Catalog/Check"),
        ("application/grpc", "/health", ""),
        ("application/json", "/shop.v1.Catalog/Check", ""),
    ],
)
def test_grpc_over_http_names_it_in_its_path(content_type: str, path: str, expected: str) -> None:
    assert operation(path=path, content_type=content_type) == expected


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_a_post_is_looked_into(method: str) -> None:
    assert operation('{"jsonrpc":"2.0","method":"a"}', method=method) == ""


@pytest.mark.parametrize(
    "body",
    [
        "<Body" * 20_000,
        "<a:Body " * 20_000,
        "<methodName>" * 20_000,
        '{"jsonrpc":' + '"method":"' * 20_000,
        '{"jsonrpc":1,' + '"method" ' * 20_000,
        '{"query":"' + '\\\\"' * 30_000,
        '{"query":"' + "#\\n" * 30_000,
        '{"jsonrpc":' + "[" * 60_000,
        "Action=" * 20_000 + "&Version=",
        " " * 60_000 + "<",
    ],
)
def test_a_hostile_body_costs_no_more_than_a_long_one(body: str) -> None:
    assert len(operation(body)) <= 120
    assert processor_seconds(lambda: operation(body)) < FAR_FROM_SQUARE


@pytest.mark.parametrize("content", ["", "{", "[", "<", "null", "\x00", "é" * 100, "{}" * 9])
def test_what_is_none_of_these_has_no_name(content: str) -> None:
    assert operation(content) == ""


def test_a_name_is_short() -> None:
    assert len(operation(attributes={"graphql.operation.name": "x" * 9_999})) == 120
