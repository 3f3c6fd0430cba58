"""Forms of tokens, as the scanner knows them.

Written apart from redaction's rows, and coarser: what a token begins with and how much follows,
whatever its alphabet. A row of either table without its like in the other fails a test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["FORMS", "Form"]

_AFTER: Final = r"[\w.+/=~:$!-]"


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of token."""

    kind: str
    needles: tuple[str, ...]
    """Each such token holds one of these."""
    pattern: re.Pattern[str]
    sample: str
    """A recipe, as the tests make them: ``{an40}`` are 40 letters and digits."""
    words_too: bool = False
    """Whether words could have the form, so that digits and letters are required to mix."""


def _begins(kind: str, prefixes: str, least: int, sample: str, *, words_too: bool = False) -> Form:
    """Return the form of what begins with one of these and goes on for so many characters."""
    needles = tuple(prefixes.split())
    ways = "|".join(map(re.escape, needles))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{ways}){_AFTER}{{{least},1024}}", re.ASCII)
    return Form(kind, needles, pattern, needles[0] + sample, words_too)


def _looks(kind: str, needles: str, pattern: str, sample: str, *, words_too: bool = False) -> Form:
    """Return a form that a pattern tells."""
    return Form(kind, tuple(needles.split()), re.compile(pattern, re.ASCII), sample, words_too)


_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_A_UUID: Final = "{hex8}-{hex4}-{hex4}-{hex4}-{hex12}"

FORMS: Final = (
    # Zeros in Base64, as in the head of a disk image, begin in the same way and go on so.
    _looks(
        "Fernet token",
        "gAAAA",
        r"(?<![A-Za-z0-9+/])gAAAA(?![\w-]{0,14}AAAAA)[\w-]{20,}",
        "gAAAA{url96}",
    ),
    _looks("JWT", "eyJ", r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", "eyJ{an20}.eyJ{an40}.{url43}"),
    _looks(
        "JWT",
        "eyJ",
        r"eyJ(?:hbG|0eX|raW|lbm|jdH|qa3|4NX|6aX|qd2|jcm|lcG|iNj)[\w-]{8,}",
        "eyJhbGci{an40}",
    ),
    _looks("JWT", "ewo", r"ewo[\w-]{12,}\.[\w-]{8,}\.[\w-]{8,}", "ewogIC{an20}.ewog{an40}.{url43}"),
    _looks("JWT in base64", "ZXlK", r"(?<!\w)ZXlK[\w+/=-]{30,}", "ZXlKaGJHY{an80}"),
    _looks(
        "PASETO",
        ".local. .public.",
        r"(?<!\w)v[1-4]\.(?:local|public)\.[\w-]{30,}",
        "v4.local.{url80}",
    ),
    _looks(
        "private key", "AGE-SECRET-KEY", r"AGE-SECRET-KEY-1[A-Z0-9]{30,}", "AGE-SECRET-KEY-1{up58}"
    ),
    _looks(
        "private key",
        "Private-Lines",
        r"Private-Lines: [0-9]+(?:\\r|\\n|\s){1,4}[\w+/=]{16,}",
        "Private-Lines: 14\\n{b64x64}",
    ),
    _looks(
        "private key",
        "PRIVATE",
        r"----\s?BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?\s?----",
        "-----BEGIN PRIVATE KEY-----",
    ),
    _looks(
        "password hash",
        "$2a$ $2b$ $2y$ $1$ $5$ $6$ $y$ $apr1$ $argon2 $scrypt$ pbkdf2 {SSHA}",
        r"(?:\$(?:2[aby]|[156y]|apr1|argon2\w{1,2}|scrypt|pbkdf2-\w{4,8})\$|\bpbkdf2_\w{4,8}\$"
        r"|\{SSHA\})[\w./$=,+-]{22,}",
        "$2b$12${b64x53}",
    ),
    _looks(
        "BIP 32 key", "xprv yprv zprv tprv", r"(?<!\w)[xyzt]prv[0-9A-Za-z]{100,}", "xprv{an107}"
    ),
    _begins("private key", "RWRTY0Iy", 60, "{b64x204}"),
    _begins("GitHub token", "ghp_ gho_ ghs_ ghr_ ghu_ github_pat_", 20, "{an36}"),
    _begins(
        "GitLab token",
        "glpat- gldt- glrt- glptt- glcbt- glft- glsoat- glagent- glimt- glffct- gloas- glwt- glrtr-"
        " GR1348941",
        16,
        "{url20}",
    ),
    _begins("Atlassian token", "ATATT3 ATCTT3 ATBB ATTA BBDC-", 20, "{an44}"),
    _begins("Linear key", "lin_api_ lin_oauth_", 24, "{an40}"),
    _begins("Notion token", "ntn_", 30, "{an46}"),
    _begins("token", "secret_", 40, "{an43}", words_too=True),
    _begins("Sourcegraph token", "sgp_ slk_ sgd_", 30, "{hex40}", words_too=True),
    _begins("Buildkite token", "bkua_ bkaj_", 24, "{low40}"),
    _begins("CircleCI token", "CCIPAT_ CCIPRJ_", 24, "{an22}_{hex40}"),
    _looks(
        "Harness key",
        "pat. sat.",
        r"(?<!\w)[ps]at\.[\w-]{22}\.\w{24}\.\w{20}",
        "pat.{url22}.{an24}.{an20}",
    ),
    _looks(
        "Octopus key", "API-", r"(?<![\w-])API-(?=[A-Z]{0,25}[0-9])[A-Z0-9]{26}(?!\w)", "API-{up26}"
    ),
    _begins("Sonar token", "squ_ sqp_ sqa_ sqco_", 30, "{hex40}"),
    _begins("Codecov token", "codecov_", 24, "{an36}", words_too=True),
    _begins("Snyk token", "snyk_uat. snyk_sat.", 24, "{hex8}.{an60}"),
    _begins("npm token", "npm_", 30, "{an36}", words_too=True),
    _begins("PyPI token", "pypi-", 40, "{url120}", words_too=True),
    _begins("RubyGems key", "rubygems_", 30, "{hex48}"),
    _begins("Clojars token", "CLOJARS_", 40, "{low60}"),
    _looks("NuGet key", "oy2", r"(?<!\w)oy2[a-z0-9]{43}(?!\w)", "oy2{low43}"),
    _looks(
        "Rust registry token",
        "cio",
        r"(?<!\w)cio[A-Za-z0-9]{32}(?!\w)",
        "cio{an32}",
        words_too=True,
    ),
    _begins("Docker token", "dckr_pat_ dckr_oat_", 20, "{url27}"),
    _begins("JFrog key", "AKCp cmVmdGtu cmVmd", 50, "{an69}"),
    _begins("Postman key", "PMAK-", 40, "{hex24}-{hex34}"),
    _begins("Readme key", "rdme_", 40, "{low70}"),
    _begins("Figma token", "figd_ figp_ figo_", 24, "{url40}"),
    _looks("Airtable token", "pat", r"(?<!\w)pat\w{14}\.[0-9a-f]{64}", "pat{an14}.{hex64}"),
    _begins("Contentful token", "CFPAT-", 30, "{url43}"),
    _begins("Typeform token", "tfp_", 30, "{url44}", words_too=True),
    _looks(
        "AWS key",
        "AKIA ASIA APKA ABIA ACCA",
        r"(?<![A-Za-z0-9])A(?:KI|SI|PK|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])",
        "AKIA{base32x16}",
    ),
    _begins("AWS Bedrock key", "ABSK bedrock-api-key-", 60, "{b64x120}"),
    _begins("Google key", "AIza", 30, "{url35}"),
    _begins("Google token", "ya29. GOCSPX- 1//0", 16, "{url80}"),
    _looks("Azure secret", "Q~", r"(?<![\w~.])[\w~.]{3}\dQ~[\w~.-]{31,34}", "{an3}8Q~{url34}"),
    _looks("Alibaba key", "LTAI", r"(?<!\w)LTAI[A-Za-z0-9]{12,24}(?!\w)", "LTAI{an20}"),
    _begins("Yandex key", "AQVN", 30, "{url36}"),
    _looks(
        "Yandex token", "t1.", r"(?<![\w.])t1\.[\w-]{20,}={0,2}\.[\w-]{86}", "t1.{url60}.{url86}"
    ),
    _begins("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", 40, "{hex64}"),
    _begins("Heroku key", "HRKU-", 36, "AA{url58}"),
    _begins("Fly.io token", "fo1_ fm1a_ fm1r_ fm2_", 40, "{an60}"),
    _begins("Netlify token", "nfp_ nfc_ nfo_ nfb_ nfu_", 30, "{an36}", words_too=True),
    _begins("Vercel token", "vcp_ vci_ vca_ vcr_ vck_", 24, "{an56}", words_too=True),
    _begins("Cloudflare token", "cfut_ cfat_ cfk_", 40, "{an40}{hex8}"),
    _looks(
        "Cloudflare key",
        "v1.0-",
        r"(?<!\w)v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}",
        "v1.0-{hex24}-{hex146}",
    ),
    _begins("Supabase token", "sbp_ sb_secret_", 30, "{hex40}", words_too=True),
    _looks("Pulumi token", "pul-", r"(?<!\w)pul-[0-9a-f]{40}", "pul-{hex40}"),
    _looks(
        "Terraform token", ".atlasv1.", r"\w{14}\.atlasv1\.[\w=-]{50,}", "{an14}.atlasv1.{url67}"
    ),
    _begins("Vault token", "hvs. hvb. hvr.", 20, "{url95}"),
    _looks(
        "Vault token", "s.", r"(?<![\w.])s\.[A-Za-z0-9]{24}(?![\w.])", "s.{an24}", words_too=True
    ),
    _begins("Doppler token", "dp.pt. dp.ct. dp.st. dp.sa. dp.scim. dp.audit.", 30, "{an43}"),
    _begins("1Password token", "ops_eyJ", 80, "{an260}"),
    _looks(
        "1Password key",
        "A3-",
        r"(?<!\w)A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){3,5}[A-Z0-9]{5}(?!\w)",
        "A3-{up6}-{up11}-{up5}-{up5}-{up5}",
    ),
    _begins("Tailscale key", "tskey-", 20, "auth-{an12}CNTRL-{an32}"),
    _looks("Databricks token", "dapi", r"(?<!\w)dapi[0-9a-f]{32}", "dapi{hex32}"),
    _begins("PlanetScale token", "pscale_tkn_ pscale_oauth_ pscale_pw_", 30, "{url43}"),
    _begins("Prefect key", "pnu_ pnb_", 30, "{an36}", words_too=True),
    _looks("OpenShift token", "sha256~", r"sha256~[\w-]{40,}", "sha256~{url43}"),
    _begins("Render key", "rnd_", 24, "{an32}", words_too=True),
    _begins("Infracost key", "ico-", 32, "{an32}", words_too=True),
    _begins("Dynatrace token", "dt0c01. dt0s01. dt0s02. dt0s16.", 60, "{up24}.{up64}"),
    _begins("Deno token", "ddp_ ddw_", 36, "{an36}", words_too=True),
    _begins("Portainer token", "ptr_", 30, "{an44}", words_too=True),
    _begins("Nvidia key", "nvapi-", 40, "{url64}"),
    _begins("Apify token", "apify_api_", 30, "{an36}"),
    _begins("Scalingo token", "tk-us-", 40, "{url48}"),
    _begins("Grafana token", "glsa_ glc_", 30, "{an32}_{hex8}"),
    _begins("Sentry token", "sntryu_ sntrys_ sntrya_", 40, "{hex64}"),
    _begins("New Relic key", "NRAK- NRII- NRIQ- NRJS- NRBR- NRRA-", 18, "{up27}"),
    _looks(
        "New Relic key", "NRAL", r"(?<!\w)[0-9a-fux]{32,40}(?:FFFF)?NRAL(?!\w)", "{hex36}FFFFNRAL"
    ),
    _begins("PostHog key", "phx_", 36, "{an43}", words_too=True),
    _begins("Rootly key", "rootly_", 60, "{hex64}"),
    _looks("LaunchDarkly key", "api- sdk-", rf"(?<![\w-])(?:api|sdk)-{_UUID}", f"sdk-{_A_UUID}"),
    _begins("LangSmith key", "lsv2_", 36, "pt_{hex32}_{hex10}"),
    _begins("Adafruit key", "aio_", 28, "{an28}", words_too=True),
    _begins("API key", "sk- sk_", 20, "{an48}", words_too=True),
    _looks(
        "Hugging Face token", "hf_ api_org_", r"(?<!\w)(?:hf|api_org)_[A-Za-z]{30,}", "hf_{let34}"
    ),
    _begins("xAI key", "xai-", 40, "{an80}"),
    _begins("Perplexity key", "pplx-", 40, "{an48}"),
    _begins("Groq key", "gsk_", 40, "{an52}"),
    _begins("Replicate token", "r8_", 37, "{an37}"),
    _begins("Pinecone key", "pcsk_", 50, "{an6}_{an63}"),
    _begins("Tavily key", "tvly-", 24, "{an32}"),
    _begins("Together key", "tgp_v1_", 30, "{url43}"),
    _begins("Jina key", "jina_", 40, "{an60}", words_too=True),
    _looks(
        "Stripe key",
        "k_live_ k_test_ k_prod_",
        r"(?<!\w)[sr]k_(?:live|test|prod)_\w{10,}",
        "sk_live_{an24}",
    ),
    _begins("Stripe secret", "whsec_", 16, "{an32}"),
    _looks(
        "Stripe secret",
        "_secret_",
        r"(?<!\w)(?:pi|seti|cs|src)_\w{10,40}_secret_\w{16,}",
        "pi_{an24}_secret_{an25}",
    ),
    _begins(
        "Square token",
        "sq0atp- sq0csp- sq0csb- sq0idb- sandbox-sq0csb- sandbox-sq0atb-",
        22,
        "{url43}",
    ),
    _begins("Square token", "EAAA", 50, "{url60}", words_too=True),
    _begins("Facebook token", "EAAC EAAB EAAG EAAM EAAI EAAD", 60, "{an120}", words_too=True),
    _looks(
        "Plaid token",
        "access-",
        rf"access-(?:sandbox|development|production)-{_UUID}",
        f"access-sandbox-{_A_UUID}",
    ),
    _begins("Shippo token", "shippo_live_ shippo_test_", 30, "{hex40}"),
    _begins("EasyPost key", "EZAK EZTK", 50, "{an54}"),
    _begins("Flutterwave key", "FLWSECK- FLWSECK_TEST- FLWSECK_TEST", 12, "{low32}-X"),
    _begins("Razorpay key", "rzp_live_ rzp_test_", 14, "{an14}"),
    _begins("Duffel token", "duffel_live_ duffel_test_", 30, "{url43}"),
    _begins("Shopify token", "shpat_ shpca_ shppa_ shpss_ shptka_", 32, "{hex32}"),
    _begins("Pagar.me key", "ak_live_ ak_test_", 24, "{an30}"),
    _looks("Lob key", "live_ test_", r"(?<!\w)(?:live|test)_[0-9a-f]{35}(?!\w)", "live_{hex35}"),
    _looks(
        "GoCardless token",
        "live_",
        r"(?<!\w)live_(?=[\w-]{0,39}[0-9])(?=[a-z0-9_-]{0,39}[A-Z])[\w-]{40}(?!\w)",
        "live_{url40}",
    ),
    _looks("Langfuse key", "sk-lf-", rf"(?<!\w)sk-lf-{_UUID}", f"sk-lf-{_A_UUID}"),
    # Who gives tokens a name of their own mostly says in it what they are.
    _looks(
        "token",
        "live test prod sandbox secret token api key pat sk oauth access refresh",
        r"(?<![A-Za-z0-9])(?!pk|pub)[A-Za-z][A-Za-z0-9]{1,15}[_-]"
        r"(?:live|test|prod|sandbox|secret|token|api|key|pat|sk|oauth|access|refresh)[_-]"
        r"[A-Za-z0-9]{20,}",
        "acme_live_{an40}",
        words_too=True,
    ),
    _looks(
        "Braintree token",
        "access_token$",
        r"access_token\$\w{4,12}\$\w{16}\$[0-9a-f]{32}",
        "access_token$production${low16}${hex32}",
    ),
    _looks(
        "Amazon token",
        "amzn.mws. amzn1.oa2-cs",
        r"amzn(?:\.mws\.[0-9a-f-]{36}|1\.oa2-cs\.v1\.[0-9a-f]{40,})",
        f"amzn.mws.{_A_UUID}",
    ),
    _begins("Ramp key", "ramp_id_ ramp_sec_", 30, "{an48}"),
    _looks(
        "Slack token", "xox", r"xox[a-z](?:\.xox[a-z])?-[\w-]{10,}", "xoxb-{dig12}-{dig12}-{an24}"
    ),
    _begins("Slack token", "xapp-", 20, "1-{up11}-{dig13}-{hex64}"),
    _looks("Telegram token", ":AA", r"(?<![0-9])[0-9]{8,12}:AA[\w-]{32,}", "{dig10}:AA{url33}"),
    _looks("SendGrid key", "SG.", r"(?<!\w)SG\.[\w-]{16,}\.[\w-]{16,}", "SG.{url22}.{url43}"),
    _begins("Brevo key", "xkeysib- xsmtpsib-", 40, "{hex64}-{an16}"),
    _looks("Mailgun key", "key-", r"(?<![\w-])key-[0-9a-f]{32}(?!\w)", "key-{hex32}"),
    _looks("Mailchimp key", "-us", r"(?<!\w)[0-9a-f]{32}-us[0-9]{1,2}(?!\w)", "{hex32}-us12"),
    _begins("MailerSend key", "mlsn.", 60, "{hex64}"),
    _looks("Twilio key", "SK", r"(?<!\w)SK[0-9a-f]{32}(?!\w)", "SK{hex32}"),
    _looks("Klaviyo key", "pk_", r"(?<!\w)pk_(?:\w{6}_)?[0-9a-f]{34}(?!\w)", "pk_{hex34}"),
    _looks("ClickUp token", "pk_", r"(?<!\w)pk_[0-9]{6,9}_[0-9A-Z]{32}(?!\w)", "pk_{dig8}_{up32}"),
    _looks("HubSpot token", "pat-", rf"(?<!\w)pat-[a-z]{{2}}\d-{_UUID}", f"pat-na1-{_A_UUID}"),
    _looks("Dropbox token", "sl.", r"(?<![\w.])sl\.(?:u\.)?[\w-]{100,}", "sl.u.{url140}"),
    _looks(
        "Dropbox token",
        "AAAAAAAAAA",
        r"(?<!\w)[A-Za-z0-9]{11}AAAAAAAAAA[\w-]{43}(?!\w)",
        "{an11}AAAAAAAAAA{url43}",
        words_too=True,
    ),
    _looks(
        "Zoho token", "1000.", r"(?<!\w)1000\.[0-9a-f]{32}\.[0-9a-f]{32}", "1000.{hex32}.{hex32}"
    ),
    _looks(
        "Salesforce token",
        "00D 5Aep861 5AEP861",
        r"(?<!\w)(?:00D\w{12,15}!|5A(?i:ep)861)[\w.=]{60,}",
        "00D{an12}!{an60}.{an35}",
    ),
    _begins("Frame.io token", "fio-u-", 40, "{url64}"),
    _begins("Bannerbear key", "bb_pr_ bb_ma_", 30, "{hex30}"),
    _begins("Fleetbase key", "flb_live_ flb_test_", 20, "{an20}"),
    _looks("MaxMind key", "_mmk", r"(?<!\w)[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk", "{an6}_{an29}_mmk"),
    _begins("Ubidots key", "BBFF-", 30, "{an30}"),
    _looks(
        "Voiceflow key",
        "VF.",
        r"(?<!\w)VF\.(?:DM\.|WS\.)?[0-9a-fA-F]{24}\.\w{16}",
        "VF.DM.{hex24}.{an16}",
    ),
    _begins("Intra 42 secret", "s-s4t2ud- s-s4t2af- u-s4t2ud- u-s4t2af-", 60, "{hex64}"),
    _looks(
        "Discord token",
        ".",
        r"(?<!\w)[MNO][A-Za-z0-9]{23,25}\.[\w-]{6}\.[\w-]{27,}",
        "M{an23}.{url6}.{url38}",
        words_too=True,
    ),
)
