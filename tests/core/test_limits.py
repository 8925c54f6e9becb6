"""Every limit that clients are told is the one that is enforced, at its value and one above (hostile input O04)."""

from __future__ import annotations

import pytest

from ipcchat.core import support
from ipcchat.core.limits import Limits, NetworkLimits
from ipcchat.core.metadata import KEY_BYTES_MAX
from ipcchat.core.settings import Settings
from tests.core.net import ALL_CAPS, Net

SMALL = Limits(
    nick_bytes_max=9,
    user_characters_max=6,
    realname_bytes_max=11,
    channel_bytes_max=12,
    topic_bytes_max=13,
    away_bytes_max=14,
    kick_bytes_max=15,
    key_characters_max=4,
    masks_per_list_max=2,
    modes_per_command_max=3,
    channels_per_user_max=2,
    targets_per_message_max=2,
    targets_per_command_max=3,
    history_messages_max=2,
)


@pytest.fixture(params=[Limits(), SMALL], ids=["as they are", "small"])
def limits(request: pytest.FixtureRequest) -> Limits:
    """Two sets of limits: what is enforced follows what is told."""
    chosen: Limits = request.param
    return chosen


def told(limits: Limits, name: str) -> int:
    """The number that ISUPPORT tells."""
    tokens = support.supported(Settings(limits=limits))
    if "." in name:
        token, _, key = name.partition(".")
        return int(dict(pair.split(":") for pair in tokens[token].split(","))[key])
    return int(tokens[name])


@pytest.mark.covers("ISUPPORT NICKLEN", "ISUPPORT USERLEN")
def test_nicklen_and_userlen(limits):
    net = Net(limits=limits)
    ann = net.connect("a" * told(limits, "NICKLEN"))
    assert ann.says("NICK " + "b" * (told(limits, "NICKLEN") + 1))[0].split()[1] == "432"
    bob = net.dial()
    bob.says("NICK b", "USER " + "u" * 100 + " 0 * :x")
    assert len(bob.session.user.user) == told(limits, "USERLEN")  # type: ignore[union-attr]


def test_namelen(limits):
    net = Net(limits=limits)
    most = told(limits, "NAMELEN")
    ann = net.dial()
    ann.says("NICK ann", "USER ann 0 * :" + "x" * (most + 1))
    assert ann.session.user.realname == "x" * most  # type: ignore[union-attr]
    ann.forget()
    ann.says("SETNAME :" + "y" * (most + 1))
    assert ann.numerics == ["400"]
    ann.says("SETNAME :" + "y" * most)
    assert ann.session.user.realname == "y" * most  # type: ignore[union-attr]


def test_channellen(limits):
    net = Net(limits=limits)
    ann = net.connect("ann")
    most = told(limits, "CHANNELLEN")
    assert "JOIN" in ann.says("JOIN #" + "x" * (most - 1))[0]
    assert " 476 " in ann.says("JOIN #" + "x" * most)[0]


@pytest.mark.parametrize(
    ("token", "said"), [("TOPICLEN", "TOPIC #tea :{}"), ("KICKLEN", "PART #tea :{}"), ("KICKLEN", "KICK #tea ann :{}")]
)
def test_texts_are_cut_at_what_was_told(limits, token, said):
    net = Net(limits=limits)
    ann = net.join("ann", "#tea")
    most = told(limits, token)
    (line,) = ann.says(said.format("x" * (most + 1)))
    assert line.endswith(" :" + "x" * most)


def test_awaylen(limits):
    ann = Net(limits=limits).connect("ann")
    ann.says("AWAY :" + "x" * 400)
    assert ann.session.user.away == "x" * told(limits, "AWAYLEN")  # type: ignore[union-attr]


def test_keylen(limits):
    ann = Net(limits=limits).join("ann", "#tea")
    most = told(limits, "KEYLEN")
    assert "MODE" in ann.says("MODE #tea +k " + "x" * most)[0]
    assert " 696 " in ann.says("MODE #tea +k " + "x" * (most + 1))[0]


def test_maxlist_and_modes(limits):
    ann = Net(limits=limits).join("ann", "#tea")
    masks, changes = told(limits, "MAXLIST.beI"), told(limits, "MODES")
    (line,) = ann.says("MODE #tea +" + "b" * 20 + " " + " ".join(f"m{number}" for number in range(20)))[-1:]
    assert line.count("!*@*") == min(masks, changes)
    for number in range(masks + 1):
        ann.says(f"MODE #tea +b m{number}")
    assert ann.numerics[-1] == "478"
    assert len(ann.node.engine.state.channels["#tea"].lists["b"]) == masks


def test_chanlimit(limits):
    ann = Net(limits=limits).connect("ann")
    most = told(limits, "CHANLIMIT.#")
    ann.says(*[f"JOIN #{number}" for number in range(most)])
    assert ann.says("JOIN #more")[0].split()[1] == "405"
    assert len(ann.session.user.channels) == most  # type: ignore[union-attr]


@pytest.mark.parametrize("verb", ["JOIN", "PART", "NAMES", "LIST", "KICK", "WHOIS", "PRIVMSG", "NOTICE", "TAGMSG"])
def test_targmax(limits, verb):  # hostile inputs O08, O09
    net = Net(limits=limits)
    ann = net.join("ann", "#tea", ALL_CAPS)
    net.connect("bob")
    ann.forget()
    most = told(limits, f"TARGMAX.{verb}")
    head, tail = {"KICK": ("KICK #tea", ""), "TAGMSG": ("@label=L;+x=1 TAGMSG", "")}.get(
        verb, (f"@label=L {verb}", " :x")
    )
    for count, refused in ((most, False), (most + 1, True)):
        names = ",".join(f"{'#' if verb != 'KICK' else 'n'}{number}" for number in range(count))
        ann.says(f"{head} {names}{tail if verb in ('PRIVMSG', 'NOTICE', 'PART') else ''}")
        if verb != "WHOIS":  # It answers for the first one.
            assert ("407" in ann.numerics) is refused


def test_maxtargets_is_that_of_messages(limits):
    assert told(limits, "MAXTARGETS") == told(limits, "TARGMAX.PRIVMSG") == limits.targets_per_message_max


def test_chathistory(limits):
    ann = Net(limits=limits).join("ann", "#tea")
    most = told(limits, "CHATHISTORY")
    ann.says(*["PRIVMSG #tea :x"] * (most + 1))
    assert len(ann.says(f"CHATHISTORY LATEST #tea * {most + 1}")) == most


def test_the_longest_texts_still_fit_with_the_longest_names(net):  # RFC 1459 2.3; hostile input F10
    ann, bob = net.dial(host="h" * 63), net.dial(host="h" * 63)
    for talker, nick in ((ann, "a" * 32), (bob, "b" * 32)):
        talker.says(f"NICK {nick}", f"USER {'u' * 30} 0 * :{'r' * 150}")
    room, text = "#" + "x" * 63, "t" * 400
    ann.says(f"JOIN {room}")
    bob.says(f"JOIN {room}", f"AWAY :{text}")
    ann.says(f"TOPIC {room} :{text}", f"KICK {room} {'b' * 32} :{text}", f"PRIVMSG {'b' * 32} :x", f"WHOIS {'b' * 32}")
    bob.says(f"JOIN {room}", "WHO *", f"QUIT :{text}")
    lines = [line.encode() for line in (*ann.lines, *bob.lines)]
    assert max(map(len, lines)) <= 510


def test_every_limit_is_a_positive_number():
    limits = Limits()
    assert all(getattr(limits, name) > 0 for name in limits.__struct_fields__)


def test_the_networks_part_is_what_all_nodes_share():
    assert SMALL.network() == NetworkLimits(masks_per_list_max=2, channels_per_user_max=2)


N, U, H, C = ("x" * size for size in (32, 20, 63, 64))
MASK = f"{N}!{U}@{H}"
LONGEST = {
    "topic": ([f":{MASK} TOPIC {C} :", f":{H} 332 {N} {C} :", f":{H} 322 {N} {C} 10000 :"], "topic_bytes_max"),
    "away": ([f":{MASK} AWAY :", f":{H} 301 {N} {N} :"], "away_bytes_max"),
    "kick": ([f":{MASK} KICK {C} {N} :", f":{MASK} PART {C} :", f":{MASK} RENAME {C} {C} :"], "kick_bytes_max"),
    "quit": ([f":{MASK} QUIT :Quit: "], "quit_bytes_max"),
    "knock": ([f":{H} 710 {C} {C} {MASK} :has asked for an invite: "], "knock_bytes_max"),
    "realname": ([f":{MASK} JOIN {C} {N} :", f":{H} 311 {N} {N} {U} {H} * :"], "realname_bytes_max"),
    "metadata": ([f":{MASK} METADATA {C} {'k' * KEY_BYTES_MAX} * :"], "metadata_value_bytes_max"),
}


@pytest.mark.parametrize("name", LONGEST)
def test_each_text_fits_with_the_longest_names(name):  # RFC 2812 2.3: 512 bytes
    limits = Limits()
    assert [limits.nick_bytes_max, limits.user_characters_max, limits.host_bytes_max, limits.channel_bytes_max] == [
        len(word) for word in (N, U, H, C)
    ]
    heads, limit = LONGEST[name]
    assert max(map(len, heads)) + getattr(limits, limit) + len("\r\n") <= limits.line_bytes_max
