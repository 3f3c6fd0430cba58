"""One change anywhere in a recorded run is one finding, and another run of the same is none."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from otelhook.compare import compare
from otelhook.sequence import compose
from otelhook.sequence.document import Document
from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.compare.again import again
from tests.compare.mutants import MUTATIONS
from tests.compare.record import RECORDED

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parent.parent / "shared" / "traces"
FILES = [
    RECORDED / "as-it-is.json.gz",
    RECORDED / "added-call.json.gz",
    *sorted((TESTS / "openstack" / "recorded").glob("*.json")),
    *sorted((TESTS / "shop" / "recorded").glob("*.jsonl")),
    *sorted((SHARED / "public").glob("*.json")),
    *sorted(SHARED.glob("small/*.json")),
]
MOST = 6
"""Mutants of a kind and file; the seed chooses them."""


def documents(file: Path) -> list[Document]:
    source = open_source(str(file), Settings())
    found = [compose(source.trace(trace_id).spans) for trace_id in source.newest(3)]
    return sorted(found, key=lambda document: -len(document.steps))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_one_change_is_one_finding_wherever_it_is_made(file: Path, tmp_path: Path) -> None:
    chance = random.Random(file.name)
    wrong: list[str] = []
    for before, after in zip(documents(file), documents(again(file, tmp_path)), strict=True):
        wrong += (f"the same: {f}" for f in compare(before, after).findings)
        for name, (make, kinds) in MUTATIONS.items():
            made = list(make(after, chance))
            for mutant in chance.sample(made, min(MOST, len(made))):
                found = [f.kind.value for f in compare(before, mutant.document).findings]
                if len(found) != 1 or found[0] not in kinds:
                    wrong.append(f"{name}, {mutant.what}: {found}")
    assert wrong == []


def test_each_kind_of_change_can_be_made_somewhere() -> None:
    chance = random.Random(1)
    listed = [document for file in FILES[:12] for document in documents(file)]
    for name, (make, _) in MUTATIONS.items():
        assert any(mutant for document in listed for mutant in make(document, chance)), name
