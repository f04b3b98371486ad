"""How a result takes its place."""

from __future__ import annotations

from pathlib import Path

from media.vod.place import replace


def folder(path: Path, word: str) -> Path:
    path.mkdir()
    (path / "file").write_text(word)
    return path


def test_what_was_killed_between_the_steps_leaves_nothing(tmp_path: Path) -> None:
    folder(tmp_path / ".480p.old", "the one before")
    replace(folder(tmp_path / "new", "new"), tmp_path / "480p")
    assert (tmp_path / "480p" / "file").read_text() == "new"
    replace(folder(tmp_path / "newer", "newer"), tmp_path / "480p")
    assert (tmp_path / "480p" / "file").read_text() == "newer"
    assert [path.name for path in tmp_path.iterdir()] == ["480p"]
