"""Which runs of pytest ``./diemcau test`` makes, and what it tries once more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.command import test as command

BESIDE = ["-n", "2", "--dist", "loadfile"]


class Pytest:
    """Stands for pytest: ends with ``codes`` one after the other, and leaves ``failed`` in its cache."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path, *codes: int, failed: tuple[str, ...] = ()) -> None:
        self.runs: list[list[str]] = []
        self._codes = list(codes)
        cache = root / ".pytest_cache" / "v" / "cache"
        cache.mkdir(parents=True)
        (cache / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
        for name in failed:
            (root / name.partition("::")[0]).touch()
        monkeypatch.setattr(command, "ROOT", root)
        monkeypatch.setattr(command, "followed", self._run)
        monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1})

    def _run(self, argv: list[str], *, env: dict[str, str]) -> int:
        assert argv[1:5] == ["-m", "pytest", "-p", "tests.support.workers"]
        self.runs.append(argv[5:])
        return self._codes.pop(0)


def test_all_tests_are_two_runs_of_which_the_second_is_what_must_be_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest_ = Pytest(monkeypatch, tmp_path, 0, 0, 0, 0)
    assert command._tested([], {}) == 0
    assert command._tested([], {}, mark="services") == 0
    assert pytest_.runs == [
        [*BESIDE, "-m", "not (browser or alone)"],
        ["-m", "(browser or alone)"],
        [*BESIDE, "-m", "services and not (browser or alone)"],
        ["-m", "services and (browser or alone)"],
    ]


def test_arguments_are_one_run_as_they_were_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest_ = Pytest(monkeypatch, tmp_path, 1, failed=("test_a.py::test_x",))
    assert command._tested(["tests/unit", "-k", "floor"], {}) == 1
    assert pytest_.runs == [["tests/unit", "-k", "floor"]]


@pytest.mark.parametrize(("codes", "code"), [((1, 0, 0), 0), ((0, 1, 1), 1), ((1, 1, 0), 0)])
def test_on_a_build_machine_whole_files_are_tried_once_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, codes: tuple[int, ...], code: int
) -> None:
    pytest_ = Pytest(monkeypatch, tmp_path, *codes, failed=("test_b.py::test_y[1]", "test_a.py::test_x", "test_b.py::test_z"))
    assert command._tested([], {"CI": "true"}, mark="services") == code
    assert pytest_.runs[2] == ["-m", "services", "test_a.py", "test_b.py"]
    assert len(pytest_.runs) == 3


@pytest.mark.parametrize("code", [2, 3, 4])
def test_nothing_follows_a_run_that_was_interrupted_or_could_not_begin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int
) -> None:
    pytest_ = Pytest(monkeypatch, tmp_path, code, failed=("test_a.py::test_x",))
    assert command._tested([], {"CI": "true"}) == code
    assert len(pytest_.runs) == 1
