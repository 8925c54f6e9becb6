"""R08: history that fills the disk. What is kept of a channel and of an account has a limit in bytes; what one floods
takes nothing from others; and what was forgotten is room for what comes. (A disk that is full all the same: D01.)
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ipcchat.core.effects import Happening, Recall
from ipcchat.core.facts import RealnameChanged
from ipcchat.core.retention import Keep, Retention
from tests.backend.desk import START, Desk
from tests.e2e.raw_client import RawClient, history
from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import until
from tests.hostile.siege import ends_well

QUOTA_BYTES = 30_000
TEXT = "x" * 380
FLOOD, ROUNDS = 1_500, 4
STORED_BYTES = 430
"""What a message of the flood takes at least, as it is stored."""
REMEMBERED_BYTES = 42
"""What the id of a forgotten message takes for a day, its page half full."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A journal without a server around it."""
    return Desk(tmp_path / "chat.db")


def floods(server: ServerProcess) -> None:
    """A guest says so many long messages in a channel."""
    with RawClient(server.port).registers("mallory", "echo-message").joins("#flood") as mallory:
        for first in range(0, FLOOD, 50):
            mallory.says(*[f"PRIVMSG #flood :{number} {TEXT}" for number in range(first, first + 50)])
        mallory.hears_text(f"{FLOOD - 1} {TEXT}")


def test_R08_a_flood_of_a_channel_takes_its_quota_and_no_more(tmp_path: Path):
    """What is forgotten is used again: the file is as large after many floods as after two, apart from the ids, which
    are known for a day. The neighbours' history is whole."""
    file = tmp_path / "server.toml"
    file.write_text(f"[history]\nkeep_bytes = {QUOTA_BYTES}\n[limits]\ncheckpoint_facts = 100\n")
    journal, sizes = tmp_path / "journal" / "chat.db", []
    with ServerProcess(tmp_path, "--config", str(file), throttled=False) as server:
        with RawClient(server.port).registers("ann").joins("#lobby") as ann:
            ann.says(*[f"PRIVMSG #lobby :{number}" for number in range(20)])
            ann.hears_up_to_pong("said")
        for _ in range(ROUNDS):
            floods(server)
            assert server.terminate() == 0
            server.start()  # What is not kept goes at the start, and once in a minute.
            with RawClient(server.port).registers("eve", "batch").joins("#flood", "#lobby") as eve:
                until(partial(is_within_quota, eve), "no more than the quota")
                assert kept(eve) > QUOTA_BYTES // STORED_BYTES // 2
                assert [line.params[-1] for line in history(eve, "#lobby")] == [str(number) for number in range(20)]
            sizes.append(journal.stat().st_size)
        ends_well(server)
    remembered = (ROUNDS - 2) * FLOOD * REMEMBERED_BYTES
    assert sizes[-1] <= sizes[1] * 1.02 + remembered, sizes


def is_within_quota(client: RawClient) -> bool:
    """Whether the channel of the flood has no more than is kept of it."""
    return kept(client) <= QUOTA_BYTES // STORED_BYTES


def kept(client: RawClient) -> int:
    """How many messages the channel of the flood has."""
    return len(history(client, "#flood"))


def test_R08_an_account_has_its_quota_wherever_it_says_it(desk: Desk):
    """Not a channel more makes it larger; and it is nobody else's that goes."""
    for number in range(400):
        room = f"#room{number % 40}"
        desk.say(f"{number} {TEXT}", room, "mallory", "mallory")
        if number % 10 == 0:
            desk.say(f"neighbour {number}", room, "ann", "ann")
    desk.say("the end", "#end", "bob", "bob")
    desk.settle()
    desk.retain(Retention(account_bytes=QUOTA_BYTES))
    texts = [text for number in range(40) for text in desk.texts(f"#room{number}")]
    flood = [text for text in texts if text.endswith(TEXT)]
    assert QUOTA_BYTES // STORED_BYTES // 2 < len(flood) <= QUOTA_BYTES // STORED_BYTES
    assert {int(text.split()[0]) for text in flood} == set(range(400 - len(flood), 400))
    assert len([text for text in texts if text.startswith("neighbour")]) == 40
    assert desk.verified().damages == []


def test_R08_reactions_and_edits_count_with_their_message(desk: Desk):
    """A message that is edited for ever goes as a whole, when it is too much."""
    desk.say("neighbour", "#lobby", "bob", "bob")
    first = desk.say("the first")
    for number in range(300):
        desk.say(f"{number} {TEXT}", about=first)
    last = desk.say("the last")
    desk.say("the end", "#end")
    desk.settle()
    desk.retain(Retention(Keep(bytes=QUOTA_BYTES)))
    assert desk.texts() == ["the last"] and desk.texts("#lobby") == ["neighbour"]
    assert [row[0] for row in desk.asked("SELECT seq FROM journal WHERE parent = ?", first)] == []
    assert desk.asked("SELECT count(*) FROM journal WHERE target = '#tea'")[0][0] == 1 and last > first


def test_R08_what_is_no_message_goes_with_its_age(desk: Desk):
    """Who came and went, and who changed how, again and again: bytes do not count it, the time that is kept does."""
    for number in range(200):
        at = START + 1_000 * (desk.seq + 1)
        desk.keep(RealnameChanged(number.to_bytes(16, "big"), at, "u1", "x" * 100))
        desk.change(Recall(desk.seq, at, ("#tea",), Happening("ann!a@h", "JOIN", ("#tea",))))
    late = desk.say("the last")
    desk.say("the end", "#end")
    desk.settle()
    desk.retain(Retention(Keep(age=60_000)), START + 1_000 * (late + 20))
    assert desk.asked("SELECT count(*) FROM journal WHERE target IS NULL")[0][0] < 60
    assert desk.texts() == ["the last"]
