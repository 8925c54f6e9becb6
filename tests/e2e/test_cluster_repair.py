"""Three real nodes, of which one was altered on the disk while it was stopped (K09)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.backend.cluster.nats_server import NatsServer
from tests.backend.cluster.nodes import change, facts_in
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess, free_port
from tests.e2e.waiting import until

NAMES = ("one", "two", "three")
CAPS = "draft/chathistory batch message-tags"


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[ServerProcess]]:
    """Three nodes that serve, over one NATS server."""
    nats = NatsServer(tmp_path / "nats")
    nats.start()
    with ExitStack() as stack:
        stack.callback(nats.stop)
        yield [stack.enter_context(node(tmp_path / name, nats, name)) for name in NAMES]


def node(folder: Path, nats: NatsServer, name: str) -> ServerProcess:
    """A server that is a node, not started yet."""
    folder.mkdir()
    return ServerProcess(folder, "--cluster", nats.url, "--node", name, throttled=False, port=free_port())


def history(node: ServerProcess, nick: str) -> list[str]:
    """What was said in #tea, with the messages' ids, as that node tells it."""
    with RawClient(node.port).registers(nick, CAPS) as client:
        client.joins("#tea")
        lines = client.answers_to("CHATHISTORY LATEST #tea * 50")
    return [f"{line.msgid} {line.params[-1]}" for line in lines if line.command == "PRIVMSG"]


def alter_digest(path: Path) -> None:
    """The journal seems to be another one."""
    change(path, "UPDATE mark SET digest = ?", bytes(range(16)))


def alter_row(path: Path) -> None:
    """Somebody said something else."""
    (right,) = [fact for fact in facts_in(path) if b"number 7" in fact]
    change(path, "UPDATE journal SET fact = ? WHERE fact = ?", right.replace(b"number 7", b"number 8"), right)


@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    ("alter", "said"),
    [(alter_digest, "differs from that of one, two at message"), (alter_row, "this node's journal is damaged")],
    ids=["digest", "row"],
)
def test_a_node_whose_journal_was_altered_takes_that_of_the_others(
    nodes: list[ServerProcess], alter: Callable[[Path], None], said: str
) -> None:
    one, _, three = nodes
    with RawClient(one.port).registers("ann") as ann:
        ann.joins("#tea")
        ann.says(*[f"PRIVMSG #tea :number {number}" for number in range(20)])
        ann.answers_to("VERSION")
        right = history(one, "bob")
        assert len(right) == 20
        until(lambda: history(three, "cat") == right, "the same at the third node")
        until(lambda: '"one"' in (three.journal / "cluster.json").read_text(), "that it knows the others")
        assert three.terminate() == 0
        alter(three.journal / "chat.db")
        three.start()
        until(lambda: said in three.log, said)
        until(lambda: (three.journal / "cluster.json").read_text().find('"odd": []') > 0, "another journal")

        def is_right() -> bool:
            try:
                return history(three, "cat") == right
            except (AssertionError, OSError):  # It starts anew.
                return False

        until(is_right, "what the others have")
        assert history(one, "bob") == right
