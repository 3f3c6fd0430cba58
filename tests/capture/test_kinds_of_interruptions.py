"""What interferes with setting recording up, and children that fork from threads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.kinds import Kind, hold

CALL = """
def call(path, method="GET"):
    asked = urllib.request.Request(address + path, method=method)
    return urllib.request.urlopen(asked).read()
"""


def get(*paths: str, method: str = "GET") -> list[list[object]]:
    return [["CLIENT", method, path] for path in paths]


FIVE = get("/x0", "/x1", "/x2", "/x3", "/x4")

KINDS: dict[str, Kind] = {
    "a child of a thread falls off its end after calls by httpx": Kind(
        """
import httpx

def go():
    pid = os.fork()
    if pid == 0:
        httpx.get(address + "/child")
        sys.exit(0)
    print(os.waitpid(pid, 0)[1])

httpx.get(address + "/parent")
thread = threading.Thread(target=go)
thread.start()
thread.join()
httpx.get(address + "/after")
""",
        get("/parent", "/child", "/after"),
        "httpx",
        spools=True,
    ),
    "a thread's child leaves a daemon": Kind(
        CALL
        + """
read, write = os.pipe()

def go():
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        call("/daemon")
        os.close(1), os.close(2)
        return
    os.waitpid(pid, 0)

call("/parent")
thread = threading.Thread(target=go)
thread.start()
thread.join()
os.close(write)
os.read(read, 1)  # until the daemon has ended
print("ended")
""",
        get("/parent", "/daemon"),
        spools=True,
    ),
    "multiprocessing forks from threads": Kind(
        CALL
        + """
import multiprocessing
forking = multiprocessing.get_context("fork")

def go(number):
    child = forking.Process(target=call, args=(f"/child{number}",))
    child.start()
    child.join()
    codes.append(child.exitcode)

codes = []
call("/parent")
threads = [threading.Thread(target=go, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(codes)
""",
        get("/parent", "/child0", "/child1", "/child2"),
        spools=True,
    ),
    "a thread's child ends by what it raises": Kind(
        CALL
        + """
import subprocess

def go():
    pid = os.fork()
    if pid == 0:
        sys.stderr = open(os.devnull, "w")
        threading.excepthook = lambda _: None
        call("/child")
        raise ValueError("of the child")
    print(os.waitpid(pid, 0)[1])

thread = threading.Thread(target=go)
thread.start()
thread.join()
call("/after")
""",
        get("/child", "/after"),
        spools=True,
    ),
    "a handler calls at a line of our setting up": Kind(
        CALL
        + """
import signal

def handler(number, frame):
    call("/in-handler")

signal.signal(signal.SIGUSR1, handler)
if WITH_US:
    from otelhook.capture.setup.service import Instrumentation
    made = Instrumentation._make
    def interrupted(self, settings):
        signal.raise_signal(signal.SIGUSR1)
        return made(self, settings)
    Instrumentation._make = interrupted
else:
    signal.raise_signal(signal.SIGUSR1)
for number in range(5):
    call(f"/x{number}")
""",
        FIVE,
        spools=True,
    ),
    "a handler raises while recording is set up": Kind(
        CALL
        + """
import signal

class Late(Exception):
    pass

def handler(number, frame):
    raise Late

def late():
    signal.raise_signal(signal.SIGALRM)

signal.signal(signal.SIGALRM, handler)
if WITH_US:
    from otelhook.capture.setup.service import Instrumentation
    made = Instrumentation._make
    def interrupted(self, settings):
        Instrumentation._make = made
        late()
    Instrumentation._make = interrupted
try:
    call("/late")
    WITH_US or late()
    print("in time")
except Late:
    print("late")
for number in range(5):
    call(f"/x{number}")
""",
        FIVE,
        spools=True,
    ),
    "a handler raises within a guard of ours": Kind(
        CALL
        + """
import signal

class Soft(Exception):
    pass

class Worker:
    def __call__(self, number, frame):
        raise Soft

signal.signal(signal.SIGUSR1, Worker())
call("/x0")
if WITH_US:
    from otelhook.capture.clients.client_hop import ClientHop
    describe = ClientHop.describe_answer
    def interrupted(self, *args):
        ClientHop.describe_answer = describe
        signal.raise_signal(signal.SIGUSR1)
    ClientHop.describe_answer = interrupted
try:
    call("/x1")
    WITH_US or signal.raise_signal(signal.SIGUSR1)
    print("not told")
except Soft:
    print("told")
for number in range(2, 5):
    call(f"/x{number}")
""",
        FIVE,
        beside=("/x1",),  # it ended within our own work
        spools=True,
    ),
    "an event loop's handler calls by aiohttp": Kind(
        """
import asyncio, signal, aiohttp

async def main():
    async with aiohttp.ClientSession() as session:
        async def call(path):
            async with session.get(address + path) as response:
                return await response.read()
        tasks = []
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGALRM, lambda: tasks.append(loop.create_task(call("/s"))))
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        for number in range(5):
            await call(f"/x{number}")
        while not tasks:
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

asyncio.run(main())
""",
        [*FIVE, *get("/s")],
        "aiohttp",
        spools=True,
    ),
    "the collection of garbage calls": Kind(
        CALL
        + """
import gc
busy = []

def collected(phase, info):
    if threading.current_thread() is threading.main_thread() and not busy:
        busy.append(phase)
        if phase == "start":
            call("/collected")
        busy.clear()

gc.callbacks.append(collected)
gc.set_threshold(700)
for number in range(5):
    call(f"/x{number}")
gc.callbacks.remove(collected)
gc.set_threshold(70_000)
""",
        FIVE,
        beside=("/collected",),
        spools=True,
    ),
    "an importer of the program calls when anything is imported": Kind(
        CALL
        + """
class Telling:
    busy = False

    def find_spec(self, name, path=None, target=None):
        if not self.busy and name.startswith(("opentelemetry.sdk", "otelhook.exporters")):
            Telling.busy = True
            call("/importing")
            Telling.busy = False

sys.meta_path.insert(0, Telling())
for number in range(5):
    call(f"/x{number}")
""",
        FIVE,
        spools=True,
    ),
    "warnings are posted while the first call is made": Kind(
        CALL
        + """
import warnings
os.environ["OTEL_RESOURCE_ATTRIBUTES"] = "bad"
import logging

class Posting(logging.Handler):
    def emit(self, record):
        if not record.name.startswith("urllib3"):
            call("/log", "POST")

logging.captureWarnings(True)
logging.basicConfig(level=1, handlers=[Posting()])
warnings.simplefilter("always")
for number in range(5):
    call(f"/x{number}")
""",
        FIVE,
        spools=True,
    ),
    "no descriptors are left when httpx calls first": Kind(
        """
import logging, httpx, resource
logging.getLogger("otelhook").setLevel(logging.CRITICAL)
client = httpx.Client()
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
held = []
try:
    while True:
        held.append(os.open(os.devnull, 0))
except OSError:
    pass
try:
    client.get(address + "/none")
except httpx.ConnectError as error:
    print(type(error).__name__)
for one in held:
    os.close(one)
for number in range(5):
    client.get(address + f"/x{number}")
""",
        FIVE,
        "httpx",
        spools=True,
    ),
    "the folder for spans is a file at first": Kind(
        CALL
        + """
import logging
logging.getLogger("otelhook").setLevel(logging.CRITICAL)
data = os.environ["OTELHOOK_DATA_DIR"]
open(data, "w").close()
call("/early")
os.unlink(data)
for number in range(5):
    call(f"/x{number}")
""",
        [*get("/early"), *FIVE],
        spools=True,
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_recording_goes_on_and_the_program_meets_the_same(tmp_path: Path, name: str) -> None:
    hold(tmp_path, KINDS[name])
