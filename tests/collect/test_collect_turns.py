"""A large request is several commits, between which others have their turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from otelhook.collector.counters import Counters
from otelhook.collector.intake import Chores, Intake
from otelhook.collector.receivers.budget import Budget
from otelhook.collector.receivers.decoding import PROTOBUF, decode
from otelhook.store import Block, Store

TRACES = 20_000


def blocks_of(data: bytes) -> Sequence[Block]:
    return decode(data, PROTOBUF, Budget(2**30).share()).blocks


def test_who_comes_after_a_large_request_is_answered_before_it(
    tmp_path: Path, message: Callable[..., bytes]
) -> None:
    intake = Intake(
        lambda: Store.open(tmp_path, clock=time.time_ns, durable=True), Counters(), Chores()
    )
    answered: list[str] = []
    large = blocks_of(message(1, TRACES))
    waiting = {
        "large": intake.submit(large),
        **{
            f"small {number}": intake.submit(blocks_of(message(TRACES + number)))
            for number in range(1, 4)
        },
    }
    for name, done in waiting.items():
        done.add_done_callback(lambda _, name=name: answered.append(name))  # type: ignore[misc]
    intake.start()
    for done in waiting.values():
        done.result(60)
    intake.stop()
    assert answered == ["small 1", "small 2", "small 3", "large"]
    with Store.open(tmp_path, clock=time.time_ns) as store:
        # All of it is durable by then.
        assert len(store.newest(2 * TRACES)) == TRACES + 3
        # Of the last piece of a block all is in it.
        assert max(block.spans for block in large) < TRACES / 5


def test_a_request_in_pieces_is_what_one_in_one_piece_is(
    tmp_path: Path, message: Callable[..., bytes]
) -> None:
    body = "of some length, so that it takes several pieces"
    whole = message(1, 3_000, body=body)
    with Store.open(tmp_path, clock=time.time_ns) as store:
        written = store.write_blocks(blocks_of(whole))
        again = store.write_blocks(blocks_of(whole))
        assert (written.added, again.repeated) == (3_000, 3_000)
        (span,) = store.trace(store.find(f"{2_999:032x}")[0])
    assert span.resource.attributes["service.name"] == "image"
    assert span.attributes["http.request.body.content"] == body
