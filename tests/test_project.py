"""The set-up that `run`, `server.py` and `client.py` share, the commands of `run`, and the version (bootstrap.py).

The installers are played by small scripts, so that nothing here needs a network or takes long.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import bootstrap
from bootstrap import Environment, SetUpError
from ipcchat.version import VERSION

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]

# Plays python (as `python -m venv`) and the interpreter that it puts into .venv; writes every command to a log.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >> {log}
case "$*" in
  "-m venv --without-pip "*) folder="$4" ;;
  "-m venv "*) [ -e {no_ensurepip} ] && {{ echo "ensurepip is not available"; exit 1; }}; folder="$3" ;;
  *"-m pip "*) [ -e {no_pip} ] && {{ echo "No module named pip"; exit 1; }}
     [ -e {no_network} ] && case "$*" in *" install "*) echo "no matching distribution"; exit 1 ;; esac
     exit 0 ;;
  *) exit 0 ;;
esac
mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python"
"""


class Machine:
    """A project folder and a Python that can be made poor: without ensurepip, pip or network."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.root.mkdir()
        self.log = folder / "log"
        self.lacks = {name: folder / name for name in ("no_ensurepip", "no_pip", "no_network")}
        python = folder / "python3"
        python.write_text(FAKE_PYTHON.format(log=self.log, **self.lacks))
        python.chmod(0o755)
        for name in bootstrap.REQUIREMENTS.values():
            (self.root / name).write_text("msgspec==1\n")
        self.environment = Environment(str(self.root), str(python))

    def without(self, *names: str) -> Machine:
        """Takes something away."""
        for name in names:
            self.lacks[name].touch()
        return self

    def commands(self) -> list[str]:
        """What was run since the last look."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.write_text("")
        return lines

    def installs(self) -> list[str]:
        """The install commands that were run since the last look."""
        return [line for line in self.commands() if " install " in line]


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with python3 -m venv and nothing else: neither uv nor pip is on its PATH."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return Machine(tmp_path)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """./run with these arguments."""
    return subprocess.run([sys.executable, str(ROOT / "run"), *arguments], capture_output=True, text=True, timeout=30)


class TestEnvironment:
    def test_the_first_run_sets_up_and_the_second_runs_nothing(self, machine, capsys):
        machine.environment.set_up("runtime")
        assert machine.environment.is_ready("runtime")
        assert "setting up .venv (first run only" in capsys.readouterr().err
        machine.commands()
        machine.environment.set_up("runtime")
        assert machine.commands() == []
        assert capsys.readouterr().err == ""

    def test_the_development_requirements_include_those_at_run_time(self, machine):
        machine.environment.set_up("dev")
        assert machine.environment.is_ready("dev")
        assert machine.environment.is_ready("runtime")

    def test_the_run_time_requirements_are_not_enough_for_development(self, machine):
        machine.environment.set_up("runtime")
        assert not machine.environment.is_ready("dev")

    def test_a_cluster_is_installed_for_those_who_want_one(self, machine, capsys):
        machine.environment.set_up("runtime")
        assert not machine.environment.is_ready("cluster")
        machine.commands()
        machine.environment.set_up("cluster")
        assert [line.rpartition("/")[2] for line in machine.installs()] == ["requirements-cluster.txt"]
        assert machine.environment.is_ready("cluster")
        assert machine.environment.is_ready("runtime")
        assert not machine.environment.is_ready("dev")

    def test_the_development_requirements_are_enough_for_a_cluster(self, machine):
        machine.environment.set_up("dev")
        assert machine.environment.is_ready("cluster")

    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            ("", "runtime"),
            ("--listen irc://127.0.0.1:0 --memory", "runtime"),
            ("certificate make", "runtime"),
            ("--workers 4", "cluster"),
            ("--workers=4 --data folder", "cluster"),
            ("--data folder --cluster nats://127.0.0.1", "cluster"),
            ("cluster up", "cluster"),
            ("--name cluster", "runtime"),
        ],
    )
    def test_only_who_wants_a_cluster_waits_for_its_requirements(self, line, kind, monkeypatch):
        assert bootstrap.kind_for(line.split()) == kind
        asked: list[str] = []
        replaced: list[list[str]] = []
        monkeypatch.setattr(bootstrap, "has_requirements", lambda kind: asked.append(kind))
        monkeypatch.setattr(bootstrap, "interpreter_for", lambda kind: f"python-for-{kind}")
        monkeypatch.setattr(bootstrap, "replace_process", replaced.append)
        bootstrap.enter("server.py", line.split())
        assert asked == [kind]
        assert replaced == [[f"python-for-{kind}", "server.py", *line.split()]]

    def test_changed_requirements_are_installed_again(self, machine, capsys):
        machine.environment.set_up("runtime")
        (machine.root / "requirements.txt").write_text("msgspec==2\n")
        assert not machine.environment.is_ready("runtime")
        machine.commands()
        machine.environment.set_up("runtime")
        assert len(machine.installs()) == 1
        assert "requirements changed" in capsys.readouterr().err

    def test_who_has_only_the_requirements_of_an_older_version_lacks_some(self, monkeypatch):
        """Such as an interpreter of somebody's own, from before the terminal client."""
        for kind, modules in bootstrap.MODULES.items():
            assert bootstrap.has_requirements(kind)
            for missing in modules:
                with monkeypatch.context() as patch:
                    patch.setattr(
                        importlib.util, "find_spec", lambda name, missing=missing: None if name == missing else 1
                    )
                    assert not bootstrap.has_requirements(kind)

    def test_a_half_made_environment_is_repaired(self, machine):
        (machine.root / ".venv" / "bin").mkdir(parents=True)
        machine.environment.set_up("runtime")
        assert machine.environment.is_ready("runtime")

    def test_an_environment_whose_interpreter_is_gone_is_made_again(self, machine):
        machine.environment.set_up("runtime")
        os.unlink(machine.environment.interpreter)
        assert not machine.environment.is_ready("runtime")
        machine.environment.set_up("runtime")
        assert machine.environment.is_ready("runtime")

    def test_an_environment_that_works_is_kept_and_filled(self, machine):
        machine.environment.set_up("runtime")
        kept = machine.root / ".venv" / "kept"
        kept.touch()
        machine.environment.remove_stamps()
        machine.environment.set_up("runtime")
        assert kept.exists()

    def test_a_failed_install_leaves_no_stamp(self, machine):
        machine.environment.set_up("runtime")
        machine.without("no_network")
        (machine.root / "requirements.txt").write_text("msgspec==2\n")
        with pytest.raises(SetUpError, match=r"could not install requirements\.txt(?s:.*)no matching distribution"):
            machine.environment.set_up("runtime")
        (machine.root / "requirements.txt").write_text("msgspec==1\n")
        assert not machine.environment.is_ready("runtime")

    def test_no_network_is_tried_once(self, machine):
        with pytest.raises(SetUpError):
            machine.without("no_network").environment.set_up("runtime")
        assert len(machine.installs()) == 1

    def test_without_ensurepip_an_outer_pip_is_used(self, machine):
        machine.without("no_ensurepip").environment.set_up("runtime")
        assert machine.environment.is_ready("runtime")
        assert any("--python" in line for line in machine.installs())

    def test_without_any_installer_the_line_to_type_is_given(self, machine, monkeypatch):
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt" else None)
        with pytest.raises(SetUpError, match="apt install python3-venv"):
            machine.without("no_ensurepip", "no_pip").environment.set_up("runtime")

    def test_uv_is_used_when_found(self, machine, tmp_path, monkeypatch):
        uv = tmp_path / "uv"
        uv.write_text(
            f'#!/bin/sh\necho "uv $*" >> {machine.log}\n'
            f'[ "$1" = venv ] && mkdir -p "$5/bin" && cp "$4" "$5/bin/python"\nexit 0\n'
        )
        uv.chmod(0o755)
        monkeypatch.setattr(shutil, "which", lambda name: str(uv) if name == "uv" else None)
        machine.environment.set_up("runtime")
        assert machine.environment.is_ready("runtime")
        assert all(line.startswith("uv ") for line in machine.installs())

    def test_two_first_runs_do_not_race(self, machine, capsys):
        second = threading.Thread(target=machine.environment.set_up, args=("runtime",), daemon=True)
        with machine.environment.lock():
            second.start()
            wait_for(lambda: "waiting for another run" in capsys.readouterr().err)
            assert machine.commands() == []
        second.join(10)
        assert machine.environment.is_ready("runtime")

    def test_who_waited_for_a_set_up_does_not_repeat_it(self, machine):
        other = Environment(machine.environment.root, machine.environment.python)
        starts = (machine.environment.set_up, other.set_up)
        threads = [threading.Thread(target=start, args=("dev",), daemon=True) for start in starts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(machine.installs()) == 1

    def test_misleading_variables_do_not_reach_the_installer(self, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", "/elsewhere")
        monkeypatch.setenv("PIP_INDEX_URL", "https://example.org/simple")
        seen = bootstrap.installer_environment()
        assert "PYTHONPATH" not in seen
        assert seen["PIP_INDEX_URL"] == "https://example.org/simple"
        assert seen["UV_SYSTEM_CERTS"] == "1"


class TestOldPython:
    def test_it_gets_one_line_and_the_exit_code_for_unavailable(self, capsys):
        with pytest.raises(SystemExit) as left:
            bootstrap.require_python((3, 8, 18))
        assert left.value.code == bootstrap.EX_UNAVAILABLE
        line = r"ipc-chat: Python 3\.11 or newer is needed, this is 3\.8\.18; .*\n"
        assert re.fullmatch(line, capsys.readouterr().err)

    def test_the_oldest_supported_one_is_what_pyproject_says(self):
        bootstrap.require_python((*bootstrap.PYTHON_MIN, 0))
        assert PROJECT["requires-python"] == ">=" + ".".join(map(str, bootstrap.PYTHON_MIN))

    @pytest.mark.parametrize("name", ["bootstrap.py", "run", "server.py", "client.py"])
    def test_the_entry_scripts_parse_there_and_need_only_the_standard_library(self, name):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"), name, feature_version=(3, 7))
        imported = {
            alias.name.partition(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names
        }
        imported |= {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        assert imported <= {*sys.stdlib_module_names, "bootstrap"}


class TestRun:
    def test_help_lists_every_command(self, run_script):
        done = run("help")
        assert done.returncode == 0
        listed = set(re.findall(r"^  (\w+) +\S", done.stdout, re.MULTILINE))
        assert listed == set(run_script.COMMANDS)

    @pytest.mark.parametrize("flag", ["-h", "--help"])
    def test_help_has_the_usual_flags(self, flag):
        assert run(flag).stdout == run("help").stdout

    def test_no_command_is_wrong_usage(self):
        done = run()
        assert (done.returncode, done.stdout) == (2, "")
        assert "a command is needed" in done.stderr

    def test_a_mistyped_command_gets_a_suggestion(self):
        done = run("tset")
        assert done.returncode == 2
        assert "did you mean 'test'?" in done.stderr

    def test_arguments_of_setup_are_checked(self):
        assert run("setup", "--all").returncode == 2

    def test_a_check_that_fails_shows_its_output(self, run_script, capfd):
        assert not run_script.passes("name", [sys.executable, "-c", "print('the reason'); raise SystemExit(1)"])
        assert re.search(r"name +FAILED +\d+\.\d s\nthe reason", capfd.readouterr().out)

    def test_a_check_that_passes_is_one_line(self, run_script, capfd):
        assert run_script.passes("name", [sys.executable, "-c", "print('much')"])
        assert re.fullmatch(r"name +ok +\d+\.\d s\n", capfd.readouterr().out)


class TestVersion:
    def test_the_package_metadata_reads_it_from_the_code(self):
        rule = PYPROJECT["tool"]["hatch"]["version"]
        found = re.search(rule["pattern"], (ROOT / rule["path"]).read_text(encoding="utf-8"))
        assert found and found["version"] == VERSION
        assert PROJECT["dynamic"] == ["version"]

    def test_the_change_log_speaks_of_it(self):
        changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        assert re.search(rf"^## .*{re.escape(VERSION)}", changes, re.MULTILINE), f"add a section for {VERSION}"


class TestRequirements:
    @pytest.mark.parametrize(
        ("name", "extras"),
        [
            ("requirements.txt", ()),
            ("requirements-cluster.txt", ("cluster",)),
            ("requirements-dev.txt", ("cluster", "dev")),
        ],
    )
    def test_every_dependency_is_pinned(self, name, extras):
        wanted = PROJECT["dependencies"] + [
            each for extra in extras for each in PROJECT["optional-dependencies"][extra]
        ]
        names = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in wanted}
        assert names <= set(pins_of(name)), f"make {name} again, as its first lines say"

    @pytest.mark.parametrize("name", bootstrap.REQUIREMENTS.values())
    def test_every_pin_has_a_hash_and_no_index_is_named(self, name):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert len(pins_of(name)) == len(re.findall(r"^[\w-]+==\S+ .*\\\n    --hash=sha256:", text, re.MULTILINE))
        assert not re.search(r"https?:|--(extra-)?index-url|--find-links", text)

    @pytest.mark.parametrize(("smaller", "larger"), [("runtime", "cluster"), ("cluster", "dev")])
    def test_all_files_pin_the_same_versions(self, smaller, larger):
        few, many = pins_of(bootstrap.REQUIREMENTS[smaller]), pins_of(bootstrap.REQUIREMENTS[larger])
        assert {name: many.get(name) for name in few} == few


def pins_of(name: str) -> dict[str, str]:
    """Package -> version of one requirements file."""
    return dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


def wait_for(condition: Callable[[], bool]) -> None:
    """Returns when the condition holds; fails after 10 s."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true within 10 s"
        time.sleep(0.01)
