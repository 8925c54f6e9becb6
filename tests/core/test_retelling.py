"""How history is told again (core/retelling.py): for each reader what he understands, under the names of today.

Specification: IRCv3 draft/chathistory (https://ircv3.net/specs/extensions/chathistory), its draft/chathistory-context
tag and draft/event-playback.
"""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.context import Context
from ipcchat.core.effects import Happening, Past
from ipcchat.core.facts import LINE_BREAK, Entry, Posted, Redacted
from ipcchat.core.retelling import retold
from tests.core.deeds import comes, has_account
from tests.core.net import Net, Talker

ANN = "ann!~ann@127.0.0.1"
AT = 1_700_000_000_000
TAGS = "@time=2023-11-14T22:13:20.000Z;msgid=journal"


def entry(seq: int, text: str, verb: str = "PRIVMSG", **fields: object) -> Entry:
    """Ann says something in #old."""
    given = {"source": ANN, "verb": verb, "target": "#old", "text": text, "room": "#old"} | fields
    return Entry(seq, AT, Posted(b"x" * 16, AT, "node0000.9", **given))  # type: ignore[arg-type]


def told(reader: Talker, thing: Past, target: str = "#tea") -> list[str]:
    """The lines that somebody gets."""
    ctx = Context(reader.node.engine, reader.session, "CHATHISTORY", {})
    lines = retold(ctx, thing, target)
    return [f"@{line.tags} {line.text}" if line.tags else line.text for line in lines]


def said(*about: Entry, text: str = "first") -> Past:
    """A message with what is about it."""
    return Past(5, AT, "#old", entry(5, text), about)


EDIT = entry(7, "second", about=5, tags={"+draft/edit": "journal-5"})
REACTION = entry(8, "", "TAGMSG", about=5, tags={"+draft/react": "x", "+reply": "journal-5"})


def test_a_message_comes_with_its_time_msgid_and_tags_under_the_name_of_today(net):
    reader = net.connect("bob", "server-time message-tags account-tag")
    thing = Past(5, AT, "#old", entry(5, "hello", tags={"+x": "1"}, account="ann"))
    assert told(reader, thing) == [f"{TAGS}-5;+x=1;account=ann :{ANN} PRIVMSG #tea :hello"]
    assert told(net.connect("joe"), thing) == [f":{ANN} PRIVMSG #tea :hello"]


def test_who_knows_edits_gets_them_behind_the_message(net):
    reader = net.connect("bob", "server-time message-tags draft/message-edit")
    assert told(reader, said(EDIT)) == [
        f"{TAGS}-5 :{ANN} PRIVMSG #tea :first",
        f"@draft/chathistory-context;{TAGS[1:]}-7;+draft/edit=journal-5 :{ANN} PRIVMSG #tea :second",
    ]


@pytest.mark.parametrize("caps", ["", "message-tags", "draft/message-edit"])
def test_others_get_the_latest_text(net, caps):
    reader = net.connect("bob", caps)
    third = entry(9, "third", about=5)
    tags = "@msgid=journal-5 " if caps == "message-tags" else ""
    assert told(reader, said(EDIT, third)) == [f"{tags}:{ANN} PRIVMSG #tea :third"]


def test_reactions_stand_behind_their_message_for_who_knows_tags(net):
    reader = net.connect("bob", "message-tags")
    assert told(reader, said(REACTION)) == [
        f"@msgid=journal-5 :{ANN} PRIVMSG #tea :first",
        f"@draft/chathistory-context;msgid=journal-8;+draft/react=x;+reply=journal-5 :{ANN} TAGMSG #tea",
    ]
    assert told(net.connect("joe", "draft/message-edit"), said(REACTION)) == [f":{ANN} PRIVMSG #tea :first"]


def test_an_edit_of_several_lines_is_marked_at_its_beginning(net):
    reader = net.connect("bob", "message-tags draft/message-edit draft/multiline batch")
    several = entry(7, f"a{LINE_BREAK}b", about=5, tags={"+draft/edit": "journal-5"})
    assert told(reader, said(several))[1:] == [
        f"@draft/chathistory-context;msgid=journal-7;+draft/edit=journal-5 :{ANN} BATCH +b1 draft/multiline #tea",
        f"@batch=b1 :{ANN} PRIVMSG #tea :a",
        f"@batch=b1 :{ANN} PRIVMSG #tea :b",
        f":{ANN} BATCH -b1",
    ]


def test_by_itself_an_edit_and_a_reaction_are_told_as_when_they_were_said(net):  # docs/catch-up.md
    edit, reaction = Past(7, AT, "#old", EDIT), Past(8, AT, "#old", REACTION)
    knowing, other = net.connect("bob", "message-tags draft/message-edit"), net.connect("joe")
    assert told(knowing, edit) == [f"@msgid=journal-7;+draft/edit=journal-5 :{ANN} PRIVMSG #tea :second"]
    assert told(other, edit) == [f":{ANN} PRIVMSG #tea :second (edited)"]
    assert told(knowing, reaction)[0].endswith(f" :{ANN} TAGMSG #tea")
    assert told(other, reaction) == []


def test_a_redaction_by_itself_is_told_to_who_knows_it(net):
    fact = Redacted(b"x" * 16, AT, "node0000.9", source=ANN, target="#old", place="#old", about=5, reason="oops")
    thing = Past(9, AT, "#old", Entry(9, AT, fact))
    assert told(net.connect("bob", "draft/message-redaction"), thing) == [f":{ANN} REDACT #tea journal-5 oops"]
    assert told(net.connect("joe"), thing) == []
    assert told(net.connect("kim", "draft/message-redaction draft/event-playback"), thing) == []  # an event says it


def test_what_was_refused_and_what_is_nothing_to_tell(net):
    reader = net.connect("bob", "message-tags draft/message-edit")
    net.engine.voided |= {5: None}
    assert told(reader, said(EDIT)) == []
    net.engine.voided = {7: None}
    assert told(reader, said(EDIT)) == [f"@msgid=journal-5 :{ANN} PRIVMSG #tea :first"]
    other = Entry(6, AT, facts.Joined(b"x" * 16, AT, "node0000.9", channel="#old"))
    assert told(reader, Past(6, AT, "#old", other)) == []
    assert told(reader, Past(6, AT, "#old")) == []


@pytest.mark.parametrize(
    ("what", "caps", "line"),
    [
        (Happening(ANN, "JOIN", ("#old",), "ann", "Ann A"), "", f":{ANN} JOIN #tea"),
        (Happening(ANN, "JOIN", ("#old",), "ann", "Ann A"), "extended-join", f":{ANN} JOIN #tea ann :Ann A"),
        (Happening(ANN, "JOIN", ("#old",), "", "Ann A"), "extended-join", f":{ANN} JOIN #tea * :Ann A"),
        (Happening(ANN, "PART", ("#old", "so long")), "", f":{ANN} PART #tea :so long"),
        (Happening(ANN, "KICK", ("#old", "eve", "why")), "", f":{ANN} KICK #tea eve :why"),
        (Happening(ANN, "QUIT", ("so long",)), "", f":{ANN} QUIT :so long"),
        (Happening(ANN, "NICK", ("anna",)), "", f":{ANN} NICK anna"),
        (Happening(ANN, "TOPIC", ("#old", "")), "", f":{ANN} TOPIC #tea :"),
        (Happening(ANN, "MODE", ("#old", "+ov-m", "ann", "bob")), "", f":{ANN} MODE #tea +ov-m ann bob"),
        (Happening(ANN, "RENAME", ("#old", "#tea", "x y")), "draft/channel-rename", f":{ANN} RENAME #old #tea :x y"),
        (Happening(ANN, "RENAME", ("#old", "#tea", "x y")), "", ""),
        (Happening(ANN, "REDACT", ("#old", "journal-5")), "draft/message-redaction", f":{ANN} REDACT #tea journal-5"),
        (Happening(ANN, "REDACT", ("#old", "journal-5")), "", ""),
    ],
)
def test_events_as_the_lines_that_told_them(net, what, caps, line):
    assert told(net.connect("bob", caps), Past(6, AT, "#old", what=what)) == ([line] if line else [])


def test_an_event_has_the_time_and_msgid_of_its_entry(net):
    reader = net.connect("bob", "server-time message-tags account-tag")
    what = Happening(ANN, "JOIN", ("#old",), "ann", "Ann A")
    assert told(reader, Past(6, AT, "#old", what=what)) == [f"{TAGS}-6;account=ann :{ANN} JOIN #tea"]


def test_modes_that_do_not_fit_under_a_longer_name_are_several_lines(net):  # RFC 1459 2.3: 512 bytes with CR LF
    masks = [f"{number}{'x' * 220}!*@*" for number in range(3)]
    what = Happening(ANN, "MODE", ("#t", "+bbb", *masks))
    lines = told(net.connect("bob"), Past(6, AT, "#t", what=what), "#" + "t" * 60)
    assert [line.split(" ")[3] for line in lines] == ["+b", "+b", "+b"]
    assert [line.split(" ")[4] for line in lines] == masks


def test_history_under_a_longer_name_still_fits(net):  # RFC 1459 2.3: 512 bytes with CR LF
    text = "x" * (510 - len(f":{ANN} PRIVMSG #t :"))
    for words in (text, f"{text}{LINE_BREAK}{text}"):
        for caps in ("", "batch draft/multiline message-tags"):
            reader = net.dial()
            reader.says(f"CAP REQ :{caps}", f"NICK n{net.engine.audience.count}", "USER n 0 * :n", "CAP END")
            lines = told(reader, Past(5, AT, "#t", entry(5, words)), "#" + "t" * 60)
            bare = [line.partition(" ")[2] if line.startswith("@") else line for line in lines]
            assert max(len(line.encode()) for line in bare) == 510


# In private.


def test_a_conversation_is_told_under_the_nicks_of_today():
    net = Net()
    for name in ("ann", "bob"):
        has_account(net, name)
    ann, bob = comes(net, "ann", caps="message-tags"), comes(net, "bob")
    ann.says("PRIVMSG bob :one")
    bob.says("PRIVMSG ann :two")
    ann.says("NICK anna")
    bob.says("NICK robert")
    posts = [each for each in net.journal.entries if isinstance(each.fact, Posted)]
    lines = [told(ann, Past(each.seq, each.at, "@ann bob", each), "robert") for each in posts]
    assert [line.partition(" ")[2] for (line,) in lines] == [
        ":anna!~ann@127.0.0.1 PRIVMSG robert :one",
        ":robert!~bob@127.0.0.1 PRIVMSG anna :two",
    ]
    lines = [told(bob, Past(each.seq, each.at, "@ann bob", each), "anna") for each in posts]
    assert lines == [[":anna!~ann@127.0.0.1 PRIVMSG robert :one"], [":robert!~bob@127.0.0.1 PRIVMSG anna :two"]]


def test_one_who_had_no_account_is_told_without_the_mark_of_his_history():
    net = Net()
    has_account(net, "ann")
    ann, bob = comes(net, "ann"), net.connect("bob")
    bob.says("PRIVMSG ann :one")
    (post,) = [each for each in net.journal.entries if isinstance(each.fact, Posted)]
    assert told(ann, Past(post.seq, post.at, "@ann ~bob", post), "~bob") == [":bob!~bob@127.0.0.1 PRIVMSG ann :one"]
