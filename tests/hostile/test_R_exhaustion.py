"""Using up what everybody shares: memory by names and lists, the processor by questions, the wire by fan-out."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Sized
from pathlib import Path
from types import FunctionType, MethodType, ModuleType

import msgspec
import pytest

from ipcchat.core.limits import Limits
from tests.core.net import ALL_CAPS, Net
from tests.e2e.raw_client import RawClient, commands
from tests.hostile.siege import Siege

FULL = bool(os.environ.get("HOSTILE_FULL"))
CROWD = 500 if FULL else 150
ROUNDS = 2_000 if FULL else 60
"""A round of people who come, do what leaves traces, and go."""


# A network of 250 channels in place of 10,000.
SMALL = "[limits]\nchannels_max = 250\n"


@pytest.mark.parametrize("configuration", [SMALL])
@pytest.mark.parametrize("throttled", [False])
def test_R01_channels_without_end(siege: Siege):
    """A hundred for each user, and no more for all than the network has room for; they go when nobody is in them."""
    several = [siege.connect(f"mallory{number}") for number in range(3)]
    for number, client in enumerate(several):
        answers = client.answers_to(*[f"JOIN #m{number}x{each}" for each in range(110)])
        joined = sum(line.command == "JOIN" for line in answers)
        assert joined == 100 if number < 2 else 45 <= joined <= 50  # The bystander has one, too.
        refused = {line.text for line in answers if line.command not in ("JOIN", "353", "366")}
        assert refused and all(" 405 " in text or " 437 " in text for text in refused), refused
    for client in several:
        client.answers_to("JOIN 0")
    with siege.connect("honest") as honest:
        assert "JOIN" in commands(honest.answers_to("JOIN #mine"))
    for client in several:
        client.close()


NAMES = 100_000 if FULL else 5_000


@pytest.mark.parametrize("throttled", [False])
def test_R02_watching_everybody(siege: Siege):
    """A hundred nicks for each session, adding and taking away costs what it costs, and nothing stays of who left."""
    for name in ("warmup", "mallory"):
        with siege.connect(name) as mallory:
            for first in range(0, NAMES, 25):
                mallory.says("MONITOR + " + ",".join(f"nick{number}" for number in range(first, first + 25)))
            answers = mallory.answers_to("MONITOR L")
            assert "734" in commands(mallory.heard) or "734" in commands(answers) or first
            listed = [nick for line in answers if line.command == "732" for nick in line.params[-1].split(",")]
            assert len(listed) == Limits().monitored_nicks_max
            for _ in range(NAMES // 50):
                mallory.says("MONITOR C", "MONITOR + a,b,c", "MONITOR - a,b,c")
            assert commands(mallory.answers_to("MONITOR L")) == ["733"]
            masks = [line for each in range(150) for line in mallory.answers_to(f"SILENCE +m{each}!*@*")]
            assert sum(line.command == "511" for line in masks) == 50
        siege.bystander.is_served()
        siege.measure_memory()


def test_R02_nothing_of_a_watcher_stays():
    net = Net()
    for number in range(5):
        ann = net.connect(f"ann{number}", "draft/metadata-2 batch")
        ann.says("MONITOR + " + ",".join(f"nick{each}" for each in range(100)), "METADATA * SUB avatar url")
        ann.hangs_up()
    assert sum(sizes(net.engine.monitors)) == sum(sizes(net.engine.subscriptions)) == 0


def test_R03_a_channel_has_so_many_masks_and_matching_them_is_linear():
    """Masks of the network: tests/hostile/test_R_masks.py."""
    net = Net()
    ann = net.join("ann", "#tea")
    for number in range(110):
        ann.says(f"MODE #tea +b {'*a' * 60}{number}!*@*")
    assert sum(" 478 " in line for line in ann.lines) == 10
    assert any(" 696 " in line for line in ann.says("MODE #tea +b " + "m" * 300 + "!*@*"))
    bob = net.connect("b" + "a" * 28)
    assert any(" JOIN " in line for line in bob.says("JOIN #tea"))


QUESTIONS = ("WHO *", "LIST", "NAMES #crowd", "WHOIS bystander", "WHO #crowd", "LUSERS", "MONITOR S")


def test_R05_questions_about_everybody(siege: Siege):
    """What a question costs is taken from the one bucket of its session, so that the core has time for the others."""
    siege.repeat(lambda name: curiosity(siege, name))


def curiosity(siege: Siege, name: str) -> None:
    """Somebody asks about a crowd again and again; then everybody goes."""
    several = [RawClient(siege.server.port) for _ in range(CROWD)]
    for number, client in enumerate(several):
        client.says(f"NICK c{number}", f"USER c 0 * :{number}", "JOIN #crowd")
    for client in several:
        client.hears("366")
    before = siege.server.cpu_seconds
    with siege.member(name) as mallory:
        mallory.joins("#crowd")
        mallory.says(*QUESTIONS * 4)
        for _ in range(5):
            siege.bystander.is_served()
        assert siege.server.cpu_seconds - before < 1.0
    for client in several:
        client.close()


def test_R07_a_fan_out_of_long_tags():
    """Tags of four KiB to everybody cost as many lines as they have bytes: a sender has a budget of bytes, too."""
    net = Net(throttled=True)
    crowd = [net.join(f"c{number}", "#crowd", ALL_CAPS) for number in range(20)]
    mallory = net.join("mallory", "#crowd", ALL_CAPS)
    net.pass_time(10)
    net.forget()
    tags = "+draft/x=" + "x" * 4_000
    mallory.says(*[f"@{tags} TAGMSG #crowd"] * 40)
    assert [len(each.lines) for each in crowd] == [2] * 20
    net.pass_time(10)
    assert all(len(each.lines) <= 2 + 4 for each in crowd)
    assert not mallory.closed


def test_R07_a_line_is_encoded_once_and_shared(siege: Siege):
    siege.repeat(lambda name: storm(siege, senders=10))


def storm(siege: Siege, senders: int) -> None:
    """Some of a crowd send long tags to all of it; then everybody goes."""
    several = [RawClient(siege.server.port) for _ in range(CROWD)]
    for number, client in enumerate(several):
        client.says("CAP REQ :message-tags", f"NICK c{number}", f"USER c 0 * :{number}", "CAP END", "JOIN #crowd")
    for client in several:
        client.hears("366")
    for client in several[:senders]:
        client.says(*[f"@+draft/x={'x' * 4_000} TAGMSG #crowd"] * 2)
    for client in several:
        client.hears_up_to_pong("after the storm")
    siege.bystander.is_served()
    for client in several:
        client.close()
    siege.is_left_alone()


def test_R09_storms_of_small_news():
    """Five thousand who watch hear of one who is away now and then, not as often as he can type it."""
    net = Net(throttled=True)
    watcher = net.join("watcher", "#crowd", ALL_CAPS)
    mallory = net.join("mallory", "#crowd", ALL_CAPS)
    net.pass_time(10)
    watcher.forget()
    for number in range(100):
        mallory.says(f"AWAY :{number}", "@+typing=active TAGMSG #crowd", f"SETNAME :{number}", f"NICK m{number}")
        net.pass_time(0.5)
    heard = [line.split(" ")[1] for line in watcher.bare]
    assert [heard.count(word) for word in ("AWAY", "SETNAME", "NICK")] == [4, 4, 3]
    assert heard.count("TAGMSG") <= 6 * 4


def test_R11_keys_of_tables_cannot_be_made_to_collide(siege: Siege):
    assert sys.hash_info.algorithm.startswith("siphash")
    environment = Path(f"/proc/{siege.server.process.pid}/environ").read_bytes()
    assert b"PYTHONHASHSEED=" not in environment


def test_R11_a_connection_has_no_thread_and_no_timer_of_its_own(siege: Siege):
    before = siege.server_threads
    several = [siege.stranger() for _ in range(100)]
    for number, client in enumerate(several):
        client.says(f"NICK c{number}", f"USER c 0 * :{number}")
        client.hears("376")
    assert siege.server_threads <= before
    idle = siege.server.cpu_seconds
    siege.bystander.is_served()
    siege.bystander.is_served()
    assert siege.server.cpu_seconds - idle < 0.3
    for client in several:
        client.close()


FEW = Limits(
    whowas_entries_max=20, renamed_entries_max=10, voided_facts_max=20, addresses_remembered_max=20, channels_max=40
)


def test_R12_a_long_life_in_short():
    """People come, use everything that leaves traces, and go, round after round: no table is longer than before."""
    net = Net(limits=FEW)
    net.join("host", "#tea", ALL_CAPS + " draft/metadata-2 draft/channel-rename")
    seen = []
    for first in range(0, 3 * ROUNDS, ROUNDS):
        live(net, first)
        seen.append(everything(net))
    assert max(seen[1:]) <= seen[0] * 1.1, f"a table grows: {seen}"


def live(net: Net, first: int) -> None:
    """One round, with names that no other one has."""
    for number in range(first, first + ROUNDS):
        guest = net.connect(f"guest{number}", ALL_CAPS + " draft/metadata-2 draft/channel-rename")
        guest.says(
            f"JOIN #room{number}",
            f"RENAME #room{number} #hall{number}",
            "JOIN #tea",
            f"PRIVMSG #tea :{number}",
            f"@label=l{number} WHOIS guest{number}",
            f"@+ipc-chat/key=key-of-guest-{number:08} PRIVMSG #tea :again",
            f"NICK other{number}",
            "MONITOR + a,b,c",
            "METADATA * SUB avatar",
            "METADATA * SET avatar :x",
            f"INVITE host #hall{number}",
            "SILENCE +x!*@*",
            "AWAY :x",
            "CHATHISTORY LATEST #tea * 5",
            f"BATCH +{number} draft/multiline #tea",
        )
        guest.hangs_up()
    net.pass_time(1_000_000)
    net.forget()


def everything(net: Net) -> int:
    """How many entries all tables of the engine and of its state have."""
    return sum(sizes(net.engine))


def sizes(root: object) -> list[int]:
    """The lengths of all tables that can be reached from an object of the project."""
    seen: set[int] = set()
    found: list[int] = []
    waiting: deque[object] = deque([root])
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(
            one, str | bytes | int | float | type | FunctionType | MethodType | ModuleType
        ):
            continue
        seen.add(id(one))
        if isinstance(one, dict | set | frozenset | list | tuple | deque):
            found.append(len(one))
            waiting.extend(one.values() if isinstance(one, dict) else one)
        elif type(one).__module__.startswith("ipcchat."):
            waiting.extend(fields_of(one))
    return found


def fields_of(one: object) -> list[object]:
    """What an object of the project holds."""
    if isinstance(one, msgspec.Struct):
        return [getattr(one, name) for name in one.__struct_fields__]
    names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    held = [getattr(one, name, None) for name in names]
    return [*held, *vars(one).values()] if hasattr(one, "__dict__") else held


def test_R12_the_measure_itself_sees_growth():
    net = Net()
    before = everything(net)
    net.join("ann", "#tea")
    assert isinstance(net.engine.connections, Sized)
    assert everything(net) > before
