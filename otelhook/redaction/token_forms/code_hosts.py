"""Tokens of code hosts, registries of packages, and what teams plan and build with."""

from __future__ import annotations

from otelhook.redaction.token_forms.form import RANDOM, UNLIKE_WORDS, Form, row

__all__ = ["FORGES"]

FORGES: tuple[Form, ...] = (
    row(
        "GitHub token",
        "ghp_ gho_ ghs_ ghr_ ghu_",
        r"\w{20,}(?:\.[\w-]+){0,3}",
        "{an36}",
    ),
    row("GitHub token", "github_pat_", r"\w{20,}", "{an22}_{an59}"),
    row(
        "GitLab token",
        "glpat- gldt- glrt- glptt- glcbt- glft- glsoat- glagent- glimt- glffct- gloas- glwt-"
        " glrtr- GR1348941",
        r"[\w.-]{16,}",
        "{url24}",
    ),
    row("Atlassian token", "ATATT3 ATCTT3", r"[\w+/=-]{20,}", "{url90}={Hex8}"),
    row("Bitbucket token", "ATBB", "[A-Za-z0-9]{28,}", "{an32}"),
    row("Trello token", "ATTA", "[0-9a-f]{40,}", "{hex72}"),  # words begin with it: ATTACH
    row("Bitbucket token", "BBDC-", r"[\w+/@-]{30,}", "{b64x44}", alone=True),
    row("Linear key", "lin_api_ lin_oauth_", "[A-Za-z0-9]{30,}", "{an40}"),
    row("Notion token", "ntn_", "[A-Za-z0-9]{40,}", "{dig11}{an35}"),
    row("Notion token", "secret_", "[A-Za-z0-9]{40,}", "{an43}"),
    row("Sourcegraph token", "sgp_ slk_ sgd_", r"\w{40,}", "{hex16}_{hex40}"),
    row("Buildkite token", "bkua_ bkaj_", "[a-z0-9]{30,}", "{low40}"),
    row("CircleCI token", "CCIPAT_ CCIPRJ_", r"[A-Za-z0-9]{16,}_\w{30,}", "{an22}_{hex40}"),
    row(
        "Harness key",
        "pat. sat.",
        r"[\w-]{22}\.\w{24}\.\w{20}",
        "{url22}.{an24}.{an20}",
        follow=r"[\w-]{22}\.",
    ),
    row("Octopus key", "API-", "[A-Z0-9]{26}", "{up26}", follow=r"[A-Za-z0-9]{26}"),
    row("Sonar token", "squ_ sqp_ sqa_ sqco_", "[A-Za-z0-9]{36,}", "{hex40}"),
    row("Codecov token", "codecov_", r"[\w-]{30,}", "{an36}", bits=UNLIKE_WORDS),
    row("Snyk token", "snyk_uat. snyk_sat.", r"[\w.-]{30,}", "{hex8}.{an60}"),
    row("npm token", "npm_", "[A-Za-z0-9]{30,}", "{an36}"),
    row("PyPI token", "pypi-", r"[\w-]{40,}", "{url120}"),
    row("RubyGems key", "rubygems_", "[0-9a-f]{40,}", "{hex48}"),
    row("Clojars token", "CLOJARS_", "[a-z0-9]{60}", "{low60}"),
    row("NuGet key", "oy2", "[a-z0-9]{43}", "{low43}", follow=r"[A-Za-z0-9]{43}", bits=RANDOM),
    row(
        "Rust registry token",
        "cio",
        "[A-Za-z0-9]{32}",
        "{an32}",
        follow=r"[A-Za-z0-9]{32}",
        bits=RANDOM,
    ),
    row("Docker token", "dckr_pat_ dckr_oat_", r"[\w-]{20,}", "{url27}"),
    row("JFrog key", "AKCp cmVmdGtu cmVmd", "[A-Za-z0-9]{50,}", "{an69}"),
    row("Postman key", "PMAK-", "[0-9a-fA-F]{24}-[0-9a-fA-F]{34}", "{hex24}-{hex34}"),
    row("Readme key", "rdme_", "[a-z0-9]{40,}", "{low70}"),
    row("Figma token", "figd_ figp_ figo_", r"[\w=-]{30,}", "{url40}"),
    row(
        "Airtable token",
        ".",
        "[0-9a-f]{64}",
        "{hex64}",
        before=("pat[A-Za-z0-9]{14}", "pat{an14}"),
    ),
    row("Trello token", "ATTA", "[0-9a-f]{60,}", "{hex72}"),
    row("Contentful token", "CFPAT-", r"[\w-]{36,}", "{url43}"),
    row("Typeform token", "tfp_", r"[\w.=-]{36,}", "{url44}"),
    row("Chromatic token", "chpt_", "[0-9a-f]{12,}", "{hex12}", alone=True),
    row("dbt token", "dbtc_ dbtu_ dbts_", r"[\w+/=-]{30,}", "{b64x43}", alone=True),
    row("Socket key", "sktsec_", r"[\w-]{30,}", "{an43}"),
    row("Endor Labs key", "endr+", r"[\w-]{16}", "{an16}"),
)
