"""Tokens of payments and shops."""

from __future__ import annotations

from otelhook.redaction.token_forms.form import A_UUID, RANDOM, UUID, Form, row

__all__ = ["PAYMENTS"]

PAYMENTS: tuple[Form, ...] = (
    row(
        "Stripe key", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_", r"\w{10,}", "{an24}"
    ),
    row("Stripe secret", "whsec_", r"[\w+/=]{16,}", "{b64x32}", alone=True),
    row(
        "Stripe secret",
        "_secret_",
        "[A-Za-z0-9]{16,}",
        "{an25}",
        before=("(?:pi|seti|cs|src)_[A-Za-z0-9_]{10,40}", "pi_{an24}"),
    ),
    row(
        "Square token",
        "sq0atp- sq0csp- sq0csb- sq0idb- sandbox-sq0csb- sandbox-sq0atb-",
        r"[\w-]{22,}",
        "{url43}",
    ),
    row("nonce of a card at Square", "cnon:", r"[\w-]{20,}", "{url22}"),
    row("Square token", "EAAA", r"[\w-]{40,}", "{url60}", bits=RANDOM),
    row(
        "Facebook token",
        "EAAC EAAB EAAG EAAM EAAI EAAD",
        r"[A-Za-z0-9]{60,}",
        "{an120}",
        follow=r"[A-Za-z0-9]{60}",
        bits=RANDOM,
    ),
    row("Plaid token", "access-sandbox- access-development- access-production-", UUID, A_UUID),
    row("Shippo token", "shippo_live_ shippo_test_", "[0-9a-fA-F]{40}", "{hex40}"),
    row("EasyPost key", "EZAK EZTK", "[A-Za-z0-9]{54}", "{an54}"),
    row(
        "Flutterwave key",
        "FLWSECK- FLWSECK_TEST- FLWSECK_TEST",
        "[0-9a-zA-Z]{12,32}(?:-X)?",
        "{low32}-X",
    ),
    row("Razorpay key", "rzp_live_ rzp_test_", "[A-Za-z0-9]{14}", "{an14}", alone=True),
    row("Duffel token", "duffel_live_ duffel_test_", r"[\w=-]{40,}", "{url43}"),
    row("Shopify token", "shpat_ shpca_ shppa_ shpss_ shptka_", "[0-9a-fA-F]{32}", "{hex32}"),
    row("Pagar.me key", "ak_live_ ak_test_", "[A-Za-z0-9]{28,}", "{an30}"),
    row(
        "Lob key",
        "live_ test_",
        "[0-9a-f]{35}",
        "{hex35}",
        follow=r"[0-9a-f]{35}",
    ),
    row(
        "GoCardless token",
        "live_",
        r"[\w-]{40}",
        "{url40}",
        follow=r"[\w-]{40}",
        bits=RANDOM,
    ),
    row(
        "Braintree token",
        "access_token$",
        r"\w{4,12}\$[0-9a-z]{16}\$[0-9a-f]{32}",
        "production${low16}${hex32}",
    ),
    row("Amazon MWS token", "amzn.mws.", UUID, A_UUID),
    row("Amazon secret", "amzn1.oa2-cs.v1.", "[0-9a-f]{40,}", "{hex64}"),
    row("Ramp key", "ramp_id_ ramp_sec_", "[A-Za-z0-9]{30,}", "{an48}"),
    row(
        "Mollie key",
        "live_ test_",
        "[A-Za-z0-9]{30}",
        "{an30}",
        follow=r"[A-Za-z0-9]{30}",
        bits=RANDOM,
    ),
    row("Paddle key", "pdl_", r"(?:live|sdbx)_apikey_\w{26,}", "live_apikey_{low26}_{an22}_{an3}"),
    row("WooCommerce key", "ck_ cs_", "[0-9a-f]{40}", "{hex40}"),
    row("Adyen key", "AQE", r"[A-Za-z]hmf[\w+/=^.$-]{60,}", "yhmfxK{an80}", follow="[A-Za-z]hmf"),
)
