"""Redaction of tables of text, as commands print them: ``| adminPass | KF4B… |``.

A row's first cell names what the second one holds, as in all that ``openstack ... create`` prints.
"""

from __future__ import annotations

import re

from otelhook.redaction.rules.policy import Redactor

__all__ = ["hide_in_tables"]

_ROW = re.compile(
    r"^(?P<name>[ \t]*[|│][ \t]*[^\W\d][\w.-]{0,63}[ \t]*[|│][ \t]*)"
    r"(?P<value>[^|│\s][^|│\r\n]*)[|│]",
    re.MULTILINE,
)


def hide_in_tables(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide what stands beside a secret name in a table, and append the names to ``places``.

    A cell keeps its width, so that the table stays one.
    """

    def stand_in(match: re.Match[str]) -> str:
        name = match["name"].strip(" \t|│")
        cell = match["value"]
        value = cell.rstrip()
        sensitivity = redactor.names.sensitivity(name)
        if not redactor.hides(sensitivity, value):
            return match.group()
        places.append(name)
        shown = redactor.stand_in(sensitivity, value).ljust(len(cell))
        return f"{match['name']}{shown}{match.group()[-1]}"

    return _ROW.sub(stand_in, text)
