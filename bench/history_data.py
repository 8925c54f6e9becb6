"""A journal of very many messages, for measuring: `python -m bench.history_data FOLDER [--messages 10000000]`.

It is written through the real store, without waiting for the disk, and completed as a server would in its idle moments:
indexes, chains, the search index, and a checkpoint, without which a start would read all of it.

What is in it: 200 channels and 500 people, both by Zipf's law; texts of 2 to 19 words with the frequencies of a
language's words; a message in 50 is said in private, in 100 of them three are reactions and one is an edit; one message
every three seconds and a half, so that ten millions are a year of a busy network.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

from ipcchat.backend.search_file import open_for_filling, path_beside
from ipcchat.backend.search_filling import Filler
from ipcchat.backend.sqlite_schema import connect_reader, open_journal
from ipcchat.backend.sqlite_store import ROWS_MAX, Store, rows_of
from ipcchat.core.facts import Entry, Posted, encode_fact
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.retention import Retention
from ipcchat.core.state import State

CHANNELS, PEOPLE, WORDS, TEXTS = 200, 500, 50_000, 500_000
PRIVATE_SHARE, REACTION_SHARE, EDIT_SHARE = 0.02, 0.03, 0.01
ABOUT_MAX = 50
START, STEP_MS = 1_700_000_000_000, 3_500
CACHE_KIB = 1_500_000
MESSAGES = 10_000_000

VOCABULARY = [f"{'bcdfghjklmnprstv'[rank % 16]}{'aeiou'[rank // 16 % 5]}{rank:x}" for rank in range(WORDS)]
ROOMS = [f"#room{number}" for number in range(CHANNELS)]
NAMES = [f"person{number}" for number in range(PEOPLE)]


def zipf(count: int) -> list[float]:
    """Cumulative weights: the n-th is n times as rare as the first."""
    return list(itertools.accumulate(1 / (rank + 2) for rank in range(count)))


WORD_WEIGHTS, ROOM_WEIGHTS, NAME_WEIGHTS = zipf(WORDS), zipf(CHANNELS), zipf(PEOPLE)


def text(random: Random) -> str:
    """What somebody could say, by the frequencies of its words."""
    said = " ".join(random.choices(VOCABULARY, cum_weights=WORD_WEIGHTS, k=random.randrange(2, 20)))
    return f"{said} https://{said[:6]}.example" if random.random() < 0.03 else said


class Talk:
    """Who says what, from one seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)
        self._texts = [text(self._random) for _ in range(TEXTS)]
        self._latest: dict[str, list[int]] = {}

    def entries(self, first: int, count: int) -> list[Entry]:
        """What happens at these places of the journal."""
        choices = self._random.choices
        rooms = choices(ROOMS, cum_weights=ROOM_WEIGHTS, k=count)
        names = choices(NAMES, cum_weights=NAME_WEIGHTS, k=count)
        texts = choices(self._texts, k=count)
        return [self._entry(*said) for said in zip(range(first, first + count), rooms, names, texts, strict=True)]

    def _entry(self, seq: int, room: str, name: str, said: str) -> Entry:
        chance, at = self._random.random(), START + STEP_MS * seq
        id_, source = self._random.randbytes(16), f"{name}!~{name}@host.example"
        if chance < PRIVATE_SHARE:
            other = self._random.choice(NAMES)
            fact = Posted(id_, at, "u1", source, "PRIVMSG", other, said, {}, "u2", "", name, "", "", other)
            return Entry(seq, at, fact)
        latest = self._latest.setdefault(room, [])
        if latest and chance < PRIVATE_SHARE + REACTION_SHARE:
            tags, about = {"+draft/react": "+1"}, self._random.choice(latest)
            return Entry(seq, at, Posted(id_, at, "u1", source, "TAGMSG", room, "", tags, account=name, about=about))
        if latest and chance < PRIVATE_SHARE + REACTION_SHARE + EDIT_SHARE:
            tags, about = {"+draft/edit": "1"}, self._random.choice(latest)
            return Entry(seq, at, Posted(id_, at, "u1", source, "PRIVMSG", room, said, tags, account=name, about=about))
        latest.append(seq)
        del latest[:-ABOUT_MAX]
        return Entry(seq, at, Posted(id_, at, "u1", source, "PRIVMSG", room, said, account=name))


def write(path: Path, messages: int) -> None:
    """Make the journal at `path`, or go on until it has so many entries."""
    connection = open_journal(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    store = Store(connection)
    talk, first = Talk(), store.boot()[1].seq + 1
    for start in range(first, messages + 1, ROWS_MAX):
        entries = talk.entries(start, min(ROWS_MAX, messages + 1 - start))
        store.commit(rows_of(entries, [encode_fact(entry.fact) for entry in entries]), entries[-1].seq)
        store.tend(idle=False)
        if not (start // ROWS_MAX) % 500:
            print(f"{start:,} of {messages:,}", file=sys.stderr, flush=True)
    store.retain(Retention(), int(time.time() * 1_000))
    while store.wants_rest or store.has_upkeep:
        store.tend(idle=True)
    state = State(NetworkLimits())
    state.seq = messages
    store.checkpoint(messages, state.snapshot())
    store.commit((), messages, last=True)
    store.close()


def fill_search(path: Path) -> None:
    """Complete the search index beside the journal."""
    with (
        closing(connect_reader(path)) as journal,
        closing(open_for_filling(path_beside(path), journal)) as index,
    ):
        index.execute("PRAGMA synchronous = OFF")
        filler = Filler(index, journal)
        for number in itertools.count():
            if not filler.step():
                break
            if not number % 500:
                filler.checkpoint()
        filler.checkpoint()


def main() -> None:
    """Make it, and say how long that took."""
    parser = argparse.ArgumentParser(prog="python -m bench.history_data", description="A journal of many messages.")
    parser.add_argument("folder", type=Path, help="a data folder, for `server.py --data`; made when it is missing")
    parser.add_argument("--messages", type=int, default=MESSAGES, help=f"how many (default: {MESSAGES})")
    options = parser.parse_args()
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = options.folder / "chat.db"
    begun = time.monotonic()
    write(path, options.messages)
    written = time.monotonic()
    fill_search(path)
    filled = time.monotonic()
    sizes = " and ".join(f"{file.stat().st_size / 2**30:.2f} GiB" for file in (path, path_beside(path)))
    print(f"{options.messages:,} entries in {written - begun:.0f} s, searchable in {filled - written:.0f} s; {sizes}")


if __name__ == "__main__":
    main()
