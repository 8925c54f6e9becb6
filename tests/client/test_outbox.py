"""The outbox: order kept, window kept, nothing dropped (IPC Chat's key: one key, target and text is one message)."""

from ipcchat.client.multiline import Line
from ipcchat.client.outbox import KEY_TAG, WINDOW_BYTES, WINDOW_POSTS, Deed, Outbox, Post


def post(ticket: int, text: str = "x", kind: str = "message") -> Post:
    return Post(ticket, kind, "#tea", (Line(text),), f"key-{ticket:016}")


def sent(outbox: Outbox) -> list[int]:
    tickets = []
    while (item := outbox.next_to_send()) is not None:
        tickets.append(item.ticket)
    return tickets


def test_first_given_is_first_sent_within_the_window() -> None:
    outbox = Outbox()
    for ticket in range(WINDOW_POSTS + 5):
        outbox.add(post(ticket))
    assert sent(outbox) == list(range(WINDOW_POSTS))
    outbox.settle(0)
    assert sent(outbox) == [WINDOW_POSTS]


def test_the_window_counts_bytes_too_but_one_post_always_goes() -> None:
    outbox = Outbox()
    for ticket in range(3):
        outbox.add(post(ticket, "x" * WINDOW_BYTES))
    assert sent(outbox) == [0]
    outbox.settle(0)
    assert sent(outbox) == [1]


def test_after_a_lost_connection_the_unconfirmed_go_first_in_the_old_order_with_the_old_key() -> None:
    outbox = Outbox()
    for ticket in range(4):
        outbox.add(post(ticket))
    before = [outbox.next_to_send(), outbox.next_to_send(), outbox.next_to_send()]
    outbox.settle(1)
    assert outbox.rewind() == 2
    assert [outbox.next_to_send(), outbox.next_to_send()] == [before[0], before[2]]
    assert sent(outbox) == [3]


def test_what_is_given_up_is_named() -> None:
    outbox = Outbox()
    for ticket in range(3):
        outbox.add(post(ticket))
    outbox.next_to_send()
    assert [item.ticket for item in outbox.abandon()] == [0, 1, 2]
    assert len(outbox) == 0


def test_an_action_and_a_notice_as_lines() -> None:
    (action,) = post(1, "waves", "action").messages(tagged=True, multiline=True)
    assert (action.command, action.params, action.tags) == (
        "PRIVMSG",
        ["#tea", "\x01ACTION waves\x01"],
        {KEY_TAG: f"key-{1:016}"},
    )
    (notice,) = post(2, "done", "notice").messages(tagged=False, multiline=True)
    assert (notice.command, notice.params, notice.tags) == ("NOTICE", ["#tea", "done"], {})


def test_a_deed_is_one_line_with_its_key_where_there_are_tags() -> None:
    deed = Deed(1, "TAGMSG", ("#tea",), "key", {"+reply": "m1"})
    (line,), (bare,) = deed.messages(tagged=True, multiline=True), deed.messages(tagged=False, multiline=False)
    assert (line.command, line.params, line.tags) == ("TAGMSG", ["#tea"], {KEY_TAG: "key", "+reply": "m1"})
    assert (bare.params, bare.tags) == (["#tea"], {})
    assert deed.cost_bytes == len("@+ipc-chat/key=key;+reply=m1 TAGMSG #tea")


def test_deeds_and_posts_keep_their_order() -> None:
    outbox = Outbox()
    outbox.add(post(0))
    outbox.add(Deed(1, "REDACT", ("#tea", "m1"), "key"))
    outbox.add(post(2))
    assert sent(outbox) == [0, 1, 2]
    outbox.rewind()
    assert sent(outbox) == [0, 1, 2]
