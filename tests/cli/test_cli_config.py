from __future__ import annotations

from dataclasses import fields
from typing import Any

from otelhook.settings import Settings


def _rows(text: str) -> dict[str, str]:
    return {line.split(maxsplit=1)[0]: line for line in text.splitlines() if line}


def test_each_value_says_where_it_came_from(otelhook: Any) -> None:
    (otelhook.home / "otelhook.toml").write_text('bodies = "client"\nredact_names = ["colour"]\n')
    environ = {"OTELHOOK_BODY_LIMIT": "1k", "OTELHOOK_BODY_TYPES": "image/*=0, text/html=2k"}
    done = otelhook("config", "show", "--data-dir", "here", environ=environ)
    rows = _rows(done.out)
    assert done.code == 0
    assert rows["data_dir"].split()[1:3] == [str(otelhook.home / "here"), "argument"]
    assert "1024" in rows["body_limit"]
    assert "environment (OTELHOOK_BODY_LIMIT)" in rows["body_limit"]
    assert "image/*=0, text/html=2048" in rows["body_types"]
    assert rows["bodies"].split()[1:4] == ["client", "file", "(otelhook.toml)"]
    assert "colour" in rows["redact_names"]
    assert rows["redact"].split()[1:3] == ["on", "default"]


def test_every_setting_is_shown(otelhook: Any) -> None:
    assert {row.name for row in fields(Settings)} <= set(_rows(otelhook("config", "show").out))


def test_secrets_are_never_shown(otelhook: Any) -> None:
    done = otelhook(
        "config",
        "show",
        environ={
            "OTELHOOK_REDACTION_KEY": "hunter2hunter2",
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer s3cr3tvalue",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "https://jane:opensesame@collector.example:4318",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY": "/keys/one.pem",
        },
    )
    rows = _rows(done.out)
    assert not [s for s in ("hunter2", "s3cr3t", "opensesame") if s in done.out + done.err]
    assert rows["OTELHOOK_REDACTION_KEY"].endswith("set, not shown")
    assert rows["OTEL_EXPORTER_OTLP_HEADERS"].endswith("set, not shown")
    assert "collector.example:4318" in rows["OTEL_EXPORTER_OTLP_ENDPOINT"]


def test_a_broken_file_is_one_line(otelhook: Any) -> None:
    (otelhook.home / "otelhook.toml").write_text("bodies = ")
    done = otelhook("config", "show")
    assert done.code == 2
    assert done.err.startswith("otelhook: otelhook.toml: not valid TOML")
    assert done.err.count("\n") == 1
