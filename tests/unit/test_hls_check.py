"""The checker finds what is wrong; each playlist here has one fault."""

from __future__ import annotations

import struct

import pytest

from tests.support.hls_check import check_master, check_media_playlist


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + name + body


def init() -> bytes:
    tracks = b""
    for number, kind, scale in ((1, b"vide", 90_000), (2, b"soun", 48_000)):
        tkhd = box(b"tkhd", bytes(12), struct.pack(">I", number), bytes(64))
        mdhd, hdlr = box(b"mdhd", bytes(12), struct.pack(">I", scale), bytes(8)), box(b"hdlr", bytes(8), kind, bytes(13))
        tracks += box(b"trak", tkhd, box(b"mdia", mdhd, hdlr))
    return box(b"ftyp", b"iso6") + box(b"moov", tracks)


def segment(begin_s: float, length_s: float = 2.0, key: bool = True) -> bytes:
    trafs = b""
    for number, scale, ticks in ((1, 90_000, 3_600), (2, 48_000, 960)):
        count = round(length_s * scale / ticks)
        flags = 0x0200_0000 if key else 0x0101_0000
        trafs += box(
            b"traf",
            box(b"tfhd", struct.pack(">III", 0x8, number, ticks)),
            box(b"tfdt", struct.pack(">IQ", 1 << 24, round(begin_s * scale))),
            box(b"trun", struct.pack(">III", 4, count, flags)),
        )
    return box(b"moof", trafs) + box(b"mdat", bytes(1000))


GOOD = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-28T07:00:00.000+00:00
#EXTINF:2.000000,
1.m4s
#EXTINF:2.000000,
2.m4s
#EXT-X-ENDLIST
"""
FILES = {"init.mp4": init(), "init-2.mp4": init(), "1.m4s": segment(0), "2.m4s": segment(2)}


def check(text: str, live: bool = False, **files: bytes | None) -> list[str]:
    found = {**FILES, **{name.replace("_", "."): data for name, data in files.items()}}
    return check_media_playlist(text, found.get, 25, live)


def test_a_right_playlist_is_right() -> None:
    assert check(GOOD) == []
    assert check(GOOD.replace("VOD", "EVENT").replace("#EXT-X-ENDLIST\n", ""), live=True) == []


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("#EXTM3U\n", "", "first line"),
        ("#EXTM3U\n", "\ufeff#EXTM3U\n", "first line"),
        ("VERSION:7", "VERSION:5", "needs version 6"),
        ("#EXT-X-TARGETDURATION:2\n", "", "no #EXT-X-TARGETDURATION"),
        ("TARGETDURATION:2", "TARGETDURATION:1", "longer than the target"),
        ("TARGETDURATION:2\n", "TARGETDURATION:2\n#EXT-X-TARGETDURATION:2\n", "twice"),
        ("1.m4s\n", "1.m4s\n#EXT-X-MEDIA-SEQUENCE:1\n", "after a segment"),
        ("SEQUENCE:1", "SEQUENCE:-1", "bad #EXT-X-MEDIA-SEQUENCE"),
        ("TYPE:VOD", "TYPE:LIVE", "unknown type"),
        ("#EXT-X-ENDLIST\n", "", "without #EXT-X-ENDLIST"),
        ('#EXT-X-MAP:URI="init.mp4"\n', "", "no #EXT-X-MAP"),
        ("1.m4s\n", '1.m4s\n#EXT-X-MAP:URI="init-2.mp4"\n', "without #EXT-X-DISCONTINUITY"),
        ("#EXTINF:2.000000,\n1", "1", "no #EXTINF"),
        ("#EXTINF:2.000000,\n1", "#EXTINF:two,\n1", "bad #EXTINF"),
        ("2.m4s\n", "2.m4s\n#EXTINF:2.0,\n", "#EXTINF without a segment"),
        ("2.m4s\n", "3.m4s\n", "is not there"),
        ("#EXT-X-ENDLIST\n", "#EXT-X-ENDLIST\n#EXTINF:2.0,\n2.m4s\n", "after the end"),
        ("2026-11-28T07", "28/11/2026 07", "bad #EXT-X-PROGRAM-DATE-TIME"),
        ("#EXT-X-VERSION:7\n", "#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "not for a media playlist"),
        ("#EXTINF:2.000000,\n2", "#EXTINF:1.500000,\n2", "long, not"),
        ("\n1.m4s", "\r\n1.m4s", "line ends"),
    ],
)
def test_each_fault_is_found(old: str, new: str, word: str) -> None:
    assert GOOD.count(old)
    assert any(word in found for found in check(GOOD.replace(old, new, 1))), check(GOOD.replace(old, new, 1))


def test_faults_in_the_segments_are_found() -> None:
    assert any("begins at 2.2" in found for found in check(GOOD, **{"2_m4s": segment(2.2)}))
    assert any("key frame" in found for found in check(GOOD, **{"2_m4s": segment(2, key=False)}))
    assert any("no samples" in found for found in check(GOOD, **{"2_m4s": b""}))
    assert any("no initialisation" in found for found in check(GOOD, init_mp4=b"nothing"))


MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-STREAM-INF:BANDWIDTH=9000,AVERAGE-BANDWIDTH=9000,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2"
a/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=9000,CODECS="mp4a.40.2"
b/index.m3u8
"""


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("", "", ""),
        ("BANDWIDTH=9000,A", "A", "no BANDWIDTH"),
        ("BANDWIDTH=9000,AVERAGE-BANDWIDTH=9000", "BANDWIDTH=900", "less than the peak"),
        (",RESOLUTION=1280x720", "", "RESOLUTION"),
        (',CODECS="mp4a.40.2"', "", "CODECS"),
        ("b/index", "c/index", "leads nowhere"),
        ("b/index", "a/index", "twice"),
        ("#EXT-X-VERSION:7\n", "", "no version"),
        ("#EXT-X-VERSION:7\n", "#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n", "not for a master"),
        ("#EXTM3U\n", "", "first line"),
    ],
)
def test_a_master_playlist_keeps_what_it_promises(old: str, new: str, word: str) -> None:
    files = {f"{folder}/{name}": data for folder in "ab" for name, data in {**FILES, "index.m3u8": GOOD.encode()}.items()}
    found = check_master(MASTER.replace(old, new, 1), files.get)
    assert (found == []) if not word else any(word in text for text in found), found
