"""Answers as values: RFC 2812 5.1, Modern IRC "Numerics", IRCv3 whox, bot-mode; lines as several servers send them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client import results
from ipcchat.client.results import ListedChannel, ListEntry, NamedMember, WhoEntry, Whois, Whowas
from ipcchat.client.support import Support
from ipcchat.wire.message import Message, parse

TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def support(*tokens: str) -> Support:
    told = Support()
    told.accept(["PREFIX=(qaov)~&@+", "CHANTYPES=#&", "BOT=B", *tokens])
    return told


def answer(*lines: str) -> list[Message]:
    return [parse(f":irc.test {line}") for line in lines]


def test_whois_with_everything() -> None:
    """Modern IRC: all lines of WHOIS; what has no field of its own is kept as text."""
    found = results.read_whois(
        support(),
        answer(
            "311 ann bob ~b b.test * :Bob B.",
            "319 ann bob :#tea @#ops",
            "319 ann bob :~@&local",
            "312 ann bob irc.test :A server",
            "313 ann bob :is an IRC operator",
            "317 ann bob 65 1767323045 :seconds idle, signon time",
            "301 ann bob :lunch",
            "330 ann bob bobby :is logged in as",
            "335 ann bob :is a bot",
            "307 ann bob :has identified for this nick",
            "671 ann bob :is using a secure connection",
            "276 ann bob :has client certificate fingerprint abc123",
            "379 ann bob :is using modes +iB",
            "378 ann bob :is connecting from *@10.0.0.1 10.0.0.1",
            "320 ann bob :likes tea",
            "318 ann bob :End of /WHOIS list",
        ),
    )
    assert found == Whois(
        nick="bob",
        user="~b",
        host="b.test",
        realname="Bob B.",
        account="bobby",
        away="lunch",
        server="irc.test",
        server_text="A server",
        channels=(("", "#tea"), ("@", "#ops"), ("~@", "&local")),
        idle_seconds=65,
        signed_on=TIME,
        operator="is an IRC operator",
        bot=True,
        secure=True,
        certificate="abc123",
        registered=True,
        modes="+iB",
        actual="*@10.0.0.1 10.0.0.1",
        more=("likes tea",),
    )


def test_whois_with_little() -> None:
    """RFC 1459: 317 without the time of signing on; 338 in its three forms; nobody there."""
    found = results.read_whois(support(), answer("311 ann bob b b.test * :Bob", "317 ann bob 5 :seconds idle"))
    assert found == Whois(nick="bob", user="b", host="b.test", realname="Bob", idle_seconds=5)
    forms = ("338 ann bob :is actually b@h", "338 ann bob h.test :using host", "338 ann bob b@h 1.2.3.4 :using host")
    actual = [results.read_whois(support(), answer(line)) for line in forms]
    assert [who.actual for who in actual if who] == ["is actually b@h", "h.test", "b@h 1.2.3.4"]
    assert results.read_whois(support(), answer("318 ann bob :End of /WHOIS list")) is None


def test_whowas() -> None:
    """RFC 2812 3.6.3: 314 and 312 for each."""
    lines = answer(
        "312 ann nobody x :noise",
        "314 ann bob b b.test * :Bob",
        "312 ann bob irc.test :Fri Jan 2 2026",
        "314 ann bob c c.test * :Older",
        "369 ann bob :End",
    )
    assert results.read_whowas(lines) == [
        Whowas(nick="bob", user="b", host="b.test", realname="Bob", server="irc.test", left="Fri Jan 2 2026"),
        Whowas(nick="bob", user="c", host="c.test", realname="Older"),
    ]


def test_who_plain_and_extended() -> None:
    """RFC 2812 352 and IRCv3 whox 354: "0" is logged out, "*" no channel; the bot's flag is not a rank."""
    lines = answer(
        "352 ann #tea b b.test irc.test bob G*~@B :0 Bob B.",
        "354 ann 742 * e e.test irc.test eve H 0 :Eve",
        "354 ann 742 #tea e e.test irc.test eve H+ evelyn :Eve",
        "354 ann 111 x",
        "315 ann #tea :End",
    )
    bob, eve, eve_again = results.read_who(support(), lines)
    assert bob == WhoEntry(
        nick="bob",
        user="b",
        host="b.test",
        server="irc.test",
        channel="#tea",
        away=True,
        operator=True,
        bot=True,
        prefixes="~@",
        realname="Bob B.",
    )
    assert (eve.channel, eve.account, eve.away, eve.operator, eve.bot, eve.prefixes) == (
        "",
        "",
        False,
        False,
        False,
        "",
    )
    assert (eve_again.account, eve_again.prefixes, eve_again.realname) == ("evelyn", "+", "Eve")


def test_channels_names_and_masks() -> None:
    """RFC 2812 3.2.5, 3.2.6, 3.2.3 (368 with setter and time as servers send them); 728 has the letter too."""
    assert results.read_list(
        answer("321 ann Channel :Users Name", "322 ann #tea 5 :hot", "322 ann #ops x", "323 a :E")
    ) == [
        ListedChannel(name="#tea", members=5, topic="hot"),
        ListedChannel(name="#ops", members=0),
    ]
    assert results.read_names(support(), answer("353 ann = #tea :~@bob!b@b.test eve", "366 ann #tea :End")) == [
        NamedMember(nick="bob", prefixes="~@", user="b", host="b.test"),
        NamedMember(nick="eve"),
    ]
    assert results.read_masks(
        answer(
            "367 ann #tea *!*@a bob!b@b 1767323045", "367 ann #tea *!*@b", "728 ann #tea q *!*@c eve 5", "368 ann :E"
        )
    ) == [
        ListEntry(mask="*!*@a", by="bob", time=TIME),
        ListEntry(mask="*!*@b"),
        ListEntry(mask="*!*@c", by="eve", time=datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)),
    ]


def test_monitor_and_metadata() -> None:
    """IRCv3 monitor 730 and 731, draft/metadata-2 761, 770, 772."""
    assert results.read_monitor_status(answer("730 ann :bob!b@b,eve", "731 ann :dan")) == {
        "dan": False,
        "bob": True,
        "eve": True,
    }
    assert results.read_metadata(answer("761 ann bob url * :http://x", "761 ann bob", "766 ann bob k :no")) == {
        "url": "http://x"
    }
    assert results.read_keys(answer("770 ann url avatar", "770 ann :a b", "772 ann x"), "770") == [
        "url",
        "avatar",
        "a",
        "b",
    ]


def test_texts() -> None:
    """Modern IRC: HELP and MOTD; a closing line that only says so is left out, one with content is not."""
    lines = answer("704 ann TOPIC :TOPIC", "705 ann TOPIC :Sets it.", "706 ann TOPIC :End of /HELP")
    assert results.read_text(lines, "704", "705", "706") == "TOPIC\nSets it."
    assert results.read_text(answer("705 ann * :one", "706 ann * :two"), "705", "706") == "one\ntwo"
    assert results.read_text([], "372") == ""


PARAMS = st.lists(st.sampled_from(["ann", "bob", "#tea", "", "G*", "742", "b!b@b", "x y", "²", "9" * 30]), max_size=12)
READ_CODES = "311 312 317 319 338 276 379 378 352 354 322 353 367 728 730 761 314 705"
CODES = st.sampled_from(READ_CODES.split())


@given(st.lists(st.builds(lambda code, params: Message(code, params), CODES, PARAMS), max_size=6))
def test_a_hostile_answer_raises_nothing(lines: list[Message]) -> None:
    results.read_whois(support(), lines)
    results.read_whowas(lines)
    results.read_who(support(), lines)
    results.read_list(lines)
    results.read_names(support(), lines)
    results.read_masks(lines)
    results.read_monitor_status(lines)
    results.read_metadata(lines)
    results.read_keys(lines, "770")
    results.read_text(lines, "705")
