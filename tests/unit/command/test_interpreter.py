"""Which Python the packages are installed for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.command.interpreter import measured, others, quickest

BASE = os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def test_quickest_when_another_is_clearly_quicker_takes_it() -> None:
    assert quickest("/a", {"/a": 1.0, "/b": 0.6, "/c": 0.7}) == "/b"


def test_quickest_when_others_are_hardly_quicker_stays() -> None:
    assert quickest("/a", {"/a": 1.0, "/b": 0.9}) == "/a"


def test_quickest_when_nothing_could_be_measured_stays() -> None:
    assert quickest("/a", {}) == "/a"


def test_measured_when_candidates_are_no_such_python_leaves_them_out(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    babbler = tmp_path / "python3.11"
    babbler.write_text("#!/bin/sh\necho hello\n")
    babbler.chmod(0o755)
    virtual = sys.executable  # of a virtual environment: packages are not installed into one of another's
    assert sys.prefix != sys.base_prefix
    found = measured([str(broken), str(babbler), virtual, BASE])
    assert list(found) == [BASE]
    assert 0 < found[BASE] < 5


def test_others_when_path_has_several_finds_each_real_one(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "python3").symlink_to(BASE)
    assert BASE in set(others(os.pathsep.join([str(first), "", str(second), str(tmp_path / "absent")])))
