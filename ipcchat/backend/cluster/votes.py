"""Nodes that tell different digests of one point of the stream: who of them has to give way. Pure.

Rules:
1. What more nodes have than anything else is what counts; a node alone in the minority is odd and takes it from them.
2. Where no digest has the most votes nobody is odd and nobody may go on: all of them refuse, and people decide.
3. Only who is alive has a vote, and everybody has VOTE_SECONDS to give it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

VOTE_SECONDS: Final = 3.0
"""Three beats: who lives has told its digest of that point by then."""


class Dispute(msgspec.Struct, frozen=True):
    """Digests differ at message `stream_seq` of `epoch`. `others` are those who have another one than we and outvote
    us; () where nobody has the most votes."""

    epoch: int
    stream_seq: int
    others: tuple[str, ...]

    @property
    def text(self) -> str:
        """For people."""
        what = f"at message {self.stream_seq} of the stream"
        if self.others:
            return f"this node's journal differs from that of {', '.join(self.others)} {what}, so it takes theirs"
        return (
            f"the journals of the nodes differ {what}, and no journal has the most votes: this server stores nothing "
            "until the node that is wrong is stopped; then move its chat.db away and start it again"
        )


def dispute(own: str, told: Mapping[str, Mapping[tuple[int, int], bytes]]) -> Dispute | None:
    """What the node `own` has to do about the digests that the living nodes told, by name and (epoch, sequence). None
    when all agree, or when most have what it has at any point where they differ."""
    undecided: Dispute | None = None
    has_won = False
    for point, digest in told.get(own, {}).items():
        ahead = Counter(points[point] for points in told.values() if point in points).most_common(2)
        if len(ahead) == 1:
            continue
        (first, votes), (_, next_votes) = ahead
        if votes == next_votes:
            undecided = Dispute(*point, ())
        elif first == digest:
            has_won = True
        else:
            return Dispute(*point, tuple(sorted(name for name, points in told.items() if points.get(point) == first)))
    return None if has_won else undecided
