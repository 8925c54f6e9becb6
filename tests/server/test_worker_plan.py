"""What a worker is told, and what workers share (server/worker_plan.py, server/workers.py)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ipcchat.server.settings import Loaded, load
from ipcchat.server.worker_plan import FILE_NAME, WorkerPlan, read_plan, write_plan
from ipcchat.server.workers import link_shared, place_of

PLAN = WorkerPlan(
    node="worker-2",
    folder="",
    key_file="/data/node.nk",
    listen=("irc://127.0.0.1:6667",),
    servers=("nats://127.0.0.1:4222",),
)


def test_a_plan_is_a_private_file_that_says_all(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(PLAN, folder=str(tmp_path))
    path = write_plan(plan)
    assert path == tmp_path / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_plan(path) == plan


def test_a_plan_wins_over_all_else(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(PLAN, folder=str(tmp_path))
    loaded = load(None, {"server.workers": 4, "server.listen": ("irc://[::1]:1",), **plan.flags()})
    assert isinstance(loaded, Loaded)
    assert (loaded.listen, loaded.folder, loaded.workers) == (plan.listen, tmp_path, 1)
    assert loaded.cluster is not None
    assert (loaded.cluster.node, loaded.cluster.servers) == ("worker-2", plan.servers)
    assert loaded.cluster.nkey == Path("/data/node.nk")


def test_what_is_no_plan_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("{}")
    with pytest.raises(msgspec.ValidationError):
        read_plan(tmp_path / "plan")


def test_all_but_the_first_have_a_folder_of_their_own_with_links(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "files").mkdir()
    first, second = place_of(tmp_path, 1), place_of(tmp_path, 2)
    assert (first, second) == (tmp_path, tmp_path / "workers" / "2")
    for place in (first, second, second):
        link_shared(tmp_path, place)
    assert (second / "secret").read_text() == "x"
    assert (second / "files").resolve() == tmp_path / "files"
    assert not (second / "push_key").is_symlink()
    assert [path.stat().st_mode & 0o077 for path in (second, second.parent)] == [0, 0]


def test_where_clients_find_all_nodes_is_told_to_them(tmp_path: Path) -> None:
    addresses = ("irc://127.0.0.1:6667", "irc://127.0.0.1:6668")
    plan = msgspec.structs.replace(PLAN, folder=str(tmp_path), addresses=addresses)
    loaded = load(None, plan.flags())
    assert isinstance(loaded, Loaded)
    assert loaded.settings.addresses == addresses
