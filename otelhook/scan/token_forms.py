"""Forms of tokens, as the scanner knows them.

Written apart from redaction's rows, and coarser: what a token begins with and how much follows,
whatever its alphabet. A row of either table without its like in the other fails a test.
"""

from __future__ import annotations

from typing import Final

from otelhook.scan.form import A_UUID, UUID, Form, begins, looks
from otelhook.scan.service_forms import SERVICES

__all__ = ["FORMS", "Form"]

FORMS: Final[tuple[Form, ...]] = (
    # Zeros in Base64, as in the head of a disk image, begin in the same way and go on so.
    looks(
        "Fernet token",
        "gAAAA",
        r"(?<![A-Za-z0-9+/])gAAAA(?![\w-]{0,14}AAAAA)[\w-]{20,}",
        "gAAAA{url96}",
    ),
    looks("JWT", "eyJ", r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", "eyJ{an20}.eyJ{an40}.{url43}"),
    looks(
        "JWT",
        "eyJ",
        r"eyJ(?:hbG|0eX|raW|lbm|jdH|qa3|4NX|6aX|qd2|jcm|lcG|iNj)[\w-]{8,}",
        "eyJhbGci{an40}",
    ),
    looks("JWT", "ewo", r"ewo[\w-]{12,}\.[\w-]{8,}\.[\w-]{8,}", "ewogIC{an20}.ewog{an40}.{url43}"),
    looks("JWT in base64", "ZXlK", r"(?<!\w)ZXlK[\w+/=-]{30,}", "ZXlKaGJHY{an80}"),
    looks(
        "PASETO",
        ".local. .public.",
        r"(?<!\w)v[1-4]\.(?:local|public)\.[\w-]{30,}",
        "v4.local.{url80}",
    ),
    looks(
        "private key", "AGE-SECRET-KEY", r"AGE-SECRET-KEY-1[A-Z0-9]{30,}", "AGE-SECRET-KEY-1{up58}"
    ),
    looks(
        "private key",
        "Private-Lines",
        r"Private-Lines: [0-9]+(?:\\r|\\n|\s){1,4}[\w+/=]{16,}",
        "Private-Lines: 14\\n{b64x64}",
    ),
    looks(
        "private key",
        "PRIVATE OpenVPN",
        r"----\s?BEGIN (?:[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1)\s?----",
        "-----BEGIN PRIVATE KEY-----",
    ),
    looks(
        "password hash",
        "$2a$ $2b$ $2y$ $1$ $5$ $6$ $y$ $apr1$ $argon2 $scrypt$ pbkdf2 {SSHA}",
        r"(?:\$(?:2[aby]|[156y]|apr1|argon2\w{1,2}|scrypt|pbkdf2-\w{4,8})\$|\bpbkdf2_\w{4,8}\$"
        r"|\{SSHA\})[\w./$=,+-]{22,}",
        "$2b$12${b64x53}",
    ),
    looks("BIP 32 key", "xprv yprv zprv tprv", r"(?<!\w)[xyzt]prv[0-9A-Za-z]{100,}", "xprv{an107}"),
    begins("private key", "RWRTY0Iy", 60, "{b64x204}"),
    begins("GitHub token", "ghp_ gho_ ghs_ ghr_ ghu_ github_pat_", 20, "{an36}"),
    begins(
        "GitLab token",
        "glpat- gldt- glrt- glptt- glcbt- glft- glsoat- glagent- glimt- glffct- gloas- glwt- glrtr-"
        " GR1348941",
        16,
        "{url20}",
    ),
    begins("Atlassian token", "ATATT3 ATCTT3 ATBB BBDC-", 20, "{an44}"),
    looks("Trello token", "ATTA", r"(?<!\w)ATTA[0-9a-f]{40,}", "ATTA{hex72}"),
    begins("Linear key", "lin_api_ lin_oauth_", 24, "{an40}"),
    begins("Notion token", "ntn_", 30, "{an46}"),
    begins("token", "secret_", 40, "{an43}", words_too=True),
    begins("Sourcegraph token", "sgp_ slk_ sgd_", 30, "{hex40}", words_too=True),
    begins("Buildkite token", "bkua_ bkaj_", 24, "{low40}"),
    begins("CircleCI token", "CCIPAT_ CCIPRJ_", 24, "{an22}_{hex40}"),
    looks(
        "Harness key",
        "pat. sat.",
        r"(?<!\w)[ps]at\.[\w-]{22}\.\w{24}\.\w{20}",
        "pat.{url22}.{an24}.{an20}",
    ),
    looks(
        "Octopus key", "API-", r"(?<![\w-])API-(?=[A-Z]{0,25}[0-9])[A-Z0-9]{26}(?!\w)", "API-{up26}"
    ),
    begins("Sonar token", "squ_ sqp_ sqa_ sqco_", 30, "{hex40}"),
    begins("Codecov token", "codecov_", 24, "{an36}", words_too=True),
    begins("Snyk token", "snyk_uat. snyk_sat.", 24, "{hex8}.{an60}"),
    begins("npm token", "npm_", 30, "{an36}", words_too=True),
    begins("PyPI token", "pypi-", 40, "{url120}", words_too=True),
    begins("RubyGems key", "rubygems_", 30, "{hex48}"),
    begins("Clojars token", "CLOJARS_", 40, "{low60}"),
    looks("NuGet key", "oy2", r"(?<!\w)oy2[a-z0-9]{43}(?!\w)", "oy2{low43}"),
    looks(
        "Rust registry token",
        "cio",
        r"(?<!\w)cio[A-Za-z0-9]{32}(?!\w)",
        "cio{an32}",
        words_too=True,
    ),
    begins("Docker token", "dckr_pat_ dckr_oat_", 20, "{url27}"),
    begins("JFrog key", "AKCp cmVmdGtu cmVmd", 50, "{an69}"),
    begins("Postman key", "PMAK-", 40, "{hex24}-{hex34}"),
    begins("Readme key", "rdme_", 40, "{low70}"),
    begins("Figma token", "figd_ figp_ figo_", 24, "{url40}"),
    looks("Airtable token", "pat", r"(?<!\w)pat\w{14}\.[0-9a-f]{64}", "pat{an14}.{hex64}"),
    begins("Contentful token", "CFPAT-", 30, "{url43}"),
    begins("Typeform token", "tfp_", 30, "{url44}", words_too=True),
    looks(
        "AWS key",
        "AKIA ASIA APKA ABIA ACCA",
        r"(?<![A-Za-z0-9])A(?:KI|SI|PK|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])",
        "AKIA{base32x16}",
    ),
    begins("AWS Bedrock key", "ABSK bedrock-api-key-", 60, "{b64x120}"),
    begins("Google key", "AIza", 30, "{url35}"),
    begins("Google token", "ya29. GOCSPX- 1//0", 16, "{url80}"),
    looks("Azure secret", "Q~", r"(?<![\w~.])[\w~.]{3}\dQ~[\w~.-]{31,34}", "{an3}8Q~{url34}"),
    looks("Alibaba key", "LTAI", r"(?<!\w)LTAI[A-Za-z0-9]{12,24}(?!\w)", "LTAI{an20}"),
    begins("Yandex key", "AQVN", 30, "{url36}"),
    looks(
        "Yandex token", "t1.", r"(?<![\w.])t1\.[\w-]{20,}={0,2}\.[\w-]{86}", "t1.{url60}.{url86}"
    ),
    begins("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", 40, "{hex64}"),
    begins("Heroku key", "HRKU-", 36, "AA{url58}"),
    begins("Fly.io token", "fo1_ fm1a_ fm1r_ fm2_", 40, "{an60}"),
    begins("Netlify token", "nfp_ nfc_ nfo_ nfb_ nfu_", 30, "{an36}", words_too=True),
    begins("Vercel token", "vcp_ vci_ vca_ vcr_ vck_", 24, "{an56}", words_too=True),
    begins("Cloudflare token", "cfut_ cfat_ cfk_", 40, "{an40}{hex8}"),
    looks(
        "Cloudflare key",
        "v1.0-",
        r"(?<!\w)v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}",
        "v1.0-{hex24}-{hex146}",
    ),
    begins("Supabase token", "sbp_ sb_secret_", 30, "{hex40}", words_too=True),
    looks("Pulumi token", "pul-", r"(?<!\w)pul-[0-9a-f]{40}", "pul-{hex40}"),
    looks(
        "Terraform token", ".atlasv1.", r"\w{14}\.atlasv1\.[\w=-]{50,}", "{an14}.atlasv1.{url67}"
    ),
    begins("Vault token", "hvs. hvb. hvr.", 20, "{url95}"),
    looks(
        "Vault token", "s.", r"(?<![\w.])s\.[A-Za-z0-9]{24}(?![\w.])", "s.{an24}", words_too=True
    ),
    begins("Doppler token", "dp.pt. dp.ct. dp.st. dp.sa. dp.scim. dp.audit.", 30, "{an43}"),
    begins("1Password token", "ops_eyJ", 80, "{an260}"),
    looks(
        "1Password key",
        "A3-",
        r"(?<!\w)A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){3,5}[A-Z0-9]{5}(?!\w)",
        "A3-{up6}-{up11}-{up5}-{up5}-{up5}",
    ),
    begins("Tailscale key", "tskey-", 20, "auth-{an12}CNTRL-{an32}"),
    looks("Databricks token", "dapi", r"(?<!\w)dapi[0-9a-f]{32}", "dapi{hex32}"),
    begins("PlanetScale token", "pscale_tkn_ pscale_oauth_ pscale_pw_", 30, "{url43}"),
    begins("Prefect key", "pnu_ pnb_", 30, "{an36}", words_too=True),
    looks("OpenShift token", "sha256~", r"sha256~[\w-]{40,}", "sha256~{url43}"),
    begins("Render key", "rnd_", 24, "{an32}", words_too=True),
    begins("Infracost key", "ico-", 32, "{an32}", words_too=True),
    begins("Dynatrace token", "dt0c01. dt0s01. dt0s02. dt0s16.", 60, "{up24}.{up64}"),
    begins("Deno token", "ddp_ ddw_", 36, "{an36}", words_too=True),
    begins("Portainer token", "ptr_", 30, "{an44}", words_too=True),
    begins("Nvidia key", "nvapi-", 40, "{url64}"),
    begins("Apify token", "apify_api_", 30, "{an36}"),
    begins("Scalingo token", "tk-us-", 40, "{url48}"),
    begins("Grafana token", "glsa_ glc_", 30, "{an32}_{hex8}"),
    begins("Sentry token", "sntryu_ sntrys_ sntrya_", 40, "{hex64}"),
    begins("New Relic key", "NRAK- NRII- NRIQ- NRJS- NRBR- NRRA-", 18, "{up27}"),
    looks(
        "New Relic key", "NRAL", r"(?<!\w)[0-9a-fux]{32,40}(?:FFFF)?NRAL(?!\w)", "{hex36}FFFFNRAL"
    ),
    begins("PostHog key", "phx_", 36, "{an43}", words_too=True),
    begins("Rootly key", "rootly_", 60, "{hex64}"),
    looks("LaunchDarkly key", "api- sdk-", rf"(?<![\w-])(?:api|sdk)-{UUID}", f"sdk-{A_UUID}"),
    begins("LangSmith key", "lsv2_", 36, "pt_{hex32}_{hex10}"),
    begins("Adafruit key", "aio_", 28, "{an28}", words_too=True),
    *SERVICES,
)
