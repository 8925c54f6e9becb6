"""ipcchat/backend/memory.py, beyond the contract: its bound."""

from __future__ import annotations

from ipcchat.backend.memory import MemoryBackend
from ipcchat.core.effects import Reference
from ipcchat.core.facts import Entry
from ipcchat.core.outcomes import Repeated
from tests.backend.journals import Ear, latest, posted, renamed, said, texts


async def test_the_oldest_are_forgotten_first_and_their_ids_with_them():
    backend, ear = MemoryBackend(entries_max=10), Ear()
    await backend.open()
    backend.follow(ear)
    facts = [posted(str(number), "#a" if number % 3 else "#b") for number in range(11)]
    backend.append(facts)
    await ear.until(11)
    assert texts(said(await backend.history(latest("#a")))) == ["2", "4", "5", "7", "8", "10"]
    assert texts(said(await backend.history(latest("#b")))) == ["3", "6", "9"]
    assert (await backend.history(latest("#a", after=Reference(seq=2)))).unknown_reference
    backend.append([facts[0], facts[10]])
    heard = await ear.until(13)
    assert [type(outcome) for outcome in heard[11:]] == [Entry, Repeated]
    await backend.close()


async def test_a_target_whose_entries_are_all_forgotten_costs_nothing():
    backend = MemoryBackend(entries_max=100)
    await backend.open()
    for number in range(1_000):
        backend.append([posted(target=f"#room{number}"), renamed()])
    assert len(backend._past._messages) <= 50
    await backend.close()


async def test_what_was_taken_out_of_history_is_forgotten_with_the_rest():
    backend = MemoryBackend(entries_max=10)
    await backend.open()
    backend.append([posted() for _ in range(10)])
    for seq in (1, 10, 99):
        backend.void(seq)
    assert backend._voided == {1, 10}
    backend.append([posted()])
    assert backend._voided == {10}
    await backend.close()


async def test_two_journals_have_different_names():
    names = {(await MemoryBackend().open()).journal for _ in range(10)}
    assert len(names) == 10
