"""Makes secrets of every kind: of the right form, from parts, and never the same twice.

No value here is or was anybody's. They are made in code so that nobody's scanner of literals has
to be told so.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from urllib.parse import quote

__all__ = ["make"]

HEX = digits + "abcdef"
ALNUM = ascii_letters + digits
URLSAFE = ALNUM + "-_"
_WORDS = (
    *("otter", "lamp", "cobalt", "tundra", "violin", "ember"),
    *("quartz", "willow", "sonnet", "harbor", "pixel", "mango"),
)


def _of(random: Random, alphabet: str, size: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(size))


def _b64(random: Random, size: int, *, urlsafe: bool = False) -> str:
    raw = random.randbytes(size)
    return (base64.urlsafe_b64encode(raw) if urlsafe else base64.b64encode(raw)).decode()


def _opaque(random: Random, size: int = 32) -> str:
    return _b64(random, size, urlsafe=True).rstrip("=")


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _jwt(random: Random) -> str:
    head = _part({"alg": "RS256", "typ": "JWT", "kid": _of(random, HEX, 8)})
    body = _part({"sub": _of(random, HEX, 12), "exp": random.randrange(10**9, 2 * 10**9)})
    return f"{head}.{body}.{_opaque(random, 64)}"


def _jwe(random: Random) -> str:
    head = _part({"alg": "RSA-OAEP", "enc": "A256GCM"})
    return ".".join([head, *(_opaque(random, size) for size in (64, 12, 48, 16))])


def _password(random: Random) -> str:
    return random.choice(ascii_uppercase) + _of(random, ALNUM, 10) + _of(random, digits, 2) + "x"


def _words(random: Random) -> str:
    return "-".join(random.sample(_WORDS, 3)) + "-" + _of(random, digits, 4)


def _phrase(random: Random) -> str:
    return " ".join(random.sample(_WORDS, 4))


def _pem(random: Random, kind: str = "RSA ") -> str:
    body = _b64(random, 288)
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    edge = "-" * 5
    key = f"{kind}PRIVATE KEY"
    return "\n".join([f"{edge}BEGIN {key}{edge}", *lines, f"{edge}END {key}{edge}"])


def _uuid(random: Random) -> str:
    return "-".join(_of(random, HEX, size) for size in (8, 4, 4, 4, 12))


def _fernet(random: Random) -> str:
    raw = b"\x80" + (1_700_000_000).to_bytes(8, "big") + random.randbytes(120)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _basic(random: Random) -> str:
    return base64.b64encode(f"joe:{_password(random)}".encode()).decode()


def _card(random: Random) -> str:
    """Return 16 digits whose last makes them pass ISO/IEC 7812's check."""
    head = "4" + _of(random, digits, 14)
    total = 0
    for at, digit in enumerate(reversed(head)):
        number = int(digit) * (2 if at % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return head + str(-total % 10)


_KINDS: dict[str, Callable[[Random], str]] = {
    "password": _password,
    "words": _words,
    "phrase": _phrase,
    "phrase_plus": lambda r: _phrase(r).replace(" ", "+"),
    "symbols_quoted": lambda r: quote(f"p?{_of(r, ALNUM, 6)}:/&#{_of(r, ALNUM, 6)} %", safe=""),
    "pin": lambda r: "7" + _of(r, digits, 3),
    "otp": lambda r: "9" + _of(r, digits, 7),
    "cvv": lambda r: "8" + _of(r, digits, 2),
    "card": _card,
    "ssn": lambda r: f"9{_of(r, digits, 2)}-{_of(r, digits, 2)}-{_of(r, digits, 4)}",
    "base32": lambda r: _of(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32),
    "bcrypt": lambda r: "$2b$12$" + _of(r, ALNUM + "./", 53),
    "hex16": lambda r: _of(r, HEX, 16),
    "hex32": lambda r: _of(r, HEX, 32),
    "hex40": lambda r: _of(r, HEX, 40),
    "hex64": lambda r: _of(r, HEX, 64),
    "uuid": _uuid,
    "opaque": _opaque,
    "session26": lambda r: _of(r, digits + "abcdefghijklmnopqrstuvwxyz", 26),
    "usercode": lambda r: f"{_of(r, ascii_uppercase, 4)}-{_of(r, ascii_uppercase, 4)}",
    "b64": lambda r: _b64(r, 32),
    "b64_28": lambda r: _b64(r, 20),
    "b64long": lambda r: _b64(r, 180),
    "b64_quoted": lambda r: quote(_b64(r, 32), safe=""),
    "b64long_quoted": lambda r: quote(_b64(r, 180), safe=""),
    "secretkey": lambda r: _of(r, ALNUM, 40),
    "secretkey_quoted": lambda r: quote(_of(r, ALNUM, 20) + "+/=" + _of(r, ALNUM, 20), safe=""),
    "basic": _basic,
    "fernet": _fernet,
    "jwt": _jwt,
    "jwe": _jwe,
    "jwt_cut": lambda r: _jwt(r)[:40],
    "pem": _pem,
    "pem_cut": lambda r: _pem(r, "")[:200],
    "pem_escaped": lambda r: _pem(r, "").replace("\n", "\\n"),
    "pem_escaped_cut": lambda r: _pem(r, "EC ").replace("\n", "\\n")[:200],
    "age": lambda r: _of(r, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "cephx": lambda r: "AQ" + _b64(r, 26)[:36] + "==",
    "aws_id": lambda r: "AK" + "IA" + _of(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "aws_temp_id": lambda r: "AS" + "IA" + _of(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "cf_id": lambda r: "AP" + "KA" + _of(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "aws_secret": lambda r: _b64(r, 30),
    "aws_session": lambda r: "IQoJb3JpZ2luX2VjE" + _b64(r, 180),
    "aws_session_quoted": lambda r: quote("IQoJb3JpZ2luX2VjE" + _b64(r, 180), safe=""),
    "google_key": lambda r: "AI" + "za" + _of(r, URLSAFE, 35),
    "ya29": lambda r: "ya" + "29." + _opaque(r, 80),
    "azure_key": lambda r: _b64(r, 64),
    "azure_sig": lambda r: _b64(r, 32),
    "azure_sig_quoted": lambda r: quote(_b64(r, 32), safe=""),
    "azure_func_quoted": lambda r: _b64(r, 40, urlsafe=True).rstrip("=") + "%3D%3D",
    "vault": lambda r: "hv" + "s." + _opaque(r, 69),
    "github": lambda r: "gh" + "p_" + _of(r, ALNUM, 36),
    "github_fine": lambda r: "github" + "_pat_" + _of(r, ALNUM, 22) + "_" + _of(r, ALNUM, 59),
    "github_app": lambda r: "gh" + "s_" + _of(r, ALNUM, 36),
    "gitlab": lambda r: "gl" + "pat-" + _of(r, URLSAFE, 20),
    "gitlab_runner": lambda r: "GR" + "1348941" + _of(r, URLSAFE, 20),
    "slack": lambda r: "xo" + f"xb-{_of(r, digits, 12)}-{_of(r, digits, 12)}-{_of(r, ALNUM, 24)}",
    "slack_hook": lambda r: (
        f"T{_of(r, ascii_uppercase, 8)}/B{_of(r, ascii_uppercase, 8)}/{_of(r, ALNUM, 24)}"
    ),
    "webhook": lambda r: f"https://ci.example.org/hooks/{_of(r, ALNUM, 40)}",
    "discord_hook": lambda r: f"{_of(r, digits, 18)}/{_of(r, URLSAFE, 68)}",
    "stripe": lambda r: "sk" + "_live_" + _of(r, ALNUM, 24),
    "stripe_restricted": lambda r: "rk" + "_test_" + _of(r, ALNUM, 24),
    "stripe_hook": lambda r: "wh" + "sec_" + _of(r, ALNUM, 32),
    "openai": lambda r: "sk" + "-proj-" + _of(r, URLSAFE, 48),
    "sendgrid": lambda r: "S" + f"G.{_of(r, URLSAFE, 22)}.{_of(r, URLSAFE, 43)}",
    "npm": lambda r: "np" + "m_" + _of(r, ALNUM, 36),
    "pypi": lambda r: "py" + "pi-AgEIcHlwaS5vcmc" + _of(r, URLSAFE, 120),
    "digitalocean": lambda r: "do" + "p_v1_" + _of(r, HEX, 64),
    "docker_pat": lambda r: "dc" + "kr_pat_" + _of(r, URLSAFE, 27),
    "databricks": lambda r: "da" + "pi" + _of(r, HEX, 32),
    "notion": lambda r: "sec" + "ret_" + _of(r, ALNUM, 43),
    "hf_token": lambda r: "h" + "f_" + _of(r, ascii_letters, 34),
    "shopify": lambda r: "shp" + "at_" + _of(r, HEX, 32),
    "discord_bot": lambda r: f"M{_of(r, ALNUM, 23)}.{_of(r, URLSAFE, 6)}.{_of(r, URLSAFE, 38)}",
    "telegram": lambda r: f"{_of(r, '123456789', 10)}:AA" + _of(r, URLSAFE, 33),
}


_ALPHABETS = {
    "an": ALNUM,
    "low": digits + ascii_lowercase,
    "up": digits + ascii_uppercase,
    "let": ascii_letters,
    "dig": digits,
    "hex": HEX,
    "Hex": HEX.upper(),
    "url": URLSAFE,
    "b64x": ALNUM + "+/",
    "base32x": ascii_uppercase + "234567",
}
_PIECE = re.compile(r"\{(?P<alphabet>b64x|base32x|[A-Za-z]+)(?P<size>\d+)\}")
_RECIPE = re.compile(r"(?P<alphabet>an|low|up|let|dig|url|Hex)(?P<size>\d+)")


def make(kind: str, where: str) -> str:
    """Return the secret of this kind at this place: the same in every run, another elsewhere.

    Args:
        kind: one of the kinds above, ``an40`` for so many characters of an alphabet, a recipe
            with such pieces in braces, ``lin_api_{an40}``, or base64 of an object with one member,
            ``b64json:pin:dig6``.
        where: what tells one place from all others.
    """
    random = Random(f"{kind} at {where}")
    if kind in _KINDS:
        return _KINDS[kind](random)
    if kind.startswith("b64json:"):
        _, name, of = kind.split(":")
        return base64.b64encode(json.dumps({name: make(of, where)}).encode()).decode()
    if _RECIPE.fullmatch(kind):
        kind = f"{{{kind}}}"
    if not _PIECE.search(kind):
        raise KeyError(kind)
    return _PIECE.sub(lambda m: _of(random, _ALPHABETS[m["alphabet"]], int(m["size"])), kind)
