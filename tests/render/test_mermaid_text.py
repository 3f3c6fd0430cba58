from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.mermaid.escaping import (
    LABEL_LIMIT,
    LINE_CELLS,
    escaped,
    frame_title,
    label,
    label_lines,
    lifelines,
)
from otelhook.render.shared.terminal import cells

ENTITY = re.compile(r"#(\d+);")


@pytest.mark.parametrize(
    ("captured", "written"),
    [
        ("GET /x", "GET /x"),
        (" a \r\n\x85\u2028b\ufeff ", "a b"),
        ("a\x00\x1b[1m\x7f\x85", "a\u2400\u241b[1m\u2421"),
        ("\ud800\ufffe\x9b", "\ufffd\ufffd\ufffd"),
        ("a#b", "a#35;b"),
        ("a;b", "a#59;b"),
        ("<br>", "#60;br>"),
        ("%EC%9D", "%EC%9D"),
        ("%%{init}%%", "%#37;{init}%#37;"),
        ("%%%", "%#37;#37;"),
        ("$5 $$x$$", "$5 $#36;x$#36;"),
        ("\ufb02\u00b0", "#64258;\u00b0"),
        ("\u00b6\u00df", "#182;\u00df"),
        ("wrap: x", "wrap#58; x"),
        ("noWrap: x", "noWrap#58; x"),
        (":wrap: x", ":wrap#58; x"),
        ("style:x", "style:x"),
        ("style:x;", "#115;tyle:x#59;"),
        ("classDef a;", "#99;lassDef a#59;"),
        ("", "(empty)"),
        (" \n", "(empty)"),
    ],
)
def test_a_message_is_escaped_by_the_rules_that_were_measured(captured: str, written: str) -> None:
    assert escaped(captured) == written


@pytest.mark.parametrize(
    ("captured", "written"),
    [
        ("# ; < &", "\uff03 \uff1b \uff1c \uff06"),
        ("%%", "%\u200b%"),
        ("$$", "$\u200b$"),
        ("wrap: x", "\u200bwrap: x"),
        ("\ufb02\u00b0\u00b6\u00df", "\ufb02\u200b\u00b0\u00b6\u200b\u00df"),
        ("", "(empty)"),
    ],
)
def test_a_frames_title_holds_no_entity_codes(captured: str, written: str) -> None:
    assert frame_title(captured) == written


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("GET /v2/images", ("GET /v2/images",)),
        ("POST /identity/v3/auth/tokens", ("POST", "/identity/v3/auth/tokens")),
        ("300 MULTIPLE CHOICES /identity/", ("300 MULTIPLE CHOICES", "/identity/")),
        ("PUT /v1/{account}/glance/{image_id}", ("PUT /v1/{account}", "/glance/{image_id}")),
        ("x" * 30, ("x" * 24, "x" * 6)),
        ("한" * 13, ("한" * 12, "한")),
    ],
)
def test_a_long_label_breaks_where_it_reads_best(title: str, lines: tuple[str, ...]) -> None:
    assert label_lines(title) == lines


def test_a_label_that_is_far_too_long_ends_in_an_ellipsis() -> None:
    lines = label_lines("GET /" + "deep/" * 100)
    assert lines[-1].endswith("…")
    assert len("".join(lines)) <= LABEL_LIMIT


def test_the_guard_of_style_sees_the_whole_label_and_not_a_line_of_it() -> None:
    assert label("style and many more words here#") == "#115;tyle and many<br/>more words here#35;"


@given(data=st.data())
def test_any_label_is_lines_that_fit_and_lose_nothing_but_blanks(
    texts: st.SearchStrategy[str], data: st.DataObject
) -> None:
    text = data.draw(texts)
    lines = label_lines(text)
    assert all(line == line.strip() and cells(line) <= LINE_CELLS for line in lines)
    written = label(text)
    assert "\n" not in written
    decoded = ENTITY.sub(lambda match: chr(int(match[1])), written)
    assert decoded == "<br/>".join(lines)
    assert "#" not in ENTITY.sub("", written)
    assert ";" not in ENTITY.sub("", written)
    assert not re.search(r"%%|\$\$|<(?!br/>)", written)


@pytest.mark.parametrize(
    "name",
    ["keystone", "glance-api", "swift-proxy-server", "a.b-c_1", "Ending", "notes-api", "titles"],
)
def test_a_plain_name_is_its_own_identifier(name: str) -> None:
    (line,) = lifelines([name])
    assert (line.identifier, line.declaration) == (name, f"participant {name}")


@pytest.mark.parametrize(
    "name",
    [
        "end",
        "End-user",
        "note-api",
        "details",
        "opt-in",
        "swift-xyz",
        "lifestyle",
        "my classDef",
        "host:8080",
        "1st",
        "a b",
        "서버",
        "x" * 41,
        "a--b",
        "",
    ],
)
def test_any_other_name_becomes_an_alias(name: str) -> None:
    (line,) = lifelines([name])
    assert line.identifier == "p1"
    assert line.declaration.startswith("participant p1 as ")


def test_an_alias_is_never_another_participants_name() -> None:
    first, second, third = lifelines(["a b", "p1", "p1_"])
    assert (second.identifier, third.identifier) == ("p1", "p1_")
    assert first.identifier == "p1__"
