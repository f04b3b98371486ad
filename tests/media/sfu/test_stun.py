"""Checks and their answers, byte by byte against aioice and the vectors of RFC 5769."""

from __future__ import annotations

import pytest
from aioice import stun as reference

from media.sfu.stun import answer, parse_check
from media.sfu.udp import address_of
from tests.media.sfu.packets import dice

PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"  # noqa: S105  (the RFC's)
RFC5769_REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
    "000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)


def request(**attributes: object) -> reference.Message:
    message = reference.Message(reference.Method.BINDING, reference.Class.REQUEST)
    message.attributes.update({"USERNAME": "abc:def", "PRIORITY": 1, **attributes})
    message.add_message_integrity(PASSWORD.encode())
    return message


def test_sample_request_of_rfc_5769_is_read_and_proven() -> None:
    check = parse_check(RFC5769_REQUEST)
    assert check is not None
    assert (check.username, check.ufrag, check.nominates) == ("evtj:h6vY", "evtj", False)
    assert check.is_by(PASSWORD.encode())
    assert not check.is_by(b"another")


def test_nomination_is_seen_only_under_the_integrity() -> None:
    check = parse_check(bytes(request(**{"USE-CANDIDATE": None})))
    assert check is not None and check.nominates
    message = request()
    message.attributes.pop("FINGERPRINT", None)
    data = bytes(message)
    smuggled = data[:2] + (len(data) - 20 + 4).to_bytes(2, "big") + data[4:] + b"\x00\x25\x00\x00"
    after = parse_check(smuggled)
    assert after is not None and not after.nominates and after.is_by(PASSWORD.encode())


def test_answer_is_what_a_browser_expects() -> None:
    message = request()
    check = parse_check(bytes(message))
    assert check is not None
    read = reference.parse_message(answer(check, address_of("203.0.113.9", 54321), PASSWORD.encode()))
    assert read.check_message_integrity(PASSWORD.encode())
    assert read.message_class is reference.Class.RESPONSE
    assert read.transaction_id == message.transaction_id
    assert read.attributes["XOR-MAPPED-ADDRESS"] == ("203.0.113.9", 54321)


@pytest.mark.parametrize("kind", [reference.Class.RESPONSE, reference.Class.ERROR, reference.Class.INDICATION])
def test_other_messages_are_none(kind: reference.Class) -> None:
    message = reference.Message(reference.Method.BINDING, kind, attributes={"USERNAME": "a:b"})
    message.add_message_integrity(PASSWORD.encode())
    assert parse_check(bytes(message)) is None


def test_unsigned_and_nameless_requests_are_none() -> None:
    message = reference.Message(reference.Method.BINDING, reference.Class.REQUEST, attributes={"USERNAME": "a:b"})
    assert parse_check(bytes(message)) is None
    nameless = reference.Message(reference.Method.BINDING, reference.Class.REQUEST)
    nameless.add_message_integrity(PASSWORD.encode())
    assert parse_check(bytes(nameless)) is None


def test_noise_is_refused_or_read_but_never_proven() -> None:
    rng = dice(9)
    good = bytes(request(**{"USE-CANDIDATE": None}))
    read = 0
    for _ in range(20_000):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data) - 8)] ^= rng.randrange(1, 256)  # the fingerprint proves nothing
        try:
            check = parse_check(bytes(data[: rng.randrange(len(data) + 1)] if rng.random() < 0.3 else data))
        except ValueError:
            continue
        read += 1
        assert data == good or check is None or not check.is_by(PASSWORD.encode())
    assert read < 20_000
