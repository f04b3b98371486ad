from __future__ import annotations

from pathlib import Path

from media.capture import HEADER, MAGIC, RTP, Record, TrackHeader, encode_record
from media.egress.tail import CaptureFile, CaptureFolder, ProgramLog
from tests.media.egress.kit import RECORDING, at_us, program, write_program

HEAD = TrackHeader("aaa", "mic", "opus", 48_000, 1)


class Warnings(list[tuple[str, str]]):
    def __call__(self, code: str, name: str) -> None:
        self.append((code, name))


def record(at_s: float, data: bytes = b"data") -> bytes:
    return encode_record(RTP, at_us(at_s), data)


def begin() -> bytes:
    return MAGIC + encode_record(HEADER, at_us(0), HEAD.encode())


def moments(records: list[Record]) -> list[float]:
    return [round((one.at_us - at_us(0)) / 1e6, 3) for one in records]


def test_records_come_up_to_the_moment_and_go_on_from_there(tmp_path: Path) -> None:
    path = tmp_path / "a.cap"
    path.write_bytes(begin() + record(0.1) + record(0.2) + record(0.3))
    file = CaptureFile(path, Warnings())
    assert moments(list(file.read_until(at_us(0.2)))) == [0.1, 0.2]
    assert moments(list(file.read_until(at_us(0.2)))) == []
    assert moments(list(file.read_until(at_us(9)))) == [0.3]
    assert file.header == HEAD


def test_a_growing_file_is_read_whatever_its_pieces(tmp_path: Path) -> None:
    path, warnings = tmp_path / "a.cap", Warnings()
    path.write_bytes(b"")
    file, seen = CaptureFile(path, warnings), []
    whole = begin() + record(0.1) + record(0.2)
    for begin_at in range(0, len(whole), 7):
        with path.open("ab") as out:
            out.write(whole[begin_at : begin_at + 7])
        seen += list(file.read_until(at_us(9)))
    assert moments(seen) == [0.1, 0.2]
    assert warnings == []


def test_what_comes_before_damage_is_kept_and_it_is_told_once(tmp_path: Path) -> None:
    path, warnings = tmp_path / "a.cap", Warnings()
    torn = bytearray(record(0.2))
    torn[15] ^= 0xFF
    path.write_bytes(begin() + record(0.1) + bytes(torn) + record(0.3))
    file = CaptureFile(path, warnings)
    assert moments(list(file.read_until(at_us(9)))) == [0.1]
    assert moments(list(file.read_until(at_us(9)))) == []
    assert warnings == [("capture.damaged", "a.cap")]


def test_a_file_that_is_no_capture_is_left_out(tmp_path: Path) -> None:
    warnings = Warnings()
    for name, data in (("magic.cap", b"something else entirely"), ("head.cap", MAGIC + record(0.1))):
        (tmp_path / name).write_bytes(data)
        assert list(CaptureFile(tmp_path / name, warnings).read_until(at_us(9))) == []
    assert [code for code, _ in warnings] == ["capture.damaged", "capture.damaged"]


def test_new_files_are_found_while_reading(tmp_path: Path) -> None:
    taken: list[tuple[str, bytes]] = []

    def on_track(header: TrackHeader):  # type: ignore[no-untyped-def]
        return lambda one: taken.append((header.peer, one.data))

    folder = CaptureFolder(tmp_path, RECORDING, on_track, Warnings())
    (tmp_path / "aaa-mic-0.cap").write_bytes(begin() + record(0.1, b"one"))
    folder.read_until(at_us(0.5))
    (tmp_path / "aaa-mic-1.cap").write_bytes(begin() + record(0.6, b"two"))
    folder.read_until(at_us(1.0))
    assert taken == [("aaa", b"one"), ("aaa", b"two")]


def test_the_program_log_says_what_held_when_and_when_it_ended(tmp_path: Path) -> None:
    log = ProgramLog(tmp_path / "program.jsonl", RECORDING, Warnings())
    log.poll()
    assert log.zero_us is None
    write_program(tmp_path, (0, program(1)), (2, program(2, speaker="a")))
    log.poll()
    assert log.zero_us == at_us(0)
    assert [log.at(at_us(moment)).seq for moment in (-1, 0, 1.9, 2, 50, 1)] == [1, 1, 1, 2, 2, 1]
    assert log.end_us is None
    write_program(tmp_path, (5, program(3, recording=None)), (6, program(4)))
    log.poll()
    assert log.end_us == at_us(5)


def test_a_torn_last_line_waits_and_a_bad_line_is_left_out(tmp_path: Path) -> None:
    warnings = Warnings()
    write_program(tmp_path, (0, program(1)), (1, program(2)))
    path = tmp_path / "program.jsonl"
    whole = path.read_bytes()
    path.write_bytes(b'{"at_us": "x"}\n' + whole[:-20])
    log = ProgramLog(path, RECORDING, warnings)
    log.poll()
    assert [entry.seq for _, entry in log.entries] == [1]
    path.write_bytes(b'{"at_us": "x"}\n' + whole)
    log.poll()
    assert [entry.seq for _, entry in log.entries] == [1, 2]
    assert warnings == [("program.damaged", "program.jsonl")]
