"""The desk: the order of the list, where to go next, and that what is looked at exists."""

from __future__ import annotations

import pytest

from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.network import Network
from tests.tui.model.made import message, moment
from tests.tui.model.seat import Seat


def desk_of(*networks: Network) -> Desk:
    """A desk with these networks."""
    desk = Desk()
    for network in networks:
        desk.add(network)
    return desk


def network_of(name: str, *places: str) -> Network:
    """A network with these channels and people."""
    network = Network(name)
    for place in places:
        network.buffer(place)
    return network


def names(desk: Desk) -> list[str]:
    return [buffer.name for buffer in desk.buffers()]


def calls(desk: Desk, name: str, text: str = "hello") -> Buffer:
    """Somebody says something there."""
    network = desk.networks[0]
    target, nick = (name, "bob") if network.is_channel(name) else ("ann", name)
    network.hear(message(text, target=target, nick=nick), moment())
    return network.buffer(name)


def test_the_list_has_the_servers_buffer_channels_and_people_of_each_network():
    desk = desk_of(network_of("home", "zoe", "#Tea", "#ops", "bob"), network_of("work", "#all"))
    assert names(desk) == ["home", "#ops", "#Tea", "bob", "zoe", "work", "#all"]
    desk.networks[0].buffer("#new")
    assert names(desk)[:3] == ["home", "#new", "#ops"]
    desk.networks[0].rename("zoe", "abe")
    desk.networks[0].close(desk.networks[0].buffer("#new"))
    assert names(desk)[:5] == ["home", "#ops", "#Tea", "abe", "bob"]


def test_at_first_the_first_network_is_looked_at_and_without_one_nothing():
    assert Desk().current is None and Desk().network is None and Desk().neighbour(1) is None
    desk = desk_of(network_of("home"), network_of("work"))
    assert desk.current is desk.networks[0].server and desk.network is desk.networks[0]
    assert desk.current is not None and desk.current.shown


def test_two_networks_cannot_have_one_name():
    desk = desk_of(network_of("home"))
    with pytest.raises(ValueError, match="home"):
        desk.add(network_of("home"))


def test_going_somewhere_remembers_where_one_was():
    desk = desk_of(network_of("home", "#tea"), network_of("work", "#all"))
    home, work = desk.networks
    tea = home.buffer("#tea")
    desk.go(tea)
    assert desk.previous is home.server and tea.shown and not home.server.shown
    desk.go(tea)
    assert desk.previous is home.server
    desk.go(work.buffer("#all"))
    assert desk.previous is tea and desk.last_of(home) is tea and desk.last_of(work) is work.buffer("#all")
    desk.go(Buffer("home", "#nowhere", tea.kind))
    assert desk.current is work.buffer("#all")


def test_when_a_buffer_is_closed_one_is_where_one_was_before():
    desk = desk_of(network_of("home", "#tea", "#ops"))
    home = desk.networks[0]
    tea, ops = home.buffer("#tea"), home.buffer("#ops")
    desk.go(tea)
    desk.go(ops)
    desk.close(ops)
    assert desk.current is tea and tea.shown and desk.previous is None
    desk.close(tea)
    assert desk.current is home.server and desk.last_of(home) is home.server
    desk.close(home.server)
    assert desk.current is home.server and desk.previous is None


def test_when_a_network_is_closed_another_one_is_looked_at():
    desk = desk_of(network_of("home", "#tea"), network_of("work", "#all"))
    home, work = desk.networks
    desk.go(work.buffer("#all"))
    desk.go(home.buffer("#tea"))
    desk.remove(home)
    looked_at = [desk.current]
    assert names(desk) == ["work", "#all"]
    desk.remove(work)
    assert [*looked_at, desk.current] == [work.buffer("#all"), None] and desk.buffers() == []


def test_when_a_buffer_is_closed_and_nothing_was_before_its_server_is_looked_at():
    desk = desk_of(network_of("home"), network_of("side"), network_of("work", "#all"))
    home, _, work = desk.networks
    desk.go(work.buffer("#all"))
    desk.remove(home)
    desk.close(work.buffer("#all"))
    assert desk.current is work.server


def test_neighbours_go_around_the_end_and_numbers_leave_out_servers():
    desk = desk_of(network_of("home", "#tea", "bob"), network_of("work", "#all"))
    desk.go(desk.networks[1].buffer("#all"))
    below, above = desk.neighbour(1), desk.neighbour(-1)
    assert below is desk.networks[0].server and above is desk.networks[1].server
    assert [getattr(desk.numbered(number), "name", None) for number in (0, 1, 2, 3, 4)] == [
        None,
        "#tea",
        "bob",
        "#all",
        None,
    ]


def test_what_to_read_next_is_where_one_is_called_then_people_then_channels():
    seat = Seat("#a", "#b", "#c").connect()
    desk = seat.desk
    seat.says("x", to="#a")
    seat.says("x", to="#b")
    assert desk.next_unread() is seat.network.buffer("#a") and desk.next_mention() is None
    seat.says("ann: x", to="#b")
    assert desk.next_unread() is desk.next_mention() is seat.network.buffer("#b")
    seat.says("psst", to="ann")
    seat.network.buffer("#b").read()
    assert desk.next_unread() is desk.next_mention() is seat.network.buffer("bob")
    seat.network.buffer("bob").read()
    seat.network.buffer("#a").muted = True
    assert desk.next_unread() is None and (desk.unread, desk.mentions) == (0, 0)
    seat.says("ann: x", to="#a")
    assert desk.next_unread() is seat.network.buffer("#a")
    assert (desk.unread, desk.mentions) == (1, 0)


def test_the_next_mention_goes_down_the_list_and_around():
    desk = desk_of(network_of("home", "#a", "abe", "bob"))
    calls(desk, "abe")
    calls(desk, "bob")
    calls(desk, "#a")
    found = []
    for _ in range(3):
        desk.go(desk.next_mention() or desk.networks[0].server)
        found.append(desk.current.name if desk.current is not None else "")
    assert found == ["abe", "bob", "abe"] and (desk.unread, desk.mentions) == (3, 2)
