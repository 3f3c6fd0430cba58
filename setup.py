"""Builds the compiled part of redaction where there is a C compiler; all else is in pyproject.toml.

It uses the stable ABI, so that one wheel serves Python 3.10 and later. Without a compiler, or with
``OTELHOOK_BUILD=pure``, there is none, and Python's own way is used.
"""

import os
import sysconfig

from setuptools import Extension, setup

# Python without the global lock has no stable ABI before 3.15.
pure = os.environ.get("OTELHOOK_BUILD") == "pure" or sysconfig.get_config_var("Py_GIL_DISABLED")
compiled = Extension(
    "otelhook.redaction.rules._compiled",
    ["otelhook/redaction/rules/_compiled.c"],
    define_macros=[("Py_LIMITED_API", "0x030A0000")],
    py_limited_api=True,
    optional=True,
)
setup(
    ext_modules=[] if pure else [compiled],
    options={} if pure else {"bdist_wheel": {"py_limited_api": "cp310"}},
)
