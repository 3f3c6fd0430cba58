"""Which names have secret values, as the scanner sees it.

Nothing of redaction's list is used: a word that is missing there is found here. A name is split
into words; it names a secret if its last word does, but for those that say which copy it is
(``password_confirmation`` does, ``password_expires_at`` does not).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Final

__all__ = ["ELSEWHERE", "Names", "Suspicion"]


class Suspicion(Enum):
    """How likely the value under a name is a secret."""

    NONE = 0
    IF_ISSUED = 1
    """If a machine made it: ``session``, ``auth``, a query's ``key``."""
    ISSUED = 2
    CHOSEN = 3
    """A password, or what people keep like one."""


_LONGEST: Final = 64
_WORD: Final = re.compile(
    r"[A-Z]+(?![a-z])|[A-Z]?(?:(?![A-Z])[^\W\d_])+|[0-9]+", re.UNICODE
)  # HTTPKey is HTTP, Key

ELSEWHERE: Final = (
    *("contrasenya", "contrasinal", "passord", "lösenord", "losenord", "adgangskode", "kodeord"),
    *(
        "salasana",
        "hasło",
        "heslo",
        "geslo",
        "lozinka",
        "zaporka",
        "jelszó",
        "parolă",
        "parola",
        "parol",
    ),
    *("şifre", "slaptažodis", "parool", "lykilorð", "palavrapasse", "sandi", "khẩu", "парола"),
    *("المرور", "السر", "عبور", "skey"),
    *("лозинка", "κωδικός", "סיסמה", "암호", "口令", "暗証番号", "depasse"),
)
"""What a password is called in other languages; of more than two words, the last two."""

_CHOSEN: Final = frozenset(
    {
        *("password", "passwords", "passwd", "passwds", "passphrase", "passphrases", "passcode"),
        *("passcodes", "pass", "pwd", "pwds", "pw", "passwort", "kennwort", "senha", "contraseña"),
        *(
            "contrasena",
            "wachtwoord",
            "비밀번호",
            "密码",
            "密碼",
            "パスワード",
            "пароль",
            "secret",
            "secrets",
        ),
        *("otp", "totp", "psk", "pin", "cvv", "cvc", "cvv2", "cvc2", "ssn", "mnemonic", "passkey"),
        *("privatekey", "secretkey", "requirepass", "masterauth", "kubeconfig", "masterpass"),
        *("storepass", "keypass", "dbpass", "adminpass", "userpass", "smtppass", "secretword"),
        *("passkey", "pincode", "puk", "cvn", "rootpw", "sudopw", "bindpw", "adminpw", "pgpass"),
        *(
            "privkey",
            "pkey",
            "privatepem",
            "keypem",
            "ntlmhash",
            "nthash",
            "lmhash",
            "deststorepass",
        ),
        *(
            "ccnumber",
            "ccnum",
            "srcstorepass",
            "destkeypass",
            "communitystring",
            "snmpcommunity",
            "securityanswer",
        ),
        *("secretanswer", "passphrase", "passcode", "pinnumber", "onetimecode"),
        *("rocommunity", "rwcommunity", "trapcommunity", *ELSEWHERE),
    }
)
_ISSUED: Final = frozenset(
    {
        *("token", "tokens", "jwt", "jwe", "cookie", "cookies", "csrf", "xsrf", "apikey"),
        *("apikeys", "authorization", "verifier", "oobcode", "samlart", "samlresponse"),
        *("samlrequest", "wresult", "jsessionid", "phpsessid", "sessid", "accesskey"),
        *("pgtid", "pgtiou", "sharedkey", "appkey", "hcaptcha", "crumb", "rspauth", "amzsignature"),
    }
)
_SECRETS: Final = _CHOSEN | _ISSUED
_IF_ISSUED: Final = frozenset(
    {
        *("auth", "session", "credential", "credentials", "assertion", "creds", "cred", "pat"),
        *("authdata", "authstring", "pkcs12", "pfx", "p12", "keystore", "keytab", "jks", "seed"),
        *("dek", "kek", "xprv", "userdata", "salt", "ticket", "plaintext", "keydata"),
        *("cavv", "ucaf", "cryptogram", "jeton"),
    }
)
_IN_QUERY: Final = frozenset(
    {
        *("sig", "signature", "ticket", "sid", "code", "key", "hmac", "sas", "sign", "cst"),
        *("consumer", "invite", "invitation", "magic", "confirmation", "activation", "unlock"),
    }
)
"""In a query, a form or a header they are secrets if issued; elsewhere they mean anything."""
_SIGNATURES: Final = frozenset({"sig", "signature", "ticket"})
"""These are secrets there."""
_KEYS: Final = frozenset(
    {
        *(
            "api",
            "access",
            "auth",
            "private",
            "secret",
            "encryption",
            "signing",
            "master",
            "shared",
        ),
        *("account", "storage", "service", "subscription", "function", "functions", "session"),
        *("consumer", "app", "application", "deploy", "webhook", "customer", "admin", "rapidapi"),
        *("fastly", "sas", "hmac", "root", "unseal", "recovery", "backup", "license", "sync"),
        *("temp", "url", "totp", "preshared", "token", "client", "server", "tls", "ssl", "primary"),
        *("secondary", "host", "sentry", "ingest", "integration", "stream", "merchant", "cookie"),
        *("jwt", "cipher", "vault", "wep", "wpa"),
    }
) - {"client", "server", "host", "primary", "secondary", "tls", "ssl"}
_OTHER_KEYS: Final = frozenset(
    {
        *(
            "idempotency",
            "websocket",
            "cache",
            "surrogate",
            "partition",
            "sort",
            "public",
        ),
        *("object", "s3", "event", "group", "message", "request", "job", "row", "index", "foreign"),
        *(
            "translation",
            "issue",
            "map",
            "lookup",
            "range",
            "trace",
            "shard",
            "publishable",
            "socket",
            "kms",
        ),
        *("incident", "dedup", "alert", "series", "tracking", "build", "template", "i18n"),
    }
)
"""Words before ``key`` that make it a secret; before other words it may be a key of a table."""
_CODES: Final = frozenset(
    {
        *("device", "user", "auth", "authorization", "verification", "mfa", "otp", "totp", "token"),
        *("authentication", "factor", "challenge", "setup"),
        *(
            "recovery",
            "backup",
            "security",
            "oob",
            "activation",
            "confirmation",
            "reset",
            "scratch",
        ),
        *("access", "door", "gate", "entry", "invite", "invitation", "registration", "pairing"),
        *("enrollment", "login", "claim", "host", "keypad", "sms", "email", "phone", "linking"),
    }
)
_PHRASES: Final = frozenset({"seed", "recovery", "backup", "secret", "mnemonic"})
_COUPLES: Final = frozenset(
    {
        *(("card", "number"), ("captcha", "response"), ("recaptcha", "response")),
        *(("turnstile", "response"), ("seed", "words")),
        *(("card", "no"), ("security", "answer"), ("client", "state"), ("appsecret", "proof")),
        *(("card", "code"), ("cvv", "code"), ("read", "community"), ("write", "community")),
        *(("snmp", "community"), ("auth", "community"), ("cc", "number"), ("cc", "num")),
        *(("method", "nonce"), ("payment", "nonce"), ("card", "nonce"), ("secure", "string")),
        *(("clave", "secreta"), ("chave", "secreta")),
    }
)
_COPIES: Final = frozenset(
    {
        *("value", "plain", "plaintext", "text", "b64", "base64", "encoded", "raw", "data", "pem"),
        *("old", "new", "current", "confirm", "confirmation", "again", "repeat", "digest", "hash"),
        *("string", "encrypted", "prod", "production", "dev", "test", "staging", "live", "main"),
        *(
            "primary",
            "secondary",
            "default",
            "backup",
            "binary",
            "header",
            "field",
            "input",
            "base",
        ),
    }
)
"""Words after a secret's name that say which copy of it this is."""
_ASKS: Final = frozenset(
    {
        *("has", "is", "no", "not", "needs", "requires", "require", "use", "uses", "show", "allow"),
        *("max", "min", "num", "total", "count", "next", "page", "pagination", "continuation"),
        *("prompt", "completion", "input", "output", "public", "idempotency", "stop", "pad", "eos"),
        *("bos", "unk", "sep", "cls", "mask", "special", "skip", "delta", "scroll", "resume"),
        *("sync", "forgot", "forget", "sequence", "invalid", "expired", "missing", "supported"),
        *("existing", "wrong", "incorrect", "bad", "unexpected"),
    }
)
_REFUSED: Final = frozenset({"invalid", "incorrect", "wrong", "missing", "bad", "existing"})
"""Words before a secret's, wherever in a name, that say it is not there."""
_PAGES: Final = frozenset({"page", "next", "continuation", "pagination", "cursor", "sync"})
_TRIPLES: Final = frozenset(
    {("one", "time", "code"), ("one", "time", "password"), ("auth", "req", "id")}
)
_RATE: Final = re.compile(r"rate_?limit|(?:limit|remaining|reset|used|cached|reasoning)_tokens$")
"""First words of names that only ask, count, or mark a page."""
_PASS: Final = re.compile(
    r"(?!(?:by|com|tres|sur|over|under|en|un|low|high|band|all|single|multi|render|light|mini)pass)"
    r"[a-z0-9]{2,12}pass|(?:old|new|my|db|user|admin|root|bind|sa)pwd"
)
"""``dnpass``, ``smtppass``."""
_GLUED: Final = re.compile(
    r"(?!skip|page|next|sync|continuation|no(?=pass))\w*(?:(?P<chosen>passw(?:or)?d|passphrase|secret|privatekey)|token|apikey|accesskey|sessid"
    r"|cookie)s?"
)


_EC2_MARKS: Final = frozenset({"ClientToken", "clientToken"})


class Names:
    """Tells how suspicious a name is.

    Args:
        further: names of the user's own; ``*`` is any text.
        kept: names whose values are never secret.
    """

    def __init__(self, further: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        self._further = _any_of(further)
        self._kept = _any_of(kept)
        self.suspicion = lru_cache(maxsize=4096)(self._suspicion)

    def in_query(self, name: str) -> Suspicion:
        """Return how suspicious a name is in a query, a form or a header."""
        found = self.suspicion(name)
        words = _words(name)
        if found is Suspicion.NONE and words and not self._is_kept(words):
            last = words[-2:-1] if words[-1].isdigit() else words[-1:]
            other = words[0] == "accept" or (len(words) > 1 and words[-2] in _OTHER_KEYS)
            if last and last[0] in _IN_QUERY and not other:
                return Suspicion.ISSUED if last[0] in _SIGNATURES else Suspicion.IF_ISSUED
        return found

    def _suspicion(self, name: str) -> Suspicion:
        words = _words(name)
        if self._is_kept(words):
            return Suspicion.NONE
        if name in _EC2_MARKS:
            return Suspicion.NONE
        if self._further is not None and self._further.fullmatch("_".join(words)):
            return Suspicion.CHOSEN
        return Suspicion.NONE if _RATE.search("_".join(words)) else _of_words(words)

    def _is_kept(self, words: tuple[str, ...]) -> bool:
        return self._kept is not None and self._kept.fullmatch("_".join(words)) is not None


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name[-_LONGEST:]))


def _of_words(words: tuple[str, ...]) -> Suspicion:
    while words and (words[-1].isdigit() or (len(words) > 1 and words[-1] in _COPIES)):
        words = words[:-1]
    if not words:
        return Suspicion.NONE
    *_, before, word = ("", *words)
    is_mark = words in _MARKS_OF_ATTEMPTS or (before in _PAGES and word == "token")
    if (words[0] in _ASKS and before) or is_mark or before in _REFUSED:
        return Suspicion.NONE
    found = Suspicion.CHOSEN if words[-3:] in _TRIPLES else _of_word(word, before)
    if found is not Suspicion.NONE:
        return found
    if words[-2:] in (("session", "id"), ("secret", "id")) or words[-3:] == ("access", "key", "id"):
        return Suspicion.IF_ISSUED if before == "secret" else Suspicion.ISSUED
    is_signed = word == "signature" and before.endswith(("pay", "hook"))
    if is_signed or word in _IF_ISSUED or (word == "key" and before and before not in _OTHER_KEYS):
        return Suspicion.IF_ISSUED
    return Suspicion.NONE


_MARKS_OF_ATTEMPTS: Final = frozenset(
    {("http", "token"), ("http", "tokens"), ("client", "request", "token"), ("creation", "token")}
)


def _of_word(word: str, before: str) -> Suspicion:
    if word in _CHOSEN or before + word in _CHOSEN or _PASS.fullmatch(word):
        return Suspicion.CHOSEN
    if word in _ISSUED or before + word in _ISSUED:
        return Suspicion.ISSUED
    glued = _GLUED.fullmatch(word)
    if glued is not None:
        return Suspicion.CHOSEN if glued["chosen"] else Suspicion.ISSUED
    if word in ("key", "keys") and before in _KEYS:
        return Suspicion.CHOSEN if before in ("private", "secret") else Suspicion.ISSUED
    if (before, word) in _COUPLES:
        return Suspicion.CHOSEN
    is_code = word in ("code", "codes") and before in _CODES
    return (
        Suspicion.CHOSEN if is_code or (word == "phrase" and before in _PHRASES) else Suspicion.NONE
    )


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [
        r"\w*".join(
            re.escape("_".join(word.lower() for word in _WORD.findall(part)))
            for part in name.split("*")
        )
        for name in names
    ]
    return re.compile("|".join(patterns)) if patterns else None
