"""Tokens that a standard or a tool of its own defines."""

from __future__ import annotations

from otelhook.redaction.token_forms.form import RANDOM, Form, row

__all__ = ["STANDARDS"]

STANDARDS: tuple[Form, ...] = (
    # A JOSE header (RFC 7515, 7516) begins with one of its names: alg, typ, kid, enc ...
    row(
        "JWT",
        "eyJhbGci eyJ0eXAi eyJraWQi eyJlbmMi eyJjdHki eyJqa3Ui eyJ4NXQ eyJ4NXV eyJ6aXAi eyJqd2si"
        " eyJjcml0 eyJlcGsi eyJiNjQi",
        r"[\w-]*(?:\.[\w-]*){0,4}",
        "{an20}.{url40}.{url43}",
    ),
    row("JWT", "eyJ", r"[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}", "{an20}.eyJ{an40}.{url43}"),
    row("JWT", "ewog ewoJ", r"[\w-]{12,}\.[\w-]{8,}\.[\w-]{8,}", "IC{an20}.ewog{an40}.{url43}"),
    row("Grafana key", "eyJrIjoi", r"[\w+/-]{60,}={0,3}", "{an80}"),
    row("JWT in base64", "ZXlKaGJHY ZXlKMGVYQ ZXlKcmFXU", r"[\w+/=-]{30,}", "{an80}"),
    row(
        "PASETO",
        " ".join(f"v{n}.{use}." for n in "1234" for use in ("local", "public")),
        r"[\w-]{30,}(?:\.[\w-]*)?",
        "{url80}",
    ),
    row("Fernet token", "gAAAA", r"[\w-]{20,}={0,2}", "{url96}=="),
    row("age key", "AGE-SECRET-KEY-1", "[A-Z0-9]{30,}", "{up58}"),
    row("minisign key", "RWRTY0Iy", r"[\w+/=]{60,}", "{b64x204}"),
    row(
        "password hash",
        "$2a$ $2b$ $2y$ $1$ $5$ $6$ $y$ $apr1$ $argon2id$ $argon2i$ $scrypt$ $pbkdf2-sha256$"
        " $pbkdf2-sha512$ pbkdf2_sha256$ {SSHA}",
        r"[\w./$=,+-]{22,}",
        "12${b64x53}",
    ),
    row("BIP 32 key", "xprv yprv zprv tprv", "[0-9A-Za-z]{100,}", "{an107}", bits=RANDOM),
)
