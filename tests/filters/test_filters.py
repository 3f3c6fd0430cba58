from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otelhook.errors import ConfigError
from otelhook.sequence.document import (
    Document,
    Flow,
    Group,
    GroupKind,
    Hidden,
    Highlight,
    Note,
    Redaction,
    Variable,
)
from otelhook.sequence.transforms.filters import hide, parse_rules

SEED = Path(__file__).parents[3] / "shared" / "seed" / "openstack-image-create"

QUOTA: dict[str, Any] = {
    "from": "glance-api",
    "to": "keystone",
    "method": "GET",
    "urls": [
        "/identity/{version}/limits",
        "/identity/{version}/registered_limits",
        "/identity/{version}/endpoints/{endpoint_id}",
    ],
}


def _titles(document: Document) -> list[str]:
    return [f"{step.number} {step.title}" for step in document.steps]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"filters": [QUOTA]}),
        json.dumps([QUOTA]),
        json.dumps(QUOTA),
        f"{json.dumps(QUOTA)},\n{json.dumps({'from': 'nobody'})}",
        json.dumps({**QUOTA, "from": "GLANCE-API", "method": "get"}),
    ],
    ids=["as a file", "a list", "one rule", "several with commas", "without case"],
)
def test_the_ancestors_rules_are_read_as_they_are(create: Document, text: str) -> None:
    document = hide(create, parse_rules(text, "json"))
    assert _titles(document) == [
        "1 POST /v2/images/{image_id}",
        "2 POST /identity/v3/auth/tokens",
        "3 201 /identity/v3/auth/tokens",
        "4 HEAD /v1/AUTH_1/glance",
        "5 GET /identity/v3/auth/tokens",
        "6 200 /identity/v3/auth/tokens",
        "7 204 /v1/AUTH_1/glance",
        "8 201 /v2/images/{image_id}",
    ]
    assert [hidden.exchanges for hidden in document.hidden] == [2]


def test_the_same_rules_in_toml_hide_the_same(create: Document) -> None:
    toml = """
        [[filters]]
        from = "glance-api"
        to = "keystone"
        method = "GET"
        urls = ["/identity/{version}/limits", "/identity/{version}/registered_limits"]
        [mappings]
        version = "v[0-9]+"
    """
    document = hide(create, parse_rules(toml, "toml"))
    assert len(document.steps) == 8
    assert document.hidden == (
        Hidden(
            '{ from = "glance-api", to = "keystone", method = "GET", urls = '
            '["/identity/{version}/limits", "/identity/{version}/registered_limits"] }',
            2,
        ),
    )


def test_the_rules_that_the_author_printed_hide_what_the_author_left_out(
    call: Callable[..., Any], made: Callable[[Sequence[Any]], Document]
) -> None:
    if not SEED.is_dir():
        pytest.skip("the author's page is not beside the repository")
    page = (SEED / "index.md").read_text(encoding="utf-8")
    printed = re.findall(r'``` json title="should_not_hook.json"\n(.*?)```', page, re.DOTALL)
    rules = parse_rules(printed[0], "json") + parse_rules(printed[1], "json")
    assert len(rules) == 3
    lines = (SEED / "diagram-with-limits.md").read_text(encoding="utf-8").split("\n")
    found = (re.fullmatch(r"(.+?)->>(.+?): (\S+ \S+)", line.strip()) for line in lines)
    calls = [call(m[1], m[2], m[3]) for m in found if m and not m[1].endswith("--")]
    shown = hide(made(calls), rules)
    assert len(calls) - len(shown.steps) // 2 == shown.hidden[0].exchanges == 12
    left = {step.path for step in shown.steps if step.source == "glance-api"}
    assert not [path for path in left if "limits" in path or "endpoints" in path]


def test_a_uuid_is_hex_digits_and_dashes_and_any_other_name_one_segment() -> None:
    uuid, name = parse_rules('[{"urls": ["^/p/{uuid}/x$"]}, {"urls": ["^/p/{name}/x$"]}]', "json")
    for path, as_uuid, as_name in (
        ("/p/2f9d4284-5ae2-464f-8ef7-132c0c3dc3d1/x", True, True),
        ("/p/word/x", False, True),
        ("/p/a/b/x", False, False),
        ("/p//x", False, False),
    ):
        assert uuid.matches("a", "b", "GET", path) is as_uuid
        assert name.matches("a", "b", "GET", path) is as_name


def test_mappings_say_what_a_name_stands_for() -> None:
    text = json.dumps(
        {"filters": [{"urls": ["/v/{uuid}$"]}, {"urls": ["/n/{n}$"]}], "mappings": {"n": "[0-9]+"}}
    )
    uuid, number = parse_rules(text, "json")
    assert uuid.matches("", "", "", "/v/abc-def")
    assert number.matches("", "", "", "/n/12")
    assert not number.matches("", "", "", "/n/ab")


def test_every_key_may_be_left_out_or_a_star(create: Document) -> None:
    stars = '{"from": "*", "to": "swift", "method": "*", "urls": "*"}'
    for text in (stars, '{"to": "swift"}', '{"to": "swift", "urls": []}'):
        document = hide(create, parse_rules(text, "json"))
        assert [s.path for s in document.steps if "swift" in (s.source, s.target)] == [
            "/identity/v3/auth/tokens",
            "/identity/v3/auth/tokens",
        ]


def test_a_query_can_be_asked_for(create: Document) -> None:
    document = hide(create, parse_rules('{"urls": ["[?&]service_id=1"]}', "json"))
    assert len(document.steps) == 10


def test_what_lies_beneath_stays_and_moves_up_unless_it_is_to_go(create: Document) -> None:
    shallow = hide(create, parse_rules('{"to": "swift"}', "json"))
    token = next(s for s in shallow.steps if s.source == "swift")
    assert (token.depth, token.title) == (1, "GET /identity/v3/auth/tokens")
    assert shallow.hidden[0].exchanges == 1
    deep = hide(create, parse_rules('{"to": "swift", "beneath": true}', "json"))
    assert "swift" not in [participant.name for participant in deep.participants]
    assert deep.hidden[0].exchanges == 2
    assert len(deep.steps) == 8


def test_an_exchange_counts_for_the_first_rule_that_fits(create: Document) -> None:
    text = '[{"method": "HEAD"}, {"to": "keystone"}, {"to": "swift"}]'
    document = hide(create, parse_rules(text, "json"))
    assert document.hidden == (
        Hidden('{"method": "HEAD"}', 1),
        Hidden('{"to": "keystone"}', 4),
    )
    assert [p.name for p in document.participants] == ["openstack", "glance-api"]


def test_everything_that_names_steps_is_counted_anew(create: Document) -> None:
    full = replace(
        create,
        groups=(
            Group(GroupKind.OPT, "both", 2, 5),
            Group(GroupKind.OPT, "gone", 4, 7),
            Group(GroupKind.OPT, "around", 1, 12),
        ),
        notes=(Note(1, 1, "first"), Note(6, 6, "gone"), Note(4, 8, "part"), Note(12, 12, "last")),
        flows=(
            Flow(8, "header.x", 3, "header.y", "token 1"),
            Flow(8, "path", 5, "body.x", "from what is gone"),
            Flow(6, "path", 3, "body.x", "to what is gone"),
            Flow(9, "header.x", 0, "", "before"),
        ),
        highlights=(Highlight(5, "header.a", "gone"), Highlight(11, "header.a", "kept")),
        redactions=(Redaction(4, "gone"), Redaction(10, "kept")),
        variables=(Variable("image_id", "x"), Variable("other", "y")),
        hidden=(Hidden("earlier", 3),),
    )
    document = hide(full, parse_rules('{"from": "glance-api", "urls": ["limits"]}', "json"))
    assert [(g.title, g.first, g.last) for g in document.groups] == [
        ("both", 2, 3),
        ("around", 1, 8),
    ]
    assert [(n.text, n.first, n.last) for n in document.notes] == [
        ("first", 1, 1),
        ("part", 4, 4),
        ("last", 8, 8),
    ]
    assert [(f.step, f.source_step, f.name) for f in document.flows] == [
        (4, 3, "token 1"),
        (5, 0, "before"),
    ]
    assert document.highlights == (Highlight(7, "header.a", "kept"),)
    assert document.redactions == (Redaction(6, "kept"),)
    assert document.variables == full.variables
    assert document.hidden[0].rule == "earlier"
    assert [step.exchange for step in document.steps] == [1, 2, 2, 3, 4, 4, 3, 1]


def test_rules_that_fit_nothing_change_nothing(create: Document) -> None:
    assert hide(create, parse_rules('{"from": "nobody"}', "json")) == create
    assert hide(create, ()) == create


def test_everything_can_be_hidden(create: Document) -> None:
    document = hide(create, parse_rules('{"urls": ["/"]}', "json"))
    assert (document.steps, document.participants, document.start_time) == ((), (), 0)
    assert document.variables == ()
    assert document.hidden[0].exchanges == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the filter file is not valid JSON: "),
        ("[" * 100_000, "the filter file is not valid JSON: "),
        ('"rule"', "should hold a list of rules"),
        ('{"filters": {}}', "should hold a list of rules"),
        ('[{"from": "a"}, 3]', "filter rule 2: expected an object"),
        ('[{"form": "a"}]', "filter rule 1: unknown key 'form'; known: beneath, comment, from"),
        ('{"filters": [], "mapping": {}}', "the filter file: unknown key 'mapping'"),
        ("{}", "filter rule 1: it names nothing and would hide everything"),
        ('{"beneath": true}', "filter rule 1: it names nothing"),
        ('[{"from": 1}]', "filter rule 1: 'from' should be a name"),
        ('[{"to": "a", "beneath": "yes"}]', "'beneath' should be true or false"),
        ('[{"urls": [1]}]', "'urls' should be a list"),
        ('[{"urls": {}}]', "'urls' should be a list"),
        ('[{"to": "a"}, {"urls": ["/ok", "/(x"]}]', "filter rule 2: the pattern '/\\(x' cannot"),
        ('[{"urls": ["a{99999999999999999999}"]}]', "filter rule 1: the pattern "),
        ('{"mappings": [], "filters": []}', "'mappings' should be a table"),
        ('{"mappings": {"n": 1}, "filters": []}', "mapping {n}: expected a pattern"),
    ],
)
def test_a_rule_that_cannot_be_used_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("{n}", r"\{n\}")) as caught:
        parse_rules(text, "json")
    assert "\n" not in str(caught.value)


def test_toml_that_is_none_is_said_in_one_line() -> None:
    with pytest.raises(ConfigError, match="the filter file is not valid TOML: "):
        parse_rules("[[filters]\n", "toml")


def test_a_file_without_rules_has_none() -> None:
    assert parse_rules("", "toml") == ()
    assert parse_rules("[]", "json") == ()


def test_a_comment_says_nothing() -> None:
    (rule,) = parse_rules('[[filters]]\ncomment = 2022-12-30\nto = "a"', "toml")
    assert rule.written == '{ to = "a" }'
