"""A row that can have no effect fails here: names, forms, and what they are looked for by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from otelhook.redaction import (
    Names,
    Redactor,
    Sensitivity,
    redact_command,
    redact_json,
    redact_query,
    redact_text,
)
from otelhook.redaction.rules import secret_names
from otelhook.redaction.rules.command_options import PROGRAMS
from otelhook.redaction.rules.company import COMPANIONS, WITHIN, Within
from otelhook.redaction.rules.form_clues import may_be_formed
from otelhook.redaction.rules.pairs_beside import KINDS, Kind
from otelhook.redaction.rules.place import Place
from otelhook.redaction.rules.placed import PLACES, hide_in_places
from otelhook.redaction.rules.prefilter import PLACED, may_hold_secrets, what_may_be
from otelhook.redaction.rules.text_shapes import SHAPES, Shape, compiled
from otelhook.redaction.token_forms import FORMS, Form
from tests.redaction.corpus.values import make

SAMPLES = 12
NAMES = Names()
NAME_TABLES: tuple[
    tuple[Mapping[str, str], Callable[[str], Sensitivity], Sensitivity, str], ...
] = (
    (secret_names.HUMAN, NAMES.sensitivity, Sensitivity.HUMAN, r"(?:\w*_)??"),
    (secret_names.ISSUED, NAMES.sensitivity, Sensitivity.TOKEN, r"(?:\w*_)??"),
    (secret_names.MAYBE, NAMES.sensitivity, Sensitivity.MAYBE, ""),
    (secret_names.QUERY, NAMES.sensitivity_in_query, Sensitivity.TOKEN, r"(?:\w*_)??"),
    (secret_names.QUERY_MAYBE, NAMES.sensitivity_in_query, Sensitivity.MAYBE, ""),
    (secret_names.HEADER, NAMES.sensitivity_in_header, Sensitivity.TOKEN, ""),
)
prefixes = [(form, prefix) for form in FORMS for prefix in form.prefixes]


def samples(form: Form, prefix: str) -> Iterator[str]:
    """Yield tokens of a form, made up."""
    recipe = form.before_sample + prefix + form.sample
    for number in range(SAMPLES):
        yield make(recipe, f"{form.kind} {number}") if "{" in recipe else recipe


@pytest.mark.parametrize(
    ("form", "prefix"), prefixes, ids=[f"{form.kind} {prefix}" for form, prefix in prefixes]
)
def test_a_token_of_each_form_is_seen_and_hidden(
    redactor: Redactor, form: Form, prefix: str
) -> None:
    hidden = 0
    for token in samples(form, prefix):
        text = f"it was {token} then"
        assert may_be_formed(text), token
        shown = redact_text(redactor, text).value
        hidden += token[-12:] not in shown
        assert shown.startswith("it was ")
        assert shown.endswith(" then")
    # Of random text a little is without a digit, and could be a word.
    assert hidden >= (SAMPLES - 1 if form.bits else SAMPLES)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.kind)
def test_each_shape_hides_what_its_sample_holds(redactor: Redactor, shape: Shape) -> None:
    assert "hunter2x" in shape.sample
    assert any(needle in shape.sample for needle in shape.needles)
    found = compiled(shape).search(shape.sample)
    assert found
    assert "hunter2x" in found["value"]
    assert "hunter2x" not in redact_text(redactor, shape.sample).value


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.kind)
@pytest.mark.parametrize("before", ["", "a line of something else\n" * 9])
def test_each_place_hides_what_its_sample_holds(
    redactor: Redactor, place: Place, before: str
) -> None:
    text = before + place.sample
    assert what_may_be(text).kinds & PLACED
    found = re.search(place.pattern, place.sample, re.MULTILINE)
    assert found
    assert place.inside in found["value"]
    places: list[str] = []
    assert place.inside not in hide_in_places(redactor, text, places, what_may_be(text).letters)
    assert places == ["password"]


_WORD = "maplewood"
"""As long as the samples' secret, and no more than a word."""
_UNSURE = {
    *("file of a mail server's logins", "user in a server's settings", "label of several words"),
    *("session with a file or mail server", "line that a program reads"),
    *("call with a user and a password", "argument of a function that keeps a password"),
    *("user and password in one setting", "key of a function that encrypts"),
    *("third argument of a connection", "last argument of a table function"),
    *("community that was sent", "community in a program"),
    "secret that a program is given as a file",
}
"""Places where a word may stand as well: said here a second time, so that neither is changed alone.
"""


@pytest.mark.parametrize(
    "place",
    [
        place
        for place in PLACES
        # Of a block each line is a secret; and where no word fits, there is nothing to decide.
        if not place.item
        and re.search(place.pattern, place.sample.replace("hunter2x", _WORD), re.MULTILINE)
    ],
    ids=lambda place: place.kind,
)
def test_a_word_is_hidden_in_a_place_that_is_sure_and_in_no_other(
    redactor: Redactor, place: Place
) -> None:
    text = place.sample.replace("hunter2x", _WORD)
    shown = hide_in_places(redactor, text, [], what_may_be(text).letters)
    assert (_WORD in shown) is (place.kind in _UNSURE)


_LOOKS = {"code": "dig6", "number": "card", "user": "an30", "value": "hex40", "tan": "dig6"}
"""Kinds of values that are secret in company only where they look like this."""


@pytest.mark.parametrize(
    ("companion", "key"),
    [(companion, key) for companion, (keys, _) in COMPANIONS.items() for key in keys],
)
def test_each_companion_makes_its_key_a_secret_before_it_and_after_it(
    redactor: Redactor, companion: str, key: str
) -> None:
    token = make(_LOOKS.get(key, "an40"), key)
    pair = f'"{key}": "{token}"'
    assert token in redact_json(redactor, f'{{"kty2": "x", {pair}}}').value
    for text in (f'{{"{companion}": "x", {pair}}}', f'{{{pair}, "{companion}": "x"}}'):
        assert token not in redact_json(redactor, text).value, text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_each_pair_is_secret_beside_its_others_only(redactor: Redactor, kind: Kind) -> None:
    pair = next(pair for pair in kind.sample.split("&") if kind.pattern.search(pair + "&s=1"))
    value = pair.partition("=")[2]
    assert value not in redact_query(redactor, kind.sample).value
    if kind.beside is not None:
        assert value in redact_query(redactor, f"a=1&{pair}").value


@pytest.mark.parametrize(
    ("within", "parent"),
    [(WITHIN[0], "card"), (WITHIN[1], "credential"), (WITHIN[2], "security_question")],
    ids=lambda one: one if isinstance(one, str) else one.key,
)
def test_each_key_within_an_object_is_secret_there_only(
    redactor: Redactor, within: Within, parent: str
) -> None:
    value = "4111 1111 1111 1111" if within.key == "number" else "hunter2x"
    member = f'{{"{within.key}": "{value}", "csrf": ""}}'
    assert value in redact_json(redactor, f'{{"thing": {member}}}').value
    assert value not in redact_json(redactor, f'{{"{parent}": {member}}}').value


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_that_takes_a_secret_hides_it(redactor: Redactor, program: str) -> None:
    options = PROGRAMS[program]
    lines = [
        *(f"{program} {option} hunter2x" for option in options.secret),
        *(f"{program} {option}hunter2x" for option in options.attached),
        *(f"{program} {option} mira{options.divider}hunter2x" for option in options.login),
        *(f"{program} {option} sid=hunter2x" for option in options.cookies),
        *(
            " ".join([program, *([word] if word != program else []), *["x"] * (count - 1)])
            + " hunter2x"
            for word, count in options.words
        ),
    ]
    assert lines
    for line in lines:
        assert "hunter2x" not in " ".join(redact_command(redactor, line.split()).value), line
        assert "hunter2x" not in redact_text(redactor, f"$ {line}\n").value, line


@pytest.mark.parametrize(
    ("table", "judge", "sensitivity", "before"),
    NAME_TABLES,
    ids=["human", "issued", "maybe", "query", "query maybe", "header"],
)
def test_each_name_is_secret_by_its_own_row_alone(
    table: Mapping[str, str],
    judge: Callable[[str], Sensitivity],
    sensitivity: Sensitivity,
    before: str,
) -> None:
    for name, pattern in table.items():
        assert judge(name) is sensitivity, name
        assert re.fullmatch(f"{before}(?:{pattern})", name, re.VERBOSE), name
        others = [
            other
            for other, one in table.items()
            if other != name and re.fullmatch(f"{before}(?:{one})", name, re.VERBOSE)
        ]
        assert others == [], name


@pytest.mark.parametrize(
    "table",
    [secret_names.HUMAN, secret_names.ISSUED, secret_names.MAYBE],
    ids=["human", "issued", "maybe"],
)
def test_a_text_with_a_secret_name_is_worth_a_closer_look(table: Mapping[str, str]) -> None:
    for name in table:
        assert may_hold_secrets(f'{{"{name}": "x"}}'), name
