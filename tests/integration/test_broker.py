"""The broker of an installation without Redis."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Empty

import pytest
from kombu.connection import Connection
from kombu.transport import TRANSPORT_ALIASES

MESSAGES = 300


def connection(folder: Path) -> Connection:
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    return Connection("files://localhost", transport_options=options)


def test_no_reader_ever_finds_half_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers look for messages all the time while they are written."""
    monkeypatch.setitem(TRANSPORT_ALIASES, "files", "deploy.broker:Transport")  # as the settings do without Redis
    got: list[int] = []
    faults: list[Exception] = []
    ready, done = threading.Barrier(3), threading.Event()

    def read() -> None:
        with connection(tmp_path) as reading, reading.SimpleQueue("work") as queue:
            ready.wait(30)
            while True:
                over = done.is_set()  # before the look: what was written by then is found
                try:
                    message = queue.get_nowait()
                except Empty:
                    if over:
                        return
                    continue
                except Exception as error:
                    faults.append(error)
                    continue
                got.append(message.payload["number"])
                message.ack()

    readers = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    with connection(tmp_path) as writing, writing.SimpleQueue("work") as queue:
        for reader in readers:
            reader.start()
        ready.wait(30)  # all have declared the queue
        for number in range(MESSAGES):
            queue.put({"number": number, "filling": "x" * 20_000})
    done.set()
    for reader in readers:
        reader.join(60)
    assert not faults
    assert sorted(got) == list(range(MESSAGES))
    assert not list(tmp_path.glob("*.part"))
