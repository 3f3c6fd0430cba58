"""Addresses whose path is a secret: webhooks, and links that were mailed to let somebody in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otelhook.scan.words import ISSUED

__all__ = ["links"]

_HOOKS: Final = (
    ("Slack webhook", r"/(?:services|workflows|triggers)/T[A-Z0-9]{6,12}/\w{6,}/[\w/]{10,}"),
    ("Discord webhook", r"/api/webhooks/[0-9]{5,20}/[\w-]{20,}"),
    ("Teams webhook", r"/webhookb2/[\w@/-]{30,}|outlook\.office\.com/webhook/[\w@/-]{30,}"),
    ("webhook", r"/hooks/catch/[0-9]{4,12}/\w{5,}"),
    ("webhook", r"/with/key/[\w-]{16,}|/integration/[0-9a-f]{32}(?!\w)"),
    ("webhook", r"/(?:bot/v2/hook|bot/hook)/[\w-]{20,}|\.(?:make|integromat)\.com/\w{24,}"),
    ("webhook", r"(?:hc-ping\.com|webhook\.site)/[\w-]{20,}"),
    ("webhook", r"/IncomingWebhook/[0-9a-f]{32}(?!\w)"),
    (
        "key in an address",
        r"(?:infura\.io/v3|alchemy(?:api)?\.\w{2,3}/v2|ankr\.com/eth|rate-api\.com/v6)/[\w-]{24,64}",
    ),
    ("calendar address", r"/calendar/ical/[\w%.@-]{4,80}/private-[0-9a-f]{20,}"),
    (
        "code in a path",
        (
            r"/(?i:[a-z]{0,8}-?(?:otp|passcode)s?)/(?:[a-z]{1,10}/)?[0-9]{4,8}(?![\w.])"
            r"|(?:(?<!s)|(?<=users)|(?<=accounts))/(?:verify|verification|confirm|confirmation|activate)(?:[/-][a-z]{1,8})?"
            r"/[0-9]{6}(?![\w.])"
        ),
    ),
    (
        "password in a path",
        (
            r"/(?:live|movie|series)/[\w.@%-]{1,64}/(?!\w{1,16}-?[0-9]{1,4}/|[0-9]{1,4}[a-z]/)(?=[\w-]{0,63}[0-9])"
            r"(?=[\w-]{0,63}[A-Za-z])[\w-]{4,64}/[0-9]{1,10}\.(?:ts|m3u8|mkv|mp4|avi)(?!\w)"
        ),
    ),
    ("signature of an address", r"~hmac=[0-9a-f]{40,64}"),
    (
        "user of a bridge",
        r"/api/(?=[\w-]{0,62}[a-z])(?=[\w-]{0,62}[A-Z])(?=(?:[\w-]{0,62}[0-9]){3})[\w-]{32,64}(?![\w-])",
    ),
    ("token in a header", r"bearer\.authorization\.k8s\.io\.[\w-]{20,}"),
)
_COMPILED: Final = tuple((kind, re.compile(pattern, re.ASCII)) for kind, pattern in _HOOKS)
_HOOK: Final = re.compile(
    r"/[\w-]{0,16}(?:hooks?|incoming|callback)/(?P<value>[\w-]{20,128})(?:/|\?|$|[\s\"'<>,;)\\])",
    re.ASCII,
)
_MAILED: Final = re.compile(
    r"/[\w-]{0,32}(?i:passw|reset|verif|confirm|activat|invit|magic|recover|unsubscrib|one-?time)[\w-]{0,32}"
    r"/(?:(?!commits?/|blob/|tree/|raw/|compare/)[\w-]{1,24}/)?(?P<value>[\w.~%=-]{16,512})(?:/|\?|$|[\s\"'<>,;)\\])",
    re.ASCII,
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def links(text: str) -> Iterator[str]:
    """Yield the kinds of addresses in a piece of text whose path is a secret."""
    if "/" not in text and "k8s.io" not in text and "~hmac" not in text:
        return
    for kind, pattern in _COMPILED:
        if pattern.search(text):
            yield kind
    for match in _HOOK.finditer(text):
        if ISSUED.fullmatch(match["value"]) and not _UUID.fullmatch(match["value"]):
            yield "webhook"
    for match in _MAILED.finditer(text):
        if ISSUED.fullmatch(match["value"]):
            yield "link that lets somebody in"
