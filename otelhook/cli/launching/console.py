"""Runs a command and copies what it prints, while it sees the terminal or pipe it had before.

A stream that is a terminal becomes a pseudo-terminal, so that ``isatty`` stays true; any other
stream becomes a pipe, and standard output and error stay apart. If input, output and error are
all the terminal, the command gets the pseudo-terminal as its own: keys go through untouched, and
only the terminal's job control (Ctrl-Z) does nothing. Otherwise it keeps its place in our
session, and gets its signals from there.

When the command has ended, what its own children still print is copied until they are silent for
half a second; nobody reads what they print after that.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import selectors
import signal
import subprocess
import termios
import tty
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field

from otelhook.cli.launching.launch import Sink
from otelhook.cli.launching.signals import Relay, in_foreground

__all__ = ["launch_shown"]

_IN, _OUT, _ERR = 0, 1, 2
_PIECE = 64 * 1024
_SILENCE_SECONDS = 0.5
_OPOST_FLAG = 1
_NO_SIZE = bytes(8)


@dataclass(slots=True)
class _Stage:
    """The file descriptors between the command and the console."""

    taken_over: bool
    """The command has the pseudo-terminal for its own, and its input comes through us."""
    master: int | None = None
    child: dict[int, int] = field(default_factory=dict[int, int])
    """0, 1, 2 -> what the command gets; our side closes these once it runs."""
    shown: dict[int, int] = field(default_factory=dict[int, int])
    """What we read -> where it is shown."""


def launch_shown(command: Sequence[str], environ: Mapping[str, str], sink: Sink) -> int:
    """Run a command to its end and copy what it prints into the sink.

    Returns:
        Its exit code, or minus the number of the signal that ended it.

    Raises:
        OSError: it cannot be executed, as `subprocess.Popen` says it.
    """
    stage = _set()
    with contextlib.ExitStack() as stack:
        stack.callback(_close, [*stage.shown, *([] if stage.master is None else [stage.master])])
        try:
            woken = stack.enter_context(_wakeups())
            relay = stack.enter_context(Relay(own_session=stage.taken_over))
            process = subprocess.Popen(  # noqa: S603 - the command is the user's
                list(command),
                env=dict(environ),
                stdin=stage.child.get(_IN),
                stdout=stage.child[_OUT],
                stderr=stage.child[_ERR],
                start_new_session=stage.taken_over,
                # Safe here: this process has no second thread.
                preexec_fn=_own_terminal if stage.taken_over else None,  # noqa: PLW1509
            )
        finally:
            _close(set(stage.child.values()))
        relay.attach(process)
        if stage.taken_over:
            stack.enter_context(_raw(_IN))
        _Copy(stage, process, sink, woken).run()
        return process.wait()


def _set() -> _Stage:
    """Make the pseudo-terminal and pipes that the command's streams become."""
    terminals = [number for number in (_OUT, _ERR) if os.isatty(number)]
    taken_over = len(terminals) == 2 and os.isatty(_IN) and in_foreground(_IN)  # noqa: PLR2004
    stage = _Stage(taken_over)
    if terminals:
        master, slave = os.openpty()
        stage.master = master
        stage.shown[master] = terminals[0]
        stage.child = dict.fromkeys(terminals, slave)
        if taken_over:
            stage.child[_IN] = slave
        mode = termios.tcgetattr(terminals[0])
        if not taken_over:
            # The real terminal still turns line ends; here they would be turned twice.
            mode[_OPOST_FLAG] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, mode)
        _copy_size(terminals[0], master)
    for number in (_OUT, _ERR):
        if number not in stage.child:
            readable, stage.child[number] = os.pipe()
            stage.shown[readable] = number
    return stage


def _own_terminal() -> None:
    fcntl.ioctl(_IN, termios.TIOCSCTTY, 0)


def _copy_size(terminal: int, master: int) -> None:
    with contextlib.suppress(OSError):
        fcntl.ioctl(master, termios.TIOCSWINSZ, fcntl.ioctl(terminal, termios.TIOCGWINSZ, _NO_SIZE))


def _close(descriptors: Sequence[int] | set[int]) -> None:
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)


@contextlib.contextmanager
def _raw(terminal: int) -> Generator[None, None, None]:
    """Let every key through; the pseudo-terminal now does what the terminal did with them."""
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _wakeups() -> Generator[int, None, None]:
    """Yield a file descriptor that has a byte for each signal: its number."""
    readable, writable = os.pipe()
    for descriptor in (readable, writable):
        os.set_blocking(descriptor, False)

    def nothing(_number: int, _frame: object) -> None:
        """Only what has a handler reaches the pipe."""

    before = {n: signal.signal(n, nothing) for n in (signal.SIGCHLD, signal.SIGWINCH)}
    previous = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    try:
        yield readable
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in before.items():
            signal.signal(number, handler)
        _close([readable, writable])


class _Copy:
    """Carries output to the console and the sink, and keys to the command, until it has ended."""

    def __init__(
        self, stage: _Stage, process: subprocess.Popen[bytes], sink: Sink, woken: int
    ) -> None:
        self._stage = stage
        self._process = process
        self._sink = sink
        self._woken = woken
        self._open = set(stage.shown)
        self._typed = bytearray()
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Return when the command has ended and its output is all shown."""
        for source in self._open:
            self._register(source, self._show)
        self._register(self._woken, self._wake)
        if self._stage.taken_over and self._stage.master is not None:
            os.set_blocking(self._stage.master, False)
            self._register(_IN, self._type)
        with self._selector:
            while self._open or self._process.poll() is None:
                ended = self._process.poll() is not None
                ready = self._selector.select(_SILENCE_SECONDS if ended else None)
                if ended and not ready:
                    return
                for key, events in ready:
                    if events & selectors.EVENT_WRITE:
                        self._deliver()
                    if events & selectors.EVENT_READ:
                        key.data(key.fd)

    def _register(self, descriptor: int, action: Callable[[int], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, action)

    def _wake(self, descriptor: int) -> None:
        signals = os.read(descriptor, _PIECE)
        master = self._stage.master
        if signal.SIGWINCH in signals and master is not None:
            _copy_size(self._stage.shown[master], master)
            if not self._stage.taken_over and self._process.poll() is None:
                # It had the terminal's own signal before the size was copied.
                self._process.send_signal(signal.SIGWINCH)

    def _show(self, source: int) -> None:
        try:
            data = os.read(source, _PIECE)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:  # how Linux says that a pseudo-terminal was closed
                raise
            data = b""
        if data:
            self._sink.add(data)
            if _written(self._stage.shown[source], data):
                return
        # At its end, or nobody sees it any more: then the command gets SIGPIPE, as before.
        self._selector.unregister(source)
        self._open.discard(source)
        if source != self._stage.master:
            os.close(source)
            del self._stage.shown[source]

    def _type(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, _PIECE)
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            self._selector.unregister(descriptor)
            return
        self._typed += data
        self._deliver()

    def _deliver(self) -> None:
        """Write what was typed, as much as the command has room for."""
        master = self._stage.master
        if master is None or master not in self._open:
            return
        try:
            del self._typed[: os.write(master, self._typed)]
        except BlockingIOError:
            pass
        except OSError:  # the command has closed it
            self._typed.clear()
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._typed else 0)
        self._selector.modify(master, wanted, self._show)


def _written(target: int, data: bytes) -> bool:
    """Write all of the data; False if nobody is there to see it."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[_write_some(target, rest) :]
    except OSError:
        return False
    return True


def _write_some(target: int, data: memoryview) -> int:
    try:
        return os.write(target, data)
    except BlockingIOError:  # somebody else made the console non-blocking
        with selectors.DefaultSelector() as waiting:
            waiting.register(target, selectors.EVENT_WRITE)
            waiting.select()
        return 0
