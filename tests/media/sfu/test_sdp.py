"""Session descriptions: the real ones of Chromium and Firefox, and bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.sfu.codecs import H264, OPUS, RED, SLOTS, URI_RID, URI_TRANSPORT_CC, VP8, Types
from media.sfu.sdp import BadSdp, Local, read_down_answer, read_up_offer, write_down_offer, write_up_answer
from tests.media.sfu.packets import dice


def recorded(name: str) -> str:
    """A description as a browser made it."""
    return (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").replace("\n", "\r\n")


OFFER = recorded("chromium_up_offer.sdp")
LOCAL = Local("localUfrag12", "p" * 32, ":".join(["AB"] * 32), ("192.0.2.7", "127.0.0.1"), 40_000)
SSRCS = {slot.mid: (1000 + 2 * number, 1001 + 2 * number) for number, slot in enumerate(SLOTS)}


def section(text: str, number: int) -> list[str]:
    return ("m=" + text.split("\r\nm=")[number + 1]).splitlines()


def test_chromium_offer_is_understood() -> None:
    offer = read_up_offer(OFFER)
    assert [up.kind for up in offer.sections] == ["mic", "camera", "screen"]
    assert [(up.payload_type, up.rtx_type) for up in offer.sections] == [(111, None), (96, 97), (96, 97)]
    camera, screen = offer.sections[1].section, offer.sections[2].section
    assert camera.rids == ["q", "h", "f"]
    assert camera.extensions[URI_RID] == 10 and camera.extensions[URI_TRANSPORT_CC] == 3
    assert screen.repairs == {screen.ssrcs[1]: screen.ssrcs[0]}
    assert camera.rtcp_rsize and camera.receives_rtt
    assert offer.fingerprint[0] == "sha-256" and len(offer.fingerprint[1]) == 95


def test_firefox_offer_is_understood_though_its_bundled_m_lines_have_port_zero() -> None:
    offer = read_up_offer(recorded("firefox_up_offer.sdp"))
    assert [up.kind for up in offer.sections] == ["mic", "camera", "screen"]
    assert [(up.payload_type, up.rtx_type) for up in offer.sections] == [(109, None), (120, 124), (120, 124)]
    assert offer.sections[1].section.rids == ["q", "h", "f"]
    answer = write_up_answer(offer, LOCAL)
    assert "a=group:BUNDLE 0 1 2\r\n" in answer
    assert section(answer, 1)[0] == "m=video 40000 UDP/TLS/RTP/SAVPF 120 124"


def test_m_line_with_port_zero_is_refused_by_whatever_name() -> None:
    for name in ("1", "camera"):
        refused = OFFER.replace("m=video 9 ", "m=video 0 ", 1).replace("a=mid:1\r\n", f"a=mid:{name}\r\n")
        assert [up.kind for up in read_up_offer(refused).sections] == ["mic", None, "camera"]


def test_answer_takes_what_was_offered_with_feedback_behind_it() -> None:
    answer = write_up_answer(read_up_offer(OFFER), LOCAL)
    assert "a=ice-lite" in answer and "a=group:BUNDLE 0 1 2" in answer
    camera = section(answer, 1)
    assert camera[0] == "m=video 40000 UDP/TLS/RTP/SAVPF 96 97"
    for line in (
        "a=setup:passive",
        "a=recvonly",
        "a=simulcast:recv q;h;f",
        "a=rid:h recv",
        "a=rtcp-fb:96 transport-cc",
        "a=rtcp-fb:96 nack pli",
        "a=fmtp:97 apt=96",
        f"a=extmap:10 {URI_RID}",
        "a=rtcp-rsize",
    ):
        assert line in camera
    assert not any("goog-remb" in line or "video-orientation" in line for line in camera)
    assert [line.split()[4] for line in camera if line.startswith("a=candidate")] == ["192.0.2.7", "127.0.0.1"]
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1" in section(answer, 0)


def test_m_lines_are_refused_when_there_are_more_than_the_node_takes() -> None:
    more = OFFER + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\n"
    extra = "m=" + OFFER.split("\r\nm=")[3].replace("a=mid:2", "a=mid:4")
    answer = write_up_answer(read_up_offer(more + extra), LOCAL)
    assert section(answer, 3)[0] == "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"
    assert section(answer, 4)[0].startswith("m=video 0 ")
    assert "a=group:BUNDLE 0 1 2\r\n" in answer


def test_named_mids_say_which_track_is_which() -> None:
    named = OFFER.replace("a=mid:1\r\n", "a=mid:screen\r\n").replace("a=mid:2\r\n", "a=mid:camera\r\n")
    assert [up.kind for up in read_up_offer(named).sections] == ["mic", "screen", "camera"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (OFFER, ""),
        ("v=0", "v=1"),
        ("a=ice-ufrag:", "a=ice-uuuu:"),
        ("a=fingerprint:sha-256 ", "a=fingerprint:md5 "),
        ("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 ZZ"),
        ("a=mid:1", "a=mid:0"),
        ("a=mid:1", "a=mid:"),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q;q;f"),
        ("a=simulcast:send q;h;f", "a=simulcast:send"),
        ("a=rtpmap:111 opus", "a=rtpmap:x opus"),
        ("m=audio 9 ", "m=audio nine "),
        ("a=sendonly", "a=recvonly"),
        ("a=setup:actpass", "a=setup:holdconn"),
        ("a=extmap:4 ", "a=extmap:"),
    ],
)
def test_offer_is_refused_when_bad(wrong: str, right: str) -> None:
    assert wrong in OFFER
    with pytest.raises(BadSdp):
        read_up_offer(OFFER.replace(wrong, right))


def test_offer_is_refused_when_too_long() -> None:
    with pytest.raises(BadSdp):
        read_up_offer(OFFER + "a=x\r\n" * 20_000)


def test_offer_is_refused_or_read_when_it_is_noise() -> None:
    rng = dice(2)
    lines = OFFER.splitlines()
    for _ in range(300):
        broken = [line for line in lines if rng.random() > 0.03]
        for _ in range(3):
            place = rng.randrange(len(broken))
            cut = rng.randrange(len(broken[place]) + 1)
            broken[place] = broken[place][:cut] + chr(rng.randrange(32, 400)) + broken[place][cut + 1 :]
        try:
            write_up_answer(read_up_offer("\r\n".join(broken)), LOCAL)
        except BadSdp:
            continue


def test_down_offer_is_the_same_for_everybody_but_for_names() -> None:
    offer = write_down_offer(LOCAL, SSRCS)
    assert [line[6:] for line in offer.splitlines() if line.startswith("a=mid:")] == [slot.mid for slot in SLOTS]
    speaker = section(offer, 3)
    assert speaker[0] == "m=video 40000 UDP/TLS/RTP/SAVPF 96 97 102 103"
    assert "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" in speaker
    assert section(offer, 0)[0] == "m=audio 40000 UDP/TLS/RTP/SAVPF 111 63" and "a=fmtp:63 111/111" in section(offer, 0)
    assert "a=ssrc-group:FID 1006 1007" in speaker and "a=rtcp-fb:96 goog-remb" in speaker
    assert not any("transport-cc" in line for line in offer.splitlines())
    assert "a=msid:stage speaker" in speaker and "a=msid:stage voice0" in section(offer, 0)


def answer_to(offer: str) -> str:
    return offer.replace("a=setup:actpass", "a=setup:active").replace("a=sendonly", "a=recvonly").replace("a=ice-lite\r\n", "")


def test_down_answer_says_which_slots_are_taken() -> None:
    answer = answer_to(write_down_offer(LOCAL, SSRCS))
    understood = read_down_answer(answer)
    assert set(understood.slots) == {slot.mid for slot in SLOTS} and understood.reduced_size
    assert understood.ufrag == LOCAL.ufrag
    without = answer.replace("a=mid:content\r\n", "a=mid:content\r\na=inactive\r\n", 1)
    head, _, tail = without.partition("a=inactive\r\n")
    assert "content" not in read_down_answer(head + "a=inactive\r\n" + tail.replace("a=recvonly", "a=inactive")).slots


def test_down_answer_is_refused_when_bad() -> None:
    answer = answer_to(write_down_offer(LOCAL, SSRCS))
    for wrong, right in (("a=setup:active", "a=setup:passive"), ("a=mid:", "a=mid:x"), ("v=0", "")):
        with pytest.raises(BadSdp):
            read_down_answer(answer.replace(wrong, right))
    with pytest.raises(BadSdp):
        read_down_answer(answer.replace("SAVPF 111 63", "SAVPF 0").replace("SAVPF 96 97 102 103", "SAVPF 98"))


def test_down_answer_says_which_codecs_are_taken() -> None:
    answer = answer_to(write_down_offer(LOCAL, SSRCS))
    both = read_down_answer(answer).slots
    assert both["speaker"] == {VP8: Types(96, 97), H264: Types(102, 103)}
    assert both["voice0"] == {OPUS: Types(111, None), RED: Types(63, None)}
    frugal = read_down_answer(answer.replace("SAVPF 111 63", "SAVPF 111").replace("SAVPF 96 97 102 103", "SAVPF 96")).slots
    assert frugal["speaker"] == {VP8: Types(96, None)} and frugal["voice0"] == {OPUS: Types(111, None)}


H264_LINES = """a=rtpmap:{0} H264/90000
a=fmtp:{0} level-asymmetry-allowed=1;packetization-mode={1};profile-level-id={2}
a=rtpmap:{3} rtx/90000
a=fmtp:{3} apt={0}"""


def encoder_offer(*codecs: tuple[int, int, str]) -> str:
    """A camera that offers only these: payload type, packetization mode, profile."""
    lines = [
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
        "m=video 9 UDP/TLS/RTP/SAVPF " + " ".join(f"{number} {number + 1}" for number, _, _ in codecs),
        "a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:" + "p" * 24, "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:passive", "a=sendonly", "a=rtcp-mux",
    ]  # fmt: skip
    for number, mode, profile in codecs:
        lines += H264_LINES.format(number, mode, profile, number + 1).splitlines()
    return "\r\n".join(lines) + "\r\n"


def test_h264_is_taken_when_there_is_nothing_else() -> None:
    offer = read_up_offer(encoder_offer((100, 0, "42e01f"), (104, 1, "640c1f"), (106, 1, "42c01e")))
    camera = offer.sections[0]
    assert (camera.codec, camera.payload_type, camera.rtx_type) == (H264, 106, 107)
    answer = section(write_up_answer(offer, LOCAL), 0)
    assert answer[0].endswith("SAVPF 106 107") and "a=rtcp-fb:106 nack pli" in answer
    assert "a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01e" in answer
    assert "a=setup:active" in answer, "who can only be the DTLS server is called"


def test_h264_is_refused_when_viewers_have_not_promised_to_decode_it() -> None:
    for mode, profile in ((0, "42e01f"), (1, "64001f"), (1, "4d001f"), (1, "zz")):
        with pytest.raises(BadSdp):
            read_up_offer(encoder_offer((100, mode, profile)))


def test_vp8_is_taken_when_both_are_offered() -> None:
    both = OFFER.replace("UDP/TLS/RTP/SAVPF 96", "UDP/TLS/RTP/SAVPF 45 96")
    both = both.replace("a=rtpmap:96 VP8", "a=rtpmap:45 H264/90000\r\na=fmtp:45 packetization-mode=1\r\na=rtpmap:96 VP8")
    assert [up.codec for up in read_up_offer(both).sections] == [OPUS, VP8, VP8]


def test_red_is_taken_where_it_is_around_opus() -> None:
    assert "a=rtpmap:63 red/48000/2" in OFFER
    offer = read_up_offer(OFFER)
    assert offer.sections[0].red_type == 63
    answer = section(write_up_answer(offer, LOCAL), 0)
    assert answer[0].endswith("SAVPF 63 111") and "a=fmtp:63 111/111" in answer
    assert read_up_offer(OFFER.replace("a=fmtp:63 111/111", "a=fmtp:63 0/0")).sections[0].red_type is None
