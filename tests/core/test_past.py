"""Which spans of the past a user may see, and what histories are called (core/past.py)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcchat.core import facts, past
from ipcchat.core.effects import Spans
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import State
from tests.core.deeds import comes, happened, has_account, is_logged_in
from tests.core.net import Net, Talker


def spans(net: Net, talker: Talker, name: str = "#tea") -> Spans:
    """What he may see of a channel."""
    state = net.engine.state
    return past.of_channel(state, talker.user, state.channels[name])


def seen(net: Net, talker: Talker) -> list[str]:
    """The texts of the messages in #tea that he may see."""
    posts = [(each.seq, each.fact.text) for each in net.journal.entries if isinstance(each.fact, facts.Posted)]
    shown = spans(net, talker)
    return [text for seq, text in posts if any(after < seq <= through for after, through in shown)]


def scene() -> tuple[Net, Talker, Talker]:
    """Ann (an account) was in #tea while 2 and 4 were said; bob said them."""
    net = Net()
    has_account(net, "ann")
    bob, ann = net.join("bob", "#tea"), comes(net, "ann")
    bob.says("PRIVMSG #tea :1")
    ann.says("JOIN #tea")
    bob.says("PRIVMSG #tea :2")
    ann.says("PART #tea")
    bob.says("PRIVMSG #tea :3")
    ann.says("JOIN #tea")
    bob.says("PRIVMSG #tea :4")
    return net, bob, ann


def test_an_open_channel_shows_all_to_its_members():
    net, bob, ann = scene()
    assert seen(net, ann) == seen(net, bob) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("mode", ["+i", "+k key", "+s"])
def test_a_private_one_shows_what_was_said_while_one_was_there(mode):
    net, bob, ann = scene()
    bob.says(f"MODE #tea {mode}")
    assert seen(net, ann) == ["2", "4"]
    assert seen(net, bob) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("mode", ["i", "k key", "s"])
def test_what_was_said_in_private_is_not_opened_by_opening_the_channel(mode):
    net, bob, ann = scene()
    ann.says("PART #tea")
    bob.says(f"MODE #tea +{mode}", "PRIVMSG #tea :5", f"MODE #tea -{mode}", "PRIVMSG #tea :6")
    ann.says("JOIN #tea")
    assert seen(net, ann) == ["1", "2", "3", "4", "6"]
    assert seen(net, bob) == ["1", "2", "3", "4", "5", "6"]
    assert restored_sees(net, "ann") == spans(net, ann)


def test_who_has_two_users_in_a_channel_sees_the_stays_of_both():
    """Two clients of one account that do not share a user: neither stay is over."""
    net, bob, ann = scene()
    bob.says("MODE #tea +s", "PRIVMSG #tea :5")
    other = comes(net, "annie", "ann")
    bob.says("INVITE annie #tea")
    other.says("JOIN #tea")
    assert other.user is not ann.user
    bob.says("PRIVMSG #tea :6")
    assert seen(net, other) == seen(net, ann) == ["2", "4", "5", "6"]
    assert restored_sees(net, "annie") == spans(net, other)
    ann.says("PART #tea")
    bob.says("PRIVMSG #tea :7")
    assert seen(net, other) == ["2", "4", "5", "6", "7"]


def test_people_without_an_account_share_no_stay():
    net, bob, _ = scene()
    bob.says("MODE #tea +s", "PRIVMSG #tea :5")
    cat = net.join("cat", "#tea")
    bob.says("PRIVMSG #tea :6")
    assert seen(net, cat) == ["6"]


def restored_sees(net: Net, nick: str) -> Spans:
    """What somebody may see of #tea after a start from a snapshot."""
    state = State(NetworkLimits())
    state.restore(net.engine.snapshot())
    return past.of_channel(state, state.nicks[nick], state.channels["#tea"])


def test_the_oldest_private_parts_become_one():
    net, bob, ann = scene()
    ann.says("PART #tea")
    net.engine.state.limits = msgspec.structs.replace(net.engine.state.limits, visits_per_channel_max=2)
    for number in range(5, 11):
        bob.says(f"MODE #tea {'+s' if number % 2 else '-s'}", f"PRIVMSG #tea :{number}")
    ann.says("JOIN #tea")
    assert seen(net, ann) == ["1", "2", "3", "4", "8", "10"]
    assert len(net.engine.state.channels["#tea"].closed) == 4


def test_a_guest_has_his_present_stay():
    net, bob, ann = scene()
    ann.says("MODE #tea +o bob")
    bob.says("MODE #tea +o ann", "CYCLE #tea", "PRIVMSG #tea :5")
    ann.says("MODE #tea +s")
    assert seen(net, bob) == ["5"]


@pytest.mark.parametrize(("value", "texts"), [("all", ["1", "2", "3", "4"]), ("joined", ["2", "4"])])
@pytest.mark.parametrize("mode", ["-s", "+s"])
def test_the_setting_of_a_registered_channel_counts_more_than_its_modes(mode, value, texts):
    net, bob, ann = scene()
    bob.says(f"MODE #tea {mode}")
    net.engine.state.channels["#tea"].settings["history"] = value
    assert seen(net, ann) == texts


def test_nothing_from_before_a_private_channel_was_founded_again():
    net, bob, ann = scene()
    bob.says("MODE #tea +s", "PART #tea")
    ann.says("PART #tea", "JOIN #tea")
    bob.says("JOIN #tea", "PRIVMSG #tea :5")
    assert seen(net, ann) == ["5"]
    assert seen(net, bob) == ["5"]


def test_of_channels_has_those_that_he_is_in():
    net, bob, ann = scene()
    ann.says("JOIN #ops")
    assert list(past.of_channels(net.engine.state, ann.user)) == ["#tea", "#ops"]
    assert list(past.of_channels(net.engine.state, bob.user)) == ["#tea"]


def test_spans_that_meet_are_one_and_empty_ones_none():
    assert past.merged([(5, 9), (1, 3), (3, 4), (7, 8), (9, 9), (12, 10)]) == ((1, 4), (5, 9))


def test_an_account_of_the_name_of_a_deleted_one_gets_nothing_of_it():
    net, bob, ann = scene()
    happened(net, facts.AccountDeleted, ann, account="ann")
    net.pass_time(1)
    again = net.connect("ann")
    is_logged_in(net, again, "ann")
    since = past.account_after(net.engine.state, again.user)
    assert since == net.engine.state.seq - 1  # its registration
    assert past.of_conversation(net.engine.state, again.user) == ((since, net.engine.state.seq),)
    assert past.account_after(net.engine.state, bob.user) == net.engine.state.seq


# Conversations.


def names(net: Net, reader: Talker, *nicks: str) -> dict[str, str]:
    """The histories of what he and others wrote to each other."""
    return {nick: past.conversation_with(net.engine.state, reader.user, nick) for nick in nicks}


def test_a_conversation_is_with_an_account_or_else_with_a_nick():
    net = Net()
    for name in ("ann", "bob"):
        has_account(net, name)
    ann, bob, eve = comes(net, "ann"), comes(net, "bob"), net.connect("Eve")
    assert names(net, ann, "BOB", "eve", "~eve", "nobody", "~bob") == {
        "BOB": "@ann bob",
        "eve": "@ann ~eve",
        "~eve": "@ann ~eve",
        "nobody": "@ann ~nobody",
        "~bob": "@ann ~bob",
    }
    bob.says("NICK robert")
    assert names(net, ann, "robert", "bob") == {"robert": "@ann bob", "bob": "@ann bob"}
    is_logged_in(net, eve, "eve")
    eve.says("NS GROUP", "NICK evelyn", "NS GROUP", "QUIT")
    assert names(net, ann, "evelyn", "eve") == {"evelyn": "@ann eve", "eve": "@ann eve"}


def test_histories_have_the_names_of_today():
    net = Net()
    for name in ("ann", "bob"):
        has_account(net, name)
    ann, bob = comes(net, "ann"), comes(net, "bob")
    eve, dan = net.connect("Eve"), net.join("dan", "#tea")
    bob.says("NICK robert")
    dan.says("RENAME #tea #coffee")
    found = past.Names(net.engine.state, ann.user)
    histories = ("#tea", "#none", "@ann bob", "@ann ~eve", "@ann ~gone", "@ann deleted", "@ann ann", "@ann zoe")
    assert [found.called(name) for name in histories] == [
        "#coffee",
        "",
        "robert",
        "Eve",
        "gone",
        "deleted",
        "ann",
        "zoe",
    ]
    is_logged_in(net, eve, "eve")
    names = past.Names(net.engine.state, ann.user)
    assert [names.called("@ann eve"), names.called("@ann ~eve")] == ["Eve", "~eve"]
    bob.says("QUIT")
    assert (
        past.Names(net.engine.state, ann.user).called("@ann bob") == "bob"
    )  # nobody is there: it is called like the account


def test_of_two_who_are_logged_in_to_an_account_the_one_counts_who_is_called_like_it():
    net = Net()
    for name in ("ann", "bob"):
        has_account(net, name)
    ann, other = comes(net, "ann"), net.connect("zoe")
    is_logged_in(net, other, "bob")
    is_logged_in(net, net.connect("yan"), "bob")
    assert past.Names(net.engine.state, ann.user).called("@ann bob") == "zoe"
    comes(net, "bob")
    assert past.Names(net.engine.state, ann.user).called("@ann bob") == "bob"


# Whatever people do, a private channel's past is for each what he heard there.


class Hearing:
    """People who come and go in #tea, which is +s, and what they may read: what they heard since they came or logged
    out, and with an account what was heard on its earlier stays, and on that of the other one who has it."""

    def __init__(self) -> None:
        self.net = Net()
        self.founder = self.net.join("dan", "#tea")
        self.founder.says("MODE #tea +s")
        for account in ACCOUNTS:
            has_account(self.net, account)
        self.people = [self.net.connect(f"p{number}", "draft/chathistory") for number in range(2)]
        is_logged_in(self.net, self.people[0], "ann")
        self.before: dict[str, set[int]] = {"": set(), **{account: set() for account in ACCOUNTS}}
        self.now: list[set[int]] = [set() for _ in self.people]
        self.count = 0

    def is_in(self, who: int) -> bool:
        """Whether somebody is in #tea."""
        return "#tea" in self.people[who].user.channels

    def do(self, what: str, who: int) -> None:
        """One step: somebody comes or goes, the founder says something, or somebody logs in or out."""
        talker = self.people[who]
        account = talker.user.account
        if what == "say":
            self.say()
        elif what == "kick":
            self.founder.says(f"KICK #tea p{who}")
        elif what == "lose":
            talker.says("QUIT")
            self.people[who] = self.net.connect(f"p{who}", "draft/chathistory")
        elif what in ("JOIN", "PART", "CYCLE"):
            talker.says(f"{what} #tea")
        else:
            happened(self.net, facts.AccountChanged, talker, account=what)
        is_another = what in self.before and account not in ("", what)
        if is_another or what in ("PART", "CYCLE", "kick", "lose"):
            self.before[account] |= self.now[who] if account else set()
            self.now[who] = set()

    def say(self) -> None:
        """Something that is heard by those who are there."""
        self.count += 1
        self.founder.says(f"PRIVMSG #tea :{self.count}")
        for each in filter(self.is_in, range(len(self.people))):
            self.now[each].add(self.count)

    def check(self) -> None:
        """Everybody reads that, no more and no less."""
        for who, talker in enumerate(self.people):
            if self.is_in(who):
                lines = talker.asks("CHATHISTORY LATEST #tea * 100")
                read = {int(line.rpartition(":")[2]) for line in lines if " PRIVMSG " in line}
                assert read == self.before[talker.user.account].union(*(self.now[each] for each in self.one(who)))

    def one(self, who: int) -> list[int]:
        """Those who are in #tea under the same account, himself among them; who has none is alone."""
        account = self.people[who].user.account
        present = filter(self.is_in, range(len(self.people)))
        return [each for each in present if each == who or (account and self.people[each].user.account == account)]


ACCOUNTS = ("ann", "bob")
_steps = st.lists(
    st.tuples(
        st.sampled_from(["say"] * 4 + ["JOIN"] * 3 + ["PART", "CYCLE", "kick", "lose", "", *ACCOUNTS]),
        st.integers(0, 1),
    ),
    min_size=20,
    max_size=50,
)


@settings(max_examples=80, deadline=None)
@given(_steps)
def test_each_reads_what_he_heard(steps: list[tuple[str, int]]) -> None:
    play = Hearing()
    for what, who in steps:
        play.do(what, who)
        play.check()
