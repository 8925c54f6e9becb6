"""The crash test's checker: for each rule a hand-made history that breaks it, and good ones that break none.

A history here is one script: `ann` and `bob` write to #tea, `eve` reads. PROMISES: a checker that has not seen a bad
history proves nothing.
"""

from __future__ import annotations

import msgspec
import pytest

from tests.crash.checker import (
    BESIDE,
    STATE,
    Echoed,
    Fault,
    Left,
    Read,
    Received,
    Record,
    Redacted,
    Refused,
    Sent,
    check,
    main,
)

TEA = "#tea"


def sent(name, *, connection=1, target=TEA, text="hi"):
    return Sent(name.partition("-")[0], connection, target, f"{name} {text}", f"key-{name}")


def echoed(name, msgid, *, connection=1, target=TEA, text="hi", time="t"):
    return Echoed(name.partition("-")[0], connection, target, f"{name} {text}", f"key-{name}", msgid, time)


def received(name, msgid, *, reader="eve", connection=1, target=TEA, text="hi"):
    return Received(reader, connection, target, f"{name} {text}", msgid)


def read(name, msgid, *, reading=1, target=TEA, text="hi", time="t"):
    return Read(reading, target, f"{name} {text}", msgid, time)


def broken(*records):
    return {violation.rule for violation in check(records)}


ANN_1, ANN_2, BOB_1 = sent("ann-1"), sent("ann-2"), sent("bob-1")
GOOD: list[Record] = [
    ANN_1,
    BOB_1,
    ANN_2,
    echoed("ann-1", "m1"),
    received("ann-1", "m1"),
    received("ann-1", "m1", reader="bob"),
    echoed("bob-1", "m2"),
    received("bob-1", "m2"),
    received("bob-1", "m2", reader="ann"),
    echoed("ann-2", "m3"),
    received("ann-2", "m3"),
    received("ann-2", "m3", reader="bob"),
    read("ann-1", "m1"),
    read("bob-1", "m2"),
    read("ann-2", "m3"),
    read("ann-1", "m1", reading=2),
    read("bob-1", "m2", reading=2),
    read("ann-2", "m3", reading=2),
]


def without(*unwanted):
    return [record for record in GOOD if record not in unwanted]


def replaced(old, new):
    assert old in GOOD
    return [new if record == old else record for record in GOOD]


def test_a_good_history_breaks_no_rule():
    assert check(GOOD) == []


def test_nothing_at_all_breaks_no_rule():
    assert check([]) == []


@pytest.mark.parametrize("stored", [[], [read("ann-1", "m1")]])
def test_a_message_without_echo_may_be_stored_or_not(stored):
    assert broken(ANN_1, *stored) == set()


def test_a_repeat_after_a_crash_is_one_message_however_often_it_is_echoed():
    again = sent("ann-1", connection=2)
    records = [ANN_1, echoed("ann-1", "m1"), again, echoed("ann-1", "m1", connection=2), read("ann-1", "m1")]
    assert broken(*records) == set()


def test_a_repeat_may_be_answered_behind_later_messages():
    records = [
        ANN_1,
        BOB_1,
        received("bob-1", "m2", reader="ann", connection=2),
        sent("ann-1", connection=2),
        echoed("ann-1", "m1", connection=2),
        read("ann-1", "m1"),
        read("bob-1", "m2"),
    ]
    assert broken(*records) == set()


def test_an_echoed_message_that_is_not_in_history_is_lost():
    assert broken(ANN_1, echoed("ann-1", "m1")) == {"lost"}


def test_a_delivered_message_that_is_not_in_history_was_shown_unstored():
    assert broken(ANN_1, received("ann-1", "m1")) == {"unstored"}


def test_a_message_that_is_twice_in_history_is_doubled():
    assert broken(ANN_1, read("ann-1", "m1"), read("ann-1", "m2")) == {"doubled"}


def test_a_message_that_is_in_two_channels_is_doubled():
    assert "doubled" in broken(ANN_1, read("ann-1", "m1"), read("ann-1", "m2", target="#ops"))


def test_one_msgid_for_two_messages_is_doubled():
    assert broken(ANN_1, BOB_1, read("ann-1", "m1"), read("bob-1", "m1")) == {"doubled"}


def test_a_later_message_before_an_earlier_one_of_its_writer_is_reordered():
    assert broken(ANN_1, ANN_2, read("ann-2", "m1"), read("ann-1", "m2")) == {"reordered"}


def test_one_message_in_front_of_its_turn_is_reordered_once():
    records = [*(sent(f"ann-{n}") for n in range(4)), *(read(f"ann-{n}", f"m{n}") for n in (3, 0))]
    assert [violation.rule for violation in check(records)] == ["reordered"]


@pytest.mark.parametrize(
    ("record", "rules"),
    [
        (Refused("ann", 1, "key-ann-1"), set()),
        (Refused("ann", 2, "key-ann-1"), {"reordered"}),
        (Left("ann", 1), set()),
        (Left("ann", 2), {"reordered"}),
        (Left("bob", 1), {"reordered"}),
    ],
)
def test_what_was_sent_behind_a_refused_message_may_overtake_it(record, rules):
    again = [sent("ann-1", connection=2), read("ann-2", "m1"), read("ann-1", "m2")]
    assert broken(ANN_1, ANN_2, record, *again) == rules


def test_who_heard_the_echo_before_he_left_was_not_refused():
    records = [ANN_1, echoed("ann-1", "m2"), ANN_2, Left("ann", 1), read("ann-2", "m1"), read("ann-1", "m2")]
    assert broken(*records) == {"reordered"}


@pytest.mark.parametrize(
    "changed",
    [
        read("ann-1", "m1", text="ho"),
        read("ann-1", "m1", text="hi "),
        read("ann-1", "m1", target="#ops"),
    ],
)
def test_another_text_or_channel_in_history_is_altered(changed):
    assert broken(ANN_1, changed) == {"altered"}


@pytest.mark.parametrize(
    "changed",
    [
        echoed("ann-1", "m1", text="ho"),
        echoed("ann-1", "m1", target="#ops"),
        echoed("ann-1", "m1", time="later"),
        received("ann-1", "m1", text="ho"),
    ],
)
def test_another_text_channel_or_time_on_the_way_is_altered(changed):
    assert broken(ANN_1, changed, read("ann-1", "m1")) == {"altered"}


@pytest.mark.parametrize("seen", [[], [received("eve-9", "m9")], [echoed("ann-1", "m9")]])
def test_a_message_that_nobody_sent_is_a_phantom(seen):
    phantom = [read("eve-9", "m9")] if not seen or isinstance(seen[0], Received) else [read("ann-1", "m9")]
    assert broken(*seen, *phantom) == {"phantom"}


def test_an_echo_that_answers_another_line_is_a_phantom():
    swapped = msgspec.structs.replace(echoed("ann-2", "m2"), key="key-ann-1")
    assert "phantom" in broken(ANN_1, ANN_2, swapped, read("ann-1", "m1"), read("ann-2", "m2"))


@pytest.mark.parametrize("seen", [echoed("ann-1", "m7"), received("ann-1", "m7")])
def test_another_msgid_than_in_history_is_noticed(seen):
    assert broken(ANN_1, seen, read("ann-1", "m1")) == {"msgid"}


def test_a_repeat_that_is_answered_with_a_new_msgid_is_noticed():
    records = [ANN_1, echoed("ann-1", "m1"), sent("ann-1", connection=2), echoed("ann-1", "m2", connection=2)]
    assert broken(*records, read("ann-1", "m1")) == {"msgid"}


def test_a_reader_that_saw_another_order_is_noticed():
    records = [ANN_1, BOB_1, received("bob-1", "m2"), received("ann-1", "m1")]
    assert broken(*records, read("ann-1", "m1"), read("bob-1", "m2")) == {"order"}


def test_a_reader_that_saw_a_message_twice_is_noticed():
    assert broken(*GOOD, received("ann-2", "m3")) == {"order"}


def test_a_writer_that_heard_its_echo_out_of_order_is_noticed():
    records = [ANN_1, BOB_1, received("bob-1", "m2", reader="ann"), echoed("ann-1", "m1")]
    assert broken(*records, read("ann-1", "m1"), read("bob-1", "m2")) == {"order"}


def test_a_reader_that_missed_one_in_the_middle_has_a_gap():
    assert broken(*without(received("bob-1", "m2"))) == {"gap"}


def test_a_writer_whose_own_message_was_not_echoed_in_its_turn_has_a_gap():
    records = [
        ANN_1,
        BOB_1,
        sent("bob-2"),
        received("bob-1", "m1", reader="ann"),
        received("bob-2", "m3", reader="ann"),
    ]
    stored = [read("bob-1", "m1"), read("ann-1", "m2"), read("bob-2", "m3")]
    assert broken(*records, *stored) == {"gap"}


def test_what_was_missed_between_two_connections_is_no_gap():
    records = replaced(received("ann-2", "m3"), received("ann-2", "m3", connection=2))
    assert broken(*[record for record in records if record != received("bob-1", "m2")]) == set()


def test_what_was_missed_before_the_first_and_behind_the_last_is_no_gap():
    assert broken(*without(received("ann-1", "m1"), received("ann-2", "m3"))) == set()


@pytest.mark.parametrize(
    "second",
    [
        [read("ann-1", "m1", reading=2)],
        [read("ann-1", "m1", reading=2), read("bob-1", "m9", reading=2)],
        [read("bob-1", "m2", reading=2), read("ann-1", "m1", reading=2)],
        [read("ann-1", "m1", reading=2), read("bob-1", "m2", reading=2, time="later")],
    ],
)
def test_a_history_that_reads_otherwise_after_a_restart_is_noticed(second):
    assert broken(ANN_1, BOB_1, read("ann-1", "m1"), read("bob-1", "m2"), *second) == {"reread"}


def test_a_violation_reads_as_a_sentence():
    (violation,) = check([ANN_1, echoed("ann-1", "m1")])
    assert str(violation) == "lost: ann-1 was echoed as m1 and is not in the history of #tea"


def refused(name, *, connection=1):
    return Refused(name.partition("-")[0], connection, f"key-{name}")


def test_a_message_that_was_refused_and_is_in_history_all_the_same_is_noticed():
    assert broken(ANN_1, refused("ann-1"), read("ann-1", "m1")) == {"refused"}


def test_a_message_that_was_refused_and_is_nowhere_is_fine():
    assert broken(ANN_1, refused("ann-1")) == set()


def test_a_message_that_was_refused_and_sent_again_may_be_stored():
    again = sent("ann-1", connection=2)
    assert broken(ANN_1, refused("ann-1"), again, echoed("ann-1", "m1", connection=2), read("ann-1", "m1")) == set()
    assert broken(ANN_1, refused("ann-1"), again, read("ann-1", "m1")) == set()


def test_a_message_that_was_taken_back_and_is_still_there_is_noticed():
    records = [ANN_1, echoed("ann-1", "m1"), Redacted("ann", "ann-1", True), read("ann-1", "m1")]
    assert broken(*records) == {"redacted"}


@pytest.mark.parametrize("stored", [[], [read("ann-1", "m1")]])
def test_a_redaction_that_was_not_confirmed_may_have_been_done_or_not(stored):
    assert broken(ANN_1, echoed("ann-1", "m1"), Redacted("ann", "ann-1", False), *stored) == set()


def test_a_message_that_was_taken_back_is_neither_lost_nor_a_gap():
    others = without(read("bob-1", "m2"), read("bob-1", "m2", reading=2))
    assert broken(*others, Redacted("bob", "bob-1", True)) == set()


def test_what_is_told_with_a_message_that_was_taken_back_goes_with_it():
    reaction = Sent("bob", 1, BESIDE + TEA, "bob-1", "key-bob-1", about="ann-1")
    answer = Echoed("bob", 1, BESIDE + TEA, "bob-1", "key-bob-1", "m2", "t")
    records = [ANN_1, echoed("ann-1", "m1"), reaction, answer]
    assert broken(*records, read("ann-1", "m1")) == {"lost"}
    assert broken(*records, Redacted("ann", "ann-1", True)) == set()


def test_what_is_told_with_other_messages_has_no_order_of_its_own():
    beside = BESIDE + TEA
    records = [sent(f"ann-{n}", target=beside) for n in (1, 2)]
    records += [echoed("ann-1", "m1", target=beside), echoed("ann-2", "m2", target=beside)]
    records += [read("ann-2", "m2", target=beside), read("ann-1", "m1", target=beside)]
    assert broken(*records) == set()
    assert broken(*records[:-1]) == {"lost"}


@pytest.mark.parametrize(("last", "rules"), [(1, {"state"}), (2, set()), (3, set())])
def test_a_topic_is_the_last_that_was_confirmed_or_a_later_one(last, rules):
    topic = STATE + TEA
    records = [sent(f"ann-{n}", target=topic) for n in (1, 2, 3)]
    records += [echoed("ann-1", "", target=topic, time=""), echoed("ann-2", "", target=topic, time="")]
    assert broken(*records, read(f"ann-{last}", "", target=topic, time="")) == rules


def test_a_topic_that_is_gone_is_noticed():
    topic = STATE + TEA
    assert broken(sent("ann-1", target=topic), echoed("ann-1", "", target=topic)) == {"state"}


def test_faults_are_only_told():
    assert check([*GOOD, Fault("kill")]) == []


@pytest.mark.parametrize(("records", "code"), [(GOOD, 0), (GOOD[:12], 1)])
def test_records_are_read_from_a_file(tmp_path, capsys, records, code):
    file = tmp_path / "records"
    file.write_bytes(b"\n".join(msgspec.json.encode(record) for record in records))
    assert main(str(file)) == code
    assert bool(capsys.readouterr().out) == bool(code)
