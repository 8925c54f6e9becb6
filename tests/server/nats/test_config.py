"""The configuration file of a NATS server: what it says, what is refused, and that nats-server takes it."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ipcchat.server.nats.binary import find_binary
from ipcchat.server.nats.config import (
    PAYLOAD_BYTES_MAX,
    Member,
    NatsSettings,
    Routes,
    Tls,
    render,
    subjects_of,
    write,
)
from ipcchat.server.nats.errors import ConfigurationError
from ipcchat.server.nats.keys import node_key
from tests.server.tls_files import Maker

KEY = "U" + "A" * 55


def settings(folder: Path, /, **others: Any) -> NatsSettings:
    """Settings of the smallest server, but for these."""
    return NatsSettings(**{"name": "n1", "folder": folder, **others})


def told(settings: NatsSettings) -> Any:
    """What nats-server reads."""
    return json.loads(render(settings))


def test_the_smallest_one_is_on_loopback_and_has_jetstream_and_nothing_else(tmp_path):
    assert told(settings(tmp_path)) == {
        "server_name": "n1",
        "host": "127.0.0.1",
        "port": -1,
        "max_payload": PAYLOAD_BYTES_MAX,
        "jetstream": {
            "store_dir": str(tmp_path / "store"),
            "max_memory_store": 0,
            "max_file_store": 4 << 30,
            "sync_interval": "120s",
        },
        "log_file": str(tmp_path / "nats.log"),
        "logfile_size_limit": 8 << 20,
        "logfile_max_num": 3,
        "ports_file_dir": str(tmp_path / "ports"),
    }


def test_zero_seconds_are_always(tmp_path):
    assert told(settings(tmp_path, sync_seconds=0))["jetstream"]["sync_interval"] == "always"


def test_the_monitoring_port_is_on_loopback_whatever_the_server_listens_on(tmp_path):
    assert told(settings(tmp_path, host="0.0.0.0", plaintext=True, monitor_port=8222))["http"] == "127.0.0.1:8222"


def test_each_member_has_a_user_with_lists_of_his_own(tmp_path):
    written = told(settings(tmp_path, members=(Member("ann", KEY), Member("bob", KEY))))
    ann, bob = written["accounts"]["IPCCHAT"]["users"]
    assert ann["nkey"] == KEY
    assert ann["permissions"]["subscribe"]["allow"] == [
        "_INBOX_ann.>",
        "ipcchat.hints",
        "ipcchat.beat.*",
        "ipcchat.node.ann.*",
    ]
    assert "ipcchat.beat.bob" in bob["permissions"]["publish"]["allow"]
    assert "ipcchat.beat.bob" not in ann["permissions"]["publish"]["allow"]
    assert written["accounts"]["SYS"] == {"users": []}


def test_the_account_has_room_for_a_copy_on_each_server(tmp_path):
    routes = Routes("test", "127.0.0.1", -1, (("127.0.0.1", 1), ("127.0.0.1", 2)))
    written = told(settings(tmp_path, members=(Member("ann", KEY),), routes=routes, store_bytes_max=1000))
    assert written["accounts"]["IPCCHAT"]["jetstream"]["max_file"] == 3000
    assert written["jetstream"]["max_file_store"] == 1000


def test_a_password_that_is_refused_is_not_shown(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        render(settings(tmp_path, routes=Routes("test", "127.0.0.1", -1, password="secret!")))
    assert "secret" not in str(raised.value)


def test_only_a_keeper_may_delete(tmp_path):
    deleting = {"$JS.API.STREAM.DELETE.IPCCHAT", "$JS.API.STREAM.PURGE.IPCCHAT"}
    assert not deleting & set(subjects_of(Member("ann", KEY))[0])
    assert deleting <= set(subjects_of(Member("ann", KEY, keeper=True))[0])


def test_stream_and_prefix_are_parameters():
    publish, subscribe = subjects_of(Member("ann", KEY), "OTHER", "some.where")
    assert "some.where.facts" in publish
    assert "$JS.API.STREAM.INFO.OTHER" in publish
    assert not [subject for subject in (*publish, *subscribe) if "ipcchat" in subject.lower()]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "N1"},
        {"name": "n1\n"},
        {"name": ""},
        {"name": "a" * 33},
        {"name": "-n1"},
        {"host": "127.0.0.1 "},
        {"host": "a/b"},
        {"host": ""},
        {"stream": "IPC.CHAT"},
        {"stream": "IPC*"},
        {"prefix": "ipcchat.>"},
        {"prefix": "ipcchat."},
        {"members": (Member("ann", "SU" + "A" * 54),)},
        {"members": (Member("ann.>", KEY),)},
        {"members": (Member("ann", KEY), Member("ann", KEY))},
        {"routes": Routes("a b", "127.0.0.1", -1)},
        {"routes": Routes("test", "127.0.0.1", -1, (("x y", 1),))},
        {"routes": Routes("test", "127.0.0.1", -1, password="short")},
        {"routes": Routes("test", "127.0.0.1", -1, password="with:something@else")},
        {"folder": Path("relative")},
        {"folder": Path("/tmp/new\nline")},
        {"tls": Tls(Path("a.pem"), Path("/b"), Path("/c"))},
    ],
)
def test_what_could_be_misread_is_refused(tmp_path, wrong):
    with pytest.raises(ConfigurationError):
        render(settings(tmp_path, **wrong))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "nats.example.org"])
def test_who_is_reached_from_outside_needs_tls(tmp_path, host):
    tls = Tls(tmp_path / "c", tmp_path / "k", tmp_path / "a")
    for others in ({"host": host}, {"routes": Routes("test", host, 6222)}):
        with pytest.raises(ConfigurationError, match="needs tls"):
            render(settings(tmp_path, **others))
        render(settings(tmp_path, **others, plaintext=True))
        written = told(settings(tmp_path, **others, tls=tls))
        for place in (written, *([written["cluster"]] if "cluster" in written else [])):
            assert place["tls"]["verify"] is True


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_none(tmp_path, host):
    render(settings(tmp_path, host=host))


def test_the_file_is_private_and_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "nats"
    path = write(settings(folder))
    write(settings(folder, sync_seconds=0))
    assert json.loads(path.read_bytes())["jetstream"]["sync_interval"] == "always"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(entry.name for entry in folder.iterdir()) == ["nats.conf", "ports"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot write"):
        write(settings(tmp_path / "file" / "nats"))


@pytest.mark.parametrize("name", ["plain", 'with "quotes" and spaces', "$HOME", "back\\slash", "Äther", "#{}[]:,"])
def test_the_real_program_takes_it(tmp_path, name):
    maker = Maker(tmp_path)
    files = maker.issue("127.0.0.1")
    full = settings(
        tmp_path / name,
        sync_seconds=0,
        monitor_port=-1,
        members=(Member("ann", node_key(tmp_path / "ann.seed").public),),
        routes=Routes("test", "::1", -1, (("::1", 6222), ("localhost", 6223))),
        tls=Tls(files.certificate, files.key, maker.authority),
    )
    done = subprocess.run([find_binary(), "-t", "-c", write(full)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert told(full)["jetstream"]["store_dir"] == str(tmp_path / name / "store")


def test_settings_may_be_changed_by_replacing():
    changed = msgspec.structs.replace(settings(Path("/x")), sync_seconds=0)
    assert changed.log_file == Path("/x/nats.log")
