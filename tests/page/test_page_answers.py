"""What the pages answer, over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from otelhook.model import Span, SpanId, SpanKind
from otelhook.render import FORMATS

ID = f"{0xABC0001:032x}"


def test_a_trace_is_listed_with_what_it_is(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1, "/v2/images?token=secret", status=404))
    (row,) = collector.rows()
    assert row.pop("start") > 1e12
    assert row.pop("duration") > 200e6
    assert row == {
        "id": ID,
        "method": "GET",
        "title": "/v2/images",
        "root": "image",
        "services": ["image", "identity"],
        "spans": 3,
        "failed": 3,
        "status": 404,
    }


def test_a_trace_lasts_as_long_in_the_list_as_in_the_commands(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    """A step is no measure: spans that are none, such as work after the answer, count as well."""
    spans = make_trace(1)
    later = replace(
        spans[-1],
        span_id=SpanId("ab" * 8),
        kind=SpanKind.INTERNAL,
        end_time=spans[0].end_time + 7 * 10**9,
    )
    collector.send([*spans, later])
    (row,) = collector.rows()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "otelhook",
            "traces",
            "--json",
            "--from",
            f"collector+{collector.address}",
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )
    (listed,) = json.loads(done.stdout)
    assert listed["trace_id"] == row["id"]
    assert listed["duration"] == row["duration"] >= 7 * 10**9


SEARCHES = {
    "": [3, 2, 1],
    "?limit=2": [3, 2],
    "?service=billing": [3],
    "?operation=List": [2],
    "?status=404": [2],
    "?status=4XX": [2],
    "?status=error": [2],  # all whose row says that something failed
    "?what=test.number%3D1": [1],
    "?what=url.path%3D%22/with+blank%22": [3],
    f"?what={0xABC0002:032x}": [2],
    "?what=0000": [1, 2, 3],
    "?min=1s": [3],
    "?max=1s": [2, 1],
    "?min=100ms&max=1.5s": [2, 1],
    "?since=15m": [],
    "?since=1d": [3, 2, 1],
    "?from=2001-01-01T00:00&to=2001-01-02T00:00": [],
    "?from=2001-01-01T00:00:00Z": [3, 2, 1],
    "?service=image&status=2xx&what=test.number%3D1": [1],
}


def test_each_field_of_the_search_finds_what_it_says(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1))
    collector.send(make_trace(2, status=404, name="List"))
    collector.send(make_trace(3, "/with blank", took=2.0, services=("billing", "identity")))
    for query, numbers in SEARCHES.items():
        found = [int(row["id"], 16) - 0xABC0000 for row in collector.rows(query)]
        assert found == numbers, query


MISTAKES = {
    "what=hello": "'hello': write attribute=value, such as http.route=/v2/images",
    "what=%22a": "a quotation mark is not closed",
    "status=fine": "status 'fine': write error, a class such as 5xx, or a code such as 404",
    "min=long": "duration 'long': write one such as 250ms, 1.5s or 2m",
    "from=noon": "from 'noon': write a time such as 2024-01-31T12:00",
}


def test_what_cannot_be_understood_is_said_in_a_line(collector: Any) -> None:
    for query, said in MISTAKES.items():
        status, _, body = collector.get(f"/page/traces?{query}")
        assert status == 400
        assert json.loads(body)["error"].startswith(said)


def test_an_unchanged_list_is_answered_in_no_words(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1))
    _, headers, _ = collector.get("/page/traces")
    version = headers["etag"]
    status, _, body = collector.get("/page/traces", **{"If-None-Match": version})
    assert (status, body) == (304, b"")
    collector.send(make_trace(2))
    status, headers, _ = collector.get("/page/traces", **{"If-None-Match": version})
    assert status == 200
    assert headers["etag"] != version


def test_the_form_is_offered_services_and_operations(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1, name="List"))
    _, _, body = collector.get("/page/choices?service=image")
    assert json.loads(body) == {"services": ["identity", "image"], "operations": ["GET", "List"]}
    assert json.loads(collector.get("/page/choices")[2])["operations"] == []


def test_a_trace_is_shown_by_its_id_by_its_beginning_and_by_one_of_its_spans(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    spans = make_trace(1)
    collector.send(spans)
    status, headers, body = collector.get(f"/trace/{ID}")
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert b'"around":{"home":"/"' in body
    for text in ("abc0001", "ABC0001", ID[:28]):
        status, headers, _ = collector.get(f"/trace/{text}")
        assert (status, headers["location"]) == (307, f"/trace/{ID}"), text
    for span, step in zip(spans, (1, 2, 2), strict=True):
        _, headers, _ = collector.get(f"/trace/abc0001?span={span.span_id}")
        assert headers["location"] == f"/trace/{ID}?span={span.span_id}"
        status, headers, _ = collector.get(headers["location"])
        assert (status, headers["location"]) == (307, f"/trace/{ID}#step-{step}")
    assert collector.get(f"/trace/{ID}?span=zz")[1]["location"] == f"/trace/{ID}"


def test_what_is_not_there_is_said_on_a_page_that_leads_back(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1) + make_trace(2))
    for path, said in {
        "/trace/ffff": b"no trace ffff",
        "/trace/%3Cscript%3E": b"no trace &lt;script&gt;",
        "/trace/0000": b"0000 begins more than one trace",
        f"/trace/{ID}/docx": b"there is no format &#x27;docx&#x27;: choose text, mermaid",
        "/page/../secret": b"there is no file",
    }.items():
        status, headers, body = collector.get(path)
        assert status == 404, path
        assert said in body or path.startswith("/page"), body
        assert "script-src" in headers.get("content-security-policy", "script-src")


def test_a_trace_is_downloaded_in_every_format(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1))
    for form, row in FORMATS.items():
        status, headers, body = collector.get(f"/trace/{ID}/{form}")
        assert status == 200
        name = f"trace-00000000{row.suffix}"
        assert headers["content-disposition"] == f'attachment; filename="{name}"'
        assert headers["content-type"].startswith(row.media_type)
        assert len(body) > 100
        assert b'"around"' not in body  # a file leads to no server


def test_no_page_allows_anything_from_elsewhere_or_inline(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    collector.send(make_trace(1))
    for path in ("/", f"/trace/{ID}", "/trace/ffff"):
        _, headers, body = collector.get(path)
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src '")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        if path == "/":
            assert b"<style" not in body
            assert b" style=" not in body


def test_secrets_of_services_that_do_not_redact_are_not_shown(
    collector: Any, make_trace: Callable[..., list[Span]]
) -> None:
    token = "gAAAAABlZx3q9fK2mPzWvT8sYbN4"
    collector.send(make_trace(1, f"/v3/auth/tokens/{token}", name=f"login password={token}"))
    collector.send(make_trace(2, f"/v3/auth/tokens/{token}"))
    for path in ("/page/traces", f"/trace/{ID}", f"/trace/{ID}/json"):
        assert token.encode() not in collector.get(path)[2], path


def test_a_page_of_another_site_reads_nothing(collector: Any) -> None:
    assert collector.get("/page/traces", Origin="http://evil.test")[0] == 403
    assert collector.get("/", Host="evil.test")[0] == 403
    assert collector.get("/api/v3/services", Host="evil.test")[0] == 403
