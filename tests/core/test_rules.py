"""What may happen: one check for each kind of fact, and what nobody may learn by asking (hostile inputs 7, P03)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts, permissions, rules
from ipcchat.core.apply.meaning import check
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import AnyFact
from ipcchat.core.limits import Limits
from ipcchat.core.permissions import RELATIONS, Asked
from ipcchat.core.state import Channel, ListedMask, State, User
from tests.core.net import ALL_CAPS, Net, Talker

ID = b"x" * 16


def outcome(net: Net, fact: AnyFact) -> str:
    """What the check says: "" for yes, "-" for nothing to do, or the numeric of the refusal."""
    before = net.engine.state.digest()
    try:
        check(net.engine.state, fact)
    except Refusal as refusal:
        return refusal.numeric.code
    except Ignored:
        return "-"
    finally:
        assert net.engine.state.digest() == before
    return ""


ABSENT: list[AnyFact] = [
    facts.UserLeft(ID, 0, "gone"),
    facts.NickChanged(ID, 0, "gone", nick="new"),
    facts.AwayChanged(ID, 0, "gone", text="x"),
    facts.RealnameChanged(ID, 0, "gone", realname="x"),
    facts.HostChanged(ID, 0, "gone", user="x", host="y"),
    facts.UserModesChanged(ID, 0, "gone", added="i"),
    facts.Joined(ID, 0, "gone", channel="#tea"),
    facts.Parted(ID, 0, "gone", channel="#tea"),
    facts.Kicked(ID, 0, "gone", channel="#tea"),
    facts.Invited(ID, 0, "gone", channel="#tea"),
    facts.TopicChanged(ID, 0, "gone", channel="#tea"),
    facts.ChannelModesChanged(ID, 0, "gone", channel="#tea"),
    facts.Posted(ID, 0, "gone", target="#tea"),
    facts.Hinted(ID, 0, "gone", target="#tea"),
    facts.AccountChanged(ID, 0, "gone", account="x"),
    facts.OperatorChanged(ID, 0, "gone", name="x"),
    facts.ChannelRenamed(ID, 0, "gone", channel="#tea", name="#cup"),
    facts.Knocked(ID, 0, "gone", channel="#tea"),
    facts.CallerRefused(ID, 0, "gone", recipient="x"),
    facts.CallersChanged(ID, 0, "gone", accepted=("x",)),
    facts.UserMetadataChanged(ID, 0, "gone", changes=(("x", "y"),)),
    facts.ChannelMetadataChanged(ID, 0, "gone", channel="#tea", changes=(("x", "y"),)),
    facts.Walloped(ID, 0, "gone", text="x"),
    facts.Uninvited(ID, 0, "gone", channel="#tea"),
]


@pytest.mark.parametrize("fact", ABSENT, ids=lambda fact: type(fact).__name__)
def test_what_somebody_wanted_goes_with_him(net, fact):
    net.join("ann", "#tea")
    assert outcome(net, fact) == "-"


def test_what_is_so_already_is_nothing_to_do(net):
    ann = net.join("ann", "#tea")
    uid = ann.session.uid
    assert outcome(net, facts.NickChanged(ID, 0, uid, nick="ann")) == "-"
    assert outcome(net, facts.NickChanged(ID, 0, uid, nick="Ann")) == ""
    assert outcome(net, facts.RealnameChanged(ID, 0, uid, realname="Ann")) == "-"
    assert outcome(net, facts.HostChanged(ID, 0, uid, user="~ann", host="127.0.0.1")) == "-"
    assert outcome(net, facts.HostChanged(ID, 0, uid, user="~ann", host="users.example")) == ""
    assert outcome(net, facts.Joined(ID, net.now.wall, uid, channel="#tea")) == "-"
    assert outcome(net, facts.NodeDown(ID, 0, "node", incarnation="nobody's")) == ""


def test_a_place_is_kept_for_its_minutes(net):
    net.join("ann", "#tea")
    lost = net.now.wall
    net.restart()
    channel, limit = net.engine.state.channels["#tea"], Limits().seat_minutes_max * 60_000
    assert not rules.is_vacant(net.engine.state, channel, lost + limit)
    assert rules.is_vacant(net.engine.state, channel, lost + limit + 1)
    ann = net.connect("ann").session.user
    assert permissions.kept_seat(net.engine.state, channel, ann, lost + limit)
    assert permissions.kept_seat(net.engine.state, channel, ann, lost + limit + 1) is None


# Secret channels. Two networks that differ in nothing but a secret channel give an outsider the same answers.

QUESTIONS = [
    f"{verb} {name}{rest}"
    for name in ("#Secret", "#secret", "#SECRET,#none", "#tea,#secret", "*secret*", "#*")
    for verb, rest in (
        ("NAMES", ""),
        ("LIST", ""),
        ("WHO", ""),
        ("MODE", ""),
        ("MODE", " b"),
        ("MODE", " +i"),
        ("MODE", " +o ann"),
        ("MODE", " beI"),
        ("MODE", " +f #tea"),
        ("TOPIC", ""),
        ("TOPIC", " :mine now"),
        ("PART", " :bye"),
        ("KICK", " ann :out"),
        ("KICK", " nobody"),
        ("INVITE ann", ""),
        ("INVITE nobody", ""),
        ("PRIVMSG", " :hello"),
        ("NOTICE", " :hello"),
        ("@+x=1 TAGMSG", ""),
        ("@label=L PRIVMSG", " :hello"),
        ("@label=L NOTICE", " :hello"),
        ("@label=L;+ipc-chat/key=0123456789abcdef PRIVMSG", " :hello"),
        ("CHATHISTORY LATEST", " * 10"),
        ("CHATHISTORY AROUND", " timestamp=2023-11-14T22:13:20.000Z 10"),
        ("CHATHISTORY BETWEEN", " msgid=journal-1 msgid=journal-9 10"),
    )
] + ["LIST", "NAMES", "WHO", "WHO *", "WHO ann", "WHO 127.*", "WHOIS ann", "WHOIS joe", "WHOWAS ann", "USERHOST ann"]
QUESTIONS += ["ISON ann", "INVITE", "MODE ann", "MOTD", "VERSION", "PRIVMSG ann :hello"]
QUESTIONS += ["JOIN #own", "MODE #own +f #SECRET", "MODE #own +f #none", "MODE #own +b ~c:#secret", "MODE #own b"]


def outsider(secret: str) -> Talker:
    """Somebody in a network where others do this to a channel that he is not in, or nothing (an empty `secret`)."""
    net = Net()
    ann, joe = net.join("ann", "#tea"), net.connect("joe")
    bob = net.join("bob", "#tea", ALL_CAPS)
    if secret:
        ann.says("JOIN #Secret", f"MODE #Secret +s{secret}", "TOPIC #Secret :hush")
        joe.says("JOIN #Secret key")
        ann.says("PRIVMSG #Secret :hush", "MODE #Secret +b *!*@nowhere", "INVITE joe #Secret")
    bob.forget()
    return bob


@pytest.mark.parametrize("modes", ["t", "i", "mk key", "tl 5", "b *!*@*"])
def test_a_secret_channel_is_as_if_it_did_not_exist(modes):  # RFC 2811 4.2.6; hostile inputs P01, P03
    bob, unknowing = outsider(modes), outsider("")
    assert "#Secret" in bob.node.engine.state.channels
    for question in QUESTIONS:
        assert bob.asks(question) == unknowing.asks(question), question
    assert not [line for line in bob.lines if "hush" in line]


def test_who_was_put_out_of_a_secret_channel_in_between_learns_nothing_new(net):
    ann, bob = net.join("ann", "#secret"), net.join("bob", "#secret")
    ann.says("MODE #secret +s")
    net.forget()
    net.journal.holding = True
    ann.says("KICK #secret bob")
    bob.says("PRIVMSG #secret :hello", "TOPIC #secret")
    net.journal.holding = False
    net.settle()
    assert bob.lines[1:] == [":test.net 403 bob #secret :No such channel"] * 2


# Ranks.


def ranked(**modes: str) -> tuple[State, Channel, dict[str, User]]:
    """#tea with these members, whose uids are their nicks."""
    state = State(Limits().network())
    people = {nick: User(nick, nick, "u", "h", "r", "n", 0, 0) for nick in modes}
    for user in people.values():
        state.add_user(user)
        user.channels = ("#tea",)
    channel = Channel("#tea", 0, members=modes)
    state.add_channel(channel)
    return state, channel, people


@pytest.mark.parametrize(
    ("rank", "victims"),
    [("", ""), ("v", ""), ("h", "vp"), ("o", "ohvp"), ("a", "ohvp"), ("q", "qaohvp"), ("hv", "vp"), ("qo", "qaohvp")],
)
def test_who_may_put_out_whom(rank, victims):  # Modern IRC, Channel Membership Prefixes
    """p has no prefix; whoever is not in the channel outranks nobody."""
    _, channel, people = ranked(me=rank, q="qo", a="ao", o="ov", h="h", v="v", p="")
    assert "".join(uid for uid in "qaohvp" if rules.outranks(channel, people["me"], uid)) == victims
    del channel.members["me"]
    assert not any(rules.outranks(channel, people["me"], uid) for uid in "qaohvp")


@pytest.mark.parametrize(
    ("letter", "lacking"),
    [
        ("q", {"": "o", "v": "o", "h": "o", "o": "", "a": "", "q": ""}),
        ("a", {"": "o", "v": "o", "h": "o", "o": "", "a": "", "q": ""}),
        ("o", {"": "o", "v": "o", "h": "o", "o": "", "a": "", "q": ""}),
        ("h", {"": "o", "v": "o", "h": "o", "o": "", "a": "", "q": ""}),
        ("v", {"": "h", "v": "h", "h": "", "o": "", "a": "", "q": ""}),
        ("b", {"": "h", "v": "h", "h": "", "o": "", "a": "", "q": ""}),
        ("t", {"": "h", "v": "h", "h": "", "o": "", "a": "", "q": ""}),
        ("Q", {"": "o", "v": "o", "h": "o", "o": "", "a": "", "q": ""}),
        ("P", dict.fromkeys(("", "v", "h", "o", "a", "q"), "operator")),
    ],
)
def test_who_may_change_what(letter, lacking):  # Modern IRC, MODE message
    for rank, expected in lacking.items():
        _, channel, people = ranked(me=rank, you="")
        change = facts.ModeChange(True, letter, "you")
        assert rules.lacking_rank(channel, people["me"], change) == expected, rank


def test_an_operator_of_the_network_has_no_rank_in_channels():
    _, channel, people = ranked(me="")
    people["me"].modes = "o"
    assert rules.lacking_rank(channel, people["me"], facts.ModeChange(True, "P")) == ""
    assert rules.lacking_rank(channel, people["me"], facts.ModeChange(True, "m")) == "h"
    assert rules.lacking_rank(channel, people["me"], facts.ModeChange(True, "q", "me")) == "o"


def test_where_there_is_an_owner_only_owners_appoint():
    _, channel, people = ranked(me="o", you="qo")
    for letter in "qa":
        for added in (True, False):
            assert rules.lacking_rank(channel, people["me"], facts.ModeChange(added, letter, "you")) == "q"
            assert rules.lacking_rank(channel, people["you"], facts.ModeChange(added, letter, "me")) == ""
        assert rules.lacking_rank(channel, people["me"], facts.ModeChange(False, letter, "me")) == ""


# What may be seen and said.


@pytest.mark.parametrize(
    ("flags", "hidden", "seen"),
    [
        (
            "nt",
            "",
            {
                "op": "op voiced plain me",
                "voiced": "op voiced plain me",
                "me": "op voiced plain me",
                "": "op voiced plain me",
            },
        ),
        (
            "nt",
            "plain",
            {"op": "op voiced me", "plain": "op voiced plain me", "me": "op voiced me", "": "op voiced me"},
        ),
        ("ntu", "", {"op": "op voiced plain me", "voiced": "op voiced", "me": "op voiced me", "": "op voiced"}),
        ("ntu", "plain", {"op": "op voiced me", "plain": "op voiced plain", "me": "op voiced me", "": "op voiced"}),
    ],
)
def test_who_sees_whom(flags, hidden, seen):  # https://docs.inspircd.org/4/modules/auditorium/
    _, channel, people = ranked(op="h", voiced="v", plain="", me="")
    channel.flags = flags
    channel.hidden = {hidden: None} if hidden else {}
    stranger = User("", "stranger", "u", "h", "r", "n", 0, 0)
    for viewer, expected in seen.items():
        user = people.get(viewer, stranger)
        assert " ".join(uid for uid in channel.members if rules.sees_member(channel, user, uid)) == expected, viewer


@pytest.mark.parametrize(
    ("flags", "bans", "account", "problems"),
    [
        ("", "", "", {"me": "", "voiced": "", "stranger": ""}),
        ("n", "", "", {"me": "", "voiced": "", "stranger": "+n"}),
        ("m", "", "", {"me": "+m", "voiced": "", "stranger": "+m"}),
        ("M", "", "", {"me": "+M", "voiced": "", "stranger": "+M"}),
        ("M", "", "acc", {"me": "", "voiced": "", "stranger": ""}),
        ("", "*!*@*", "", {"me": "+b", "voiced": "", "stranger": "+b"}),
        ("", "~m:*!*@*", "", {"me": "+b", "voiced": "", "stranger": "+b"}),
        ("", "~n:*!*@*", "", {"me": "", "voiced": "", "stranger": ""}),
    ],
)
def test_who_may_speak(flags, bans, account, problems):  # Modern IRC, Channel Modes
    state, channel, people = ranked(me="", voiced="v")
    people["stranger"] = User("stranger", "stranger", "u", "h", "r", "n", 0, 0)
    channel.flags = flags
    channel.lists = {"b": {bans: ListedMask("x", 0)}} if bans else {}
    for nick, expected in problems.items():
        people[nick].account = account
        problem = rules.speech_problem(state, channel, people[nick])
        assert problem.partition("(")[2].partition(":")[0] == expected, nick


@pytest.mark.parametrize(("flags", "inside", "outside"), [("n", 0, 0), ("nU", 1, 0), ("U", 1, 1)])
def test_whose_words_are_shown_to_operators(flags, inside, outside):  # https://docs.inspircd.org/4/modules/opmoderated/
    _, channel, people = ranked(me="")
    channel.flags = flags
    stranger = User("stranger", "stranger", "u", "h", "r", "n", 0, 0)
    assert rules.is_shown_to_operators(channel, people["me"]) == bool(inside)
    assert rules.is_shown_to_operators(channel, stranger) == bool(outside)


def test_bans_exceptions_and_invite_exceptions():  # Modern IRC, ban exception channel mode
    state, channel, people = ranked(me="")
    user, listed = people["me"], ListedMask("x", 0)
    assert not permissions.is_banned(state, channel, user)
    assert not RELATIONS["expected"](state, channel, user, Asked())
    channel.lists = {"b": {"*!*@*": listed}, "I": {"me!*@*": listed}}
    assert permissions.is_banned(state, channel, user)
    assert RELATIONS["expected"](state, channel, user, Asked())
    channel.lists["e"] = {"~m:me!*@*": listed}
    assert permissions.is_banned(state, channel, user)
    assert not permissions.is_banned(state, channel, user, "m")
    channel.lists["e"] = {"me!*@*": listed}
    assert not permissions.is_banned(state, channel, user)


@pytest.mark.parametrize(("flags", "known", "listed"), [("n", 1, 1), ("p", 1, 0), ("s", 0, 0)])
def test_who_may_know_of_a_channel(flags, known, listed):  # RFC 2811 4.2.6
    _, channel, people = ranked(me="")
    channel.flags = flags
    stranger = User("stranger", "stranger", "u", "h", "r", "n", 0, 0)
    assert (rules.may_know(channel, stranger), rules.is_listed_for(channel, stranger)) == (bool(known), bool(listed))
    assert rules.may_know(channel, people["me"]) and rules.is_listed_for(channel, people["me"])
