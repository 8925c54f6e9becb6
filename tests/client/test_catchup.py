"""Catching up with a channel: IRCv3 draft/chathistory AFTER and LATEST, without gap or double."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client import catchup as module
from ipcchat.client.catchup import CatchUp, Phase, Seen
from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Event, Joined, Message

TIME = datetime(2026, 1, 2, tzinfo=UTC)


def said(number: int) -> Message:
    return Message(time=TIME, target="#tea", nick="bob", text=str(number), msgid=f"m{number}")


def numbers(events: Iterable[Event]) -> list[int]:
    return [int(event.text) for event in events if isinstance(event, Message)]


def test_pages_follow_the_anchor_until_one_has_nothing_new() -> None:
    catchup = CatchUp("#tea", "msgid=m1", 2, Seen())
    assert catchup.query() == ["AFTER", "#tea", "msgid=m1", "2"]
    assert numbers(catchup.page([said(2), said(3)])) == [2, 3]
    assert catchup.query() == ["AFTER", "#tea", "msgid=m3", "2"]
    assert numbers(catchup.page([said(4)])) == [4]
    assert catchup.phase is Phase.AFTER
    assert catchup.page([]) == []
    assert (catchup.done, catchup.missed) == (True, 3)


def test_a_channel_that_had_no_messages_is_read_from_when_we_joined() -> None:
    catchup = CatchUp("#tea", "timestamp=2026-01-02T03:04:05.677Z", 2, Seen())
    assert catchup.query() == ["AFTER", "#tea", "timestamp=2026-01-02T03:04:05.677Z", "2"]
    catchup.page([said(1)])
    assert catchup.query() == ["AFTER", "#tea", "msgid=m1", "2"]


def test_what_was_held_back_follows_without_what_history_had() -> None:
    catchup = CatchUp("#tea", "msgid=m1", 10, Seen())
    joined = Joined(time=TIME, channel="#tea", nick="eve")
    for event in (said(3), joined, said(4)):
        assert catchup.hold(event) == []
    catchup.page([said(2), said(3)])
    catchup.page([])
    assert catchup.release() == [joined, said(4)]


@given(st.integers(0, 30), st.integers(1, 7), st.data())
def test_whatever_comes_live_meanwhile_each_message_is_heard_once_and_in_order(
    missed: int, page_size: int, data: st.DataObject
) -> None:
    """The server's history is 0..n; live messages are appended to it at any moment and heard live too."""
    history = [said(number) for number in range(missed + 1)]
    seen, heard = Seen(), []
    seen.is_new("m0")
    catchup = CatchUp("#tea", "msgid=m0", page_size, seen)
    while not catchup.done:
        for _ in range(data.draw(st.integers(0, 3)) if len(history) < 60 else 0):
            history.append(said(len(history)))
            heard += catchup.hold(history[-1])
        place = int(catchup.query()[2].removeprefix("msgid=m"))
        heard += catchup.page(history[place + 1 :][:page_size])
    heard += catchup.release()
    assert numbers(heard) == list(range(1, len(history)))


def test_when_too_much_is_held_history_has_it_and_the_rest_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD_MAX", 2)
    catchup = CatchUp("#tea", "msgid=m1", 10, Seen())
    joined = Joined(time=TIME, channel="#tea", nick="eve")
    catchup.hold(said(2))
    catchup.hold(joined)
    assert catchup.hold(said(3)) == [joined]
    assert numbers(catchup.page([said(2), said(3)])) == [2, 3]
    assert catchup.release() == []


def test_an_unknown_msgid_is_a_gap_and_the_newest_page() -> None:
    catchup = CatchUp("#tea", "msgid=gone", 5, Seen())
    catchup.refused(CommandRefused("no such message", "INVALID_PARAMS"), 0.0)
    assert catchup.take_gap() == "no such message"
    assert catchup.take_gap() == ""
    assert catchup.query() == ["LATEST", "#tea", "*", "5"]
    assert numbers(catchup.page([said(8), said(9)])) == [8, 9]
    assert catchup.done


def test_a_channel_whose_history_is_refused_is_a_gap_and_the_present() -> None:
    catchup = CatchUp("#tea", "msgid=m1", 5, Seen())
    catchup.refused(CommandRefused("no history for you", "INVALID_TARGET"), 0.0)
    assert catchup.done and catchup.take_gap() == "no history for you"


def test_a_server_that_cannot_now_is_asked_again_a_limited_number_of_times() -> None:
    catchup = CatchUp("#tea", "msgid=m1", 5, Seen())
    for _ in range(module.RETRIES_MAX):
        catchup.refused(CommandRefused("later", module.TRY_AGAIN), 10.0)
        assert catchup.retry_at == 10.0 + module.RETRY_SECONDS
        catchup.query()
    catchup.refused(CommandRefused("later", module.TRY_AGAIN), 10.0)
    assert catchup.phase is Phase.LATEST and catchup.take_gap() == "later"


def test_who_missed_too_much_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MISSED_MAX", 3)
    catchup = CatchUp("#tea", "msgid=m0", 3, Seen())
    catchup.page([said(1), said(2), said(3)])
    assert "more than 3 messages" in catchup.take_gap()
    assert catchup.query()[0] == "LATEST"


def test_seen_forgets_only_the_oldest() -> None:
    seen = Seen(entries_max=2)
    assert [seen.is_new(msgid) for msgid in ("a", "b", "a", "c", "a", "")] == [True, True, False, True, True, True]
