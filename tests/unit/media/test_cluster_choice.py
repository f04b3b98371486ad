"""Where sessions and viewers go, and how two halves of a link become one."""

from __future__ import annotations

from media.cluster.choice import choose_for_viewer, choose_home
from media.cluster.links import merged
from media.plane import LinkQuality


def test_least_busy_node_becomes_the_home() -> None:
    assert choose_home({"a": 3, "b": 1, "c": 1}) == "b"
    assert choose_home({}) is None


def test_viewers_fill_the_home_then_its_edges_then_other_nodes() -> None:
    loads = {"home": 9, "edge": 5, "other": 0}
    assert choose_for_viewer(loads, "home", {"edge"}, 10) == "home"
    loads["home"] = 10
    assert choose_for_viewer(loads, "home", {"edge"}, 10) == "edge"
    loads["edge"] = 10
    assert choose_for_viewer(loads, "home", {"edge"}, 10) == "other"
    loads |= {"home": 30, "other": 20}
    assert choose_for_viewer(loads, "home", {"edge"}, 10) == "edge"


def test_a_dead_home_gets_no_viewers() -> None:
    assert choose_for_viewer({"other": 100}, "home", set(), 10) == "other"
    assert choose_for_viewer({}, "home", set(), 10) == "home"


def half(at_ms: int, **fields: object) -> LinkQuality:
    return LinkQuality.model_validate({"session": "s", "peer": "p", "at_ms": at_ms, **fields})


def test_a_peer_on_two_nodes_has_one_link() -> None:
    up = half(1000, rtt_ms=12.0, loss_up=0.01, up_bps=900_000, sending=("mic", "camera"))
    down = half(1500, rtt_ms=30.0, loss_down=0.0, down_bps=2_000_000)
    link = merged([down, up])
    assert (link.loss_up, link.up_bps, link.sending) == (0.01, 900_000, ("mic", "camera"))
    assert (link.loss_down, link.down_bps, link.rtt_ms, link.at_ms) == (0.0, 2_000_000, 30.0, 1500)


def test_what_a_node_no_longer_says_is_forgotten() -> None:
    assert merged([half(1000, up_bps=900_000), half(8000, down_bps=1)]) == half(8000, down_bps=1)
