"""What each format says of calls over other protocols than HTTP, and of how they ended."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from otelhook.render import FORMATS, render
from otelhook.render.html.payload import build
from otelhook.render.markdown.page import render_markdown
from otelhook.render.shared.inner_work import with_detail
from otelhook.render.text.page import render_text
from otelhook.sequence.annotations.summaries import summaries
from otelhook.sequence.document import (
    Document,
    InnerSpan,
    Mark,
    Outcome,
    Participant,
    ParticipantKind,
    Protocol,
    SpanCounts,
    SpanEvent,
    Step,
    StepKind,
)

REFUSED = 'null value in column "name" of relation "orders" violates not-null constraint'
COUNTS = "19 spans: 13 in 19 steps, 4 internal, 2 details of other calls; 3 events"
WIDTH = 150
"""Cells that are too few for eleven lifelines: steps are listed, a row each."""

SHOWN = ("mermaid", "text", "markdown", "plantuml", "svg", "html")


def text_of(document: Document, form: str) -> str:
    """Return a format as one text, PlantUML's and XML's escapes read."""
    if form == "text":
        return render_text(document, WIDTH)
    found = render(document, form)
    assert isinstance(found, str)
    if form == "plantuml":
        return re.sub(r"<U\+([0-9A-F]+)>", lambda match: chr(int(match[1], 16)), found)
    if form == "svg":
        return "\n".join(ET.fromstring(found).itertext())
    if form == "html":
        # What the viewer's own words are is no matter of the document.
        found = found[found.index("<noscript>") : found.index('<script type="module">')]
        found = found.replace('\\"', '"')
    if form in ("markdown", "html"):
        found = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), found)
    return found.replace("<br/>", " ").replace("\\", "")


def line_of(document: Document, number: int) -> str:
    """Return how the terminal tells a step."""
    rows = [row.strip() for row in render_text(document, WIDTH).splitlines()]
    return next(row for row in rows if row.startswith(f"{number} "))


def arrows(document: Document) -> list[str]:
    found = render(document, "mermaid")
    assert isinstance(found, str)
    arrow = re.compile(r"^ +[\w-]+?(-?-(?:>>|x))[\w-]+:", re.MULTILINE)
    return arrow.findall(found)


@pytest.mark.parametrize("form", SHOWN)
def test_each_format_says_what_was_asked_and_what_was_answered(order: Document, form: str) -> None:
    text = " ".join(text_of(order, form).split())
    for said in (
        "POST /checkout",
        "INSERT orders",
        "chat model-a",
        "260 tokens",
        "INTERNAL (13): cart failure:",
        "23502: null value in column",
        "outcome not recorded",
        "the cart of 7 is gone",
        "broker not available",
        "inferred",
    ):
        assert said in text, said
    assert "PlaceOrder" in text


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"png", "json", "json-v1"}))
def test_each_format_says_what_became_of_the_spans(order: Document, form: str) -> None:
    assert COUNTS in " ".join(text_of(order, form).split())
    silent = replace(order, counts=SpanCounts())
    assert "in 19 steps" not in text_of(silent, form)


def test_the_counts_are_told_without_what_there_is_none_of(order: Document) -> None:
    alone = replace(order, counts=SpanCounts(drawn=1, details=1), steps=order.steps[:1])
    assert "2 spans: 1 in 1 step, 1 detail of other calls\n" in text_of(alone, "text")


def test_an_operation_that_does_not_fit_shows_its_end(order: Document) -> None:
    assert "├─ …/PlaceOrder ─" in render_text(order, 220)


def test_an_arrow_is_crossed_if_its_step_failed(order: Document) -> None:
    failed = [step.number for step in order.steps if step.failed]
    assert failed == [6, 13, 17, 18]
    assert [number for number, arrow in enumerate(arrows(order), 1) if "x" in arrow] == failed
    crossed = [step["n"] for step in build(order)["steps"] if step.get("failed")]  # type: ignore[attr-defined]
    assert crossed == failed
    assert text_of(order, "plantuml").count("->x") == len(failed)
    svg = render(order, "svg")
    assert isinstance(svg, str)
    assert svg.count('stroke-width="1.8"') == len(failed)


def test_a_message_whose_delivery_failed_is_a_failed_request(order: Document) -> None:
    assert arrows(order)[12] == "-x"
    assert line_of(order, 13).endswith("publish (broker not available)")


@pytest.mark.parametrize("outcome", [*Outcome, None])
@pytest.mark.parametrize("kind", [StepKind.RESPONSE, StepKind.FAILURE])
def test_no_answer_is_said_only_where_that_is_known(
    order: Document, outcome: Outcome | None, kind: StepKind
) -> None:
    step = replace(order.steps[16], kind=kind, outcome=outcome)
    changed = replace(order, steps=(*order.steps[:16], step, *order.steps[17:]))
    is_known = outcome is Outcome.UNANSWERED or (outcome is None and kind is StepKind.FAILURE)
    for form in SHOWN:
        assert ("no answer" in text_of(changed, form)) is is_known, form


def test_an_answer_of_unknown_outcome_says_so(order: Document) -> None:
    assert line_of(order, 15).endswith("outcome not recorded: send")
    assert arrows(order)[14] == "-->>"


def test_an_http_answer_without_a_status_is_answered(seed: Document) -> None:
    step = replace(seed.steps[1], status_code=None, reason="", outcome=Outcome.OK)
    assert step.title.startswith("answered /")


@pytest.mark.parametrize(
    ("answer", "message", "shown"),
    [
        ("", "no such table", "no such table"),
        ("ORA-942", "ORA-942: no such table", "ORA-942: no such table"),
        ("INTERNAL (13)", "13 INTERNAL: no cart", "INTERNAL (13): no cart"),
        ("UNAVAILABLE (14)", "  lost\n the way ", "UNAVAILABLE (14): lost the way"),
        ("1", "x" * 5000, f"1: {'x' * 99}…"),
    ],
)
def test_a_failed_answer_says_why_in_a_line_and_in_its_section_in_full(
    order: Document, answer: str, message: str, shown: str
) -> None:
    step = replace(order.steps[5], answer=answer, message=message)
    changed = replace(order, steps=(*order.steps[:5], step, *order.steps[6:]))
    assert line_of(changed, 6).endswith(shown)
    assert shown in " ".join(text_of(changed, "markdown").split())
    data = build(changed)["steps"][5]  # type: ignore[index]
    assert data["message"] == message
    if len(message) > 100:
        assert message in text_of(changed, "markdown")


def test_over_http_the_reason_stands_beside_the_path(seed: Document) -> None:
    step = replace(seed.steps[1], status_code=500, outcome=Outcome.ERROR, message="disk full")
    changed = replace(seed, steps=(seed.steps[0], step), groups=(), flows=())
    assert "(disk full)" in render_text(changed, 100)
    repeated = replace(changed, steps=(seed.steps[0], replace(step, reason="Disk Full")))
    assert "(disk full)" not in render_text(repeated, 100)


@pytest.mark.parametrize("form", ["mermaid", "text", "plantuml", "svg"])
def test_lifelines_say_what_they_are(order: Document, form: str) -> None:
    few = replace(order, steps=order.steps[:6])
    text = render_text(few, 300) if form == "text" else text_of(few, form)
    for word in ("database", "cache", "queue", "model"):
        assert word in text


@pytest.mark.parametrize(
    "name", ["10.0.0.1:80", "api.example.com", "loki:3100", "[::1]:8080", "mail.example.com:25"]
)
def test_a_foreign_host_is_expected_to_have_no_spans(order: Document, name: str) -> None:
    step = replace(order.steps[13], target=name)
    known = (Participant(name, ParticipantKind.CALLEE),)
    changed = replace(order, steps=(step,), participants=known, inner_spans=())
    assert "missing" not in text_of(changed, "mermaid")
    assert "missing" not in text_of(changed, "markdown")
    service = replace(changed, participants=(Participant(name, ParticipantKind.SERVICE),))
    assert "missing" in text_of(service, "mermaid")


@pytest.mark.parametrize(
    "kind",
    [
        ParticipantKind.DATABASE,
        ParticipantKind.CACHE,
        ParticipantKind.QUEUE,
        ParticipantKind.MODEL,
        ParticipantKind.TOOL,
    ],
)
def test_no_span_is_missed_of_what_never_records_any(
    order: Document, kind: ParticipantKind
) -> None:
    there = replace(order.steps[4], target="x", marks=(Mark.SERVER_MISSING,))
    back = replace(order.steps[7], source="x", marks=(Mark.CLIENT_MISSING,))
    changed = replace(order, steps=(there, back), participants=(Participant("x", kind),))
    for form in SHOWN:
        assert "missing" not in text_of(replace(changed, inner_spans=()), form), form


def test_a_mark_that_is_true_of_a_participant_is_drawn_once_and_kept_in_its_panel(
    order: Document,
) -> None:
    request = replace(order.steps[15], marks=(Mark.SERVER_MISSING,))
    again = replace(request, number=18, exchange=99)
    changed = replace(order, steps=(request, again), inner_spans=())
    assert text_of(changed, "mermaid").count("server spans missing") == 1
    drawn: Any = build(changed)["steps"]
    first, second = drawn
    assert first["marks"] == second["marks"] == ["server span missing"]
    assert "quiet" not in first
    assert second["quiet"] == ["server span missing"]


def test_content_is_shown_under_its_own_name(order: Document) -> None:
    page = render_markdown(order)
    for name in ("Statement", "Parameters", "Message", "Metadata", "Prompt"):
        assert f'=== "{name}"' in page
    assert "``` sql title=" in page
    assert "    user-id: 7" in page


@pytest.mark.parametrize("form", ["har", "curl"])
def test_formats_of_http_leave_the_rest_out_and_count_it(order: Document, form: str) -> None:
    text = text_of(order, form)
    said = "10 calls over other protocols than HTTP left out: 1 RPC, 2 database, 3 message, 1 model"
    assert said in text
    assert "INSERT" not in text
    if form == "har":
        assert len(json.loads(text)["log"]["entries"]) == 1


# -- what services did between their messages ------------------------------------------------------


def test_exceptions_are_drawn_unless_an_answer_says_the_same(order: Document) -> None:
    assert "CartError: the cart of 7 is gone" in text_of(order, "mermaid")
    said = replace(order.steps[17], message="could not order: the cart of 7 is gone")
    changed = replace(order, steps=(*order.steps[:17], said, *order.steps[18:]))
    assert "CartError" not in text_of(changed, "mermaid")
    assert "CartError" in text_of(changed, "markdown")


def test_inner_spans_and_events_are_drawn_where_that_is_asked_for(order: Document) -> None:
    assert "prepareOrderItems" not in text_of(order, "mermaid")
    drawn = text_of(with_detail(order), "mermaid")
    assert "Note over checkout: prepareOrderItems, 3.00 ms: failed: no cart" in drawn
    assert "Note over checkout: charging: card=visa" in drawn
    assert "Note over checkout: tcp.connect, 1.00 ms" in drawn
    assert with_detail(with_detail(order)) == with_detail(order)


def test_a_moment_stands_after_the_last_step_before_it(order: Document) -> None:
    drawn = render_text(with_detail(order), WIDTH)
    rows = {line.split()[0]: line for line in drawn.splitlines() if line[:3].strip().isdigit()}
    assert "prepareOrderItems" in rows["2"]
    assert "CartError" in rows["7"]


def test_a_step_with_many_moments_tells_the_first_and_counts_the_rest(order: Document) -> None:
    span = order.inner_spans[1]
    many = tuple(replace(span, name=f"work {number}") for number in range(1_200))
    text = text_of(with_detail(replace(order, inner_spans=many)), "mermaid")
    assert text.count("work ") == 8
    assert "and 1,192 more" in text
    page = render_markdown(replace(order, inner_spans=many))
    assert "* and 1,140 more" in page


def test_the_section_of_a_request_has_its_spans_events_and_traces(order: Document) -> None:
    page = text_of(order, "markdown")
    for said in (
        "Within: 1 span, 2 events",
        "* `prepareOrderItems` 3.00 ms · **failed**: no cart · app.user=7",
        "        * charging: card=visa",
        "        * **exception** CartError: the cart of 7 is gone",
        "      File cart.py, line 3",
        "* `tcp.connect` 1.00 ms · a layer of the call",
    ):
        assert said in page, said
    data = build(order)
    assert [span["step"] for span in data["inner"]] == [2, 5]  # type: ignore[attr-defined]
    assert data["inner"][0]["events"][1]["stack"].startswith("Traceback")  # type: ignore[index]


def test_spans_of_no_step_are_told_too(order: Document) -> None:
    adrift = replace(order, inner_spans=(replace(order.inner_spans[0], step=0),))
    page = text_of(adrift, "markdown")
    assert "Spans of no step: 1 span, 2 events" in page
    assert "CartError" in text_of(adrift, "mermaid")
    assert "CartError" not in text_of(replace(adrift, steps=(), groups=()), "mermaid")


def test_a_span_of_another_service_is_drawn_at_the_one_that_was_asked(order: Document) -> None:
    span = replace(order.inner_spans[1], service="nobody")
    text = text_of(with_detail(replace(order, inner_spans=(span,))), "mermaid")
    assert "Note over p5: tcp.connect" in text


# -- hostile text ----------------------------------------------------------------------------------


def hostile(order: Document, word: str) -> Document:
    def changed(step: Step) -> Step:
        return replace(
            step,
            protocol=Protocol.RPC,
            operation=word,
            answer=word if step.kind is not StepKind.REQUEST else "",
            message=word,
            outcome=Outcome.ERROR if step.kind is not StepKind.REQUEST else None,
        )

    event = SpanEvent(0, word, ((word, word),))
    thrown = SpanEvent(0, "exception", (("exception.type", word), ("exception.stacktrace", word)))
    span = InnerSpan(
        2,
        order.inner_spans[0].span_id,
        word,
        "checkout",
        0,
        1,
        failed=True,
        message=word,
        events=(event, thrown),
        attributes=((word, word),),
    )
    return with_detail(
        replace(order, steps=tuple(changed(s) for s in order.steps[:6]), inner_spans=(span,))
    )


def test_hostile_words_in_the_new_places_stay_words(
    order: Document, hostile_words: tuple[str, ...]
) -> None:
    for word in hostile_words:
        document = hostile(order, word)
        svg = render(document, "svg")
        assert isinstance(svg, str)
        allowed = {"svg", "title", "g", "rect", "line", "path", "text"}
        assert {node.tag.rpartition("}")[2] for node in ET.fromstring(svg).iter()} <= (allowed)
        plantuml = render(document, "plantuml")
        assert isinstance(plantuml, str)
        assert re.fullmatch(r"[\x20-\x7e\n]*", plantuml)
        assert "%" not in plantuml
        mermaid = render(document, "mermaid")
        assert isinstance(mermaid, str)
        statement = re.compile(
            r"%% \d.*|sequenceDiagram| +(?:autonumber.*|participant .*|[\w-]+-?-(?:>>|x)[\w-]+: .*"
            r"|Note over [\w-]+: .*)|"
        )
        for line in mermaid.split("\n"):
            assert statement.fullmatch(line), (word, line)
        assert "<script" not in text_of(document, "html").replace(
            '<script type="application/json" id="data">', ""
        )
        terminal = render_text(document, 100, color=True)
        assert "\x1b" not in re.sub(r"\x1b\[\d+m", "", terminal)


# -- prose -----------------------------------------------------------------------------------------


def test_the_summary_tells_each_protocol_in_its_own_words(order: Document) -> None:
    told = [
        f"{'  ' * line.level}({line.first}-{line.last}) {line.text}" for line in summaries(order)
    ]
    assert told == [
        "(1-19) browser posts to /checkout of front: 500 Internal Server Error.",
        (
            "  (2-18) front calls CheckoutService/PlaceOrder of checkout: INTERNAL (13): cart "
            "failure: failed to get user cart during checkout."
        ),
        "    (3-4) checkout runs GET cart:7 on redis: OK.",
        f"    (5-6) checkout runs INSERT orders on postgresql shop: 23502: {REFUSED}.",
        "    (7-17) checkout publishes to kafka orders.",
        "      (8-17) kafka orders delivers to worker.",
        "        (9-10) worker asks model-a of example-ai: 260 tokens.",
        "        (11-12) worker runs the tool score: OK.",
        "        (13-13) worker tries to publish to kafka audits: failed: broker not available.",
        "        (14-15) worker calls send of mail:25: outcome not recorded.",
        "        (16-17) worker calls getUser of legacy: no answer.",
    ]


def test_calls_that_overlap_are_not_told_beneath_each_other(seed: Document) -> None:
    """The second is asked and answered while the first waits, by the same caller."""
    first, second = seed.steps[0], replace(seed.steps[0], number=2, exchange=2, label="/inner")
    answers = (
        replace(seed.steps[1], number=3, exchange=2),
        replace(seed.steps[1], number=4, exchange=1),
    )
    document = replace(seed, steps=(first, second, *answers), groups=(), notes=())
    assert [line.level for line in summaries(document)] == [0, 0]
    page = render_markdown(document)
    assert "* `(1-4)`" in page
    assert "\n* `(2-3)`" in page


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"protocol": Protocol.MESSAGING, "label": "do_work"}, "front sends do_work to worker."),
        (
            {"protocol": Protocol.TOOL, "label": "execute_tool score"},
            "front has worker run the tool score: outcome not recorded.",
        ),
        (
            {"operation": "GetItem", "label": "GetItem", "method": "POST"},
            "front calls GetItem of worker: outcome not recorded.",
        ),
        (
            {"protocol": Protocol.CALL, "marks": (Mark.NO_ANSWER,), "label": "x"},
            "front calls x of worker: no answer.",
        ),
    ],
)
def test_a_request_alone_is_told_by_what_is_known_of_it(
    order: Document, step: dict[str, object], told: str
) -> None:
    alone = replace(order.steps[0], source="front", target="worker", **step)  # type: ignore[arg-type]
    (line,) = summaries(replace(order, steps=(alone,)))
    assert line.text == told
