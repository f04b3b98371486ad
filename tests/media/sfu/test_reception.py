"""Reports to publishers, and asking for what is missing."""

from __future__ import annotations

from media.sfu.reception import GIVE_UP_US, MAX_MISSING, Reception, again_us

RTT_US = 100_000


def receive(reception: Reception, *numbers: int, at_us: int = 0) -> None:
    for number in numbers:
        reception.arrived(0x10000 + number, number * 3000, at_us or number * 33_333)


def test_missing_packet_is_asked_for_once_a_round_trip_until_it_comes() -> None:
    reception = Reception(90_000, ask=True)
    receive(reception, 1, 2, 5, at_us=1_000)
    assert reception.wanted(2_000, RTT_US) == [], "it may only have been overtaken"
    assert reception.wanted(10_000, RTT_US) == [0x10003, 0x10004]
    assert reception.wanted(50_000, RTT_US) == []
    reception.recovered(0x10003)
    assert reception.wanted(10_000 + again_us(RTT_US), RTT_US) == [0x10004]
    receive(reception, 4)
    assert reception.wanted(300_000, RTT_US) == []
    assert reception.given_up == 0


def test_each_gap_is_announced_once_and_nothing_else() -> None:
    reception = Reception(90_000, ask=True)
    receive(reception, 1, 2, 5, 6, 4, 3)
    assert reception.gaps == 1
    receive(reception, 9)
    assert reception.gaps == 2
    voices = Reception(48_000, ask=False)
    receive(voices, 1, 5)
    assert voices.gaps == 0, "nobody asks for a voice again"


def test_missing_packet_is_given_up_when_useless() -> None:
    reception = Reception(90_000, ask=True)
    receive(reception, 1, 3, at_us=1_000)
    assert reception.wanted(GIVE_UP_US + 2_000, RTT_US) == []
    assert reception.given_up == 1


def test_outage_is_not_asked_for() -> None:
    reception = Reception(90_000, ask=True)
    receive(reception, 1, MAX_MISSING + 10, at_us=1_000)
    assert reception.wanted(50_000, RTT_US) == []
    assert reception.given_up == MAX_MISSING + 8


def test_voice_is_never_asked_for() -> None:
    reception = Reception(48_000, ask=False)
    receive(reception, 1, 5)
    assert reception.wanted(1_000_000, RTT_US) == []


def test_report_counts_loss_since_the_last_one() -> None:
    reception = Reception(90_000, ask=True)
    assert reception.report(7, 0) is None
    receive(reception, *range(1, 101))
    first = reception.report(7, 0)
    assert first is not None and first[0].fraction_lost == 0 and first[0].highest_sequence == 100
    receive(reception, *range(102, 201, 2))
    second = reception.report(7, 0)
    assert second is not None
    assert second[0].packets_lost == 50 and second[0].fraction_lost == 128 and second[1] == 0.5


def test_report_counts_rollovers() -> None:
    reception = Reception(90_000, ask=True)
    receive(reception, 65_535, 65_536)
    made = reception.report(7, 0)
    assert made is not None and made[0].highest_sequence == 65_536 and made[0].packets_lost == 0


def test_report_answers_the_senders_report() -> None:
    reception = Reception(90_000, ask=True)
    receive(reception, 1)
    reception.sender_report(0xABCD, 1_000_000)
    made = reception.report(7, 1_500_000)
    assert made is not None and (made[0].lsr, made[0].dlsr) == (0xABCD, 32_768)


def test_jitter_is_zero_when_packets_come_as_they_were_sent() -> None:
    reception = Reception(90_000, ask=True)
    for number in range(50):
        reception.arrived(number, number * 9000, number * 100_000)
    made = reception.report(7, 0)
    assert made is not None and made[0].jitter == 0


def test_what_a_sender_threw_away_in_a_pause_is_not_asked_for() -> None:
    reception = Reception(90_000, ask=True)
    reception.arrived(100, 0, 1_000_000)
    reception.arrived(140, 90_000, 1_000_000 + GIVE_UP_US + 1)
    assert not reception.missing
    assert (reception.skipped, reception.gaps) == (0, 0)
    reception.arrived(142, 93_000, 1_040_000 + GIVE_UP_US)
    assert reception.wanted(1_100_000 + GIVE_UP_US, 20_000) == [141]
