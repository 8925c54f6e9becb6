"""SEARCH (soju.im/search: https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core.effects import HistoryAnswer, Search
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, has_account
from tests.core.net import ALL_CAPS, Net, Talker

CAPS = f"{ALL_CAPS} account-tag soju.im/search"
FAIL = ":test.net FAIL SEARCH"


def told(net: Net, *texts: str) -> Talker:
    """Somebody in #tea where joe said these, a second between them."""
    ann = net.join("ann", "#tea", CAPS)
    joe = net.join("joe", "#tea")
    for text in texts:
        net.pass_time(1)
        joe.says(f"PRIVMSG #tea :{text}")
    net.forget()
    return ann


def found(talker: Talker, attributes: str) -> list[str]:
    """The texts that a search gives."""
    lines = talker.asks(f"SEARCH :{attributes}")
    assert " BATCH +" in lines[0] and lines[0].endswith(" soju.im/search"), lines
    assert " BATCH -" in lines[-1], lines
    return [line.partition(" :")[2] for line in lines[1:-1]]


@pytest.mark.covers("SEARCH", "soju.im/search")
def test_what_is_found_comes_in_one_batch_as_it_was_said(net):
    ann = told(net, "green tea", "black coffee", "tea with lemon")
    assert ann.says("SEARCH text=tea;in=#TEA") == [
        ":test.net BATCH +b1 soju.im/search",
        "@batch=b1;time=2023-11-14T22:13:21.000Z;msgid=journal-5 :joe!~joe@127.0.0.1 PRIVMSG #tea :green tea",
        "@batch=b1;time=2023-11-14T22:13:23.000Z;msgid=journal-7 :joe!~joe@127.0.0.1 PRIVMSG #tea :tea with lemon",
        ":test.net BATCH -b1",
    ]


@pytest.mark.parametrize(
    ("attributes", "texts"),
    [
        ("text=tea", ["green tea", "Tea, with lemon"]),
        ("text=TEA green", ["green tea"]),
        ('text="with lemon"', ["Tea, with lemon"]),
        ('text="lemon with"', []),
        ("text=lem*", ["Tea, with lemon"]),
        ("text=lem", []),
        ("from=joe;text=coffee", ["black coffee"]),
        ("from=ann", []),
        ("text=from:joe", ["green tea", "black coffee", "Tea, with lemon", "see https://tea.example"]),
        ("has=link", ["see https://tea.example"]),
        ("in=#tea;limit=1", ["see https://tea.example"]),
        ("in=#tea;limit=1;sort=oldest", ["green tea"]),
        ("after=2023-11-14T22:13:22.000Z;limit=2", ["black coffee", "Tea, with lemon"]),
        ("before=2023-11-14T22:13:22.000Z", ["green tea", "black coffee"]),
        ("text=tea;sort=rank;limit=1", ["green tea"]),
        ("before=2010-01-01T00:00:00.000Z;in=#tea", []),
    ],
)
def test_all_attributes(net, attributes, texts):
    ann = told(net, "green tea", "black coffee", "Tea, with lemon", "see https://tea.example")
    if attributes in ("text=tea", "text=tea;sort=rank;limit=1"):
        attributes += ";before=2023-11-14T22:13:23.000Z"
    assert found(ann, attributes) == texts


def test_people_may_forget_the_colon(net):
    ann = told(net, "green tea", "tea")
    assert len(ann.says("SEARCH text=green tea")) == 3


def test_a_label_stands_on_the_batch(net):  # IRCv3 labeled-response
    ann = told(net, "tea")
    first, message, last = ann.says("@label=x SEARCH text=tea")
    assert first == "@label=x :test.net BATCH +b1 soju.im/search"
    assert message.startswith("@batch=b1;") and last == ":test.net BATCH -b1"


def test_clients_without_batches_get_bare_messages(net):
    told(net, "tea")
    bob = net.join("bob", "#tea", "soju.im/search")
    net.forget()
    assert bob.says("SEARCH text=tea") == [":joe!~joe@127.0.0.1 PRIVMSG #tea :tea"]


def test_without_the_capability_there_is_no_such_command(net):
    bob = net.join("bob", "#tea")
    assert bob.asks("SEARCH text=tea") == [":test.net 421 bob SEARCH :SEARCH needs the capability soju.im/search"]


@pytest.mark.covers("FAIL SEARCH INVALID_PARAMS")
def test_what_cannot_be_understood_is_refused(net):
    ann = told(net)
    assert ann.asks("SEARCH text=x;sort=best") == [f"{FAIL} INVALID_PARAMS sort :sort is one of newest, oldest, rank"]
    assert ann.asks("SEARCH hello")[0].startswith(f"{FAIL} INVALID_PARAMS hello :SEARCH takes in, from")
    assert ann.asks("SEARCH")[0].split()[1] == "461"


@pytest.mark.covers("FAIL SEARCH INTERNAL_ERROR")
def test_a_search_that_fails_says_why(net, monkeypatch):
    ann = told(net, "tea")
    monkeypatch.setattr(Net, "answer_to", lambda self, node, query: HistoryAnswer([], error="the disk is on fire"))
    assert ann.asks("SEARCH text=tea") == [f"{FAIL} INTERNAL_ERROR :The search could not be run: the disk is on fire"]


@pytest.mark.covers("WARN * INCOMPLETE")
def test_a_search_that_was_cut_short_says_so(net, monkeypatch):
    ann = told(net, "tea")
    whole = Net.answer_to

    def partial(self, node, query):
        return msgspec.structs.replace(whole(self, node, query), partial=True)

    monkeypatch.setattr(Net, "answer_to", partial)
    lines = ann.asks("SEARCH text=tea")
    assert len(lines) == 4
    assert lines[3].startswith(":test.net WARN SEARCH INCOMPLETE :There was no time to look at everything")


def test_only_channels_that_one_is_in_are_searched(net):
    ann = told(net, "tea")
    bob = net.join("bob", "#other", CAPS)
    assert found(bob, "text=tea") == []
    ann.says("PART #tea")
    ann.forget()
    assert found(ann, "text=tea") == []


def test_conversations_are_those_of_the_account(net):
    for name in ("ann", "joe", "eve"):
        has_account(net, name)
    ann, joe, eve = (comes(net, name, caps=CAPS) for name in ("ann", "joe", "eve"))
    joe.says("PRIVMSG ann :green tea")
    ann.says("PRIVMSG joe :black tea")
    ann.forget()
    for attributes in ("text=tea", "text=tea;in=joe", "text=tea in:joe"):
        assert found(ann, attributes) == ["green tea", "black tea"]
    assert found(ann, "text=tea;in=eve") == found(eve, "text=tea") == found(eve, "text=tea;in=joe") == []
    assert found(ann, "text=tea;from=joe") == found(ann, "text=tea;account=joe") == ["green tea"]
    assert f"PRIVMSG ann :{found(ann, 'text=green')[0]}" in ann.bare[-2]


def test_an_edited_message_is_found_by_what_it_says_now(net):
    ann, joe = net.join("ann", "#tea", CAPS), net.join("joe", "#tea", f"{CAPS} draft/message-edit")
    joe.says("PRIVMSG #tea :green tea")
    msgid = net.engine.tagger.msgid(len(net.journal.entries))
    joe.says(f"@+draft/edit={msgid} PRIVMSG #tea :black coffee")
    joe.says(f"@+reply={msgid};+draft/react=lol TAGMSG #tea")
    net.forget()
    assert found(ann, "text=tea") == []
    assert found(ann, "text=coffee") == ["black coffee"]
    assert found(joe, "text=coffee") == ["green tea", "black coffee"]
    assert not [line for line in joe.bare if "TAGMSG" in line]


def test_what_was_redacted_is_not_found(net):
    ann = told(net, "tea")
    joe = net.join("jim", "#tea", f"{CAPS} draft/message-redaction")
    joe.says("PRIVMSG #tea :more tea")
    joe.says(f"REDACT #tea {net.engine.tagger.msgid(len(net.journal.entries))}")
    ann.forget()
    assert found(ann, "text=tea") == ["tea"]


def test_a_channel_that_is_closed_to_one_is_like_one_that_is_not_there(net):
    told(net, "tea")
    bob = net.join("bob", "#other", CAPS)
    answers = []
    for name in ("#tea", "#absent", "joe", "nobody"):
        before = len(net.queries)
        lines = bob.asks(f"SEARCH text=tea;in={name}")
        answers.append([line.replace("b2", "b1").replace("b3", "b1").replace("b4", "b1") for line in lines])
        assert len(net.queries) == before
    assert answers[0] == answers[1] == answers[2] == answers[3]


def test_nobody_is_asked_about_what_may_not_be_read(net):
    told(net, "tea")
    bob = net.join("bob", "#other", CAPS)
    net.journal.holding = True
    bob.says("SEARCH text=tea;in=#tea")
    assert not net.queries and len(bob.lines) == 2
    bob.says("SEARCH text=tea;in=#other")
    ((_, _, query),) = net.queries
    assert isinstance(query, Search) and query.words == ("tea",)


def test_limits_are_those_of_the_server():
    net = Net(limits=Limits(search_messages_max=2, search_words_max=1))
    ann = told(net, "tea 1", "tea 2", "tea 3")
    assert found(ann, "text=tea;limit=50") == ["tea 2", "tea 3"]
    assert "At most 1 words" in ann.asks("SEARCH :text=tea 1")[0]


@pytest.mark.parametrize("text", ["' OR 1", "NEAR(tea", "tea AND", '"', "^tea", "tea - x", "col : tea", "x" * 480])
def test_no_text_is_syntax(net, text):  # HOSTILE I07
    ann = told(net, "tea")
    lines = ann.asks(f"SEARCH :text={text}")
    assert lines[0].startswith((":test.net BATCH +", f"{FAIL} INVALID_PARAMS text")), lines
