"""ipcchat/backend/cluster/cuts.py. The number in a test's name is the module's rule."""

from __future__ import annotations

from ipcchat.backend.cluster.cuts import ALARM_SECONDS, CUT, REFUSE_SECONDS, Cuts


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_1_one_cause_is_enough_and_all_must_be_over():
    cuts = Cuts(lambda text: None, Clock())
    cuts.note("a", works=False)
    cuts.note("b", works=False)
    cuts.note("a", works=True)
    assert cuts.is_cut
    cuts.note("b", works=True)
    cuts.note("b", works=True)
    assert not cuts.is_cut


def test_2_facts_are_refused_after_a_while_and_for_a_disk_at_once():
    clock = Clock()
    cuts = Cuts(lambda text: None, clock)
    cuts.note("a", works=False)
    assert cuts.refusal() == ""
    clock.now += REFUSE_SECONDS
    cuts.note("b", works=False)
    assert cuts.refusal() == CUT
    cuts.disk = "the disk is full"
    assert cuts.refusal() == "the disk is full"
    cuts.disk = ""
    for cause in "ab":
        cuts.note(cause, works=True)
    assert (cuts.refusal(), cuts.seconds) == ("", REFUSE_SECONDS)


def test_3_somebody_is_told_once_and_once_when_it_is_over():
    clock, told = Clock(), list[str]()
    cuts = Cuts(told.append, clock)
    for _ in range(2):
        cuts.note("no server", works=False)
        cuts.look()
        clock.now += ALARM_SECONDS
        cuts.look()
        cuts.look()
        cuts.note("no server", works=True)
    cuts.note("no server", works=False)
    cuts.note("no server", works=True)
    assert [("no server" in text) for text in told] == [True, False, True, False]
