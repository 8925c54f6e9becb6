"""A command on its way: what a handler may do, and the response that is gathered until the last of its facts."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.context import Context
from ipcchat.core.effects import Ask, History, Propose, Send
from ipcchat.core.errors import Ignored, NotYet, Refusal
from ipcchat.wire import numerics
from ipcchat.wire.message import parse
from ipcchat.wire.numerics import ERR_NOSUCHNICK


def context(talker) -> Context:
    """A command of this talker that was just dispatched."""
    return Context(talker.node.engine, talker.session, "TEST", {})


def sent(ctx: Context) -> list[bytes]:
    """What the engine would send now."""
    return [effect.line for effect in ctx.engine._take() if isinstance(effect, Send)]


def test_only_the_registered_have_a_user(net):
    assert context(net.connect("ann")).user.nick == "ann"
    with pytest.raises(Ignored):
        _ = context(net.dial()).user


def test_users_and_channels_are_found_or_refused(net):
    ctx = context(net.join("ann", "#tea"))
    assert ctx.find_user("ANN") is ctx.user
    assert ctx.joined_channel("#TEA") is ctx.visible_channel("#tea")
    for find, name, code in (
        (ctx.find_user, "bob", "401"),
        (ctx.find_user, "", "401"),
        (ctx.visible_channel, "#none", "403"),
        (ctx.joined_channel, "#none", "403"),
    ):
        with pytest.raises(Refusal) as refused:
            find(name)
        assert refused.value.numeric.code == code
        assert refused.value.params == (name or "*",)


def test_a_numeric_has_its_own_text_another_or_none(net):
    ctx = context(net.connect("ann"))
    ctx.reply(numerics.ERR_NOMOTD)
    ctx.reply(numerics.ERR_NOMOTD, text="Nothing today")
    ctx.reply(numerics.RPL_INVITING, "bob", "#tea")
    ctx.reply_text(numerics.RPL_LIST, "#tea", "1", "")
    assert sent(ctx) == [
        b":test.net 422 ann :There is no message of the day\r\n",
        b":test.net 422 ann :Nothing today\r\n",
        b":test.net 341 ann bob #tea\r\n",
        b":test.net 322 ann #tea 1 :\r\n",
    ]


def test_a_remark_is_a_note_or_a_notice(net):  # IRCv3 standard replies
    for caps, line in (("standard-replies", "NOTE TEST CODE :Some words"), ("", "NOTICE ann :Some words")):
        ctx = context(ann := net.connect("ann", caps))
        ctx.note("CODE", text="Some words")
        assert sent(ctx) == [f":test.net {line}\r\n".encode()]
        ann.hangs_up()


def test_nothing_is_sent_to_a_closed_session(net):
    ann = net.connect("ann")
    ctx, labelled = context(ann), context(ann)
    labelled.label = "x"
    labelled.line("one")
    ann.hangs_up()
    ctx.line("two")
    labelled.finish()
    assert sent(ctx) == []


def test_one_refusal_does_not_stop_the_next_attempt(net):
    ctx = context(net.connect("ann"))
    for problem in (Refusal(ERR_NOSUCHNICK, "bob"), Ignored(), Refusal(ERR_NOSUCHNICK, "eve")):
        with ctx.attempt():
            raise problem
    assert sent(ctx) == [
        b":test.net 401 ann bob :No such nick or channel\r\n",
        b":test.net 401 ann eve :No such nick or channel\r\n",
    ]


def test_a_slow_form_waits_for_its_turn(net):
    ctx = context(net.join("ann", "#tea"))
    ctx.wait_for_turn()
    ctx.propose(facts.TopicChanged, channel="#tea", text="x")
    with pytest.raises(NotYet):
        ctx.wait_for_turn()


def test_a_proposal_is_checked_counted_and_made_with_the_users_id(net):
    ctx = context(net.join("ann", "#tea"))
    with pytest.raises(Refusal):
        ctx.propose(facts.TopicChanged, channel="#none", text="x")
    assert (ctx.open, ctx.session.pending, ctx.engine._take()) == (0, 0, [])
    ctx.propose(facts.TopicChanged, channel="#tea", text="x")
    (effect,) = ctx.engine._take()
    assert isinstance(effect, Propose)
    assert (effect.fact.by, effect.fact.at) == (ctx.user.uid, net.now.wall)
    assert (ctx.open, ctx.session.pending) == (1, 1)
    assert ctx.engine.inflight == {effect.fact.id: [ctx]}


def test_a_question_is_asked_by_the_session(net):
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    (effect,) = ann.node.engine.receive(ann.session, parse("CHATHISTORY LATEST #tea * 5"), net.now)
    assert isinstance(effect, Ask)
    assert isinstance(effect.query, History)
    assert (effect.session, effect.query.target, effect.query.limit) == (ann.session, "#tea", 5)
    assert (ann.session.pending, ann.session.barrier) == (1, True)


def test_several_channels_in_one_labelled_command_are_one_response(net):  # IRCv3 labeled-response
    ann = net.connect("ann", "labeled-response batch message-tags")
    net.journal.holding = True
    ann.says("@label=x JOIN #tea,bad,#ops", "@label=y PING next")
    net.release()
    assert ann.lines == []
    net.release()
    start, *middle, end, pong = ann.lines
    assert start == "@label=x :test.net BATCH +b1 labeled-response"
    assert [line.split()[2] for line in middle] == ["476", "JOIN", "353", "366", "JOIN", "353", "366"]
    assert all(line.startswith("@batch=b1") for line in middle)
    assert (end, pong) == (":test.net BATCH -b1", "@label=y :test.net PONG test.net :next")


def test_a_batch_in_a_batch_names_the_outer_one_at_both_ends(net):  # IRCv3 batch, "Nested batch"
    ctx = context(net.connect("ann", "batch"))
    with ctx.batched("outer", "x"):
        ctx.line("one")
        with ctx.batched("inner"):
            ctx.line("two", "a=1")
        ctx.line("three")
    assert sent(ctx) == [
        b":test.net BATCH +b1 outer x\r\n",
        b"@batch=b1 one\r\n",
        b"@batch=b1 :test.net BATCH +b2 inner\r\n",
        b"@batch=b2;a=1 two\r\n",
        b"@batch=b1 :test.net BATCH -b2\r\n",
        b"@batch=b1 three\r\n",
        b":test.net BATCH -b1\r\n",
    ]
    ctx = context(net.connect("bob"))
    with ctx.batched("outer"), ctx.batched("inner"):
        ctx.line("two")
    assert sent(ctx) == [b"two\r\n"]


def test_a_quiet_command_hears_no_refusal(net):  # RFC 2812 3.3.2
    ctx = context(net.connect("ann"))
    ctx.quiet = True
    ctx.refused(Refusal(ERR_NOSUCHNICK, "bob"))
    ctx.line("answer")
    assert sent(ctx) == [b"answer\r\n"]


def test_a_command_can_be_held_beyond_its_handler(net):
    ctx = context(net.connect("ann"))
    ctx.label = "x"
    ctx.hold()
    ctx.hold()
    ctx.release()
    assert sent(ctx) == []
    ctx.release()
    assert sent(ctx) == [b"@label=x :test.net ACK\r\n"]


@pytest.mark.parametrize("said", [[], ["no"], ["no", "really"]])
@pytest.mark.parametrize("label", ["", "x"])
def test_what_was_answered_leaves_before_the_end(net, said, label):  # IRCv3 labeled-response
    ctx = context(net.connect("ann"))
    ctx.label = label
    for line in said:
        ctx.line(line)
    ctx.close("Enough")
    ctx.finish()
    lines = [line.decode().strip() for line in sent(ctx)]
    assert lines[-1].endswith("ERROR :Closing link: Enough")
    assert [("label" in line) for line in lines].count(True) == bool(label)
    assert ctx.session.closed
