"""What a node tells of itself: sums that never go back, and how late its tick comes."""

from __future__ import annotations

from media.plane import PeerSilent
from media.sfu.figures import Lateness
from tests.media.sfu.conftest import RunningNode
from tests.media.sfu.test_peers import SESSION, clip, hall, program, until


async def test_describe_when_peers_come_and_go_counts_bytes_that_stay(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, events):
        hub, viewer = peer("hub"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        await viewer.subscribe()
        hub.speak(clip())
        await until("nothing is heard", lambda: viewer.packets("voice0") > 20)
        during = await local_node.client.counters()
        assert (during["peers_up"], during["peers_down"], during["recordings"]) == (1, 1, 0)
        assert during["bytes_in"] > 500 and during["bytes_out"] > 500
        assert during["rss_bytes"] > 10_000_000 and during["cpu_ms"] > 0 and during["ticks"] > 0
        for name in ("hub", "viewer"):
            await local_node.client.drop(SESSION, name)
        await until("the end is not told", lambda: sum(isinstance(e, PeerSilent) and e.gone for e in events) == 2)
        after = await local_node.client.counters()
        assert (after["peers_up"], after["peers_down"], after["connections"]) == (0, 0, 0)
        assert after["bytes_in"] >= during["bytes_in"] and after["bytes_out"] >= during["bytes_out"]
        assert "loss_up_worst" not in after, "nobody is there who could lose anything"


def test_lateness_when_ticks_are_late_tells_the_worst_for_a_while() -> None:
    lateness = Lateness()
    for late_s, now_s in ((0.001, 100.0), (0.080, 101.0), (0.002, 109.0)):
        lateness.note(late_s, now_s)
    assert lateness.figures() == {"ticks": 3, "ticks_late": 1, "tick_late_ms": 80}
    lateness.note(0.003, 111.0)
    assert lateness.figures()["tick_late_ms"] == 80  # of the window before
    lateness.note(0.004, 122.0)
    assert lateness.figures() == {"ticks": 5, "ticks_late": 1, "tick_late_ms": 4}
