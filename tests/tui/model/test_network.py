"""What a network makes of what the library hears: conversations, played without a loop.

Specifications: IRCv3 draft/message-edit, draft/message-redaction, draft/react, draft/read-marker, draft/channel-rename,
+channel-context, +typing, netsplit batches; Modern IRC CASEMAPPING.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ipcchat.client import events
from ipcchat.tui.model import network as module
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Delivery, Hole, Said, Told, Tone
from ipcchat.tui.model.network import BUFFERS_FULL, BUFFERS_MAX, Network, State
from ipcchat.tui.model.sight import AWAY_TOLD_MAX, Sight
from ipcchat.wire.casemap import FoldedDict
from tests.client.play import answer_history
from tests.tui.model.made import edited, message, moment, reaction, redacted
from tests.tui.model.seat import Seat, people, texts


class TestWhatIsSaid:
    def test_a_message_stands_in_its_channel_and_waits_to_be_read(self):
        seat = Seat().connect()
        seat.says("hello", msgid="m1")
        assert texts(seat.tea.timeline) == ["<bob> hello"]
        assert (seat.tea.unread, seat.tea.mentions, seat.alerts) == (1, 0, [])

    def test_what_is_seen_at_once_does_not_wait(self):
        seat = Seat().connect()
        seat.looking.append(seat.tea)
        seat.says("hello", msgid="m1")
        assert seat.tea.unread == 0

    def test_a_message_that_names_ann_calls_for_her_and_one_to_her_alone_too(self):
        seat = Seat().connect()
        assert [alert.said.message.text for alert in seat.says("ann: tea?")] == ["ann: tea?"]
        (alert,) = seat.says("psst", to="ann")
        assert alert.buffer is seat.network.buffer("bob") and alert.buffer.kind is Kind.PERSON
        assert (seat.tea.mentions, alert.buffer.mentions) == (1, 1)

    def test_a_nick_is_a_word_of_its_own_whatever_characters_it_has(self):
        seat = Seat().connect()
        seat.server(":ann!~a@home.test NICK a|b[.")
        assert seat.says("a|b[.: hi") and seat.says("hi A|B[.!")
        assert not seat.says("ab") and not seat.says("a|b[.x") and not seat.says("the-a|b[.")

    def test_words_of_the_settings_call_for_ann_as_well(self):
        seat = Seat(words=["deploy", "(x)"]).connect()
        assert seat.says("Deploy now") and seat.says("see (x) there") and seat.says("ann!")
        assert not seat.says("deployed")

    def test_without_a_nick_no_empty_word_calls_for_anybody(self):
        network = Network("test", words=["", "tea"])
        assert [network.is_mention(message(text)) for text in ("tea", "no", "")] == [True, False, False]
        assert not Network("test").is_mention(message("no"))

    def test_notices_call_for_nobody(self):
        seat = Seat().connect()
        assert not seat.server(":bob!u@h NOTICE #tea :ann: look")

    def test_a_notice_of_a_stranger_stands_in_the_servers_buffer_and_of_who_we_talk_to_in_his(self):
        seat = Seat().connect()
        seat.server(":NickServ!s@services NOTICE ann :this nick is registered")
        assert texts(seat.network.server.timeline)[-1] == "<NickServ> this nick is registered"
        seat.network.buffer("NickServ")
        seat.server(":NickServ!s@services NOTICE ann :you are logged in")
        assert texts(seat.network.buffer("NickServ").timeline) == ["<NickServ> you are logged in"]

    def test_a_notice_of_ours_stands_with_who_it_is_for(self):
        seat = Seat().connect()
        seat.hear(message("psst", nick="ann", target="bob", kind="notice", mine=True))
        assert texts(seat.network.buffer("bob").timeline) == ["<ann> psst"]

    def test_what_the_server_says_stands_in_its_own_buffer(self):
        seat = Seat().connect()
        seat.server(":irc.test NOTICE ann :we restart at noon")
        told = seat.network.server.timeline.entries[-1]
        assert isinstance(told, Told) and (told.text, told.tone) == ("we restart at noon", Tone.NOTICE)
        assert seat.network.server.unread == 0

    def test_a_message_with_a_channel_as_context_stands_there(self):
        """IRCv3 +channel-context."""
        seat = Seat().connect()
        seat.says("just for you", to="ann", tags="+channel-context=#tea")
        assert texts(seat.tea.timeline) == ["<bob> just for you"] and "bob" not in seat.network.buffers

    def test_questions_of_programs_are_not_shown(self):
        seat = Seat().connect()
        seat.says("\x01VERSION\x01", to="ann")
        assert "bob" not in seat.network.buffers

    def test_a_msgid_is_one_message_even_with_another_text(self):
        seat = Seat().connect()
        event = message("one", msgid="m1")
        seat.hear(event)
        seat.hear(message("two", msgid="m1"))
        assert texts(seat.tea.timeline) == ["<bob> one"] and seat.tea.unread == 1

    def test_names_with_strange_characters_are_places_like_others(self):
        seat = Seat().connect()
        for nick in ("\x02b\x03", "..", "/", "<b>", "a b", "\u202e"):
            seat.hear(message("hi", nick=nick, target="ann"))
            assert texts(seat.network.buffer(nick).timeline) == [f"<{nick}> hi"]
        seat.hear(message("nobody", nick="", target="ann"))
        assert texts(seat.network.server.timeline)[-1] == "<> nobody"

    def test_a_pin_is_told_with_what_is_pinned(self):
        seat = Seat().connect()
        seat.says("the plan", msgid="m1")
        seat.hear(message("ann pinned a message; PINS #tea shows all", tags={"ipc-chat/pin": "m1"}, kind="notice"))
        assert texts(seat.tea.timeline)[-1] == "-- ann pinned a message: <bob> the plan"


class TestWhatWeSend:
    def test_it_stands_there_at_once_and_its_echo_is_the_message(self):
        seat = Seat().connect()
        said, line = seat.send("hi")
        assert said.delivery is Delivery.PENDING and texts(seat.tea.timeline) == ["<ann> hi"]
        seat.confirmed(line, "m1")
        seat.tea.timeline.confirm(said, seat.receipts[0])
        assert list(seat.tea.timeline) == [said] and not seat.tea.timeline.pending
        assert (said.delivery, said.message.msgid) == (Delivery.CONFIRMED, "m1")
        assert seat.tea.unread == 0

    def test_a_receipt_before_the_echo_changes_nothing_in_the_order(self):
        seat = Seat().connect()
        said, line = seat.send("hi")
        seat.play.server("@msgid=m1 :bob!u@h PRIVMSG #tea :first")
        seat.tea.timeline.confirm(said, seat.echoes(line, "m2"))
        assert texts(seat.tea.timeline) == []
        seat.server()
        assert texts(seat.tea.timeline) == ["<bob> first", "<ann> hi"]

    def test_of_two_equal_texts_the_first_is_confirmed_first(self):
        seat = Seat().connect()
        (one, first), (two, second) = seat.send("ok"), seat.send("ok")
        seat.confirmed(first, "m1")
        assert (one.delivery, two.delivery) == (Delivery.CONFIRMED, Delivery.PENDING)
        seat.confirmed(second, "m2")
        assert [entry.message.msgid for entry in (one, two)] == ["m1", "m2"]
        assert list(seat.tea.timeline) == [one, two]

    def test_a_receipt_before_the_echo_does_not_confirm_an_equal_text_that_fails(self):
        seat = Seat().connect()
        (one, first), (two, _) = seat.send("ok"), seat.send("ok")
        seat.tea.timeline.confirm(one, seat.echoes(first, "m1"))
        seat.server()
        assert two.delivery is Delivery.PENDING
        seat.tea.timeline.refuse(two, "too fast")
        assert deliveries(seat) == [Delivery.CONFIRMED, Delivery.FAILED]

    def test_a_text_that_the_server_changed_is_there_once_as_the_server_has_it(self):
        seat = Seat().connect()
        said, line = seat.send("damn")
        seat.confirmed(line, "m1", "d***")
        assert texts(seat.tea.timeline) == ["<ann> d***", "<ann> damn"]
        seat.tea.timeline.confirm(said, seat.receipts[0])
        assert texts(seat.tea.timeline) == ["<ann> d***"]

    def test_a_long_text_that_became_several_messages_is_those(self):
        seat = Seat().connect()
        said = seat.tea.timeline.send(message("a b", nick="ann", mine=True))
        for msgid, text in (("m1", "a"), ("m2", "b")):
            seat.hear(message(text, msgid=msgid, nick="ann", mine=True))
        seat.tea.timeline.confirm(said, message("b", msgid="m2", nick="ann", mine=True))
        assert texts(seat.tea.timeline) == ["<ann> a", "<ann> b"]

    def test_without_msgids_nothing_is_there_twice_in_whichever_order_it_is_heard(self):
        seat = Seat(capabilities="").connect()
        one, two = (seat.tea.timeline.send(message("ok", nick="ann", mine=True)) for _ in range(2))
        echo = message("ok", nick="ann", mine=True)
        seat.tea.timeline.confirm(one, echo)
        seat.hear(echo)
        assert two.delivery is Delivery.PENDING and len(seat.tea.timeline) == 2
        seat.hear(echo)
        seat.tea.timeline.confirm(two, echo)
        assert texts(seat.tea.timeline) == ["<ann> ok", "<ann> ok"] and not seat.tea.timeline.pending

    def test_what_was_refused_stays_until_it_is_sent_again_or_taken_back(self):
        seat = Seat().connect()
        said, _ = seat.send("hi")
        seat.tea.timeline.refuse(said, "you are muted")
        seat.says("meanwhile")
        assert texts(seat.tea.timeline) == ["<bob> meanwhile", "<ann> hi"]
        assert (said.delivery, said.refusal) == (Delivery.FAILED, "you are muted")
        seat.tea.timeline.drop(said)
        again, line = seat.send("hi")
        seat.confirmed(line, "m2")
        assert list(seat.tea.timeline)[-1] is again and len(seat.tea.timeline) == 2

    def test_a_refused_text_is_not_confirmed_by_an_equal_one(self):
        seat = Seat().connect()
        failed, _ = seat.send("hi")
        seat.tea.timeline.refuse(failed, "too fast")
        _, line = seat.send("hi")
        seat.confirmed(line, "m2")
        assert seat.tea.timeline.pending == [failed]

    def test_what_was_sent_before_a_cut_is_there_once_after_it(self):
        """The server had it and tells it as missed; what is sent again is answered with the first one's echo."""
        seat = Seat().connect()
        seat.says("before", msgid="m0")
        said, _ = seat.send("hi")
        seat.cut()
        seat.play.connect()
        (join,) = (line for line in seat.play.sent() if " JOIN " in line)
        seat._let_in(join)
        (ask,) = seat.play.sent()
        label = ask.partition("label=")[2].partition(" ")[0].partition(";")[0]
        seat.server(
            f"@label={label} :irc.test BATCH +h chathistory #tea",
            "@batch=h;msgid=m1;time=2026-01-02T03:04:10.000Z :ann!~a@home.test PRIVMSG #tea :hi",
            ":irc.test BATCH -h",
        )
        lines = seat.play.sent()
        for line in lines:
            if "CHATHISTORY" in line:
                answer_history(seat.play, line)
        (again,) = (line for line in [*lines, *seat.play.sent()] if "PRIVMSG" in line)
        seat.confirmed(again, "m1")
        seat.tea.timeline.confirm(said, seat.receipts[-1])
        assert texts(seat.tea.timeline) == ["<bob> before", "<ann> hi"]

    def test_what_ann_says_elsewhere_confirms_nothing_here(self):
        seat = Seat().connect()
        said, _ = seat.send("hi")
        seat.says("hi", nick="ann", msgid="m7")
        assert said.delivery is Delivery.PENDING
        assert deliveries(seat) == [Delivery.CONFIRMED, Delivery.PENDING]
        assert seat.tea.unread == 0

    def test_an_answer_quotes_what_it_answers_while_it_is_on_its_way(self):
        seat = Seat().connect()
        seat.says("tea or coffee?", msgid="m1")
        said = seat.tea.timeline.send(message("tea", nick="ann", mine=True, tags={"+reply": "m1"}))
        assert said.quoted == ("bob", "tea or coffee?")


class TestChanges:
    def test_an_edit_gives_the_message_another_text_and_edits_can_be_edited(self):
        """IRCv3 draft/message-edit."""
        seat = Seat().connect()
        seat.says("helo", msgid="m1")
        seat.says("hello", msgid="m2", tags="+draft/edit=m1")
        seat.says("hello all", msgid="m3", tags="+draft/edit=m2")
        assert texts(seat.tea.timeline) == ["<bob> hello all"]
        found = seat.tea.timeline.find("m3")
        assert found is seat.tea.timeline.find("m1") and found is not None and found.message.edited
        assert seat.tea.unread == 1

    def test_an_edit_can_mention_ann_or_mention_her_no_longer_and_alarms_nobody(self):
        seat = Seat().connect()
        seat.says("anna: hi", msgid="m1")
        assert not seat.says("ann: hi", msgid="m2", tags="+draft/edit=m1")
        assert (seat.tea.unread, seat.tea.mentions) == (1, 1)
        seat.says("bob: hi", msgid="m3", tags="+draft/edit=m1")
        assert (seat.tea.unread, seat.tea.mentions) == (1, 0)

    def test_reactions_come_and_go_and_ours_are_known(self):
        """IRCv3 draft/react."""
        seat = Seat().connect()
        seat.says("cake!", msgid="m1")
        for nick, tag in (("bob", "react"), ("ann", "react"), ("eve", "react"), ("eve", "react"), ("bob", "unreact")):
            seat.server(f"@+reply=m1;+draft/{tag}=yes :{nick}!u@h TAGMSG #tea")
        said = seat.tea.timeline.find("m1")
        assert said is not None and (said.reactions, set(said.ours)) == ({"yes": ["ann", "eve"]}, {"yes"})
        seat.server("@+reply=m1;+draft/unreact=yes :ann!~a@home.test TAGMSG #tea")
        seat.server("@+reply=m1;+draft/unreact=yes :eve!u@h TAGMSG #tea")
        seat.server("@+reply=m1;+draft/unreact=yes :eve!u@h TAGMSG #tea")
        assert (said.reactions, set(said.ours)) == ({}, set())

    def test_a_deleted_message_is_gone_with_its_text_and_waits_no_longer(self):
        """IRCv3 draft/message-redaction."""
        seat = Seat().connect()
        seat.says("my password", msgid="m1")
        seat.says("oh no", msgid="m2", tags="+reply=m1", nick="eve")
        seat.server(":bob!u@h REDACT #tea m1 :a mistake")
        said, answer = seat.tea.timeline.entries
        assert isinstance(said, Said) and isinstance(answer, Said)
        assert (said.removed_by, said.removal_reason, said.message.text) == ("bob", "a mistake", "")
        assert answer.quoted == ("bob", "a deleted message") and seat.tea.unread == 1

    def test_a_message_with_a_channel_as_context_is_found_where_it_stands(self):
        seat = Seat().connect()
        seat.says("just for you", to="ann", msgid="m1", tags="+channel-context=#tea")
        seat.server(":bob!u@h REDACT ann m1")
        assert [entry.removed_by for entry in seat.tea.timeline.entries if isinstance(entry, Said)] == ["bob"]

    def test_what_is_done_in_one_place_changes_nothing_in_another(self):
        seat = Seat("#tea", "#ops").connect()
        seat.says("mine", msgid="m1", to="#ops")
        seat.server(":eve!u@h REDACT #tea m1", "@+reply=m1;+draft/react=ha :eve!u@h TAGMSG #tea")
        seat.server("@+reply=m1;+draft/react=ha :eve!u@h TAGMSG ann")
        (said,) = (entry for entry in seat.network.buffer("#ops").timeline.entries if isinstance(entry, Said))
        assert (said.message.text, said.reactions) == ("mine", {})

    def test_what_is_done_where_no_buffer_is_makes_none(self):
        seat = Seat().connect()
        seat.server("@+reply=m1;+draft/react=ha :eve!u@h TAGMSG ann", ":eve!u@h REDACT ann m1")
        seat.says("x", nick="eve", to="ann", msgid="m2", tags="+draft/edit=m1")
        assert list(seat.network.buffers) == ["#tea"]


class TestWhoComesAndGoes:
    def test_they_are_told_together_between_two_messages(self):
        seat = Seat().connect()
        seat.server(":dan!u@h JOIN #tea", ":eve!u@h PART #tea :bye", ":dan!u@h QUIT :gone")
        assert texts(seat.tea.timeline) == ["dan joined; eve left; dan left"]
        seat.says("hm")
        seat.server(":dan!u@h JOIN #tea")
        assert texts(seat.tea.timeline)[1:] == ["<bob> hm", "dan joined"]
        assert seat.tea.unread == 1

    def test_they_are_never_told_together_with_those_of_another_day(self):
        seat = Seat().connect()
        seat.hear(events.Joined(time=moment(), channel="#tea", nick="dan"))
        seat.hear(events.Joined(time=moment() - timedelta(days=1), channel="#tea", nick="joe"))
        assert texts(seat.tea.timeline) == ["dan joined", "joe joined"]

    def test_who_has_spoken_lately_is_missed_when_he_goes(self):
        seat = Seat().connect()
        seat.says("hello")
        seat.play.at += 600
        seat.server(":bob!u@h PART #tea", ":eve!u@h PART #tea")
        assert texts(seat.tea.timeline)[1:] == ["bob left *; eve left"]
        seat.server(":bob!u@h JOIN #tea")
        seat.play.at += 3600
        seat.server(":bob!u@h PART #tea")
        assert [coming.known for coming in people(seat.tea.timeline)][-1] is False

    def test_that_somebody_came_is_worth_telling_when_he_speaks_soon(self):
        seat = Seat().connect()
        seat.server(":dan!u@h JOIN #tea", ":joe!u@h JOIN #tea")
        (entry,) = seat.tea.timeline.entries
        before = entry.version
        seat.says("hello", nick="dan")
        assert texts(seat.tea.timeline)[0] == "dan joined *; joe joined" and entry.version > before
        seat.play.at += 3600
        seat.says("late", nick="joe")
        assert texts(seat.tea.timeline)[0] == "dan joined *; joe joined"

    def test_who_came_and_took_another_nick_before_he_spoke_is_the_same(self):
        seat = Seat().connect()
        seat.server(":dan!u@h JOIN #tea", ":dan!u@h NICK daniel")
        seat.says("hello", nick="daniel")
        assert texts(seat.tea.timeline)[0] == "dan joined *; dan is daniel now"

    def test_who_leaves_the_server_leaves_his_conversation_and_the_channels_he_was_in(self):
        seat = Seat("#tea", "#ops").connect()
        seat.server(":joe!u@h JOIN #ops")
        seat.network.buffer("joe")
        seat.server(":joe!u@h QUIT :bye")
        assert texts(seat.tea.timeline) == []
        assert texts(seat.network.buffer("#ops").timeline) == ["joe joined; joe left"]
        assert texts(seat.network.buffer("joe").timeline) == ["joe left"]

    def test_a_netsplit_is_one_sentence_in_each_channel_that_it_tore(self):
        seat = Seat("#tea", "#ops").connect()
        seat.server(":ann!~a@home.test PART #ops")
        count = len(seat.network.buffer("#ops").timeline)
        seat.server(
            ":irc.test BATCH +n netsplit irc.test far.test",
            "@batch=n :bob!u@h QUIT :irc.test far.test",
            "@batch=n :eve!u@h QUIT :irc.test far.test",
            ":irc.test BATCH -n",
        )
        assert texts(seat.tea.timeline) == ["-- servers lost each other; gone for now: bob and eve"]
        seat.server(
            ":irc.test BATCH +n netjoin irc.test far.test",
            "@batch=n :bob!u@h JOIN #tea",
            "@batch=n :eve!u@h JOIN #tea",
            ":irc.test BATCH -n",
        )
        assert texts(seat.tea.timeline)[1:] == ["-- servers found each other; back: bob and eve"]
        assert len(seat.network.buffer("#ops").timeline) == count

    def test_a_netsplit_that_the_server_did_not_finish_is_not_told_with_the_next_one(self):
        seat = Seat("#tea", "#ops").connect()
        seat.hear(events.Quit(time=seat.now, nick="bob", channels=("#tea",), netsplit=True))
        seat.hear(events.Disconnected(time=seat.now, reason="cut", retry_seconds=1))
        seat.hear(events.Quit(time=seat.now, nick="eve", channels=("#ops",), netsplit=True))
        seat.hear(events.Netsplit(time=seat.now, servers=("a", "b"), nicks=("eve",)))
        assert texts(seat.tea.timeline) == [] and len(seat.network.buffer("#ops").timeline) == 1

    def test_ann_leaves_is_put_out_and_comes_again(self):
        seat = Seat().connect()
        joined = [seat.tea.joined]
        seat.says("hello")
        seat.server(":ann!~a@home.test PART #tea :lunch")
        joined.append(seat.tea.joined)
        assert texts(seat.tea.timeline)[-1] == "-- you left #tea (lunch)"
        seat.server(":ann!~a@home.test JOIN #tea", ":eve!u@h JOIN #tea")
        joined.append(seat.tea.joined)
        assert texts(seat.tea.timeline)[-2:] == ["?? you were not in the channel", "eve joined"]
        seat.server(":eve!u@h KICK #tea ann :rude")
        told = seat.tea.timeline.entries[-1]
        assert [*joined, seat.tea.joined] == [True, False, True, False] and isinstance(told, Told)
        assert (told.text, told.tone) == ("you were put out of #tea by eve (rude)", Tone.NOTICE)

    def test_leaving_a_channel_whose_buffer_is_closed_makes_no_new_one(self):
        seat = Seat().connect()
        seat.desk.close(seat.tea)
        seat.server(":ann!~a@home.test PART #tea")
        assert list(seat.network.buffers) == []


class TestNames:
    def test_a_conversation_moves_with_the_nick(self):
        seat = Seat().connect()
        seat.says("psst", to="ann")
        buffer = seat.network.buffer("bob")
        seat.server(":bob!u@h NICK robert")
        assert buffer.name == "robert" and list(seat.network.buffers) == ["#tea", "robert"]
        seat.says("me again", nick="robert", to="ann")
        assert texts(buffer.timeline) == ["<bob> psst", "bob is robert now *", "<robert> me again"]
        assert texts(seat.tea.timeline) == ["bob is robert now"]

    def test_a_nick_that_only_changes_its_case_stays_the_same_place(self):
        seat = Seat().connect()
        seat.says("psst", to="ann")
        buffer = seat.network.buffer("BOB")
        seat.server(":bob!u@h NICK Bob")
        assert seat.network.buffer("bob") is buffer and buffer.name == "Bob"

    def test_a_conversation_moves_to_a_nick_that_has_one_already_and_nothing_is_lost(self):
        seat = Seat().connect()
        seat.says("one", to="ann", nick="bob", msgid="m1")
        seat.says("two", to="ann", nick="robert", msgid="m2")
        seat.says("three", to="ann", nick="bob", msgid="m3")
        seat.desk.go(seat.network.buffer("bob"))
        pending, _ = seat.send("four", to="bob")
        old, other = seat.network.buffer("bob"), seat.network.buffer("robert")
        seat.server(":bob!u@h NICK robert")
        assert seat.desk.current is old is seat.network.buffer("robert") and other.timeline is old.timeline
        assert texts(old.timeline) == [
            "<bob> one",
            "<robert> two",
            "<bob> three",
            "bob is robert now *",
            "<ann> four",
        ]
        assert (old.unread, old.mentions, old.timeline.pending) == (3, 3, [pending])
        assert [entry.number for entry in old.timeline.entries] == [0, 1, 2, 3]

    def test_a_channel_that_is_called_otherwise_keeps_its_buffer(self):
        """IRCv3 draft/channel-rename."""
        seat = Seat().connect()
        seat.says("hello")
        buffer = seat.tea
        seat.server(":bob!u@h RENAME #tea #chai :better")
        assert buffer.name == "#chai" and seat.network.buffer("#chai") is buffer
        assert texts(buffer.timeline)[-1] == "-- #tea is called #chai now (by bob: better)"

    def test_names_are_the_same_as_the_server_says(self):
        """Modern IRC CASEMAPPING: of [] and {} rfc1459 makes one."""
        seat = Seat().connect()
        seat.says("one", to="ann", nick="a[", msgid="m1")
        seat.says("two", to="ann", nick="a{", msgid="m2")
        assert len(seat.network.buffers) == 3
        seat.server(":irc.test 005 ann CASEMAPPING=rfc1459 :are supported")
        assert len(seat.network.buffers) == 2 and seat.network.buffer("A[") is seat.network.buffer("a{")
        assert texts(seat.network.buffer("a[").timeline) == ["<a[> one", "<a{> two"]

    def test_that_somebody_is_away_is_news_once_however_his_name_is_written(self):
        seat = Seat().connect()
        seat.network.buffer("a[")
        seat.server(":irc.test 005 ann CASEMAPPING=rfc1459 :are supported")
        for nick in ("a[", "a{", "A{"):
            seat.server(f":irc.test 301 ann {nick} :lunch")
        assert texts(seat.network.buffer("a[").timeline) == ["-- a[ is away (lunch)"]

    def test_closing_what_is_closed_closes_nothing_else_of_that_name(self):
        seat = Seat().connect()
        old = seat.tea
        seat.network.close(old)
        new = seat.tea
        seat.network.close(old)
        assert seat.network.buffer("#tea") is new is not old

    def test_a_server_without_a_casemapping_is_taken_as_the_library_takes_it(self):
        assert [module.mapping_of(tokens) for tokens in ({}, {"NETWORK": "x"}, {"CASEMAPPING": "klingon"})] == [
            "ascii",
            "rfc1459",
            "ascii",
        ]

    def test_our_own_nick_is_told_where_we_look_and_in_the_servers_buffer(self):
        seat = Seat("#tea", "#ops").connect()
        seat.desk.go(seat.tea)
        seat.server(":ann!~a@home.test NICK anna")
        assert texts(seat.tea.timeline) == texts(seat.network.server.timeline)[-1:] == ["-- you are anna now"]
        assert texts(seat.network.buffer("#ops").timeline) == [] and seat.says("anna?")


class TestReading:
    def test_a_marker_of_another_client_is_what_was_read(self):
        """IRCv3 draft/read-marker."""
        seat = Seat().connect()
        for number in (1, 2, 3):
            seat.says(f"ann: {number}", msgid=f"m{number}")
        seat.server(":irc.test MARKREAD #tea timestamp=2026-01-02T03:04:07.000Z")
        assert (seat.tea.unread, seat.tea.mentions) == (1, 1)
        first = seat.tea.timeline.first_after(seat.tea.line)
        assert first is not None and texts([seat.tea.timeline.at(first)]) == ["<bob> ann: 3"]
        seat.server(":irc.test MARKREAD #tea timestamp=2026-01-02T03:04:06.000Z", ":irc.test MARKREAD #tea *")
        assert seat.tea.unread == 1

    def test_what_was_missed_is_counted_once_and_not_what_was_read_elsewhere(self):
        seat = Seat().connect()
        seat.says("before", msgid="m1")
        seat.cut()
        seat.play.connect()
        seat.server(":irc.test MARKREAD #tea timestamp=2026-01-02T03:04:20.000Z")
        seat.play.lose()
        seat.play.at += 60
        seat.comes_back(19, 20, 21, 22)
        assert texts(seat.tea.timeline)[-4:] == [f"<bob> text {number}" for number in (19, 20, 21, 22)]
        assert seat.tea.unread == 2 and seat.network.state is State.CONNECTED

    def test_a_marker_of_the_far_future_does_not_hide_what_is_said_from_then_on(self):
        seat = Seat().connect()
        seat.hear(events.ReadMarked(time=moment(), target="#tea", until=datetime(9999, 12, 31, tzinfo=UTC)))
        seat.says("hello")
        assert seat.tea.unread == 1
        assert seat.tea.marker is not None and seat.tea.marker <= seat.now + timedelta(days=1)

    def test_times_of_no_calendar_are_brought_to_one(self):
        seat = Seat().connect()
        for time in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
            seat.hear(message("hello", time=time))
            seat.hear(events.TopicChanged(time=time, channel="#tea", topic="x", by="bob"))
            seat.hear(events.Joined(time=time, channel="#tea", nick="dan"))
        assert seat.tea.unread == 2
        assert all(entry.time.astimezone().year in range(1969, 2027) for entry in seat.tea.timeline)
        assert seat.tea.read() is not None
        seat.says("after")
        assert seat.tea.unread == 1


class TestTheConnection:
    def test_its_state_is_known_and_told(self):
        seat = Seat().connect()
        assert seat.network.state is State.CONNECTED
        seat.hear(events.Disconnected(time=seat.now, reason="cut", retry_seconds=3))
        assert (seat.network.state, seat.network.retry_at) == (State.WAITING, seat.now + timedelta(seconds=3))
        seat.hear(events.Distrusted(time=seat.now, reason="another certificate", fingerprint="00"))
        assert seat.network.reason == "another certificate"
        seat.hear(events.Connected(time=seat.now, nick="ann", again=True))
        assert (seat.network.state, seat.network.reason) == (State.CATCHING_UP, "")
        seat.hear(events.CaughtUp(time=seat.now, missed=2))
        assert seat.network.state is State.CONNECTED
        assert texts(seat.network.server.timeline)[-1] == "-- back, caught up (2 missed)"
        seat.hear(events.Disconnected(time=seat.now, reason="closed"))
        assert (seat.network.state, seat.network.retry_at) == (State.CLOSED, None)

    def test_who_types_types_no_longer_without_a_connection(self):
        seat = Seat().connect()
        seat.server("@+typing=active :bob!u@h TAGMSG #tea")
        seat.hear(events.Disconnected(time=seat.now, reason="cut", retry_seconds=3))
        assert seat.tea.active_typing(seat.now) == []

    def test_a_gap_stands_where_something_is_missing_once_for_one_reason(self):
        seat = Seat("#tea", "#ops").connect()
        seat.server(":ann!~a@home.test PART #ops")
        for channel in ("#tea", "#tea", "*", "#gone"):
            seat.hear(events.Gap(time=seat.now, channel=channel, reason="forgotten"))
        assert texts(seat.tea.timeline) == ["?? forgotten"]
        assert not any(isinstance(entry, Hole) for entry in seat.network.buffer("#ops").timeline)
        assert texts(seat.network.server.timeline)[-1] == "?? forgotten"

    def test_channels_that_could_not_be_joined_again_are_known(self):
        seat = Seat("#tea", "#ops").connect()
        view = seat.play.conversation.view_session
        assert view is not None
        view.view.drop_channel("#ops")
        seat.hear(events.CaughtUp(time=seat.now, missed=0))
        assert seat.tea.joined and not seat.network.buffer("#ops").joined


class TestTyping:
    def test_who_types_is_known_until_he_speaks_stops_or_goes(self):
        """IRCv3 +typing: active for 6 s, paused for 30 s."""
        seat = Seat().connect()
        seat.server("@+typing=active :bob!u@h TAGMSG #tea", "@+typing=paused :eve!u@h TAGMSG #tea")
        assert seat.tea.active_typing(seat.now) == ["bob", "eve"]
        assert seat.tea.active_typing(seat.now + timedelta(seconds=6)) == ["eve"]
        assert seat.tea.active_typing(seat.now + timedelta(seconds=30)) == []
        seat.says("hello")
        assert seat.tea.active_typing(seat.now) == ["eve"]
        seat.server(":eve!u@h PART #tea")
        assert seat.tea.active_typing(seat.now) == []
        seat.server("@+typing=active :bob!u@h TAGMSG #tea", "@+typing=done :bob!u@h TAGMSG #tea")
        seat.server("@+typing=active :ann!~a@home.test TAGMSG #tea", "@+typing=active :dan!u@h TAGMSG ann")
        assert seat.tea.active_typing(seat.now) == [] and "dan" not in seat.network.buffers


class TestThePast:
    def test_a_page_is_entries_with_what_was_done_to_them_since(self):
        seat = Seat().connect()
        acts = [
            message("helo", msgid="m1"),
            edited("hello", "m1", "e1"),
            reaction("m1", "yes"),
            events.Joined(time=moment(1), channel="#tea", nick="dan"),
            message("ann: hi", msgid="m2", nick="dan", seconds=2),
            message("\x01", msgid="m3", kind="ctcp"),
            redacted("m2"),
            events.TopicChanged(time=moment(3), channel="#tea", topic="cake", by="bob"),
        ]
        entries = seat.network.past(acts, seat.tea)
        assert texts(entries)[:2] == ["<bob> hello", "dan joined *"]
        assert texts(entries)[3].startswith("-- bob set the topic: ") and len(entries) == 4
        assert isinstance(entries[0], Said) and entries[0].reactions == {"yes": ["eve"]}
        assert isinstance(entries[2], Said) and entries[2].removed_by == "bob"
        assert seat.alerts == [] and seat.tea.unread == 0

    def test_who_took_another_nick_in_the_past_is_the_same_person_afterwards(self):
        seat = Seat().connect()
        acts = [
            events.Joined(time=moment(0), channel="#tea", nick="dan"),
            events.NickChanged(time=moment(1), old="dan", new="daniel"),
            message("hi", nick="daniel", msgid="m1", seconds=2),
            events.NickChanged(time=moment(3), old="daniel", new="dan"),
            events.Parted(time=moment(4), channel="#tea", nick="dan"),
        ]
        assert texts(seat.network.past(acts)) == [
            "dan joined *; dan is daniel now",
            "<daniel> hi",
            "daniel is dan now *; dan left *",
        ]

    def test_what_was_done_to_messages_of_an_older_page_is_done_when_that_is_loaded(self):
        seat = Seat().connect()
        newer = [
            edited("hello", "m1", "e1", 5),
            edited("hello all", "e1", "e2", 6),
            reaction("m2", "yes"),
            redacted("m3"),
        ]
        seat.tea.timeline.load_above(seat.network.past([*newer, message("now", msgid="m9")], seat.tea), more=True)
        older = [message(text, msgid=msgid) for text, msgid in (("helo", "m1"), ("cake", "m2"), ("oops", "m3"))]
        seat.tea.timeline.load_above(seat.network.past(older, seat.tea), more=False)
        first, second, third, _ = (entry for entry in seat.tea.timeline if isinstance(entry, Said))
        assert first.message.text == "hello all" and seat.tea.timeline.find("e2") is first
        assert second.reactions == {"yes": ["eve"]} and third.removed_by == "bob"

    def test_what_was_done_to_messages_that_are_loaded_is_done_at_once(self):
        seat = Seat().connect()
        seat.says("helo", msgid="m1")
        seat.network.past([edited("hello", "m1", "e1", 9)], seat.tea)
        assert texts(seat.tea.timeline) == ["<bob> hello"]

    def test_an_older_text_never_takes_the_place_of_a_newer_one(self):
        seat = Seat().connect()
        seat.tea.timeline.edit(edited("newest", "m1", "e2", 9))
        entries = seat.network.past([message("first", msgid="m1"), edited("second", "m1", "e1", 3)], seat.tea)
        seat.tea.timeline.load_above(entries, more=False)
        assert texts(seat.tea.timeline) == ["<bob> newest"]

    def test_what_was_deleted_before_it_is_heard_calls_for_nobody(self):
        seat = Seat().connect()
        seat.server(":bob!u@h REDACT #tea m1")
        assert not seat.says("ann: hi", msgid="m1") and seat.tea.unread == 0
        seat.hear(edited("ann: hi", "m2", "e2"))
        assert seat.says("hi", msgid="m2") and seat.tea.mentions == 1

    def test_an_edit_of_the_past_that_mentions_ann_is_marked(self):
        seat = Seat().connect()
        (entry,) = seat.network.past([message("hi", msgid="m1"), edited("ann: hi", "m1", "e1")], seat.tea)
        assert isinstance(entry, Said) and entry.mentions

    def test_an_answer_quotes_what_it_answers_as_soon_as_that_is_loaded(self):
        seat = Seat().connect()
        seat.says("tea", msgid="m2", tags="+reply=m1")
        (answer,) = (entry for entry in seat.tea.timeline.entries if isinstance(entry, Said))
        quoted = [answer.quoted]
        seat.tea.timeline.load_above([seat.network.said(message("coffee?", msgid="m1"))], more=False)
        quoted.append(answer.quoted)
        seat.tea.timeline.edit(edited("tea or coffee?", "m1", "e1"))
        assert [*quoted, answer.quoted] == [None, ("bob", "coffee?"), ("bob", "tea or coffee?")]


class TestLimits:
    def test_beyond_the_limit_of_buffers_all_stands_in_the_servers_and_that_is_said_once(self, monkeypatch):
        monkeypatch.setattr(module, "BUFFERS_MAX", 3)
        seat = Seat().connect()
        for number in range(10):
            seat.says("buy this", nick=f"spam{number}", to="ann")
        told = texts(seat.network.server.timeline)
        assert len(seat.network.buffers) == 3 and told.count(f"-- {BUFFERS_FULL}") == 1
        assert told[-8:] == [f"<spam{number}> buy this" for number in range(2, 10)]
        seat.desk.close(seat.network.buffer("spam0"))
        seat.says("hi", to="ann")
        assert texts(seat.network.buffer("bob").timeline) == ["<bob> hi"]

    def test_a_million_strangers_cost_no_more_than_the_limit(self):
        network = Network("test")
        for number in range(3_000):
            network.hear(message("x", nick=f"n{number}", target="ann"), moment(number))
        assert len(network.buffers) == BUFFERS_MAX

    def test_buffers_that_nobody_looks_at_share_the_room(self, monkeypatch):
        monkeypatch.setattr(module, "ENTRIES_TOGETHER_MAX", 400)
        seat = Seat("#tea", "#ops").connect()
        seat.desk.go(seat.tea)
        for number in range(1_000):
            seat.hear(message(f"{number}", msgid=f"m{number}", target=("#tea", "#ops", "ann")[number % 3]))
        sizes = [len(buffer.timeline) for buffer in seat.network.all_buffers if buffer is not seat.tea]
        assert sum(sizes) <= 440 and len(seat.tea.timeline) == 334
        assert texts(seat.network.buffer("#ops").timeline)[-1] == "<bob> 997"

    def test_who_reads_along_for_days_keeps_a_window_of_the_present(self, monkeypatch):
        monkeypatch.setattr(Buffer.trim, "__defaults__", (20,))
        seat = Seat().connect()
        seat.desk.go(seat.tea)
        sizes = []
        for reads in (True, False):
            seat.looking[:] = [seat.tea] if reads else []
            for number in range(100):
                seat.hear(message(f"{number}", msgid=f"{reads}{number}"))
            sizes.append(len(seat.tea.timeline))
        assert sizes[0] <= 22 and sizes[1] == sizes[0] + 100 and seat.tea.timeline.live

    def test_of_how_many_it_was_told_that_they_are_away_has_a_limit(self):
        told: FoldedDict[str] = FoldedDict()
        sight = Sight(Seat().tea, told)
        assert all(sight.is_news(f"n{number}", "lunch") for number in range(AWAY_TOLD_MAX + 5))
        assert len(told) == AWAY_TOLD_MAX and sight.is_news("n0", "lunch") and not sight.is_news("n9", "lunch")

    def test_a_long_text_is_taken_whole(self):
        seat = Seat().connect()
        (alert,) = seat.hear(message("x" * 100_000 + " ann"))
        assert len(alert.said.message.text) == 100_004


def test_sentences_stand_where_they_belong():
    seat = Seat("#tea", "#ops").connect()
    seat.network.buffer("bob")
    seat.server(
        ":bob!u@h TOPIC #tea :cake",
        ":bob!u@h MODE #tea +o eve",
        ":bob!u@h INVITE ann #cake",
        ":irc.test 328 ann #ops https://ops.test",
        ":irc.test FAIL REDACT REDACT_FORBIDDEN #ops m1 :You may not",
        ":irc.test 301 ann bob :lunch",
        ":irc.test 301 ann bob :lunch",
        ":irc.test 301 ann stranger :gone",
        ":oper!o@h WALLOPS :attention",
    )
    assert texts(seat.tea.timeline)[0].startswith("-- bob set the topic: ")
    assert texts(seat.tea.timeline)[1] == "-- bob made eve an operator"
    assert texts(seat.network.buffer("#ops").timeline) == [
        "-- #ops has the address https://ops.test",
        "-- REDACT failed: You may not",
    ]
    assert texts(seat.network.buffer("bob").timeline) == ["-- bob is away (lunch)"]
    assert texts(seat.network.server.timeline)[-2:] == [
        "-- bob invites you: /join #cake",
        "-- oper to everybody: attention",
    ]
    assert "stranger" not in seat.network.buffers


def test_what_the_server_cannot_do_is_known():
    seat = Seat().connect()
    assert seat.network.offers("draft/message-edit") and not seat.network.offers("soju.im/search")
    assert not Network("test").offers("draft/message-edit")
    assert seat.network.is_channel("#x") and not seat.network.is_channel("x") and not seat.network.is_channel("")
    channel = seat.network.channel(seat.tea)
    assert channel is not None and list(channel.members) == ["bob", "eve", "ann"]
    assert seat.network.channel(seat.network.server) is None


def deliveries(seat: Seat) -> list[Delivery]:
    """What became of the messages in the channel."""
    return [entry.delivery for entry in seat.tea.timeline if isinstance(entry, Said)]
