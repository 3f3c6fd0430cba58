"""Addresses whose path is the secret: whoever knows it may post there, or read."""

from __future__ import annotations

from otelhook.redaction.token_forms.form import A_UUID, RANDOM, UUID, Form, row

__all__ = ["ADDRESSES"]

ADDRESSES: tuple[Form, ...] = (
    row(
        "Slack webhook",
        "/services/ /workflows/ slack.com/triggers/",
        r"T[A-Z0-9]{6,12}/[A-Z0-9]{6,14}/[\w/]{10,}",
        "T{up8}/B{up8}/{an24}",
        follow="T[A-Z0-9]{6}",
        keeps_prefix=True,
    ),
    row(
        "Discord webhook",
        "/api/webhooks/",
        r"[0-9]{5,20}/[\w-]{20,}",
        "{dig18}/{url68}",
        keeps_prefix=True,
    ),
    row(
        "Teams webhook",
        "/webhookb2/ outlook.office.com/webhook/",
        r"[\w@/-]{30,}",
        f"{A_UUID}@{A_UUID}/IncomingWebhook/{{hex32}}/{A_UUID}",
        keeps_prefix=True,
    ),
    row(
        "connector of Teams",
        "/IncomingWebhook/",
        r"[0-9a-f]{32}(?:/[\w-]{36})?",
        "{hex32}",
        keeps_prefix=True,
    ),
    row(
        "Zapier webhook", "/hooks/catch/", r"[0-9]{4,12}/\w{5,}", "{dig7}/{low7}", keeps_prefix=True
    ),
    row("IFTTT key", "/with/key/", r"[\w-]{16,}", "{url43}", keeps_prefix=True),
    row("PagerDuty key", "/integration/", "[0-9a-f]{32}", "{hex32}", keeps_prefix=True),
    row(
        "Feishu, Lark webhook", "/bot/v2/hook/ /bot/hook/", r"[\w-]{20,}", A_UUID, keeps_prefix=True
    ),
    row("Make webhook", ".make.com/ .integromat.com/", r"\w{24,}", "{low32}", keeps_prefix=True),
    row(
        "node of a chain",
        "infura.io/v3/ alchemy.com/v2/ alchemyapi.io/v2/ rpc.ankr.com/eth/"
        " exchangerate-api.com/v6/",
        r"[\w-]{24,64}",
        "{hex32}",
        keeps_prefix=True,
    ),
    row(
        "signature of an edge's address", "~hmac=", "[0-9a-f]{40,64}", "{hex64}", keeps_prefix=True
    ),
    row(
        "user of a bridge",
        "/api/",
        r"(?=[\w-]{0,62}[a-z])(?=[\w-]{0,62}[A-Z])(?=(?:[\w-]{0,62}[0-9]){3})[\w-]{32,64}(?![\w-])",
        "{url40}",
        follow=r"[\w-]{32}",
        bits=RANDOM,
        keeps_prefix=True,
    ),
    row("key of a weather map", "appid= APPID=", "[0-9a-f]{32}", "{hex32}", keeps_prefix=True),
    row(
        "ping address",
        "hc-ping.com/ webhook.site/",
        rf"(?:{UUID}|\w{{20,}})",
        A_UUID,
        keeps_prefix=True,
    ),
    row(
        "calendar address",
        "/calendar/ical/",
        r"[\w%.@-]{4,80}/private-[0-9a-f]{20,}",
        "mira%40example.org/private-{hex32}",
        keeps_prefix=True,
    ),
    row(
        "Kubernetes token",
        "base64url.bearer.authorization.k8s.io.",
        r"[\w-]{20,}",
        "{url80}",
        keeps_prefix=True,
    ),
    row(
        "webhook",
        "/hooks/ /hook/ /webhooks/ /webhook/ /incoming/ /callback/",
        r"(?:[a-z0-9]{20,40}(?:/[a-z0-9]{20,40})?|(?=[A-Za-z_-]{0,40}[0-9])[\w-]{40,128}(?:/[\w-]{20,128})?)",
        "{low26}",
        follow=r"[\w-]{20}",
        bits=RANDOM,
        keeps_prefix=True,
    ),
)
