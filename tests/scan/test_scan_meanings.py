"""What only looks like a secret by its name is no finding; the same name with a secret is one."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from otelhook.scan.meanings import ROWS, is_other
from otelhook.scan.scanner import leftovers

SECRET = "otter-lamp-cobalt-4711"


def found(text: str) -> list[str]:
    return [one.kind for one in leftovers(enumerate(text.splitlines(), 1)) if one.is_sure]


@pytest.mark.parametrize("sample", [sample for sample, _, _ in ROWS])
def test_each_other_meaning_is_told_by_its_own_row(sample: str) -> None:
    name, _, value = sample.partition("=")
    fitting = [
        row for row, names, values in ROWS if names.fullmatch(name) and values.fullmatch(value)
    ]

    assert fitting == [sample]
    assert not is_other(name, SECRET)
    query = "signature" in name
    assert not found(f"GET /a?b=1&{name}={value}" if query else json.dumps({name: value}))
    assert found(f"GET /a?b=1&{name}={SECRET}" if query else json.dumps({name: SECRET}))


@pytest.mark.parametrize(
    "text",
    [
        "Cookie: font-size=large; sidebar=collapsed; tz=Europe/Lisbon",
        "Set-Cookie: color-scheme=light; Path=/",
        "  --header 'Cookie: PHPSESSID=‹redacted›; lang=en' \\",
        "X-Next-Page-Token: CAoQAA",
        "level=warn reason=bad_password method=password attempts=3",
        "kubectl get secret db -o jsonpath='{.data.password}' | base64 -d",
        "| cookie | value |\n| --- | --- |\n| locale | pt_PT |\n",
    ],
)
def test_what_speaks_of_secrets_is_no_finding(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Cookie: lang=pt; session=admin",
        "Cookie: lang=pt; id=a1b2c3d4",
        f"| name | cookie |\n| --- | --- |\n| mira | sid={SECRET} |\n",
        json.dumps({"Item": {"Passphrase": {"S": "sonnet quartz tundra harbor"}}}),
        json.dumps({"data": base64.b64encode(b'{"pairing_code": "54421777"}').decode()}),
        json.dumps(
            {"kty": "OKP", "crv": "Ed25519", "d": "FHHeBkCMhtKuIyxXbZYtCPcAas0aWamRNsizKFApB"}
        ),
        "next=" + quote(quote(f"/unlock?passphrase={SECRET}")),
        "<readCommunity>violin-pixel-3464</readCommunity>",
        "<oneTimeCode>984578</oneTimeCode>",
        json.dumps({"snmp": {"community": SECRET, "version": "2c"}}),
        f"UID=app;OLDPWD={SECRET};NEWPWD={SECRET}",
    ],
)
def test_what_the_tenth_set_hid_from_the_scanner_is_found(text: str) -> None:
    assert found(text)
