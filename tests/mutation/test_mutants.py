"""The mutants themselves: what is changed, what is left alone, and that a test notices one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.mutants import Mutant, mutants_of, planted, sample

MODULE = '''
"""Docstring 1."""
from dataclasses import dataclass
__all__ = ["double"]

@dataclass(frozen=True)
class Pair:
    left: int = 0

def double(number: int, *, twice: bool = True) -> int:
    if number < 10 and twice:
        return number * 2
    return number if number in (11, 12) else -number
'''


@pytest.fixture
def mutants(tmp_path: Path) -> list[Mutant]:
    (tmp_path / "module.py").write_text(MODULE)
    return mutants_of(tmp_path / "module.py", tmp_path)


def test_each_place_that_acts_is_changed_once(mutants: list[Mutant]) -> None:
    assert [mutant.change for mutant in mutants] == [
        "0 for 1",
        "True for False",
        "condition negated",
        "And for Or",
        "Lt for LtE",
        "10 for 11",
        "Mult for FloorDiv",
        "2 for 3",
        "condition negated",
        "In for NotIn",
        "11 for 12",
        "12 for 13",
    ]


def test_a_planted_mutant_differs_in_its_line_only(mutants: list[Mutant], tmp_path: Path) -> None:
    before = ast.unparse(ast.parse(MODULE)).splitlines()
    for mutant in mutants:
        after = ast.unparse(planted(mutant, tmp_path)).splitlines()
        assert len(after) == len(before)
        assert sum(old != new for old, new in zip(before, after, strict=True)) == 1, mutant


def test_a_sample_is_the_same_for_its_seed(mutants: list[Mutant]) -> None:
    assert sample(mutants, 5, 7) == sample(mutants[::-1], 5, 7)
    assert sample(mutants, 5, 7) != sample(mutants, 5, 8)
    assert len(sample(mutants, 99, 7)) == len(mutants)


ROOT = Path(__file__).parents[2]
RUN = """
from pathlib import Path
from tests.mutation.mutants import mutants_of
from tests.mutation.running import is_noticed, preload
preload()
part = ("tests/sequence/protocols/test_statements.py",)
found = mutants_of(Path({module!r}).resolve(), Path.cwd())
mutant = next(each for each in found if each.change == "condition negated")
try:
    print(is_noticed({planted}, part, Path.cwd(), 60))
except RuntimeError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("module", "planted", "said"),
    [
        ("otelhook/sequence/protocols/statements.py", "mutant", "True"),
        ("otelhook/sequence/protocols/statements.py", "None", "False"),
        ("otelhook/sequence/transforms/filters.py", "mutant", "was not what the tests loaded"),
    ],
)
def test_a_run_notices_what_is_planted_and_tells_where_nothing_was(
    module: str, planted: str, said: str
) -> None:
    """In a process that has loaded nothing of ours, as the run itself is."""
    script = RUN.format(module=module, planted=planted)
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said in run.stdout, run.stderr
