"""Secrets known by their own form that were left in a document: vendors' tokens, keys, logins."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from otelhook.scan.words import HARMLESS, ISSUED

__all__ = ["forms", "users"]


def _form(needles: str, kind: str, pattern: str) -> tuple[tuple[str, ...], str, re.Pattern[str]]:
    return tuple(needles.split("|")), kind, re.compile(pattern, re.ASCII)


_FORMS: Final = (
    # Zeros in Base64, as in the head of a disk image, begin in the same way and go on so.
    _form("gAAAA", "Fernet token", r"gAAAA(?![\w-]{0,14}AAAAA)[\w-]{20,}"),
    _form("eyJ", "JWT", r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    _form("eyJhbGci|eyJ0eXAi|eyJraWQi|eyJlbmMi", "JWT", r"eyJ(?:hbGci|0eXAi|raWQi|lbmMi)[\w-]{8,}"),
    _form("AKIA|ASIA", "AWS key", r"(?<![A-Za-z0-9])A(?:KI|SI)A[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _form("gh|github_pat_", "GitHub token", r"(?<!\w)(?:gh[posru]_\w{20,}|github_pat_\w{20,})"),
    _form("glpat-", "GitLab token", r"glpat-[\w-]{16,}"),
    _form("xox", "Slack token", r"xox[abeoprs]-[\w-]{10,}"),
    _form("k_live_|k_test_", "Stripe key", r"(?<!\w)[sr]k_(?:live|test)_\w{10,}"),
    _form("AIza", "Google key", r"AIza[\w-]{35}"),
    _form("ya29.", "Google token", r"ya29\.[\w.-]{16,}"),
    _form("GR1348941", "GitLab token", r"GR1348941[\w-]{16,}"),
    _form("whsec_", "Stripe secret", r"whsec_[\w+/=]{16,}"),
    _form("sk-", "API key", r"(?<![\w-])sk-[\w-]{20,}"),
    _form("SG.", "SendGrid key", r"(?<!\w)SG\.[\w-]{16,}\.[\w-]{16,}"),
    _form("npm_", "npm token", r"(?<!\w)npm_[A-Za-z0-9]{30,}"),
    _form("pypi-", "PyPI token", r"(?<!\w)pypi-[\w-]{40,}"),
    _form("dop_v1_", "DigitalOcean token", r"dop_v1_[0-9a-f]{40,}"),
    _form("dckr_pat_", "Docker token", r"dckr_pat_[\w-]{20,}"),
    _form("hvs.|hvb.", "Vault token", r"(?<!\w)hv[sb]\.[\w-]{20,}"),
    _form("dapi", "Databricks token", r"(?<!\w)dapi[0-9a-f]{32}"),
    _form("secret_", "token", r"(?<!\w)secret_[A-Za-z0-9]{40,}"),
    _form("hf_", "Hugging Face token", r"(?<!\w)hf_[A-Za-z]{30,}"),
    _form("shp", "Shopify token", r"(?<!\w)shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _form(":AA", "Telegram token", r"(?<![0-9])[0-9]{8,12}:AA[\w-]{32,}"),
    _form("hooks.slack", "Slack webhook", r"hooks\.slack\.com/services/\w{6,}/\w{6,}/\w{10,}"),
    _form("/api/webhooks/", "Discord webhook", r"/api/webhooks/[0-9]{5,20}/[\w-]{20,}"),
    _form("AGE-SECRET-KEY", "private key", r"AGE-SECRET-KEY-1[A-Z0-9]{30,}"),
    _form("Private-Lines", "private key", r"Private-Lines: [0-9]+(?:\\r)?\\n[\w+/=]{16,}"),
    _form("PRIVATE KEY-----", "private key", r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"),
)
"""What each holds at least one of, its kind, and how it looks."""

_USERINFO: Final = re.compile(r"://[^\s/?#\"'<>\\@:‹]{0,256}:(?P<value>[^\s/?#\"'<>\\@]{1,256})@")
_BASIC: Final = re.compile(r"(?i:\bbasic) (?P<value>[A-Za-z0-9+/=_-]{6,})", re.ASCII)
_BEARER: Final = re.compile(r"(?i:\bbearer) (?P<value>[\w.~+/=-]{8,})", re.ASCII)

_LONE_USER: Final = re.compile(r"://(?P<value>(?=[^\s/@]{0,64}[0-9])[\w.~-]{20,256})@", re.ASCII)


def forms(text: str) -> Iterator[str]:
    """Yield the kinds of what is known by its own form; most text has no trace of any."""
    for needles, kind, pattern in _FORMS:
        if any(needle in text for needle in needles) and pattern.search(text):
            yield kind
    lower = text.lower()
    if "basic " in lower and any(_is_basic(match["value"]) for match in _BASIC.finditer(text)):
        yield "Basic credentials"
    if "bearer " in lower and any(
        ISSUED.fullmatch(match["value"]) for match in _BEARER.finditer(text)
    ):
        yield "Bearer token"


def users(text: str) -> Iterator[str]:
    """Yield what URLs have before the host, as it was written: ``%2F`` in it ends nothing."""
    if "://" not in text or "@" not in text:
        if "%3A//" in text or "%3a//" in text or "%40" in text:
            yield from users(unquote(text))
        return
    if any(not HARMLESS.fullmatch(match["value"]) for match in _USERINFO.finditer(text)):
        yield "password in a URL"
    if any(ISSUED.fullmatch(match["value"]) for match in _LONE_USER.finditer(text)):
        yield "token in a URL"


def _is_basic(value: str) -> bool:
    """Say whether this is RFC 7617's base64 of ``user:password``, and no word of prose."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except ValueError:
        return False
    return b":" in decoded
