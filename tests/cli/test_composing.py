"""What the user says of a document: hide, notes, OpenAPI, names, several traces."""

from __future__ import annotations

import json
from typing import Any

import pytest


def _document(otelhook: Any, *arguments: str) -> dict[str, Any]:
    done = otelhook("render", *arguments, "--format", "json")
    assert done.code == 0, done.err
    return dict(json.loads(done.out))


def test_several_traces_are_one_document_in_order_of_time(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored((*exchange(7, path="/later", started=1_700_000_009), *exchange(8, path="/first")))
    document = _document(otelhook, f"{7:032x}", f"{8:032x}")
    assert [step["path"] for step in document["steps"]] == ["/first", "/first", "/later", "/later"]
    assert [step["number"] for step in document["steps"]] == [1, 2, 3, 4]
    assert len(document["trace_ids"]) == 2


def test_the_same_trace_twice_is_drawn_once(otelhook: Any, stored: Any, exchange: Any) -> None:
    stored(exchange(7))
    assert len(_document(otelhook, "latest", f"{7:032x}")["steps"]) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rules.toml", '[[filters]]\nto = "stock"\nmethod = "GET"\n'),
        ("should_not_hook.json", '{"to": "stock", "method": "GET"}'),
    ],
)
def test_what_a_rule_fits_is_left_out_and_counted(
    otelhook: Any, stored: Any, exchange: Any, name: str, text: str
) -> None:
    stored(exchange(7))
    (otelhook.home / name).write_text(text)
    document = _document(otelhook, "latest", "--hide", name)
    assert document["steps"] == []
    assert [hidden["exchanges"] for hidden in document["hidden"]] == [1]


def test_a_note_stands_on_its_step_and_one_that_fits_nothing_is_reported(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    (otelhook.home / "notes.toml").write_text(
        '[[notes]]\npath = "/v2/images"\nkind = "request"\ntext = "Lists the images."\n'
        '[[notes]]\npath = "/nowhere"\ntext = "Never shown."\n'
    )
    document = _document(otelhook, "latest", "--notes", "notes.toml")
    assert [(note["first"], note["text"]) for note in document["notes"]] == [
        (1, "Lists the images.")
    ]
    assert document["warnings"] == ["Entry 2 of the notes file fits no step."]
    done = otelhook("render", "latest", "--notes", "notes.toml", "--format", "mermaid")
    assert (done.code, done.err) == (0, "otelhook: Entry 2 of the notes file fits no step.\n")


def test_a_rule_or_note_that_cannot_be_used_is_said_and_the_rest_is_rendered(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored((*exchange(7), *exchange(8, path="/secretive", started=1_700_000_009)))
    (otelhook.home / "rules.json").write_text('[{"urls": ["("]}, {"urls": ["/secretive"]}]')
    (otelhook.home / "notes.toml").write_text(
        '[[notes]]\ntext = "For what?"\n[[notes]]\nmethod = "GET"\ntext = "Lists."\n'
    )
    wanted = ("--until", "1s", "--hide", "rules.json", "--notes", "notes.toml")
    done = otelhook("render", *wanted, "--format", "json")
    assert done.code == 2
    first, second = done.err.splitlines()
    assert first.startswith("otelhook: filter rule 1: the pattern '(' cannot be used: ")
    assert second.startswith("otelhook: entry 1 of the notes file: say what it is on")
    document = json.loads(done.out)
    assert [step["path"] for step in document["steps"]] == ["/v2/images"] * 2
    assert [note["text"] for note in document["notes"]] == ["Lists."]
    assert document["warnings"][0].startswith("Left unused: filter rule 1: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[[notes]\n", "the notes file is not valid TOML: "),
        (b"notes = 1\n", "the notes file should hold [[notes]] entries"),
        (b"optional = 1\n", "the notes file: 'optional' should be true or false"),
        (b"\xff\xfe", "bad.toml: not UTF-8 text"),
        (b"notes = " + b"[" * 100_000, "the notes file is not valid TOML: "),
    ],
)
def test_a_notes_file_that_cannot_be_used_is_said_and_the_page_is_there_with_the_other_notes(
    otelhook: Any, stored: Any, exchange: Any, content: bytes, message: str
) -> None:
    stored(exchange(7))
    (otelhook.home / "bad.toml").write_bytes(content)
    (otelhook.home / "good.toml").write_text('[[notes]]\nmethod = "GET"\ntext = "Lists."\n')
    wanted = ("--notes", "bad.toml", "--notes", "good.toml", "--format", "json", "-o", "page.json")
    done = otelhook("render", "latest", *wanted)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert done.err.startswith(f"otelhook: {message}")
    document = json.loads((otelhook.home / "page.json").read_text())
    assert len(document["steps"]) == 2
    assert [note["text"] for note in document["notes"]] == ["Lists."]


def test_names_come_from_a_file_and_the_command_line_wins(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    client, _ = exchange(7, path="/v2/images/cirros/tiny")
    stored([client])
    (otelhook.home / "names.toml").write_text(
        '[participants]\n"stock.example:80" = "glance"\n":80" = "any"\n'
        '[variables]\nimage = "cirros"\nflavor = "tiny"\n'
    )
    named = ("latest", "--names", "names.toml")
    document = _document(otelhook, *named, "--variable", "size=tiny", "--title", "Show an image")
    assert [p["name"] for p in document["participants"]] == ["shop", "glance"]
    assert document["steps"][0]["label"] == "/v2/images/{image}/{size}"
    assert document["title"] == "Show an image"
    document = _document(otelhook, *named, "--name", "stock.example:80=image service")
    assert [p["name"] for p in document["participants"]] == ["shop", "image service"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "n.toml: not valid TOML: "),
        ("[services]\n", "n.toml: 'services' is none of its tables"),
        ("participants = 1\n", "n.toml: 'participants' is none of its tables"),
        ("[variables]\nid = 7\n", "n.toml: [variables] 'id': expected text between quotes"),
    ],
)
def test_a_file_of_names_that_cannot_be_used_is_one_line(
    otelhook: Any, stored: Any, exchange: Any, text: str, message: str
) -> None:
    stored(exchange(7))
    (otelhook.home / "n.toml").write_text(text)
    done = otelhook("render", "latest", "--names", "n.toml")
    assert done.code == 2
    assert done.err.startswith(f"otelhook: {message}")
    assert done.err.count("\n") == 1


def test_an_openapi_file_gives_the_operations_summary(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    api = {"openapi": "3.0.0", "paths": {"/v2/images": {"get": {"summary": "List images"}}}}
    (otelhook.home / "api.json").write_text(json.dumps(api))
    document = _document(otelhook, "latest", "--openapi", "api.json")
    (note,) = document["notes"]
    assert (note["first"], note["title"], note["text"]) == (1, "GET /v2/images", "List images")


def test_a_value_gets_the_name_that_the_user_gives(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7, path="/v2/images/cirros"))
    document = _document(otelhook, "latest", "--variable", "image=cirros")
    assert document["steps"][0]["label"] == "/v2/images/{image}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--hide none.json", (5, "none.json: cannot be read: No such file or directory")),
        ("--variable x", (2, "expected --variable NAME=VALUE, got 'x'")),
        ("--name =x", (2, "expected --name ADDRESS=NAME, got '=x'")),
        ("--hide bytes", (2, "bytes: not UTF-8 text")),
    ],
)
def test_what_cannot_be_used_is_one_line(
    otelhook: Any, stored: Any, exchange: Any, arguments: str, expected: tuple[int, str]
) -> None:
    stored(exchange(7))
    (otelhook.home / "bytes").write_bytes(b"\xff\xfe")
    done = otelhook("render", "latest", *arguments.split())
    assert (done.code, done.err) == (expected[0], f"otelhook: {expected[1]}\n")


def test_markdown_for_github_has_no_tabs_and_for_mkdocs_it_has(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    pages = {
        target: otelhook("render", "--format", "markdown", "--for", target).out
        for target in ("mkdocs", "github", "gitlab", "gitea")
    }
    assert '=== "Header"' in pages["mkdocs"]
    for target in ("github", "gitlab", "gitea"):
        assert '=== "Header"' not in pages[target]
        assert "<details>" in pages[target]


def test_a_mkdocs_folder_includes_its_parts_under_the_prefix(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    done = otelhook("render", "--format", "mkdocs", "-o", "docs/shop/", "--prefix", "shop")
    names = ["index.md", "diagram.md", "body.md", "log.md"]
    assert done.out.split() == [f"docs/shop/{name}" for name in names]
    assert '--8<-- "shop/body.md"' in (otelhook.home / "docs/shop/index.md").read_text()
    done = otelhook("render", "--format", "mkdocs")
    assert (done.code, done.err) == (
        2,
        "otelhook: mkdocs is a folder of pages: name one with -o FOLDER/\n",
    )


def test_a_folder_of_markdown_has_one_page_while_it_is_small(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7))
    done = otelhook("render", "--format", "markdown", "--for", "github", "-o", "docs/")
    assert done.out.split() == ["docs/index.md"]
    single = otelhook("render", "--format", "markdown", "--for", "github").out
    assert (otelhook.home / "docs" / "index.md").read_text(encoding="utf-8") == single
