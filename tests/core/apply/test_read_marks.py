"""Read markers in the state: whose they are, and who hears of them (IRCv3 draft/read-marker)."""

from __future__ import annotations

from tests.core.deeds import comes, has_account, is_logged_in
from tests.core.net import Net, Talker

CAPS = "draft/read-marker standard-replies"
STAMP = "timestamp=2023-11-14T22:13:01.000Z"
TOLD = f":test.net MARKREAD #tea {STAMP}"


def sessions_of_ann(net: Net, *caps: str) -> list[Talker]:
    """Connections of one user who is logged in to an account, in #tea."""
    has_account(net, "ann")
    found = []
    for each in caps:
        talker = net.dial()
        talker.says(f"CAP REQ :{each}", "AUTHENTICATE PLAIN", "AUTHENTICATE AGFubgBjb3JyZWN0IGhvcnNl") if each else None
        talker.says("NICK ann", "USER ann 0 * :Ann", "CAP END")
        found.append(talker)
    found[0].says("JOIN #tea")
    net.forget()
    return found


def test_all_connections_of_the_user_that_know_markers_are_told():  # read-marker, "Command flows"
    net = Net()
    desk, phone, old = sessions_of_ann(net, f"sasl {CAPS}", f"sasl {CAPS}", "sasl")
    assert desk.user is phone.user is old.user
    assert desk.asks(f"MARKREAD #tea {STAMP}") == [TOLD]
    assert phone.bare == [TOLD] and old.bare == []
    net.forget()
    assert phone.asks(f"MARKREAD #tea {STAMP}") == [TOLD]
    assert desk.bare == []


def test_two_markers_on_their_way_at_once_leave_the_later_one():
    net = Net()
    desk, phone = sessions_of_ann(net, f"sasl {CAPS}", f"sasl {CAPS}")
    later = "timestamp=2023-11-14T22:13:02.000Z"
    net.journal.holding = True
    desk.says(f"MARKREAD #tea {later}")
    phone.says(f"MARKREAD #tea {STAMP}")
    net.journal.holding = False
    net.settle()
    assert phone.bare == [f":test.net MARKREAD #tea {later}"] * 2
    assert desk.bare == [f":test.net MARKREAD #tea {later}"]


def test_a_connection_on_another_node_is_told():
    net = Net(2)
    has_account(net, "ann")
    desk, phone = comes(net, "ann", caps=CAPS), comes(net, "ann", caps=CAPS, node=1)
    desk.says("JOIN #tea")
    net.forget()
    desk.says(f"MARKREAD #tea {STAMP}")
    assert phone.bare == [TOLD] and desk.bare == [TOLD]


def test_the_markers_of_an_account_last():
    net = Net()
    (desk,) = sessions_of_ann(net, f"sasl {CAPS}")
    desk.says(f"MARKREAD #tea {STAMP}", "QUIT")
    net.restart(net.engine.snapshot(), len(net.journal.entries))
    back = net.dial()
    back.says(f"CAP REQ :sasl {CAPS}", "AUTHENTICATE PLAIN", "AUTHENTICATE AGFubgBjb3JyZWN0IGhvcnNl")
    back.says("NICK ann", "USER ann 0 * :Ann", "CAP END", "JOIN #tea")
    assert TOLD in back.bare


def test_the_markers_of_a_guest_go_with_him(net):
    ann = net.join("ann", "#tea", CAPS)
    ann.says(f"MARKREAD #tea {STAMP}")
    assert list(net.engine.state.markers) == [ann.session.uid]
    ann.says("QUIT")
    assert net.engine.state.markers == {}


def test_a_channel_keeps_its_marker_under_another_name(net):
    ann = net.join("ann", "#tea", f"{CAPS} draft/channel-rename")
    ann.says(f"MARKREAD #tea {STAMP}", "RENAME #tea #coffee")
    assert ann.asks("MARKREAD #coffee") == [f":test.net MARKREAD #coffee {STAMP}"]


def test_who_is_gone_marks_nothing(net):
    ann = net.join("ann", "#tea", CAPS)
    net.journal.holding = True
    ann.says("QUIT", f"MARKREAD #tea {STAMP}")
    net.journal.holding = False
    net.settle()
    assert net.engine.state.markers == {}


def test_an_account_and_a_guest_have_different_markers(net):
    ann = net.join("ann", "#tea", CAPS)
    ann.says(f"MARKREAD #tea {STAMP}")
    is_logged_in(net, ann, "ann")
    assert ann.asks("MARKREAD #tea") == [":test.net MARKREAD #tea *"]
