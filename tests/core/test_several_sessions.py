"""Several connections of one user: laptop and phone share a nick, and each sees what the other does.

That connections of one account become one user is for servers to decide; what each sees of it is what clients expect
who connect to a bouncer: the echo of the other's messages (IRCv3 echo-message), its joins, parts and changes of nick.
"""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.net import ALL_CAPS, Net, Talker

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
CAPS = "echo-message message-tags away-notify labeled-response batch account-tag extended-join"


class Scene:
    """Ann's laptop, her phone, her old client that knows no capability, and bob, who is in #tea with all of them. The
    phone and bob are on the last node."""

    def __init__(self, nodes: int, **limits: int) -> None:
        self.net = Net(nodes, limits=Limits(**limits))
        has_account(self.net, "ann")
        last = nodes - 1
        self.laptop = comes(self.net, "ann", caps=CAPS)
        self.phone = comes(self.net, "ann", caps="echo-message", node=last)
        self.old = comes(self.net, "ann")
        self.bob = self.net.join("bob", "#tea", "away-notify", node=last)
        self.laptop.says("JOIN #tea")
        self.net.forget()

    @property
    def own(self) -> tuple[Talker, Talker, Talker]:
        """Ann's connections."""
        return self.laptop, self.phone, self.old


@pytest.fixture(params=[1, 2])
def scene(request):
    """The scene on one node and on two."""
    scene = Scene(request.param)
    yield scene
    assert len({node.engine.state.digest() for node in scene.net.nodes}) == 1


def heard(talker: Talker) -> list[str]:
    """What somebody heard, without tags; forgotten then."""
    lines = talker.bare
    talker.forget()
    return lines


# Coming.


def test_they_are_one_user(scene):
    ann = scene.net.engine.state.nicks.find("ann")
    assert len(ann.sessions) == 3 and len(scene.net.engine.state.users) == 2
    assert scene.bob.asks("WHO ann")[0] == ":test.net 352 bob #tea ~ann 127.0.0.1 test.net ann H :0 Ann"


def test_a_new_connection_is_told_where_it_is(scene):
    scene.laptop.says("TOPIC #tea", "AWAY :lunch")
    tablet = scene.net.dial()
    tablet.says("CAP REQ extended-join", "PASS :ann:correct horse", "NICK Ann", "USER x 0 * :Else", "CAP END")
    assert tablet.numerics[:3] == ["900", "001", "002"]
    assert tablet.bare[-6:] == [
        ":test.net 376 ann :End of /MOTD command",
        f"{ANN} JOIN #tea ann Ann",
        ":test.net 353 ann = #tea :@bob ann",
        ":test.net 366 ann #tea :End of /NAMES list",
        ":test.net 306 ann :You have been marked as being away",
        ":test.net 221 ann +r",
    ]
    assert heard(scene.bob) == [f"{ANN} AWAY :lunch"]


def test_there_are_only_so_many():
    scene = Scene(1, sessions_per_user_max=3)
    late = scene.net.dial()
    late.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann")
    assert late.lines[-1] == (
        ":test.net 433 * ann :Nickname has 3 connections, as many as one may have; close one of them"
    )
    scene.old.says("QUIT")
    late.says("NICK ann")
    assert "001" in late.numerics


def test_who_is_not_logged_in_does_not_become_her(scene):
    stranger = scene.net.dial()
    stranger.says("NICK ann", "USER ann 0 * :Ann")
    assert stranger.numerics == ["433"]
    assert len(scene.net.engine.state.nicks["ann"].sessions) == 3


# What one does, the others see.


def test_messages_to_a_channel(scene):
    """The echo is for those who asked for it; what others of the same user say is news to all."""
    said = scene.laptop.asks("@label=a PRIVMSG #tea :hello")
    assert said == [f"{ANN} PRIVMSG #tea :hello"] and scene.laptop.lines[0].startswith("@label=a;")
    assert [heard(each) for each in (scene.phone, scene.old, scene.bob)] == [said] * 3
    assert scene.old.asks("PRIVMSG #tea :plain") == []
    assert [heard(each) for each in (scene.phone, scene.bob)] == [[f"{ANN} PRIVMSG #tea :plain"]] * 2
    assert scene.laptop.bare[-1] == f"{ANN} PRIVMSG #tea :plain" and "label" not in scene.laptop.lines[-1]


def test_private_messages(scene):
    """One's own side of a conversation is shown where echo-message tells whom it went to."""
    assert scene.phone.asks("PRIVMSG bob :psst") == [f"{ANN} PRIVMSG bob :psst"]
    assert heard(scene.laptop) == heard(scene.bob) == [f"{ANN} PRIVMSG bob :psst"]
    assert heard(scene.old) == []
    scene.bob.says("PRIVMSG ann :yes?")
    scene.phone.lines[:] = scene.phone.lines[-1:]
    assert [heard(each) for each in scene.own] == [[f"{BOB} PRIVMSG ann :yes?"]] * 3


def test_joining_and_parting(scene):
    scene.old.says("JOIN #own")
    for each, join in zip(scene.own, (f"{ANN} JOIN #own ann Ann", f"{ANN} JOIN #own", f"{ANN} JOIN #own"), strict=True):
        assert heard(each) == [join, ":test.net 353 ann = #own :@ann", ":test.net 366 ann #own :End of /NAMES list"]
    scene.phone.says("PART #own :done")
    assert [heard(each) for each in scene.own] == [[f"{ANN} PART #own :done"]] * 3
    assert scene.net.engine.state.channels.find("#own").formed is False


def test_topic_mode_and_kick(scene):
    scene.bob.says("MODE #tea +o ann")
    scene.phone.says("TOPIC #tea :hot")
    scene.laptop.says("MODE ann +i")
    scene.bob.says("KICK #tea ann :out")
    everywhere = [
        f"{BOB} MODE #tea +o ann",
        f"{ANN} TOPIC #tea :hot",
        f"{ANN} MODE ann +i",
        f"{BOB} KICK #tea ann :out",
    ]
    assert [heard(each) for each in scene.own] == [everywhere] * 3


def test_another_nick(scene):
    scene.old.says("NICK annette")
    assert [heard(each) for each in (*scene.own, scene.bob)] == [[f"{ANN} NICK annette"]] * 4
    assert scene.phone.asks("PRIVMSG #tea :me") == [":annette!~ann@127.0.0.1 PRIVMSG #tea :me"]


@pytest.mark.covers("AWAY", "RPL_NOWAWAY", "RPL_UNAWAY")
def test_away_is_told_to_all(scene):
    for said, numeric, text in (
        ("AWAY :lunch", "306", "You have been marked as being away"),
        ("AWAY", "305", "You are no longer marked as being away"),
    ):
        scene.phone.says(said)
        assert [heard(each) for each in scene.own] == [[f":test.net {numeric} ann :{text}"]] * 3
        assert heard(scene.bob) == [f"{ANN} {said}"]


def test_invitations_and_setname(scene):
    scene.bob.says("JOIN #den", "INVITE ann #den")
    assert [heard(each) for each in scene.own] == [[f"{BOB} INVITE ann #den"]] * 3
    tablet = comes(scene.net, "ann", caps="setname")
    scene.laptop.says("SETNAME :Ann of Green Gables")
    assert heard(tablet) == [f"{ANN} SETNAME :Ann of Green Gables"]


# Going.


def test_one_connection_goes_and_nobody_else_notices(scene):
    assert scene.laptop.says("@label=q QUIT :bye") == ["@label=q ERROR :Closing link: Quit: bye"]
    scene.old.hangs_up("Connection reset")
    assert [heard(each) for each in (scene.phone, scene.bob)] == [[], []]
    assert scene.phone.asks("PRIVMSG #tea :still here") == [f"{ANN} PRIVMSG #tea :still here"]
    ann = scene.net.engine.state.nicks.find("ann")
    assert len(ann.sessions) == 1 and ann.channels == ("#tea",)


def test_who_does_not_stay_leaves_with_the_last_one(scene):
    scene.laptop.says("NS SET ALWAYSON off")
    scene.net.forget()
    scene.laptop.says("QUIT")
    scene.old.says("QUIT")
    scene.phone.says("QUIT :bye")
    assert heard(scene.bob) == [f"{ANN} QUIT :Quit: bye"]
    assert scene.net.engine.state.nicks.find("ann") is None


def test_the_loss_of_a_node_takes_its_connections_only():
    scene = Scene(2)
    watcher = scene.net.join("eve", "#tea", "away-notify")
    watcher.forget()
    happened(scene.net, facts.NodeDown, scene.laptop, incarnation="node0001")
    ann = scene.net.engine.state.nicks["ann"]
    assert [attachment.incarnation for attachment in ann.sessions] == ["node0000", "node0000"]
    assert heard(watcher) == [f"{BOB} QUIT :Connection to the server was lost"]


# Security and privileges.


@pytest.mark.parametrize(("first", "second", "modes"), [(True, True, "Zr"), (True, False, "r"), (False, True, "r")])
def test_a_user_is_secure_while_all_connections_are(net, first, second, modes):
    has_account(net, "ann")
    comes(net, "ann", secure=first)
    other = comes(net, "ann", secure=second)
    assert net.engine.state.nicks.find("ann").modes == modes
    other.says("QUIT")
    assert net.engine.state.nicks.find("ann").modes == ("Zr" if first else "r")


def test_addresses_of_all_connections_are_for_oneself_and_operators(net):
    has_account(net, "ann")
    first = comes(net, "ann")
    comes(net, "ann", address="127.0.0.2")
    peace = net.connect("peace")
    places = [
        ":test.net 378 {} ann :is connecting from ~ann@127.0.0.1 127.0.0.1",
        ":test.net 378 {} ann :is connecting from ~ann@127.0.0.2 127.0.0.2",
    ]
    assert not [line for line in peace.says("WHOIS ann") if " 378 " in line]
    is_operator(net, peace)
    for talker in (first, peace):
        nick = talker.session.display
        assert [line for line in talker.says("WHOIS ann") if " 378 " in line] == [row.format(nick) for row in places]


def test_users_and_connections_are_counted_apart(net):
    has_account(net, "ann")
    for _ in range(3):
        comes(net, "ann")
    counts = {line.split()[1]: line for line in net.connect("bob").says("LUSERS")}
    assert counts["255"].endswith(":I have 4 clients and 0 servers")
    assert counts["265"] == ":test.net 265 bob 2 2 :Current local users 2, max 2"


# The order of the journal.


def test_two_first_connections_at_once_become_one_user():
    """Both saw the nick free when they registered: the second one is told that it is taken, and joins when it asks
    again."""
    net = Net(2)
    has_account(net, "ann")
    first, second = net.dial(0), net.dial(1)
    first.says("PASS :ann:correct horse")
    second.says("PASS :ann:correct horse")
    net.journal.holding = True
    first.says("NICK ann", "USER ann 0 * :Ann")
    second.says("NICK ann", "USER ann 0 * :Ann")
    net.journal.holding = False
    net.settle()
    assert "001" in first.numerics and second.numerics[-1] == "433"
    second.says("NICK ann")
    assert "001" in second.numerics
    assert len(net.engine.state.nicks["ann"].sessions) == 2


def test_a_connection_that_is_lost_while_it_registers_leaves_nothing_behind():
    net = Net()
    has_account(net, "ann")
    comes(net, "ann")
    late = net.dial()
    late.says("PASS :ann:correct horse")
    net.journal.holding = True
    late.says("NICK ann", "USER ann 0 * :Ann")
    late.hangs_up()
    net.journal.holding = False
    net.settle()
    assert len(net.engine.state.nicks["ann"].sessions) == 1
    assert net.engine.audience.count == 1


def test_every_command_of_each_is_answered_once(net):  # IRCv3 labeled-response
    has_account(net, "ann")
    laptop, phone = comes(net, "ann", caps=ALL_CAPS), comes(net, "ann", caps=ALL_CAPS)
    net.journal.holding = True
    for number in range(3):
        laptop.says(f"@label=l{number} JOIN #room{number}")
        phone.says(f"@label=p{number} JOIN #room{number}")
    net.journal.holding = False
    net.settle()
    for talker, letter in ((laptop, "l"), (phone, "p")):
        labels = [line.split(" ")[0] for line in talker.lines if line.startswith("@label=")]
        assert [label.split(";")[0] for label in labels] == [f"@label={letter}{number}" for number in range(3)]
