"""The capture format: whatever is torn, what came before it is whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.capture import HEADER, MAGIC, MAX_RECORD_BYTES, RTP, Record, RecordReader, SenderReport, TrackHeader, encode_record

records = st.lists(
    st.tuples(st.sampled_from([HEADER, RTP, 3]), st.integers(0, 2**64 - 1), st.binary(max_size=2000)), min_size=1, max_size=8
)


def encode(items: list[tuple[int, int, bytes]]) -> bytes:
    return MAGIC + b"".join(encode_record(*item) for item in items)


@given(records, st.integers(1, 500))
def test_records_come_back_whole_however_the_bytes_arrive(items: list[tuple[int, int, bytes]], step: int) -> None:
    data = encode(items)
    reader = RecordReader()
    out = [record for i in range(0, len(data), step) for record in reader.feed(data[i : i + step])]
    assert out == [Record(*item) for item in items]
    assert reader.consumed == len(data)
    assert not reader.damaged


@given(records, st.data())
def test_a_torn_end_loses_only_the_torn_record(items: list[tuple[int, int, bytes]], data: st.DataObject) -> None:
    whole = encode(items[:-1])
    torn = encode_record(*items[-1])[: data.draw(st.integers(0, 12))]
    reader = RecordReader()
    assert list(reader.feed(whole + torn)) == [Record(*item) for item in items[:-1]]
    assert reader.consumed == len(whole)


@given(records, st.data())
def test_a_flipped_bit_ends_reading_at_its_record(items: list[tuple[int, int, bytes]], data: st.DataObject) -> None:
    raw = bytearray(encode(items))
    at = data.draw(st.integers(len(MAGIC), len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    reader = RecordReader()
    out = list(reader.feed(bytes(raw)))
    assert out == [Record(*item) for item in items][: len(out)]
    assert len(out) < len(items)
    assert list(reader.feed(encode_record(RTP, 1, b"more"))) == [] or not reader.damaged


def test_a_file_that_is_no_capture_is_damaged_at_once() -> None:
    reader = RecordReader()
    assert list(reader.feed(b"GIF89a not a capture")) == []
    assert reader.damaged


def test_an_oversized_record_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        encode_record(RTP, 0, bytes(MAX_RECORD_BYTES + 1))


def test_header_and_sender_report_round_trip() -> None:
    header = TrackHeader("seat", "camera", "vp8", 90_000, 2**32 - 1, rid="h")
    assert TrackHeader.decode(header.encode()) == header
    report = SenderReport(1, 2**64 - 1, 2**32 - 1)
    assert SenderReport.decode(report.encode()) == report
