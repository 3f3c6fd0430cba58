"""What a package re-exports is loaded when it is asked for, and is what its module has."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = ("otelhook.otlp", "otelhook.store")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_whose_names_are_lazy_loads_none_of_its_modules(package: str) -> None:
    program = (
        f"import sys, {package}; print([m for m in sys.modules if m.startswith('{package}.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("package", PACKAGES)
def test_each_name_is_found_in_a_fresh_process_and_is_its_modules_own(package: str) -> None:
    program = (
        f"import sys, {package} as p\n"
        "for name in p.__all__:\n"
        "    found = getattr(p, name)\n"
        "    homes = [m for m in list(sys.modules) if m.startswith(p.__name__ + '.')]\n"
        "    assert any(vars(sys.modules[m]).get(name) is found for m in homes), name\n"
        "    assert vars(p)[name] is found, name\n"
        "print(len(p.__all__))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == len(import_module(package).__all__) > 10


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_a_package_does_not_have_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        _ = import_module(package).nothing
