"""Each view of a body: what it shows, what it leaves alone, and that nothing breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelhook.render.bodies.image import IMAGE_LIMIT
from otelhook.render.bodies.registry import VIEWS, content_of, shown_body, shown_content
from otelhook.render.bodies.sql import laid_out_sql
from otelhook.render.bodies.view import TEXT_LIMIT, Content, Picture, Shown
from otelhook.sequence.document import Body
from tests.work import FAR_FROM_SQUARE, processor_seconds

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000100000000a0802000000")
GIF = b"GIF89a\x20\x00\x10\x00"
MULTIPART = (
    '--XX\r\nContent-Disposition: form-data; name="meta"\r\n'
    'Content-Type: application/json\r\n\r\n{"a":1}\r\n'
    '--XX\r\nContent-Disposition: form-data; name="file"; filename="cat.png"\r\n'
    "Content-Type: image/png\r\n\r\n\x00\x01\r\n--XX--\r\n"
)
EVENTS = "event: token\nid: 0\ndata: a\ndata: b\n\n: comment\ndata: {}\n\ndata: cut"


def shown(content: str | bytes, media_type: str = "", *, truncated: bool = False) -> Shown:
    size = len(content) if isinstance(content, bytes) else len(content.encode(errors="replace"))
    return shown_body(Body(content, size, truncated, media_type))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("<a><b c='d>'>1</b><e/></a>", ["<a>", "  <b c='d>'>1</b>", "  <e/>", "</a>"]),
        (
            '<?xml version="1.0"?><s:E xmlns:s="u"><s:B><!-- x --><I>A &amp; B</I></s:B></s:E>',
            [
                '<?xml version="1.0"?>',
                '<s:E xmlns:s="u">',
                "  <s:B>",
                "    <!-- x -->",
                "    <I>A &amp; B</I>",
                "  </s:B>",
                "</s:E>",
            ],
        ),
        ("<a><![CDATA[<b>]]></a>", ["<a><![CDATA[<b>]]></a>"]),
        ("<a><b></a>", ["<a><b></a>"]),
        ("<a>&lol9;</a>", ["<a>&lol9;</a>"]),
        ("<a>\n  <b/>\n</a>", ["<a>", "  <b/>", "</a>"]),
    ],
)
def test_xml_has_a_line_for_each_element(text: str, lines: list[str]) -> None:
    found = shown(text, "application/soap+xml")
    assert (found.language, found.text.split("\n")) == ("xml", lines)


def test_html_is_laid_out_without_its_voids_and_with_its_scripts_whole() -> None:
    page = "<!doctype html><html><head><meta a><title>Hi</title><script>if (a<b) {}</script></head>"
    page += "<body><p>one<br>two<p>three</body></html>"
    assert shown(page, "text/html").text.split("\n") == [
        "<!doctype html>",
        "<html>",
        "  <head>",
        "    <meta a>",
        "    <title>Hi</title>",
        "    <script>if (a<b) {}</script>",
        "  </head>",
        "  <body>",
        "    <p>",
        "      one",
        "      <br>",
        "      two",
        "      <p>",
        "        three",
        "  </body>",
        "</html>",
    ]


def test_an_entity_bomb_stays_text() -> None:
    bomb = '<!DOCTYPE z [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><z>&b;</z>'
    assert shown(bomb, "text/xml").text.replace("\n", "").replace("  ", "") == bomb


def test_a_form_is_a_table_of_what_was_meant() -> None:
    found = shown(
        "name=J%C3%BCrgen+M&empty=&tags=1&tags=2&t=\u2039token 1\u203a",
        "application/x-www-form-urlencoded; charset=utf-8",
    )
    assert found.head == ("name", "value")
    assert found.rows == (
        ("name", "J\xfcrgen M"),
        ("empty", ""),
        ("tags", "1"),
        ("tags", "2"),
        ("t", "\u2039token 1\u203a"),
    )
    assert found.text.startswith("name  = J\xfcrgen M\nempty = \n")


@pytest.mark.parametrize("content", [MULTIPART, MULTIPART.encode()])
def test_a_multipart_body_is_a_table_of_its_parts(content: str | bytes) -> None:
    found = shown(content, "multipart/form-data; boundary=XX")
    assert found.rows == (
        ("meta", "", "application/json", '{\n  "a": 1\n}'),
        ("file", "cat.png", "image/png", "binary, 2 bytes"),
    )
    assert "-- file, cat.png, image/png\nbinary, 2 bytes" in found.text


def parts(*contents: tuple[str, bytes], ends: bool = True) -> bytes:
    """Return a body with a part for each type and content."""
    pieces = [
        b'--XX\r\nContent-Disposition: form-data; name="p"\r\n'
        + (b"Content-Type: " + media_type.encode() + b"\r\n" if media_type else b"")
        + b"\r\n"
        + content
        for media_type, content in contents
    ]
    return b"\r\n".join([*pieces, b"--XX--\r\n"] if ends else pieces)


def shown_parts(*contents: tuple[str, bytes], ends: bool = True) -> Shown:
    return shown(parts(*contents, ends=ends), "multipart/form-data; boundary=XX")


@pytest.mark.parametrize(
    ("media_type", "content", "said"),
    [
        ("application/json", b'{"a":[]}', '{\n  "a": []\n}'),
        ("", b'{"a":1}', '{\n  "a": 1\n}'),
        ("", b'{"query":"{ a { b } }"}', "{\n  a {\n    b\n  }\n}"),
        ("text/xml", b"<a><b/></a>", "<a>\n  <b/>\n</a>"),
        ("application/x-www-form-urlencoded", b"a=1%202&b=", "a = 1 2\nb = "),
        ("application/json", b'{"a":', '{"a":'),
        ("text/plain", b"one\ntwo", "one\ntwo"),
        ("application/json", b"{\x00}", "binary, 3 bytes"),
    ],
)
def test_a_part_is_laid_out_as_a_body_of_its_kind_is(
    media_type: str, content: bytes, said: str
) -> None:
    found = shown_parts((media_type, content))
    assert [row[-1] for row in found.rows] == [said]
    assert found.text.endswith(f"\n{said}")
    assert found.pictures == ()


def test_pictures_within_parts_are_shown_in_their_rows() -> None:
    jpeg = b"\xff\xd8\xff\xe0\r\n"
    found = shown_parts(
        ("image/png", PNG), ("text/plain", b"a"), ("", GIF), ("application/octet-stream", jpeg)
    )
    assert [row[-1] for row in found.rows] == [
        "PNG image, 16 x 10 pixels, 29 bytes",
        "a",
        "GIF image, 32 x 16 pixels, 10 bytes",
        "JPEG image, 6 bytes",
    ]
    assert found.pictures == (
        Picture(0, "image/png", PNG),
        Picture(2, "image/gif", GIF),
        Picture(3, "image/jpeg", jpeg),
    )


def test_a_part_that_was_cut_or_is_no_picture_has_none() -> None:
    found = shown_parts(
        ("image/svg+xml", b"<svg/>"),
        ("image/png", b"BM\x00"),
        ("image/gif", b"GIF89a is a format"),
        ("image/png", PNG),
        ends=False,
    )
    assert [row[-1] for row in found.rows] == [
        "<svg/>",
        "binary, 3 bytes",
        "GIF89a is a format",
        "PNG image, 16 x 10 pixels, 29 bytes, cut",
    ]
    assert found.pictures == ()


def test_the_pictures_of_a_body_are_bounded_together() -> None:
    large = PNG + bytes(IMAGE_LIMIT - len(PNG) - 20)
    found = shown_parts(("image/png", large), ("image/png", PNG), ("image/gif", GIF))
    assert [(each.row, len(each.content)) for each in found.pictures] == [
        (0, IMAGE_LIMIT - 20),
        (2, len(GIF)),
    ]


@pytest.mark.parametrize("boundary", ["", "; boundary=YY", '; boundary="X Y"'])
def test_a_multipart_body_with_another_boundary_is_shown_as_it_came(boundary: str) -> None:
    assert shown(MULTIPART, f"multipart/form-data{boundary}").text == MULTIPART


@pytest.mark.parametrize(
    ("data", "media_type", "said"),
    [
        (PNG, "image/png", "PNG image, 16 x 10 pixels, 29 bytes"),
        (GIF, "image/gif", "GIF image, 32 x 16 pixels, 10 bytes"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", "JPEG image, 4 bytes"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "WEBP image, 16 bytes"),
    ],
)
def test_pictures_are_known_by_their_first_bytes(data: bytes, media_type: str, said: str) -> None:
    found = shown(data, "application/octet-stream")
    assert (found.image, found.text) == (media_type, said)


@pytest.mark.parametrize(
    "body",
    [
        Body(PNG, 29, truncated=True),
        Body(PNG + bytes(300_000), 300_029),
        Body(b"<svg xmlns='http://www.w3.org/2000/svg'/>", 40, content_type="image/svg+xml"),
        Body(b"BM\x00\x00", 4, content_type="image/png"),
        Body("\x89PNG", 4, content_type="image/png"),
    ],
)
def test_what_is_no_whole_picture_of_a_known_kind_is_none(body: Body) -> None:
    assert shown_body(body).image == ""


def test_sql_has_a_line_for_each_clause_outside_of_brackets_and_quotes() -> None:
    text = (
        "select a.id, count(*) from orders a left join items i on i.o = a.id where a.name = "
        "'x from y' and a.id in (select id from t where z) group by a.id order by 2 limit 10"
    )
    assert laid_out_sql(text).split("\n") == [
        "select a.id, count(*) ",
        "from orders a ",
        "left join items i on i.o = a.id ",
        "where a.name = 'x from y' ",
        "  and a.id in (select id from t where z) ",
        "group by a.id ",
        "order by 2 ",
        "limit 10",
    ]
    assert shown(text, "application/sql").language == "sql"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT a\nFROM b WHERE c = 1 AND d = 2 AND e = 3 AND f = 4 ORDER BY g",
        "INSERT INTO 'values (" + "x" * 80,
        "$$ select from where $$ " + "x" * 80,
    ],
)
def test_sql_that_is_short_or_has_lines_or_is_all_quoted_stays(text: str) -> None:
    assert laid_out_sql(text) == text


def test_lines_of_json_are_rows() -> None:
    text = '{"i": 0}\n\n{"i": 1}\n'
    for media_type in ("application/x-ndjson", "", "text/plain"):
        assert shown(text, media_type).rows == (("1", '{"i": 0}'), ("2", '{"i": 1}'))
    assert shown("{}\n{x}", "").rows == ()
    assert shown('{\n"a": 1}', "").rows == ()


def test_server_sent_events_are_rows() -> None:
    assert shown(EVENTS, "text/event-stream").rows == (
        ("token", "0", "a\nb"),
        ("message", "", "{}"),
        ("message", "", "cut"),
    )


@pytest.mark.parametrize(
    ("text", "head", "first"),
    [
        ("data: a\n\ndata: b\n\n", ("data",), ("a",)),
        ("id: 1\ndata: a\n\ndata: b\n\n", ("id", "data"), ("1", "a")),
        ("data: a\n\nevent: end\ndata: b\n\n", ("event", "data"), ("message", "a")),
        ("retry: 5\n\n", ("data",), ("",)),
    ],
)
def test_server_sent_events_have_the_columns_that_were_sent(
    text: str, head: tuple[str, ...], first: tuple[str, ...]
) -> None:
    found = shown(text, "text/event-stream")
    assert (found.head, found.rows[0]) == (head, first)


def test_a_graphql_request_shows_its_query() -> None:
    found = shown(
        '{"query": "query Hero($id: ID!) {\\n  hero\\n}", "variables": {"id": "1"}}',
        "application/json",
    )
    assert found.language == "graphql"
    assert found.text == ('query Hero($id: ID!) {\n  hero\n}\n\n# variables: {\n#   "id": "1"\n# }')
    for other in ('{"query": "select {"}', '{"query": 1}', '{"query": "{a}", "page": 2}'):
        assert shown(other, "application/json").language == "json"


QUERY = (
    "query Order($id: ID!, $n: Int = 3) @live { order(id: $id) { items(first: $n, where: "
    '{status: OPEN, note: "a, b {"}) { sku, price { amount } } ...Short ... on Paid '
    "@include(if: $p) { at } me: customer { name @skip(if: true) on } } } fragment Short on Order "
    "{ total }"
)


def test_a_graphql_query_of_one_line_has_a_field_on_each_line() -> None:
    assert shown(QUERY, "application/graphql").text.splitlines() == [
        "query Order($id: ID!, $n: Int = 3) @live {",
        "  order(id: $id) {",
        '    items(first: $n, where: { status: OPEN, note: "a, b {" }) {',
        "      sku",
        "      price {",
        "        amount",
        "      }",
        "    }",
        "    ...Short",
        "    ... on Paid @include(if: $p) {",
        "      at",
        "    }",
        "    me: customer {",
        "      name @skip(if: true)",
        "      on",
        "    }",
        "  }",
        "}",
        "fragment Short on Order {",
        "  total",
        "}",
    ]


@pytest.mark.parametrize(
    "query",
    [
        "{ hero\n name }",
        "{ hero # the one",
        "{ hero(id: 1 } )",
        "{ hero } }",
        '{ hero(name: "x) }',
        "{ hero(name: \u2039redacted\u203a) }",
        "{a" * 61 + "}" * 61,
    ],
)
def test_a_graphql_query_that_has_lines_or_is_damaged_stays_as_it_is(query: str) -> None:
    assert shown(query, "application/graphql").text == query


@given(
    st.lists(
        st.sampled_from(["a", "b1", "{", "}", "(", ")", "[", "]", ":", "@c", "$d", "...", "on"])
        | st.sampled_from(['"x{"', "1.5", "!", "=", "|", ","]),
        max_size=30,
    )
)
def test_a_graphql_query_that_is_laid_out_has_all_that_it_had(words: list[str]) -> None:
    query = "{ " + " ".join(words) + " }"
    signs = [sign for sign in query if sign not in " ,"]
    laid = shown(query, "application/graphql").text
    assert [sign for sign in laid if sign not in " ,\n"] == signs
    assert shown(laid, "application/graphql").text == laid


def test_stack_traces_are_known() -> None:
    assert shown("Traceback (most recent call last):\n  File", "text/plain").language == "pytb"
    java = "java.lang.X: y\n\tat a.b.C.d(E.java:12)\n"
    assert shown(java).language == "java"
    assert shown("met\n at noon (12)").language == "text"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
@given(
    text=st.text(alphabet="<>&/?=-'\"{}[]():; \n\r\t\\$abX1\u2039", max_size=60),
    media_type=st.sampled_from(
        [
            *("", "application/json", "application/sql", "text/xml", "text/html", "text/plain"),
            *("text/event-stream", "application/x-ndjson", "application/x-www-form-urlencoded"),
            "multipart/form-data; boundary=X",
        ]
    ),
    as_bytes=st.booleans(),
)
def test_no_view_breaks(view: object, text: str, media_type: str, *, as_bytes: bool) -> None:
    value: str | bytes = text.encode() if as_bytes else text
    content = content_of(Body(value, len(text), content_type=media_type), value)
    shown_content(content, [view])  # type: ignore[list-item]
    shown_body(Body(value, len(text), content_type=media_type))


HOSTILE = [
    ("<!--" * 200_000, "text/xml"),
    ("<a " * 200_000, "text/xml"),
    ('<a "' * 200_000, "text/html"),
    ("<a>" * 200_000, "text/xml"),
    ("'" * 800_000, "application/sql"),
    ("/*" * 400_000, "application/sql"),
    ("$a$" * 200_000, "application/sql"),
    ("(" * 800_000, "application/sql"),
    ("select " * 100_000, "application/sql"),
    ("a=1&" * 200_000, "application/x-www-form-urlencoded"),
    ("--XX\r\n" * 100_000, "multipart/form-data; boundary=XX"),
    ("data: x\n" * 100_000, "text/event-stream"),
    ('{"a":1}\n' * 100_000, "application/x-ndjson"),
    ("\tat a.b(" * 80_000, "text/plain"),
    ('{"query":' * 80_000, "application/json"),
]


@pytest.mark.parametrize(("text", "media_type"), HOSTILE)
def test_a_huge_or_hostile_body_is_shown_without_reading_it_again_and_again(
    text: str, media_type: str
) -> None:
    assert shown(text, media_type).text
    assert processor_seconds(lambda: shown(text, media_type)) < FAR_FROM_SQUARE


def test_what_is_too_long_to_be_laid_out_stays_as_it_came() -> None:
    text = "<a><b/></a>" * (TEXT_LIMIT // 11 + 1)
    assert shown(text, "text/xml").text == text


def test_a_view_that_fails_is_passed_over() -> None:
    def broken(content: Content) -> Shown | None:
        raise ValueError(content.media_type)

    content = Content("x", "text/plain")
    assert shown_content(content, [broken]) is None
    assert shown_content(content, [broken, lambda _: Shown("text", "y")]) == Shown("text", "y")
