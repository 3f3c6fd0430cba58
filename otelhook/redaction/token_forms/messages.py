"""Tokens of mail, chat, files and customers."""

from __future__ import annotations

from otelhook.redaction.token_forms.form import A_UUID, RANDOM, UUID, VERY_RANDOM, Form, row

__all__ = ["MESSAGES"]

MESSAGES: tuple[Form, ...] = (
    row("Slack token", "xox", r"[abcdeoprs](?:\.xox[bp])?-[\w-]{10,}", "b-{dig12}-{dig12}-{an24}"),
    row("Slack token", "xapp-", r"[\w-]{20,}", "1-{up11}-{dig13}-{hex64}"),
    row(
        "Telegram token",
        ":AA",
        r"[\w-]{32,}",
        "{url33}",
        before=("[0-9]{8,12}", "{dig10}"),
    ),
    row("SendGrid key", "SG.", r"[\w-]{16,}\.[\w-]{16,}", "{url22}.{url43}"),
    row("Brevo key", "xkeysib- xsmtpsib-", r"[\w-]{40,}", "{hex64}-{an16}"),
    row("Mailgun key", "key-", "[0-9a-f]{32}", "{hex32}", follow=r"[0-9a-f]{32}"),
    row(
        "Mailchimp key",
        "-us",
        "[0-9]{1,2}",
        "12",
        before=("[0-9a-f]{32}", "{hex32}"),
        follow=r"[0-9]",
    ),
    row("MailerSend key", "mlsn.", "[0-9a-f]{60,}", "{hex64}"),
    row("Twilio key", "SK", "[0-9a-f]{32}", "{hex32}", follow=r"[0-9a-f]{32}"),
    row(
        "Klaviyo key",
        "pk_",
        r"(?:[A-Za-z0-9]{6}_)?[0-9a-f]{34}",
        "{hex34}",
        follow=r"\w{34}",
    ),
    row(
        "ClickUp token",
        "pk_",
        "[0-9]{6,9}_[0-9A-Z]{32}",
        "{dig8}_{up32}",
        follow=r"\w{34}",
    ),
    row("HubSpot token", "pat-na1- pat-na2- pat-eu1-", UUID, A_UUID),
    row("Dropbox token", "sl. sl.u.", r"[\w-]{100,}", "{url140}", follow=r"[\w.-]{60}"),
    row(
        "Dropbox token",
        "AAAAAAAAAA",
        r"[\w-]{43}",
        "{url43}",
        before=("[A-Za-z0-9]{11}", "{an11}"),
        bits=VERY_RANDOM,
    ),
    row(
        "Zoho token",
        "1000.",
        r"[0-9a-f]{32}\.[0-9a-f]{32}",
        "{hex32}.{hex32}",
        follow=r"[0-9a-f]{32}",
    ),
    row(
        "Salesforce token",
        "00D",
        r"[A-Za-z0-9]{12,15}![\w.]{60,}",
        "{an12}!{an60}.{an35}",
        follow=r"[A-Za-z0-9]{12,15}!",
    ),
    row("Salesforce token", "5Aep861 5AEP861", r"[\w.=]{60,}", "{an80}"),
    row("Frame.io token", "fio-u-", r"[\w=-]{40,}", "{url64}"),
    row("Bannerbear key", "bb_pr_ bb_ma_", "[0-9a-f]{30}", "{hex30}"),
    row("Fleetbase key", "flb_live_ flb_test_", "[A-Za-z0-9]{20}", "{an20}"),
    row("MaxMind key", "_mmk", "", "", before=("[A-Za-z0-9]{6}_[A-Za-z0-9]{29}", "{an6}_{an29}")),
    row("Ubidots key", "BBFF-", "[A-Za-z0-9]{30}", "{an30}"),
    row(
        "Voiceflow key",
        "VF.",
        r"(?:DM\.|WS\.)?[0-9a-fA-F]{24}\.[A-Za-z0-9]{16}",
        "DM.{hex24}.{an16}",
    ),
    row(
        "Yext, Intra 42 secret",
        "s-s4t2ud- s-s4t2af- u-s4t2ud- u-s4t2af-",
        "[0-9a-f]{60,}",
        "{hex64}",
    ),
    row(
        "Discord token",
        ".",
        r"[\w-]{27,}",
        "{url38}",
        before=(r"[MNO][A-Za-z0-9]{23,25}\.[\w-]{6}", "M{an23}.{url6}"),
    ),
    row("Resend key", "re_", "[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}", "{an8}_{an24}", bits=RANDOM),
    row("OneSignal key", "os_v2_app_ os_v2_org_", "[a-z0-9]{60,}", "{low104}"),
    row("Twitter token", "AAAAAAAAAAAAAAAAAAAAA", r"[\w%-]{60,}", "{an80}", bits=VERY_RANDOM),
    row(
        "Firebase token", ":APA91b", r"[\w-]{100,}", "{url134}", before=(r"[\w-]{11,64}", "{an22}")
    ),
    row("Pinterest token", "pina_", "[A-Za-z0-9]{40,}", "{an60}"),
    row("Mandrill key", "md-", r"[\w-]{22}", "{an22}", follow=r"[\w-]{22}", bits=RANDOM),
    row("PubNub key", "sec-c-", r"[\w-]{36,}", "{an48}"),
    row("Rocketlane key", "rh-api-", UUID, A_UUID),
)
