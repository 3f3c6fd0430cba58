"""The corpus: no secret of it is shown, and what is no secret survives. `corpus/README.md` says
how it came to be. Figures are in the reports of these tests (``-rA`` or a failure shows them).
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable

import pytest

from otelhook.capture.record.content import BodyForm, read_content
from otelhook.redaction import Redactor, redact_body, redact_text
from tests.redaction.corpus.applying import shown, written
from tests.redaction.corpus.entries import Innocent, Secret, innocents, secrets

SECRETS = secrets()
INNOCENTS = innocents()
FEW = 8
"""Characters of a secret that a cut may show."""

in_text = [secret for secret in SECRETS if secret.place in ("log", "exception")]
in_bodies = [secret for secret in SECRETS if secret.place.endswith("body")]


def as_it_is(place: str, text: str) -> str:
    """Return a text as it is compared: a command line with its quotes as they are written."""
    return shlex.join(shlex.split(text)) if place == "command" else text


def beginnings(secret: Secret) -> set[str]:
    """Return the first characters of the secrets in a text; the head of a key's file is none."""
    found = {hidden[:FEW] for hidden in secret.hidden if not hidden.startswith("-----")}
    around = secret.text
    for hidden in sorted(secret.hidden, key=len, reverse=True):
        around = around.replace(hidden, "")
    return found - {begin for begin in found if begin in around}


def test_the_corpus_is_as_large_as_it_says(record_property: Callable[[str, object], None]) -> None:
    record_property("texts with secrets", len(SECRETS))
    record_property("innocent values", len(INNOCENTS))
    assert len(SECRETS) >= 500
    assert len(INNOCENTS) >= 1400
    assert len({(one.place, one.text) for one in SECRETS}) == len(SECRETS)
    for secret in SECRETS:
        assert secret.hidden, secret.id
        assert secret.hidden[0] in secret.text, secret.id


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.id)
def test_a_secret_in_its_real_place_vanishes(redactor: Redactor, secret: Secret) -> None:
    found = shown(redactor, secret.place, secret.type, secret.text)

    assert [hidden for hidden in secret.hidden if hidden in found] == []
    assert shown(redactor, secret.place, secret.type, found) == as_it_is(secret.place, found)


def test_what_stands_around_secrets_stays(redactor: Redactor) -> None:
    changed = [
        secret.id
        for secret in SECRETS
        if secret.place != "command"  # quotes are written anew
        and not secret.shape.fullmatch(shown(redactor, secret.place, secret.type, secret.text))
    ]
    print(f"around secrets unchanged: {len(SECRETS) - len(changed)} of {len(SECRETS)}")
    assert len(changed) <= len(SECRETS) // 100, changed


def test_at_least_99_of_100_innocent_values_survive(redactor: Redactor) -> None:
    changed: list[Innocent] = []
    for innocent in INNOCENTS:
        place, content_type, text = written(innocent)
        if shown(redactor, place, content_type, text) != as_it_is(place, text):
            changed.append(innocent)
    survived = len(INNOCENTS) - len(changed)
    print(f"innocent values unchanged: {survived} of {len(INNOCENTS)}")
    print(Counter(innocent.place for innocent in changed))
    assert survived >= 0.99 * len(INNOCENTS), [(one.id, one.name, one.value) for one in changed]


@pytest.mark.parametrize("secret", in_bodies, ids=lambda secret: secret.id)
def test_a_body_cut_anywhere_shows_no_more_than_a_few_characters(
    redactor: Redactor, secret: Secret
) -> None:
    whole = secret.text.encode()
    for length in range(len(whole)):
        form = BodyForm(secret.type, whole=False)
        content = read_content(whole[:length], form, 60_000, redactor).content
        assert isinstance(content, str)
        leaked = [begin for begin in beginnings(secret) if begin in content]
        assert leaked == [], (length, content)


@pytest.mark.parametrize("secret", in_text, ids=lambda secret: secret.id)
def test_text_redacted_and_then_cut_shows_no_secret(redactor: Redactor, secret: Secret) -> None:
    for form in (BodyForm("text/plain", whole=False), BodyForm("text/plain")):
        whole = secret.text.encode()
        for length in range(len(whole) + 1):
            kept = whole if form.whole else whole[:length]
            content = read_content(kept, form, length, redactor).content
            assert isinstance(content, str)
            leaked = [begin for begin in beginnings(secret) if begin in content]
            assert leaked == [], (length, content)


def test_a_text_of_all_secrets_one_after_another_shows_none(redactor: Redactor) -> None:
    text = "\n".join(secret.text for secret in in_text)
    for found in (
        redact_text(redactor, text).value,
        redact_body(redactor, text, "text/plain").value,
    ):
        leaked = [secret.id for secret in in_text for one in secret.hidden if one in found]
        assert leaked == []
