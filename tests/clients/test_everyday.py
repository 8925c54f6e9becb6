"""What people do every day, with each of the programs. The other side is a bare socket: what it hears is compared
exactly, and what the program makes of the answers is read from its screen.

Specification: Modern IRC Client Protocol, the sections of the commands.
"""

from __future__ import annotations

import os
import signal

from tests.clients.person import Person
from tests.clients.programs import STATUS
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess

WENDY = "~wendy@localhost"


def test_she_talks_in_two_rooms(iris: Person, wendy: RawClient):  # JOIN, PRIVMSG, NAMES
    wendy.joins("#tea")
    for channel in ("#lobby", "#tea"):
        iris.joins(channel)
        assert wendy.hears("JOIN").text == f":{iris.mask} JOIN {channel}"
        iris.sees("present", channel=channel, nick="@wendy")
        iris.says(f"hello {channel}, zażółć 👋")
        assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG {channel} :hello {channel}, zażółć 👋"
    iris.looks_at("#lobby")
    wendy.says("PRIVMSG #lobby :welcome, gęślą", "PRIVMSG #tea :elsewhere", "PRIVMSG #lobby ::-)")
    iris.sees("said", channel="#lobby", nick="wendy", text=":-)")
    assert iris.has_seen("said", channel="#lobby", nick="wendy", text="welcome, gęślą") == 1
    iris.looks_at("#tea")
    iris.sees("said", channel="#tea", nick="wendy", text="elsewhere")


def test_she_sees_others_come_and_go(iris: Person, wendy: RawClient, server: ServerProcess):  # JOIN, PART, QUIT
    iris.joins("#lobby")
    with RawClient(server.port).registers("bob").joins("#lobby") as bob:
        iris.sees("joined", nick="bob", mask="~bob@localhost", channel="#lobby")
        bob.says("PART #lobby :tea time", "JOIN #lobby", "QUIT :gone")
        iris.sees("left", nick="bob", mask="~bob@localhost", channel="#lobby", text="tea time")
        iris.sees("quit", nick="bob", mask="~bob@localhost", text="Quit: gone")


def test_names_change(iris: Person, wendy: RawClient):  # NICK; 433
    iris.looks_at(STATUS)
    iris.does("nick", nick="Wendy")
    iris.sees("nick is taken", nick="Wendy")
    iris.joins("#lobby")
    wendy.hears("JOIN")
    iris.does("nick", nick="rainbow")
    assert wendy.hears("NICK").text == f":{iris.mask} NICK rainbow"
    iris.nick = "rainbow"
    iris.says("still here")
    assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG #lobby :still here"
    wendy.says("NICK wanda")
    iris.sees("renamed", nick="wendy", new="wanda")


def test_topics(iris: Person, wendy: RawClient):  # TOPIC
    wendy.answers_to("TOPIC #lobby :Earl Grey, hot")
    iris.joins("#lobby")
    iris.sees("topic", channel="#lobby", text="Earl Grey, hot")
    wendy.says("TOPIC #lobby :Tea at four")
    iris.sees("new topic", nick="wendy", channel="#lobby", text="Tea at four")
    wendy.answers_to("MODE #lobby -t")
    iris.does("topic", channel="#lobby", text="No tea today: sorry")
    assert wendy.hears("TOPIC").text == f":{iris.mask} TOPIC #lobby :No tea today: sorry"
    iris.sees("new topic", nick="iris", channel="#lobby", text="No tea today: sorry")


def test_words_for_one_person(iris: Person, wendy: RawClient):  # PRIVMSG to a nick, CTCP ACTION
    wendy.says("PRIVMSG iris :only for you", "PRIVMSG iris :\x01ACTION winks\x01")
    iris.does("tell", nick="wendy", text="and back")
    assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG wendy :and back"
    iris.looks_at("wendy")
    iris.sees("told", nick="wendy", text="only for you")
    iris.sees("acted", nick="wendy", text="winks")
    iris.does("act", text="blushes")
    assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG wendy :\x01ACTION blushes\x01"


def test_actions(iris: Person, wendy: RawClient):  # CTCP ACTION
    iris.joins("#lobby")
    wendy.hears("JOIN")
    iris.does("act", text="waves")
    assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG #lobby :\x01ACTION waves\x01"
    wendy.says("PRIVMSG #lobby :\x01ACTION waves back\x01")
    iris.sees("acted", nick="wendy", text="waves back")


def test_she_speaks_when_she_has_voice(iris: Person, wendy: RawClient):  # MODE +m, +v; 404
    iris.joins("#lobby")
    wendy.hears("JOIN")
    wendy.says("MODE #lobby +m")
    iris.sees("mode", nick="wendy", channel="#lobby", modes="+m")
    iris.says("may I?")
    iris.sees("I may not speak", channel="#lobby")
    wendy.says("MODE #lobby +v iris")
    iris.sees("mode", nick="wendy", channel="#lobby", modes="+v iris")
    iris.says("now I may")
    assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG #lobby :now I may"


def test_she_rules_a_room_of_her_own(iris: Person, wendy: RawClient):  # MODE, INVITE, KICK
    iris.joins("#den")
    iris.sees("present", channel="#den", nick="@iris")
    iris.does("mode", channel="#den", modes="+i")
    iris.sees("mode", nick="iris", channel="#den", modes="+i")
    assert wendy.answers_to("JOIN #den")[0].command == "473"
    iris.does("invite", nick="wendy", channel="#den")
    assert wendy.hears("INVITE").text == f":{iris.mask} INVITE wendy #den"
    wendy.joins("#den")
    iris.sees("joined", nick="wendy", mask=WENDY, channel="#den")
    iris.does("mode", channel="#den", modes="+v wendy")
    assert wendy.hears("MODE").text == f":{iris.mask} MODE #den +v wendy"
    iris.does("kick", channel="#den", nick="wendy", text="that is enough")
    assert wendy.hears("KICK").text == f":{iris.mask} KICK #den wendy :that is enough"
    iris.sees("kicked", nick="wendy", by="iris", channel="#den", text="that is enough")


def test_she_is_kicked_and_comes_back(iris: Person, wendy: RawClient):  # KICK
    iris.joins("#lobby")
    wendy.hears("JOIN")
    wendy.says("KICK #lobby iris :no tea for you")
    iris.sees("kicked", nick="iris", by="wendy", channel="#lobby", text="no tea for you")
    iris.does("join", channel="#lobby")
    assert wendy.hears("JOIN").text == f":{iris.mask} JOIN #lobby"
    iris.sees("joined", nick="iris", mask="~iris@localhost", channel="#lobby", times=2)
    iris.says("I shall be good")
    assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG #lobby :I shall be good"


def test_she_is_banned(iris: Person, wendy: RawClient):  # MODE +b; 474
    wendy.answers_to("MODE #lobby +b iris!*@*")
    iris.looks_at(STATUS)
    iris.does("join", channel="#lobby")
    iris.sees("I am banned", channel="#lobby")
    wendy.answers_to("MODE #lobby -b iris!*@*")
    iris.joins("#lobby")
    assert wendy.hears("JOIN").text == f":{iris.mask} JOIN #lobby"


def test_she_is_invited(iris: Person, wendy: RawClient):  # INVITE, MODE +i
    wendy.joins("#cave").answers_to("MODE #cave +i")
    iris.looks_at(STATUS)
    wendy.says("INVITE iris #cave")
    iris.sees("invited", nick="wendy", channel="#cave")
    iris.joins("#cave")
    assert wendy.hears("JOIN").text == f":{iris.mask} JOIN #cave"


def test_whois(iris: Person):  # WHOIS
    iris.looks_at(STATUS)
    iris.does("whois", nick="wendy")
    iris.sees("whois", nick="wendy", mask=WENDY)
    iris.sees("whois channels", nick="wendy", channels="@#lobby")


def test_being_away(iris: Person, wendy: RawClient):  # AWAY; IRCv3 away-notify
    iris.joins("#lobby")
    wendy.hears("JOIN")
    wendy.says("AWAY :at lunch")
    wendy.hears("306")
    iris.does("tell", nick="wendy", text="are you there?")
    wendy.hears_text("are you there?")
    iris.looks_at("wendy")
    iris.sees("is away", nick="wendy", text="at lunch")
    iris.looks_at(STATUS)
    iris.does("away", text="out for a walk")
    assert wendy.hears("AWAY").text == f":{iris.mask} AWAY :out for a walk"
    iris.sees("I am away")
    assert [line.params for line in wendy.answers_to("PRIVMSG iris :hello?")] == [["wendy", "iris", "out for a walk"]]
    iris.does("back")
    assert wendy.hears("AWAY").text == f":{iris.mask} AWAY"
    iris.sees("I am back")


def test_she_reads_what_was_said_before_she_came(iris: Person, wendy: RawClient):  # IRCv3 draft/chathistory
    wendy.answers_to("PRIVMSG #lobby :said before", "PRIVMSG #lobby :and this too")
    iris.joins("#lobby")
    told = 1 if "server-time" in iris.program.capabilities else 0  # Who knows times is told without asking.
    if told:
        iris.sees("said", channel="#lobby", nick="wendy", text="and this too")
    assert iris.has_seen("said", channel="#lobby", nick="wendy", text="said before") == told
    iris.does("history", channel="#lobby")
    iris.sees("said", channel="#lobby", nick="wendy", text="and this too", times=told + 1)
    assert iris.has_seen("said", channel="#lobby", nick="wendy", text="said before") == told + 1


def test_what_she_negotiated(iris: Person):  # IRCv3 capability negotiation
    iris.does("capabilities")
    iris.sees("my capabilities")
    assert iris.program.capabilities <= set(iris.window.everything.rpartition("currently enabled")[2].split())


def test_she_leaves(iris: Person, wendy: RawClient):  # PART, QUIT
    wendy.joins("#tea")
    for channel in ("#lobby", "#tea"):
        iris.joins(channel)
        wendy.hears("JOIN")
    iris.does("part", channel="#tea", text="off to bed")
    assert wendy.hears("PART").text == f":{iris.mask} PART #tea :off to bed"
    iris.does("quit", text="see you")
    assert wendy.hears("QUIT").text == f":{iris.mask} QUIT :Quit: see you"
    assert iris.window.ends() == (1 if iris.program.name == "sic" else 0)


def test_her_program_is_killed(iris: Person, wendy: RawClient):  # QUIT
    iris.joins("#lobby")
    wendy.hears("JOIN")
    os.kill(iris.window.pid, signal.SIGKILL)
    gone = wendy.hears("QUIT")
    assert gone.source == iris.mask
    assert gone.params[0].endswith("Connection closed")


def test_the_server_is_restarted(iris: Person, wendy: RawClient, server: ServerProcess):
    iris.joins("#den")
    server.end(signal.SIGTERM)
    if not iris.program.reconnects:
        iris.sees("cut")
        assert iris.window.ends() == 1
    server.start()
    if iris.program.reconnects:
        iris.sees("joined", nick="iris", mask="~iris@localhost", channel="#den", times=2)
        is_operator_again(iris, server)
        iris.looks_at(STATUS)
        iris.sees("cut")


def is_operator_again(iris: Person, server: ServerProcess) -> None:
    """She has her place in #den, and is heard there."""
    with RawClient(server.port).registers("wendy").joins("#den") as wendy:
        names = next(line for line in wendy.heard if line.command == "353")
        assert set(names.params[-1].split()) == {"@iris", "wendy"}
        iris.says("back again")
        assert wendy.hears("PRIVMSG").text == f":{iris.mask} PRIVMSG #den :back again"
