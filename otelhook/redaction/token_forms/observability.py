"""Tokens of what watches programs, and of language models."""

from __future__ import annotations

from otelhook.redaction.token_forms.form import A_UUID, RANDOM, UNLIKE_WORDS, UUID, Form, row

__all__ = ["MODELS", "OBSERVERS"]

OBSERVERS: tuple[Form, ...] = (
    row("Grafana token", "glsa_ glc_", r"[\w+/=-]{30,}", "{b64x60}", alone=True),
    row("Sentry token", "sntryu_ sntrys_ sntrya_", r"[\w+/=-]{40,}", "{b64x64}", alone=True),
    row("New Relic key", "NRAK- NRII- NRIQ- NRJS- NRBR- NRRA-", r"[\w-]{18,}", "{up27}"),
    row(
        "New Relic key",
        "FFFFNRAL NRAL",
        "",
        "",
        before=("[0-9a-fA-Fu]{4}[0-9a-fA-Fux]{28,36}", "{hex36}"),
    ),
    row("PostHog key", "phx_", "[A-Za-z0-9]{36,}", "{an43}"),
    row("Rootly key", "rootly_", "[0-9a-f]{60,}", "{hex64}"),
    row(
        "LaunchDarkly key",
        "api- sdk-",
        UUID,
        A_UUID,
        follow=r"[0-9a-f]{8}-",
    ),
    row("LangSmith key", "lsv2_", r"\w{40,}", "pt_{hex32}_{hex10}"),
    row("Adafruit key", "aio_", "[A-Za-z0-9]{28}", "{an28}", bits=UNLIKE_WORDS),
    row("Axiom token", "xaat- xapt-", UUID, A_UUID),
    row("Honeycomb key", "hcaik_ hcxik_ hcamk_ hcalk_", "[a-z0-9]{40,}", "{low58}"),
    row("FullStory key", "na1.", "[A-Za-z0-9+/]{90,}", "{b64x100}", alone=True),
)

MODELS: tuple[Form, ...] = (
    row("API key", "sk-", r"[\w-]{20,}", "proj-{url48}"),
    row("API key", "sk_", r"(?:[a-z]{1,8}_)?[A-Za-z0-9]{24,}", "{hex48}", bits=UNLIKE_WORDS),
    row("Hugging Face token", "hf_ api_org_", "[A-Za-z]{30,}", "{let34}"),
    row("xAI key", "xai-", r"\w{40,}", "{an80}"),
    row("Perplexity key", "pplx-", "[A-Za-z0-9]{40,}", "{an48}"),
    row("Groq key", "gsk_", "[A-Za-z0-9]{40,}", "{an52}"),
    row("Replicate token", "r8_", r"[\w-]{37}", "{an37}"),
    row("Pinecone key", "pcsk_", r"[A-Za-z0-9]{5,6}_[A-Za-z0-9]{50,}", "{an6}_{an63}"),
    row("Tavily key", "tvly-", r"[\w-]{24,}", "{an32}", bits=UNLIKE_WORDS),
    row("Together key", "tgp_v1_", r"[\w-]{30,}", "{url43}"),
    row("Jina key", "jina_", r"[\w-]{40,}", "{an60}"),
    row("Langfuse key", "sk-lf-", UUID, A_UUID),
    row("Fireworks key", "fw_", "[A-Za-z0-9]{22,}", "{an24}", bits=RANDOM),
    row("Cerebras key", "csk-", "[a-z0-9]{40,}", "{low48}"),
    row("Firecrawl key", "fc-", "[0-9a-f]{32}", "{hex32}"),
)
