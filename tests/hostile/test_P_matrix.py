"""The permission matrix (P06): every action, in channels of every mode, by everybody from outsiders to owners, with and
without an account, banned, muted and free. What the server does is compared with the tables (core/permissions.py and
core/modes.py), cell by cell, by the commands that people type.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest

from ipcchat.backend.base import Failed
from ipcchat.core.modes import CHANNEL_MODES, NETWORK_OPERATOR, Kind
from ipcchat.core.permissions import OF_PREFIX, TABLE, Standing
from tests.core.net import ALL_CAPS, Journal, Net, Node, Talker

CAPS = f"{ALL_CAPS} draft/metadata-2 draft/channel-rename draft/multiline draft/message-redaction draft/message-edit"
ROOM = "#room"
NOT_STORED = "Nothing was sent or changed"
"""What the sender hears of a fact that was proposed: it may happen, as far as the rules go."""

WHO = {"outsider": None, "member": "", "voice": "v", "halfop": "h", "operator": "o", "admin": "a", "owner": "q"}
FLAGS = [mode.letter for mode in CHANNEL_MODES.values() if mode.kind is Kind.FLAG and mode.rank != NETWORK_OPERATOR]
SETTINGS = ["redactions operators", "redactions off", "edits off"]
SITUATIONS = [
    *("", *(f"+{letter}" for letter in FLAGS if letter not in "Du")),
    *("+b", "+b ~m:", "+b ~n:", "+k", "+l", *SETTINGS),
]
"""Each alone, in a channel without other modes. +D and +u hide people, and so who is spoken of below."""

MULTILINE = "BATCH +1 draft/multiline {room}", "@batch=1 PRIVMSG {room} :hello", "BATCH -1"
ACTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "PRIVMSG": ("speak", ("PRIVMSG {room} :hello",)),
    "NOTICE": ("speak", ("NOTICE {room} :hello",)),
    "TAGMSG": ("speak", ("@+draft/react=x TAGMSG {room}",)),
    "typing": ("speak", ("@+typing=active TAGMSG {room}",)),
    "BATCH": ("speak", MULTILINE),
    "TOPIC": ("topic", ("TOPIC {room} :another",)),
    "KICK": ("kick", ("KICK {room} victim :out",)),
    "INVITE": ("invite", ("INVITE stranger {room}",)),
    "UNINVITE": ("uninvite", ("UNINVITE guest {room}",)),
    "RENAME": ("rename", ("RENAME {room} #elsewhere",)),
    "METADATA": ("metadata", ("METADATA {room} SET color :red",)),
    "NICK": ("change nick", ("NICK {nick}2",)),
    "REDACT": ("redact", ("REDACT {room} {own}",)),
    "REDACT of others": ("redact", ("REDACT {room} {foreign}",)),
    "edit": ("edit", ("@+draft/edit={own} PRIVMSG {room} :another",)),
    "edit of others": ("edit", ("@+draft/edit={foreign} PRIVMSG {room} :another",)),
    "reaction": ("speak", ("@+reply={foreign};+draft/react=x TAGMSG {room}",)),
    "PIN": ("pin", ("PIN {room} {foreign}",)),
    "UNPIN": ("pin", ("UNPIN {room} {pinned}",)),
}
MEMBERS_ONLY = {"topic", "kick", "invite", "uninvite", "rename", "metadata", "redact", "edit", "pin"}
"""An outsider is refused before the table is asked: he is not in the channel."""


class Cell(NamedTuple):
    """Somebody in a situation; `modes` is his prefix, None outside."""

    nick: str
    modes: str | None
    account: str


CELLS = [
    Cell(f"{name}{'R' if account else ''}", modes, account) for name, modes in WHO.items() for account in ("", "tea")
]


@pytest.fixture(scope="module", params=SITUATIONS, ids=lambda situation: situation or "plain")
def house(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, Talker], dict[str, str]]]:
    """A channel in one situation with everybody in it, whose journal takes nothing any more; and the msgids of what
    each of them has said."""
    situation = str(request.param)
    net = Net()
    founder = net.join("founder", ROOM)
    founder.says(f"MODE {ROOM} -nt+q founder")
    people = {}
    for cell in CELLS:
        people[cell.nick] = talker = net.connect(cell.nick, CAPS)
        if cell.modes is not None:
            talker.says(f"JOIN {ROOM}")
            for letter in cell.modes:
                founder.says(f"MODE {ROOM} +{letter} {cell.nick}")
    people_and_victim = people | {"victim": net.join("victim", ROOM)}
    said = {nick: _msgid(talker, f"PRIVMSG {ROOM} :hello") for nick, talker in people_and_victim.items()}
    said["founder"] = _msgid(founder, f"PRIVMSG {ROOM} :rules")
    founder.says(f"PIN {ROOM} {said['founder']}")
    for nick in ("guest", "stranger"):
        net.connect(nick)
    founder.says(f"INVITE guest {ROOM}")
    founder.says(f"MODE {ROOM} +beI listed!*@* listed!*@* listed!*@*")
    _bring_about(founder, situation)
    for cell in CELLS:
        user = net.engine.state.nicks[cell.nick]
        user.account = cell.account
    net.journal.__class__ = FullJournal
    yield situation, people, said


def _msgid(talker: Talker, line: str) -> str:
    """Say something; its msgid."""
    talker.says(line)
    net = talker.node.net
    return net.engine.tagger.msgid(len(net.journal.entries))


class FullJournal(Journal):
    """Refuses every fact when it is written: nothing happens, and whoever proposed it is told."""

    def _place(self, node: Node, fact: Any) -> None:
        node.inbox.append(Failed(fact, "the disk is full"))


def _bring_about(founder: Talker, situation: str) -> None:
    mode, _, mask = situation.partition(" ")
    if situation in SETTINGS:
        founder.node.engine.state.channels[ROOM].settings = {mode: mask}
        return
    argument = {"+b": f" {mask}*!*@*", "+k": " key", "+l": " 99"}.get(mode, "")
    if mode:
        founder.says(f"MODE {ROOM} {mode}{argument}")
        assert not [numeric for numeric in founder.numerics if numeric >= "400"], founder.lines


def _holds(condition: str, situation: str) -> bool:
    """Whether a row of the table counts in a situation."""
    if not condition or condition.startswith("+") or condition in SETTINGS:
        return not condition or condition == situation
    banned = {"muted": ("+b", "+b ~m:"), "nick locked": ("+b", "+b ~m:", "+b ~n:")}
    return situation in banned[condition]


def expected(action: str, situation: str, cell: Cell, is_author: bool) -> bool:
    """What the table says, read here by plain comparison. Who may not speak changes nothing that was said."""
    own = Standing.OUTSIDER if cell.modes is None else OF_PREFIX[cell.modes]
    if own is Standing.OUTSIDER and (action in MEMBERS_ONLY or action == "change nick"):
        return action == "change nick"
    related = {"account": bool(cell.account), "author": is_author}
    actions = (action, "know of", *(["speak"] if action in ("redact", "edit") else []))
    return all(
        own >= row.least or any(related[name] for name in row.unless)
        for row in TABLE
        if row.action in actions and _holds(row.condition, situation)
    )


@pytest.mark.parametrize("command", ACTIONS)
def test_P06_every_action_by_everybody_in_every_situation(house, command: str):
    situation, people, said = house
    action, lines = ACTIONS[command]
    others = {"foreign": said["victim"], "pinned": said["founder"]}
    for cell in CELLS:
        talker = people[cell.nick]
        own = said[cell.nick]
        heard = talker.says(*(line.format(room=ROOM, nick=cell.nick, own=own, **others) for line in lines))
        allowed = any(NOT_STORED in line for line in heard)
        assert allowed == expected(action, situation, cell, "others" not in command), (cell, situation, heard)
        assert allowed or heard or command == "NOTICE", (cell, situation)  # RFC 2812 3.3.2: a NOTICE has no answer.


CHANGES = [(sign, mode) for mode in CHANNEL_MODES.values() for sign in "+-" if mode.letter not in "r"]
ARGUMENTS = {
    Kind.PREFIX: "victim",
    Kind.LIST: "x!*@*",
    Kind.SETTING: "word",
    Kind.LIMIT: "5",
}


@pytest.mark.parametrize(("sign", "mode"), CHANGES, ids=lambda value: getattr(value, "letter", value))
def test_P06_every_mode_by_everybody_in_every_situation(house, sign: str, mode):
    situation, people, _ = house
    argument = "#elsewhere" if mode.letter == "f" else ARGUMENTS.get(mode.kind, "")
    if mode.kind is Kind.LIST and sign == "-":
        argument = "listed!*@*"
    for cell in CELLS:
        own = Standing.OUTSIDER if cell.modes is None else OF_PREFIX[cell.modes]
        heard = people[cell.nick].says(f"MODE {ROOM} {sign}{mode.letter} {argument}")
        allowed = any(NOT_STORED in line for line in heard)
        least = Standing.NOBODY if mode.rank == NETWORK_OPERATOR else OF_PREFIX[mode.rank]
        if mode.letter == "f" and sign == "+":
            assert not allowed, (cell, situation, heard)  # The other channel is not his, or is not there.
        else:
            assert allowed == (own >= least), (cell, situation, heard)


def test_there_are_enough_cells():
    assert len(SITUATIONS) * len(CELLS) * (len(ACTIONS) + len(CHANGES)) > 10_000


class Guest(NamedTuple):
    """Somebody before the door, and what he has with him."""

    nick: str
    account: str = ""
    key: str = ""
    invited: bool = False
    expected: bool = False


GUESTS = [
    Guest(f"g{number}", account, key, invited, expected)
    for number, (account, key, invited, expected) in enumerate(
        product(("", "tea", "staff", "owner"), ("", "key"), (False, True), (False, True))
    )
]
DOORS = ["", "+i", "+R", "+k", "+l", "+b", "+Rk", "+ib"]


@pytest.mark.parametrize("registered", [False, True], ids=["free", "registered"])
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door or "open")
def test_P06_every_door_by_everybody(door: str, registered: bool):
    net = Net()
    founder = net.join("founder", ROOM)
    for guest in GUESTS:
        net.connect(guest.nick)
        net.engine.state.nicks[guest.nick].account = guest.account
        if guest.invited:
            founder.says(f"INVITE {guest.nick} {ROOM}")
        if guest.expected:
            founder.says(f"MODE {ROOM} +I {guest.nick}!*@*")
    arguments = {"+k": " key", "+Rk": " key", "+l": " 1", "+b": " g*!*@*", "+ib": " g*!*@*"}.get(door, "")
    if door:
        founder.says(f"MODE {ROOM} {door}{arguments}")
    if registered:
        channel = net.engine.state.channels[ROOM]
        channel.founder, channel.registered, channel.access = "owner", 1, {"staff": "v"}
    net.journal.__class__ = FullJournal
    for guest in GUESTS:
        talker = next(link for link in net.nodes[0].links if link.session.display == guest.nick)
        heard = talker.says(f"JOIN {ROOM} {guest.key}")
        allowed = any(NOT_STORED in line for line in heard)
        assert allowed == _may_enter(door, registered, guest), (guest, heard)


def _may_enter(door: str, registered: bool, guest: Guest) -> bool:
    """What docs/permissions.md says of JOIN."""
    if guest.invited or (registered and guest.account == "owner"):
        return True
    if "b" in door:
        return False
    if registered and guest.account == "staff":
        return True
    closed = ("i" in door and not guest.expected) or ("R" in door and not guest.account)
    return not (closed or ("k" in door and guest.key != "key") or "l" in door)
