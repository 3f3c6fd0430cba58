# ruff: noqa: INP001, UP031 - any Python 3, of any version, may find this on its path
"""Runs at the start of every Python interpreter that `otelhook run` leads to.

Its folder stands on PYTHONPATH. Whatever happens here, the interpreter and its program go on as
without it: interpreters of any version and any virtual environment come by, so this file is
written for all of them and looks before it imports.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - os.path is loaded
_OLDEST = (3, 10)


def _shadowed() -> None:
    """Run the sitecustomize that this one stands before, as if it had been found first."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != _FOLDER]  # noqa: PTH100
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
        if ours is not None:
            sys.modules["sitecustomize"] = ours


def _say_once(text: str) -> None:
    """Write one line to standard error; once a run for each interpreter."""
    folder = os.environ.get("OTELHOOK_RUN_DIR")
    if folder:
        name = "said-" + "".join(c if c.isalnum() else "_" for c in sys.executable)[-200:]
        try:
            os.close(os.open(os.path.join(folder, name), os.O_CREAT | os.O_EXCL, 0o600))  # noqa: PTH118
        except OSError:
            return
    sys.stderr.write("otelhook: %s\n" % text)


def _start() -> None:
    if sys.version_info < _OLDEST:
        _say_once(
            "%s is Python %d.%d, otelhook needs %d.%d or newer; this program is not captured"
            % ((sys.executable,) + sys.version_info[:2] + _OLDEST)  # noqa: RUF005 - for any Python
        )
        return
    try:
        from otelhook.capture.bootstrap import activate
    except ImportError:
        _say_once(
            "%s has no otelhook, so this program is not captured; install it there, from a clone: "
            "%s -m pip install ." % (sys.executable, sys.executable)
        )
        return
    activate()


try:
    _start()
except Exception as _error:  # noqa: BLE001 - the interpreter comes first
    sys.stderr.write("otelhook: capture did not start: %s\n" % _error)
_shadowed()
