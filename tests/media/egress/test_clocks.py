from __future__ import annotations

from media.capture import SenderReport
from media.egress.clocks import WINDOW_US, Lowest, PeerClock, TrackClock, ntp_to_us

HZ = 90_000
NOW_US = 1_790_000_000_000_000


def ntp(us: int) -> int:
    return (us // 1_000_000 + 2_208_988_800) << 32 | (us % 1_000_000 << 32) // 1_000_000


def test_ntp_is_turned_into_unix_time() -> None:
    assert abs(ntp_to_us(ntp(NOW_US + 123_456)) - (NOW_US + 123_456)) <= 1


def test_lowest_forgets_after_its_window() -> None:
    lowest = Lowest(window_us=10)
    seen = []
    for at, value in ((0, 5), (4, 3), (8, 7), (13, 6), (15, 9), (25, 9)):
        lowest.add(at, value)
        seen.append(lowest.value)
    assert seen == [5, 3, 3, 3, 6, 9]


def test_before_a_report_the_fastest_packet_counts() -> None:
    clock = TrackClock(HZ, PeerClock())
    clock.arrived(NOW_US + 80_000, 1000)
    clock.arrived(NOW_US + 1_020_000, 1000 + HZ)
    assert clock.wall_us(1000) == NOW_US + 20_000
    assert clock.wall_us(1000 + HZ) == NOW_US + 1_020_000


def test_reports_align_tracks_that_travel_at_different_speeds() -> None:
    """Sound that arrives 150 ms later than the picture of the same moment is put where it belongs."""
    peer = PeerClock()
    picture, sound = TrackClock(HZ, peer), TrackClock(48_000, peer)
    sender_us = NOW_US - 3_600_000_000  # the sender's clock is an hour slow
    picture.arrived(NOW_US + 30_000, 500)
    sound.arrived(NOW_US + 180_000, 700)
    picture.report(NOW_US + 30_000, SenderReport(1, ntp(sender_us), 500))
    sound.report(NOW_US + 180_000, SenderReport(2, ntp(sender_us), 700))
    assert abs(picture.wall_us(500) - (NOW_US + 30_000)) <= 2
    assert abs(sound.wall_us(700) - (NOW_US + 30_000)) <= 2


def test_a_report_across_the_end_of_the_counter_counts_on() -> None:
    clock = TrackClock(HZ, PeerClock())
    clock.arrived(NOW_US, 0xFFFF_FFFF)
    clock.report(NOW_US, SenderReport(1, ntp(NOW_US), 0xFFFF_FFFF))
    clock.arrived(NOW_US + 1_000_000, HZ - 1)
    assert abs(clock.wall_us(0xFFFF_FFFF + HZ) - (NOW_US + 1_000_000)) <= 2


def test_a_report_that_contradicts_the_packets_is_not_believed() -> None:
    clock = TrackClock(HZ, PeerClock())
    clock.arrived(NOW_US, 1000)
    clock.report(NOW_US, SenderReport(1, ntp(NOW_US), 1000 + 60 * HZ))
    assert clock.wall_us(1000) == NOW_US


def test_a_new_clock_of_the_sender_replaces_the_old_one() -> None:
    peer = PeerClock()
    peer.observe(NOW_US, NOW_US - 5_000_000)
    peer.observe(NOW_US + 1_000_000, NOW_US + 1_000_000)
    assert peer.delta_us == 0
    assert WINDOW_US > 1_000_000


def test_what_was_known_before_a_pause_is_forgotten_when_the_senders_time_stood_still() -> None:
    """A browser counts a microphone's time in samples: none are counted while nothing is sent."""
    clock = TrackClock(48_000, PeerClock())
    clock.arrived(NOW_US, 1000)
    clock.report(NOW_US, SenderReport(1, ntp(NOW_US), 1000))
    clock.arrived(NOW_US + 1_500_000, 1000 + 960)
    assert clock.wall_us(1000 + 960) == NOW_US + 1_500_000
    clock.arrived(NOW_US + 1_520_000, 1000 + 1920)
    clock.report(NOW_US + 1_520_000, SenderReport(1, ntp(NOW_US + 1_500_000), 1000 + 1920))
    assert abs(clock.wall_us(1000 + 1920) - (NOW_US + 1_500_000)) <= 20_000
