"""When somebody is pushed to, and what."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import pushing
from ipcchat.core.pushing import BETWEEN_SECONDS, HOLD_SECONDS, IDLE_SECONDS, LINE_BYTES_MAX, words
from tests.core.deeds import comes, has_account
from tests.core.hooking import comes_in, founder
from tests.core.hooking import says as hook_says
from tests.core.net import Net, Talker
from tests.core.webpush import CAPS, ENDPOINT, pushing_net, subscriber, taken

BOB = ":bob!~bob@127.0.0.1"


@pytest.fixture
def net() -> Net:
    return pushing_net()


@pytest.fixture
def ann(net: Net) -> Talker:
    """Somebody with an account who is not connected any more."""
    ann = subscriber(net)
    ann.hangs_up()
    return ann


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    return net.join("bob", "#tea", "message-tags echo-message draft/multiline batch")


def after(net: Net, seconds: float = 0.25) -> list[str]:
    """What is pushed within so many seconds."""
    net.pass_time(seconds)
    return taken(net)


def test_a_private_message_is_pushed_at_once_to_who_is_not_connected(net: Net, bob: Talker):
    bob.says("PRIVMSG ann :are you there?")
    net.pass_time(0.25)
    (push,) = net.pushed
    tags, _, line = push.line.decode().partition(" ")
    assert line == f"{BOB} PRIVMSG ann :are you there?"
    assert tags == f"@time=2023-11-14T22:13:20.000Z;msgid=journal-{len(net.journal.entries):x}"
    assert (push.account, push.endpoint, push.urgent) == ("ann", ENDPOINT, True)
    assert len(push.topic) == 32  # RFC 8030 5.4


def test_a_mention_is_pushed(net: Net, bob: Talker):
    bob.says("PRIVMSG #tea :nobody of you", "PRIVMSG #tea :hello ANN, tea?")
    assert after(net) == [f"{BOB} PRIVMSG #tea :hello ANN, tea?"]


@pytest.mark.parametrize(
    "text", ["ann", "@ann!", "(ann)", "ann's cup", "x [ann] y", "`ann`", "\u00abann\u00bb", "ann\u2026"]
)
def test_a_nick_is_a_word_of_its_own(net: Net, bob: Talker, text: str):
    bob.says(f"PRIVMSG #tea :{text}")
    assert len(after(net)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "PRIVMSG #tea :joanna ann_ ann-marie ann1 \u00e4ann",
        "PRIVMSG #tea :see https://example.org/ann?ann=1",
        "NOTICE ann :beep",
        "NOTICE #tea :ann",
        "PRIVMSG ann :\x01VERSION\x01",
        "@+draft/react=x TAGMSG ann",
        "@+typing=active TAGMSG ann",
    ],
)
def test_everything_else_calls_nobody(net: Net, bob: Talker, line: str):
    bob.says(line)
    assert after(net, 100) == []


def test_what_is_said_to_those_with_a_rank_is_pushed_to_them_alone(net: Net):
    ann, eve = subscriber(net), subscriber(net, "eve", "https://p.example/eve")  # ann founded #tea.
    bob = net.join("bob", "#tea")
    ann.hangs_up()
    eve.hangs_up()
    bob.says("PRIVMSG @#tea :ann and eve, help")
    net.pass_time(1)
    assert [push.account for push in net.pushed] == ["ann"]


def test_who_is_not_in_the_channel_is_not_told_what_is_said_there(net: Net, bob: Talker):
    bob.says("JOIN #den", "PRIVMSG #den :ann must not know")
    assert after(net) == []


def test_nobody_calls_himself(net: Net):
    ann = subscriber(net)
    ann.says("PRIVMSG #tea :I am ann", "PRIVMSG ann :note to self")
    assert after(net, 200) == []


def test_whom_he_does_not_want_to_hear_calls_him_in_vain(net: Net):
    ann = subscriber(net)
    ann.says("SILENCE +bob!*@*")
    ann.hangs_up()
    bob = net.join("bob", "#tea")
    bob.says("PRIVMSG ann :hey", "PRIVMSG #tea :ann!")
    assert after(net, 100) == []


def test_one_conversation_pushes_once_in_a_while_and_then_the_last(net: Net, bob: Talker):
    bob.says("PRIVMSG ann :1")
    assert after(net) == [f"{BOB} PRIVMSG ann :1"]
    bob.says("PRIVMSG ann :2", "PRIVMSG ann :3", "PRIVMSG #tea :ann")
    assert after(net, 1) == [f"{BOB} PRIVMSG #tea :ann"]
    assert after(net, BETWEEN_SECONDS - 2) == []
    assert after(net, 1) == [f"{BOB} PRIVMSG ann :3"]
    assert after(net, 100) == []


def test_two_conversations_have_two_topics_and_those_of_others_are_others(net: Net, bob: Talker):
    subscriber(net, "eve", "https://p.example/eve").hangs_up()
    bob.says("PRIVMSG ann :1", "PRIVMSG #tea :ann eve")
    net.pass_time(1)
    assert len({push.topic for push in net.pushed}) == 3


def test_who_is_connected_is_told_when_he_marks_nothing_as_read(net: Net):
    subscriber(net)
    bob = net.join("bob", "#tea")
    bob.says("PRIVMSG #tea :ann?")
    assert after(net, HOLD_SECONDS - 1) == []
    assert after(net, 1) == [f"{BOB} PRIVMSG #tea :ann?"]


def test_who_reads_it_is_not_told(net: Net):
    ann, bob = subscriber(net), net.join("bob", "#tea")
    bob.says("PRIVMSG #tea :ann?")
    ann.says("MARKREAD #tea timestamp=2023-11-14T22:13:20.000Z")
    assert after(net, 200) == []


def test_who_did_something_a_moment_ago_is_told_when_he_does_nothing_more(net: Net):
    ann, bob = subscriber(net), net.join("bob", "#tea")
    ann.says("PRIVMSG #tea :back soon")
    net.pass_time(20)
    bob.says("PRIVMSG ann :wait!")
    assert after(net, IDLE_SECONDS - 21) == []
    assert after(net, 1) == [f"{BOB} PRIVMSG ann :wait!"]


def test_who_does_something_after_it_has_seen_it(net: Net):
    ann, bob = subscriber(net), net.join("bob", "#tea")
    bob.says("PRIVMSG ann :wait!")
    net.pass_time(2)
    ann.says("PRIVMSG #tea :hello")
    assert after(net, 200) == []


def test_what_comes_after_it_waits_anew(net: Net):
    ann, bob = subscriber(net), net.join("bob", "#tea")
    bob.says("PRIVMSG ann :one")
    net.pass_time(2)
    ann.says("PRIVMSG #tea :hello")
    net.pass_time(1)
    bob.says("PRIVMSG ann :two")
    assert after(net, IDLE_SECONDS - 2) == []
    assert after(net, 1) == [f"{BOB} PRIVMSG ann :two"]


def test_what_was_pushed_and_is_read_is_taken_back(net: Net, bob: Talker):
    bob.says("PRIVMSG #tea :ann?", "PRIVMSG ann :ann?")
    assert len(after(net)) == 2
    ann = comes(net, "ann", caps=CAPS)
    ann.says("MARKREAD #tea timestamp=2023-11-14T22:13:20.100Z")
    (push,) = net.pushed
    assert not push.urgent
    assert taken(net) == [":test.net MARKREAD #tea timestamp=2023-11-14T22:13:20.100Z"]
    ann.says("MARKREAD #tea timestamp=2023-11-14T22:13:20.200Z")
    assert taken(net) == []
    ann.says("MARKREAD bob timestamp=2023-11-14T22:13:20.200Z")
    assert taken(net) == [":test.net MARKREAD bob timestamp=2023-11-14T22:13:20.200Z"]


def test_an_answer_takes_it_back_too(net: Net):
    ann, bob = subscriber(net), net.join("bob", "#tea")
    bob.says("PRIVMSG ann :tea?")
    assert len(after(net, 10)) == 1
    ann.says("PRIVMSG bob :yes")
    assert taken(net) == [":test.net MARKREAD bob timestamp=2023-11-14T22:13:30.000Z"]
    assert not net.pushed


def test_the_node_on_which_it_is_said_pushes_it_and_only_that():
    net = pushing_net(2)
    subscriber(net, node=0).hangs_up()
    bob = net.join("bob", "#tea", node=1)
    bob.says("PRIVMSG ann :one push")
    assert after(net) == [f"{BOB} PRIVMSG ann :one push"]


def test_what_was_said_before_a_restart_is_not_pushed_behind_it(net: Net, bob: Talker):
    bob.says("PRIVMSG ann :lost")
    net.restart()
    assert after(net, 100) == []


def test_what_is_redacted_meanwhile_is_not_pushed(net: Net):
    subscriber(net)
    bob = net.join("bob", "#tea", "message-tags draft/message-redaction echo-message")
    bob.says("PRIVMSG #tea :ann, my password is x")
    bob.says(f"REDACT #tea journal-{len(net.journal.entries):x}")
    assert after(net, 100) == []


def test_an_edit_calls_nobody_again(net: Net, bob: Talker):
    bob.says("CAP REQ draft/message-edit", "PRIVMSG #tea :hello")
    bob.says(f"@+draft/edit=journal-{len(net.journal.entries):x} PRIVMSG #tea :hello ann")
    assert after(net, 100) == []


def test_several_lines_are_one(net: Net, bob: Talker):
    bob.says("BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :one", "@batch=1 PRIVMSG #tea :ann", "BATCH -1")
    assert after(net) == [f"{BOB} PRIVMSG #tea :one ann"]


def test_a_long_message_is_cut_at_a_character(net: Net, bob: Talker):
    lines = ["@batch=1 PRIVMSG ann :" + "\u00e4" * 200 for _ in range(20)]
    bob.says("BATCH +1 draft/multiline ann", *lines, "BATCH -1")
    net.pass_time(1)
    (push,) = net.pushed
    assert LINE_BYTES_MAX - 2 <= len(push.line) <= LINE_BYTES_MAX
    assert push.line.decode().endswith("\u00e4\u2026")


def test_an_action_stays_one(net: Net, bob: Talker):
    bob.says("PRIVMSG #tea :\x01ACTION waves at ann\x01")
    assert after(net) == [f"{BOB} PRIVMSG #tea :\x01ACTION waves at ann\x01"]


def test_what_a_hook_says_calls_people_too(net: Net):
    keeper = founder(net, "kim")
    hook = comes_in(keeper)
    subscriber(net).hangs_up()
    hook_says(net, hook, "ann: the disk is full")
    assert after(net) == [":grafana/hook!hook@test.net PRIVMSG #tea :ann: the disk is full"]


def test_without_a_key_nothing_is_pushed(net: Net, bob: Talker):
    bob.says("PRIVMSG ann :hey")
    net.engine.configure(msgspec.structs.replace(net.engine.settings, push_key=""))
    assert after(net) == []


def test_there_is_a_bound(net: Net, bob: Talker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pushing, "CONVERSATIONS_MAX", 2)
    others = [net.connect(f"c{number}") for number in range(4)]
    for other in others:
        other.says("PRIVMSG ann :hey")
    assert [line.split("!")[0] for line in after(net)] == [":c2", ":c3"]
    for other in others[:2]:
        other.says("PRIVMSG ann :hey")
    assert len(after(net)) == 2
    assert len(net.engine.pushing._pushed) == 2
    for number in range(3):
        subscriber(net, f"s{number}", f"https://p.example/{number}").says("PRIVMSG #tea :hello")
    assert len(net.engine.pushing._active) == 2


def test_who_has_no_subscription_is_not_remembered(net: Net, ann: Talker):
    has_account(net, "kim")
    kim = comes(net, "kim", caps=CAPS)
    kim.says("JOIN #tea", "PRIVMSG #tea :hello", "MARKREAD #tea timestamp=2023-11-14T22:13:20.000Z")
    assert net.engine.pushing._active == {}


def test_words_of_a_text():
    assert words("a,b [c|d] e-f http://g.h/i") == {"a", "b", "[c|d]", "c|d", "c", "d", "e-f"}
    assert words("") == set()
