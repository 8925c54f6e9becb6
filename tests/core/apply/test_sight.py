"""Who sees whom under +D and +u: what a client knows of a channel's members is what NAMES tells it.

A client is modelled as it is specified: it begins with NAMES when it joins (Modern IRC "NAMES message"), then lives by
JOIN, PART, KICK, QUIT, NICK and MODE. The modes are those of InspIRCd's modules
(https://docs.inspircd.org/4/modules/auditorium/, https://docs.inspircd.org/4/modules/delayjoin/).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipcchat.core import rules
from ipcchat.core.apply.sight import COMING_BACK, FAREWELL
from ipcchat.core.limits import Limits
from ipcchat.core.modes import CHANNEL_CLASSES, PREFIX_MODES, SYMBOLS
from ipcchat.wire import modes
from ipcchat.wire.message import Message, parse
from tests.core.net import Net, Talker

PLAIN = "multi-prefix"
RICH = (
    "multi-prefix extended-join away-notify chghost setname account-notify message-tags server-time batch "
    "labeled-response"
)
PREFIXES = {symbol: letter for letter, symbol in SYMBOLS.items()}


class Roster:
    """The members of one channel as a client knows them, with their prefix modes, and what was strange."""

    def __init__(self, talker: Talker, channel: str) -> None:
        self.talker = talker
        self.channel = channel
        self.members: dict[str, str] = {}
        self.strange: list[str] = []
        self._read = 0

    def read(self) -> None:
        """Take in what the talker heard since the last time."""
        for line in self.talker.lines[self._read :]:
            message = parse(line)
            hear = self._hearing.get(message.command)
            if hear is not None:
                hear(self, (message.source or "").partition("!")[0], message)
        self._read = len(self.talker.lines)

    def _of_other_channel(self, message: Message) -> bool:
        return message.params[0].lower() != self.channel

    def _joined(self, nick: str, message: Message) -> None:
        if self._of_other_channel(message):
            return
        if nick == self.talker.session.display:
            self.members.clear()
        if nick in self.members:
            self.strange.append(f"{nick} joined twice")
        self.members[nick] = ""

    def _names(self, nick: str, message: Message) -> None:
        if message.params[2].lower() == self.channel and self.members:
            self.members |= dict(map(member_of, message.params[-1].split()))

    def _parted(self, nick: str, message: Message) -> None:
        if self._of_other_channel(message):
            return
        if nick == self.talker.session.display:
            self.members.clear()
        elif self.members.pop(nick, None) is None:
            self.strange.append(f"{nick} parted unseen")

    def _kicked(self, nick: str, message: Message) -> None:
        victim = message.params[1]
        if victim == self.talker.session.display:
            self.members.clear()
        elif self.members.pop(victim, None) is None and nick != self.talker.session.display:
            self.strange.append(f"{victim} was kicked unseen")

    def _quit(self, nick: str, message: Message) -> None:
        self._told_of(nick, message)
        self.members.pop(nick, None)

    def _renamed(self, nick: str, message: Message) -> None:
        self._told_of(nick, message)
        if nick in self.members:
            self.members[message.params[0]] = self.members.pop(nick)

    def _told_of(self, nick: str, message: Message) -> None:
        """Only of members whom it sees, and of its own user, a client hears what they do to themselves."""
        now = message.params[0] if message.command == "NICK" else nick
        if nick not in self.members and now != self.talker.session.display:
            self.strange.append(f"{message.command} of {nick} unseen")

    def _mode(self, nick: str, message: Message) -> None:
        if self._of_other_channel(message):
            return
        for change in modes.parse_modes(CHANNEL_CLASSES, message.params[1], message.params[2:]).changes:
            if change.letter in PREFIX_MODES and change.argument in self.members:
                own = self.members[change.argument].replace(change.letter, "")
                self.members[change.argument] = own + change.letter if change.added else own

    _hearing: dict[str, Callable[[Roster, str, Message], None]] = {
        "JOIN": _joined,
        "353": _names,
        "PART": _parted,
        "KICK": _kicked,
        "QUIT": _quit,
        "NICK": _renamed,
        "MODE": _mode,
        "AWAY": _told_of,
        "SETNAME": _told_of,
        "CHGHOST": _told_of,
    }


def member_of(word: str) -> tuple[str, str]:
    """One word of NAMES: the nick, and its prefix modes."""
    nick = word.lstrip(CHANNEL_CLASSES.symbols)
    return nick, "".join(PREFIXES[symbol] for symbol in word[: len(word) - len(nick)])


def members_now(talker: Talker, channel: str) -> dict[str, str]:
    """What NAMES tells."""
    rows = [parse(line) for line in talker.says(f"NAMES {channel}")]
    return dict(member_of(word) for row in rows if row.command == "353" for word in row.params[-1].split())


def check(rosters: list[Roster]) -> None:
    """What clients know is what NAMES tells them, and nobody came or went whom they saw or did not see."""
    for roster in rosters:
        roster.read()
        talker = roster.talker
        if talker.session.closed:
            continue
        assert roster.strange == [], talker.session.display
        told = members_now(talker, roster.channel) if "#c" in inside(talker) else {}
        assert {nick: "".join(sorted(own)) for nick, own in roster.members.items()} == {
            nick: "".join(sorted(own)) for nick, own in told.items()
        }, talker.session.display
        talker.forget()
        roster._read = 0


def inside(talker: Talker) -> list[str]:
    """The folded names of the channels that somebody is in."""
    return list(talker.node.engine.state.users[talker.session.uid].channels)


class Room:
    """Five people in #c, of whom p0 made it; odd ones are on the second node and have other capabilities."""

    def __init__(self, *talkers: str, limits: Limits | None = None) -> None:
        self.net = Net(2, limits=limits)
        self.people = [
            self.net.connect(f"p{number}", RICH if number % 2 else PLAIN, node=number % 2) for number in range(5)
        ]
        self.rosters = [Roster(person, "#c") for person in self.people]
        for person in self.people:
            person.says("JOIN #c")
        check(self.rosters)

    def says(self, number: int, *lines: str) -> None:
        """Somebody says something, and everybody's client is right."""
        self.people[number].says(*lines)
        check(self.rosters)

    def seen_by(self, number: int) -> str:
        """Whom somebody's client shows, in the order of names."""
        return " ".join(sorted(self.rosters[number].members))


# +u.


@pytest.mark.covers("mode +u", "mode +v", "mode +h")
def test_in_an_auditorium_only_those_with_a_prefix_are_seen():
    room = Room()
    room.says(0, "MODE #c +v p1", "MODE #c +u")
    assert [room.seen_by(number) for number in range(5)] == [
        "p0 p1 p2 p3 p4",
        "p0 p1",
        "p0 p1 p2",
        "p0 p1 p3",
        "p0 p1 p4",
    ]
    room.says(0, "MODE #c +h p2")
    assert (room.seen_by(1), room.seen_by(2), room.seen_by(3)) == ("p0 p1 p2", "p0 p1 p2 p3 p4", "p0 p1 p2 p3")
    room.says(0, "MODE #c -hv+v p2 p1 p3")
    assert (room.seen_by(1), room.seen_by(2), room.seen_by(3)) == ("p0 p1 p3", "p0 p2 p3", "p0 p3")
    room.says(0, "MODE #c -u")
    assert [room.seen_by(number) for number in range(5)] == ["p0 p1 p2 p3 p4"] * 5


def test_joins_stand_before_their_cause_and_parts_behind_it():
    room = Room()
    bob = room.people[2]
    room.people[0].says("MODE #c +u")
    assert [line.split(" ", 3)[:2] for line in bob.lines] == [
        [":p0!~p0@127.0.0.1", "MODE"],
        *[[f":p{number}!~p{number}@127.0.0.1", "PART"] for number in (1, 3, 4)],
    ]
    assert bob.lines[-1].endswith(f" PART #c :{FAREWELL}")
    bob.forget()
    room.people[0].says("MODE #c +v p1")
    assert bob.lines == [":p1!~p1@127.0.0.1 JOIN #c", ":p0!~p0@127.0.0.1 MODE #c +v p1"]
    bob.forget()
    room.people[0].says("MODE #c -v p1")
    assert [line.split()[1] for line in bob.lines] == ["MODE", "PART"]


def test_who_appears_bears_what_extended_join_and_away_notify_tell():  # IRCv3 extended-join, away-notify
    room = Room()
    room.people[2].says("AWAY :lunch")
    room.says(0, "MODE #c +u")
    room.people[0].says("MODE #c +v p2")
    assert room.people[1].bare[:2] == [
        ":p2!~p2@127.0.0.1 JOIN #c * P2",
        ":p2!~p2@127.0.0.1 AWAY :lunch",
    ]
    assert not any("msgid" in line for line in room.people[1].lines[:2])
    assert room.people[4].bare[0] == ":p2!~p2@127.0.0.1 JOIN #c"


def test_who_gives_up_his_prefix_sees_less():
    room = Room()
    room.says(0, "MODE #c +u")
    room.says(0, "@label=L MODE #c -o p0")
    assert room.seen_by(0) == "p0"
    assert room.seen_by(1) == "p1"


# +D.


@pytest.mark.covers("mode +D")
def test_under_delayed_join_members_are_seen_when_they_show_themselves():
    room = Room()
    room.says(0, "MODE #c +D")
    for number in (1, 2, 3, 4):
        room.says(number, "PART #c")
    for number in (1, 2, 3, 4):
        room.says(number, "JOIN #c")
    assert [room.seen_by(number) for number in range(5)] == ["p0", "p0 p1", "p0 p2", "p0 p3", "p0 p4"]
    room.says(1, "PRIVMSG #c :hello")
    assert room.seen_by(2) == "p0 p1 p2"
    room.says(0, "MODE #c +v p2")
    assert room.seen_by(3) == "p0 p1 p2 p3"
    room.says(0, "MODE #c -D")
    assert [room.seen_by(number) for number in range(5)] == ["p0 p1 p2 p3 p4"] * 5


def test_hidden_ones_leave_unseen():
    room = Room()
    room.says(0, "MODE #c +D")
    room.says(1, "PART #c")
    room.says(2, "PART #c")
    room.says(1, "JOIN #c")
    room.says(2, "JOIN #c", "MODE p2 +x", "NICK p9")
    room.says(0, "KICK #c p9")
    room.says(1, "PART #c")
    assert room.seen_by(3) == "p0 p3 p4"


def test_both_at_once():
    room = Room()
    room.says(0, "MODE #c +Du")
    room.says(3, "PART #c")
    room.says(3, "JOIN #c")
    room.says(3, "PRIVMSG #c :hello")
    assert (room.seen_by(0), room.seen_by(1)) == ("p0 p1 p2 p3 p4", "p0 p1")
    room.says(0, "MODE #c -Du")
    assert room.seen_by(1) == "p0 p1 p2 p3 p4"


# Channels that are too large to tell each of all others.


def test_a_large_auditorium_stays_one():
    room = Room(limits=Limits(sight_changes_max=4))
    why = "Mode u can be changed while the channel has at most 4 members: each is told of all others"
    assert room.people[0].says("MODE #c +u") == [f":test.net 696 p0 #c u * :{why}"]
    room.says(4, "PART #c")
    room.says(0, "MODE #c +u")
    room.says(4, "JOIN #c")
    assert room.people[0].says("MODE #c -u")[0].split()[1] == "696"
    assert room.people[0].says("MODE #c +u") == []


@pytest.mark.parametrize("number", [1, 2])
def test_in_a_large_auditorium_who_sees_all_or_no_longer_is_led_in_again(number):
    room = Room(limits=Limits(sight_changes_max=4, sight_rows_max=4))
    room.says(4, "PART #c")
    room.says(0, "MODE #c +u", "TOPIC #c :Green")
    room.says(4, "JOIN #c")
    room.people[0].says(f"MODE #c +h p{number}")
    extended = " * P1" if number == 1 else ""
    assert room.people[number].bare[:4] == [
        f":p0!~p0@127.0.0.1 MODE #c +h p{number}",
        f":p{number}!~p{number}@127.0.0.1 PART #c :{COMING_BACK}",
        f":p{number}!~p{number}@127.0.0.1 JOIN #c{extended}",
        f":test.net 332 p{number} #c :Green",
    ]
    check(room.rosters)
    assert room.seen_by(number) == "p0 p1 p2 p3 p4"
    room.says(0, f"MODE #c -h p{number}")
    assert room.seen_by(number) == f"p0 p{number}"


def test_no_implicit_names_for_who_asks_for_names_himself():  # IRCv3 no-implicit-names
    room = Room(limits=Limits(sight_changes_max=4, sight_rows_max=4))
    room.says(4, "PART #c")
    room.says(0, "MODE #c +u")
    room.says(4, "JOIN #c")
    room.people[2].says("CAP REQ :no-implicit-names")
    room.people[2].forget()
    room.people[0].says("MODE #c +h p2")
    assert [line.split()[1] for line in room.people[2].lines] == ["MODE", "PART", "JOIN", "MODE"]
    assert room.people[2].lines[-1].endswith(" MODE #c +h p2")


@pytest.mark.covers("NOTE * MEMBERS_HIDDEN")
def test_when_too_many_are_hidden_they_go_on_showing_themselves():  # IRCv3 standard-replies
    room = Room(limits=Limits(sight_changes_max=1))
    room.says(0, "MODE #c +D")
    for number in (1, 2, 3):
        room.says(number, "PART #c")
    for number in (1, 2, 3):
        room.says(number, "JOIN #c")
    room.people[0].says("CAP REQ standard-replies")
    assert room.people[0].says("MODE #c -D") == [
        ":p0!~p0@127.0.0.1 MODE #c -D",
        ":test.net NOTE MODE MEMBERS_HIDDEN "
        ":3 members stay hidden until they say something: too many to show them at once",
    ]
    check(room.rosters)
    assert room.seen_by(4) == "p0 p4"
    room.says(1, "PRIVMSG #c :hello")
    room.says(2, "PRIVMSG #c :hello")
    assert room.seen_by(4) == "p0 p1 p2 p4"
    room.says(0, "MODE #c +m")
    assert room.seen_by(4) == "p0 p1 p2 p3 p4"


# All of it.

_who = st.integers(0, 4)
_nick = st.sampled_from([f"p{number}" for number in range(5)])
_letters = st.lists(
    st.sampled_from(["+u", "-u", "+D", "-D", "+v", "-v", "+h", "-h", "+o", "-o", "+q", "-q", "+m", "-t"]),
    min_size=1,
    max_size=4,
)
_line = st.one_of(
    st.builds(
        lambda letters, nicks: f"MODE #c {''.join(letters)} {' '.join(nicks)}", _letters, st.lists(_nick, max_size=4)
    ),
    st.sampled_from(["JOIN #c", "PART #c :bye", "PRIVMSG #c :hello", "NOTICE #c :psst", "TOPIC #c :x", "TOPIC #c"]),
    st.sampled_from(["AWAY :lunch", "AWAY", "MODE #c", "SETNAME :Other", "NAMES #c", "WHO #c", "QUIT"]),
    st.builds("KICK #c {}".format, _nick),
    st.builds("INVITE {} #c".format, _nick),
    st.builds("@label=L MODE #c +v {}".format, _nick),
    st.builds(lambda nick, sign: f"MODE {nick} {sign}x", _nick, st.sampled_from("+-")),
)
_steps = st.lists(st.tuples(_who, _line), min_size=5, max_size=40)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_steps)
def test_clients_always_know_what_names_would_tell_them(steps: list[tuple[int, str]]) -> None:
    room = Room()
    for number, line in steps:
        room.says(number, line)


def test_what_may_be_known_of_members_outside():
    room = Room()
    eve = room.net.connect("eve", PLAIN)
    room.says(0, "MODE #c +v p1", "MODE #c +u")
    channel = room.net.engine.state.channels["#c"]
    assert members_now(eve, "#c") == {"p0": "o", "p1": "v"}
    assert not rules.oversees(channel, eve.session.uid)
