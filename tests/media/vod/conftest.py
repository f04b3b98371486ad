"""A short finished recording, composed once from a synthetic capture."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from media.egress.run import Job, World, run
from tests.media.egress.kit import (
    GREEN,
    RECORDING,
    RED,
    at_us,
    camera,
    capture_folder,
    microphone,
    program,
    tone,
    write_program,
)


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder with the recording ``RECORDING``, 7 s long."""
    data = tmp_path_factory.mktemp("composed")
    folder = capture_folder(data)
    write_program(folder, (0, program(1, speaker="aaa", voices=("aaa",))), (7, program(2, state="ended")))
    camera("aaa", 0, 7, lambda moment: RED if moment < 4 else GREEN, size=(320, 180), reports=[0.5]).write(folder)
    microphone("aaa", 0, tone(7), reports=[0.5]).write(folder)
    assert run(Job(data, RECORDING, height=360), World(lambda: at_us(1000), lambda seconds: None, lambda event: None))
    return data


@pytest.fixture
def recorded(composed: Path, tmp_path: Path) -> Path:
    """A copy of the recording's folder for this test."""
    return shutil.copytree(composed / "recordings" / RECORDING, tmp_path / RECORDING)
