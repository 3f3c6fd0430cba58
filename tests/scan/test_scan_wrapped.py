"""What formats put around captured text hides no secret from `otelhook scan`, and makes none."""

from __future__ import annotations

import json

import pytest

from otelhook.scan.scanner import leftovers

PGPASS = "10.0.0.7:5432:billing:joe:TKK3RYEaiTX16x"
ISSUED = "qM2ZeeOkwee-Dn4aK8ca61gITh6dlY9V0ViXTl-MWhI"


def sure(text: str) -> list[str]:
    return [one.kind for one in leftovers(enumerate(text.split("\n"), 1)) if one.is_sure]


def page(*members: object) -> str:
    """Return data as a page has it, on one line with much else."""
    data = json.dumps({"title": "POST /", "bodies": members}, separators=(",", ":"))
    return f'<script type="application/json" id="data">{data}</script>'


@pytest.mark.parametrize(
    "text",
    [
        f"</h4><ac:plain-text-body><![CDATA[{PGPASS}\n]]></ac:plain-text-body>",
        f"Content-Length: 41]]></ac:plain-text-body><p><![CDATA[{PGPASS}]]></p>",
        "<![CDATA[password,user\nTKK3RYEaiTX16x,joe\n]]>",
        f"curl -sS 'http://x.test/'\\\n  --data-raw '{PGPASS}\n'",
        f"curl http://x.test/ -d '{PGPASS}'",
        f"curl http://x.test/ --data-binary $'{PGPASS}' \\",
        page({"text": PGPASS}),
        page({"size": 2, "text": "ok"}, {"text": f"# of billing\n{PGPASS}\n"}),
        page({"text": "id,password\n1,TKK3RYEaiTX16x\n"}),
        json.dumps({"log": [{"body": PGPASS}, {"body": "ok"}]}),
        "Note over a: could not<br/>connect: postgresql:<br/>//app:BSYgZ1eAjcR54x@db<br/>/app",
        "Note over a: Invalid password<br/>'FQScrwC8ait77x'<br/>for user joe",
    ],
)
def test_what_is_around_a_text_hides_no_secret(text: str) -> None:
    assert sure(text)


@pytest.mark.parametrize(
    "text",
    [
        f"grant_type   = authorization_code\ncode         = {ISSUED}",
        "user    = joe\npin     = 7306",
        "cvc        = 802",
        f"-- signature\n{ISSUED}",
        f'   -- token (file "a.txt")\n   {ISSUED}',
        f"<tr><td><code>code</code></td><td><code>{ISSUED}</code></td></tr>",
        "<td><code>token_id</code></td><td><code>d7c45d8b59adb90d5ad445f733082a45</code></td>",
        "   * - ``token_id``\n     - ``d7c45d8b59adb90d5ad445f733082a45``",
        f"   * - ``code``\n     - ``{ISSUED}``",
        r"``GET`` \/v2\.1\/os\-console\-auth\-tokens\/8ce65bc4\-51a2\-084c\-e3a3\-3b67ee1feab0",
        '{"url": "https:\\/\\/bob:BSYgZ1eAjcR54x@db\\/app"}',
    ],
)
def test_what_is_laid_out_in_lines_and_cells_is_found(text: str) -> None:
    assert sure(text)


@pytest.mark.parametrize(
    "text",
    [
        "code         = ok\nstate        = created",
        "key     = name\nvalue   = ‹redacted›",
        "pin     = ‹redacted›",
        "-- token\nSELECT\n  1;",
        "-- password\nALTER TABLE users ADD COLUMN password text;",
        f"-- signature\n\n{ISSUED[:12]}",
        "<td><code>code</code></td><td><code>not-found</code></td>",
        "<td><code>token_id</code></td><td><code>‹token:1b3018e5a618b173›</code></td>",
        "   * - ``code``\n     - ``200``",
        r"\(351\) GET \/v2\.1\/os\-console\-auth\-tokens\/‹token\:1b3018e5a618b173›",
        '"url": "http://a.test/x?api_key=%E2%80%B9token:ab174f1f97b82c4d%E2%80%BA&b=1",',
        '"url": "swift+https://service%3Aglance:‹redacted›@auth.test/v3<br/>/images/a"',
        "Note over a: GET /tokens<br/>/‹token 1›<br/>/users",
        "<![CDATA[password,user\n‹redacted›,joe\n]]>",
        page({"text": "10.0.0.7:5432:billing:joe:‹redacted›"}),
    ],
)
def test_what_is_around_a_text_makes_no_secret(text: str) -> None:
    assert sure(text) == []
