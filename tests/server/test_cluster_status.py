"""What `cluster status` says (server/cluster_status.py); tests/e2e/test_cluster.py asks a real one."""

from __future__ import annotations

import msgspec
from nats.js.api import ClusterInfo, PeerInfo, StreamConfig, StreamInfo, StreamState

from ipcchat.backend.cluster.beats import VERSION, Beat, NodeState, encode_beat
from ipcchat.server import cluster_status
from ipcchat.server.cluster_status import Seen, is_well, report

BEAT = Beat(
    VERSION,
    "one",
    "one.0001",
    "0.1",
    b"t",
    "journal",
    1 << 20 | 0xABC,
    90,
    500,
    b"d",
    3,
    0,
    7_200_000,
    NodeState.SERVING,
)


def stream(last: int, current: bool = True) -> StreamInfo:
    """A stream with two copies."""
    state = StreamState(messages=last, bytes=3 << 20, first_seq=1, last_seq=last, consumer_count=1)
    peers = [PeerInfo(name="nats-2", current=current)]
    config = StreamConfig(name="IPCCHAT", num_replicas=2)
    return StreamInfo(config=config, state=state, cluster=ClusterInfo(leader="nats-1", replicas=peers))


def seen_with(*beats: Beat, info: StreamInfo | None = None) -> Seen:
    """These were heard."""
    return Seen({beat.incarnation: beat for beat in beats}, {beat.incarnation: 0 for beat in beats}, info, "v2.15.1")


def test_a_table_of_all_nodes() -> None:
    two = msgspec.structs.replace(BEAT, node="two", incarnation="two.0001", stream_seq=100, digest=b"e")
    assert list(report(seen_with(two, BEAT, info=stream(100)))) == [
        "NATS v2.15.1; stream IPCCHAT: 100 messages, 3.0 MiB, 2 copies of which 2 are current, leader nats-1",
        "NODE  STATE    VERSION  EPOCH    MESSAGE  BEHIND  PLACE  UP",
        "one   serving  0.1      1.00abc  90       10      500    2 h",
        "two   serving  0.1      1.00abc  100      0       500    2 h",
    ]


def test_what_is_wrong_is_said() -> None:
    other = msgspec.structs.replace(BEAT, node="two", incarnation="two.0001", digest=b"e")
    seen = seen_with(BEAT, other, info=stream(90, current=False))
    seen.skews["two.0001"] = -3_500
    lines = list(report(seen))
    assert "of which 1 are current" in lines[0]
    assert lines[-2:] == [
        "the clock of two is -3.5 s off this machine's",
        "the journals of one and two differ at message 90",
    ]


def test_well_is_a_stream_and_somebody_who_serves_and_nobody_in_trouble() -> None:
    cut = msgspec.structs.replace(BEAT, incarnation="two.0001", state=NodeState.CUT)
    assert is_well(seen_with(BEAT, info=stream(1)))
    assert not is_well(seen_with(BEAT, cut, info=stream(1)))
    assert not is_well(seen_with(BEAT))
    assert not is_well(seen_with(info=stream(1)))
    assert list(report(seen_with()))[::2] == ["NATS v2.15.1; there is no stream", "no node was heard"]


def test_what_is_no_beat_is_not_seen() -> None:
    seen = Seen()
    cluster_status._hear(seen, b"nonsense")
    cluster_status._hear(seen, encode_beat(BEAT))
    assert list(seen.beats.values()) == [BEAT]
    assert list(seen.skews) == [BEAT.incarnation]
