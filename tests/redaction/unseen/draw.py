"""Draws what a set of unseen texts is of: ``python -m tests.redaction.unseen.draw 71 220 150``.

The pairs, of what carries a value with what the value is, are drawn and not chosen, so that a set
is not of what its writer happens to have in mind; a person then writes each as real traffic looks.
Pairs that nothing in the world would send are written as the nearest that something does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain, cycle, islice
from random import Random

CARRIERS = (
    *("JSON, flat", "JSON, nested", "JSON, list of pairs", "JSON, typed values", "JSON Patch"),
    *("JSON-RPC", "GraphQL variables", "JSON in a JSON string", "JSON with escaped keys"),
    *("form", "multipart", "multipart without its boundary", "JSON under another type"),
    *("query", "query, encoded twice", "path", "fragment of a Location", "Cookie", "Set-Cookie"),
    *("request header", "response header", "Authorization", "Proxy-Authorization"),
    *("XML elements", "XML attributes", "CDATA", "SOAP", "SAML", "XML-RPC", "plist"),
    *(
        "YAML",
        "YAML block",
        "YAML with an anchor",
        "YAML env name and value",
        "TOML",
        "INI",
        ".env",
    ),
    *(
        "properties",
        "HCL",
        "Dockerfile",
        "compose",
        "Helm values",
        "Kubernetes Secret",
        "ConfigMap",
    ),
    *("CSV", "TSV", "console table", "Markdown table", "HTML form", "e-mail text", "log line"),
    *("logfmt", "stack trace", "connection string", "ODBC or DSN", "URL with user and password"),
    *("SQL statement", "LDIF", "SMTP", "netrc or pgpass", "htpasswd or shadow", "curl command"),
    *("database command", "cloud command", "container command", "openssl or ssh command"),
    *("PowerShell", "PHP", "JavaScript", "Python", "Ruby", "Java", "Go", "compressed body"),
    *(
        "UTF-16 body",
        "base64 of JSON",
        "chat message",
        "exception",
        "nginx or Apache configuration",
    ),
)
SECRETS = (
    *("password", "new and old password", "passphrase", "PIN", "one-time code", "TOTP seed"),
    *("recovery codes", "API key", "client secret", "access token", "refresh token", "id token"),
    *("reset or invitation token", "device or pairing code", "bot token", "deploy or CI token"),
    *("private key", "JWK", "WireGuard, age or PGP key", "encryption or signing key"),
    *("session id", "CSRF token", "signature or SAS", "webhook address", "webhook's secret"),
    *("licence key", "card number and CVV", "database password", "storage or access key"),
    *("LDAP, SMTP or Wi-Fi password", "SNMP community or shared secret", "password's hash"),
)
INNOCENTS = (
    *("password policy", "flag about a password", "count of tokens", "type of token", "page token"),
    *("key id", "fingerprint", "checksum", "UUID", "ETag", "trace id", "public key", "schema"),
    *("form label", "enum value", "CSS or HTML id", "sort key", "primary or foreign key"),
    *("error message about a password", "preference cookie", "locale cookie", "feature flag"),
    *("status code", "country or error code", "time or duration of a token", "name of a variable"),
    *("placeholder", "reference to a secret", "file's path of a key", "scope or permission"),
    *("documentation's sentence", "version or commit", "base64 of text or image", "file name"),
)


def dealt(random: Random, cards: Sequence[str], size: int) -> list[str]:
    """Return so many cards: each once in random order before any comes again."""
    decks = (random.sample(cards, len(cards)) for _ in cycle([None]))
    return list(islice(chain.from_iterable(decks), size))


def main() -> None:
    """Print the pairs of a seed."""
    seed, secrets, innocents = map(int, sys.argv[1:])
    random = Random(seed)
    for kinds, size in ((SECRETS, secrets), (INNOCENTS, innocents)):
        pairs = zip(dealt(random, CARRIERS, size), dealt(random, kinds, size), strict=True)
        for carrier, kind in sorted(pairs, key=lambda pair: CARRIERS.index(pair[0])):
            print(f"{carrier}: {kind}")
        print()


if __name__ == "__main__":
    main()
