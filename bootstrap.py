"""The project's own Python environment: made in `.venv` on the first run, used by every later one.

`run`, `server.py` and `client.py` share this module. It stands beside the package and not in it: it must work before
any requirement is installed and under any Python 3 (to say which one is needed), so it must not import `ipcchat`.

Rules:
1. Standard library only, and the file parses under Python 3.6.
2. A stamp in `.venv` is written last. Without a true stamp the environment is made or repaired, with one nothing is run
   and no network is used.
3. A lock on the project folder makes first runs that race wait for each other.
4. Every way that the machine offers is tried before giving up, and each step has a deadline.
5. Success is one line on standard error. Giving up says what to type and leaves with EX_UNAVAILABLE.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from typing import Dict, Iterator, List, NamedTuple, NoReturn, Optional, Tuple

ROOT = os.path.dirname(os.path.abspath(__file__))
PYTHON_MIN = (3, 11)
STEP_SECONDS_MAX = 900  # One pip run on a slow line; an endless one would keep the lock.
EX_UNAVAILABLE = 69  # sysexits.h: something that is needed is missing
REQUIREMENTS = {"runtime": "requirements.txt", "cluster": "requirements-cluster.txt", "dev": "requirements-dev.txt"}
DURATIONS = {"runtime": "about 10 s", "cluster": "about 15 s", "dev": "about 30 s"}
SATISFIES = {"runtime": ("runtime",), "cluster": ("cluster", "runtime"), "dev": ("dev", "cluster", "runtime")}
# Who has these has all requirements of a kind: one of the first and the one that came last.
MODULES = {"runtime": ("msgspec", "textual"), "cluster": ("msgspec", "textual", "nats", "nkeys")}
# What a command line says of a server that is one of several.
CLUSTER_OPTIONS = ("--workers", "--cluster")
CLUSTER_COMMAND = "cluster"


class SetUpError(Exception):
    """The environment cannot be made here; the text says what to do."""


class Way(NamedTuple):
    """One way to fill `.venv`: what makes it, what succeeds if the installer is there, the installer.

    After a `decisive` installer has run and failed no other is tried: it would fail for the same reason.
    """

    make: List[str]
    probe: List[str]
    install: List[str]
    decisive: bool = True


class Environment:
    """The virtual environment in `root/.venv`, as `python` (a path) would make it."""

    def __init__(self, root: str = ROOT, python: str = "") -> None:
        self.root = root
        self.python = python or getattr(sys, "_base_executable", None) or sys.executable  # Not the one inside `.venv`.
        self.folder = os.path.join(root, ".venv")
        self.interpreter = os.path.join(self.folder, "Scripts/python.exe" if os.name == "nt" else "bin/python")

    def is_ready(self, kind: str) -> bool:
        """Whether the requirements of `kind` (a key of REQUIREMENTS) are installed completely and unchanged since."""
        try:
            with open(self.stamp(kind)) as file:
                return file.read() == self.expected_stamp(kind)
        except OSError:
            return False

    def stamp(self, kind: str) -> str:
        """The path of the file that is written when everything of `kind` is installed."""
        return os.path.join(self.folder, "complete-" + kind)

    def expected_stamp(self, kind: str) -> str:
        """What a true stamp says: the hash of the requirements and the interpreter behind `.venv`."""
        with open(os.path.join(self.root, REQUIREMENTS[kind]), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        if not os.path.exists(self.interpreter):
            raise FileNotFoundError(self.interpreter)
        return f"{digest}\n{os.path.realpath(self.interpreter)}\n"

    def set_up(self, kind: str) -> None:
        """Installs what is missing of `kind`. Raises SetUpError when no way works."""
        if self.is_ready(kind):
            return
        with self.lock():
            if self.is_ready(kind):
                return
            changed = os.path.exists(self.stamp(kind))
            reason = "requirements changed" if changed else "first run only, " + DURATIONS[kind]
            say(f"setting up .venv ({reason}) ...")
            self.remove_stamps()
            self.build(kind)
            for satisfied in SATISFIES[kind]:
                with open(self.stamp(satisfied), "w") as file:
                    file.write(self.expected_stamp(satisfied))

    def remove_stamps(self) -> None:
        """From now on `.venv` counts as half-made."""
        for kind in REQUIREMENTS:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.stamp(kind))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the lock on the project folder. The system drops it when the process ends, however it ends."""
        if os.name == "nt":  # No fcntl there: first runs that race are not kept apart.
            yield
            return
        import fcntl

        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another run that is setting up .venv ...")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def ways(self) -> Iterator[Way]:
        """The ways to make and fill `.venv`, best first. A bare Debian has none of them."""
        venv = [self.python, "-m", "venv"]
        options = ["--quiet", "--no-input", "--disable-pip-version-check"]
        uv = shutil.which("uv")
        if uv:
            install = [uv, "pip", "install", "--quiet", "--python", self.interpreter]
            yield Way([uv, "venv", "--quiet", "--python", self.python, self.folder], [uv, "--version"], install, False)
        pip = [self.interpreter, "-m", "pip"]
        yield Way([*venv, self.folder], [*pip, "--version"], [*pip, "install", *options])
        on_path = [[path] for path in map(shutil.which, ("pip3", "pip")) if path]
        for outer in ([self.python, "-m", "pip"], *on_path):
            pip = [*outer, "--python", self.interpreter]
            yield Way([*venv, "--without-pip", self.folder], [*pip, "--version"], [*pip, "install", *options])

    def build(self, kind: str) -> None:
        """Makes `.venv` unless it works, and installs the requirements of `kind`. Raises SetUpError."""
        requirements = os.path.join(self.root, REQUIREMENTS[kind])
        for way in self.ways():
            if not (self.works() and attempt(way.probe) is None):
                shutil.rmtree(self.folder, ignore_errors=True)
                attempt(way.make)
            if not (self.works() and attempt(way.probe) is None):
                continue
            problem = attempt([*way.install, "-r", requirements])
            if problem is None:
                return
            if way.decisive:
                raise SetUpError(f"could not install {REQUIREMENTS[kind]}:\n{last_lines(problem)}")
        if not os.access(self.root, os.W_OK):
            raise SetUpError(f"cannot make .venv: {self.root} is not writable")
        remedy = "apt install python3-venv" if shutil.which("apt") else "install uv, or venv and pip for this Python"
        raise SetUpError("this Python cannot make a virtual environment; to change that: " + remedy)

    def works(self) -> bool:
        """Whether `.venv` has an interpreter that starts and is new enough."""
        return attempt([self.interpreter, "-c", f"import sys; sys.exit(sys.version_info < {PYTHON_MIN})"]) is None


def attempt(command: List[str]) -> Optional[str]:
    """Runs `command` silently: None when it succeeded, else what it printed."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=installer_environment(),
            timeout=STEP_SECONDS_MAX,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stdout.decode("utf-8", "replace")


def installer_environment() -> Dict[str, str]:
    """The environment without what leads installers away from `.venv`, and with the system's certificates for uv."""
    misleading = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    kept = {name: value for name, value in os.environ.items() if name not in misleading}
    kept.setdefault("UV_SYSTEM_CERTS", "1")
    return kept


def last_lines(output: str) -> str:
    """The end of an installer's output, where the reason stands."""
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("WARNING: Retrying")]
    return "\n".join("  " + line for line in lines[-4:])


def require_python(version: Tuple[int, int, int] = sys.version_info[:3]) -> None:
    """Leaves with EX_UNAVAILABLE and one line when this Python is too old."""
    if version >= PYTHON_MIN:
        return
    found = [name for name in (f"python3.{minor}" for minor in range(20, 10, -1)) if shutil.which(name)]
    remedy = f"start it with {found[0]}" if found else "install a newer one"
    give_up(f"Python 3.11 or newer is needed, this is {version[0]}.{version[1]}.{version[2]}; {remedy}")


def kind_for(arguments: List[str]) -> str:
    """What a server with this command line needs: "cluster" when it is one of several, else "runtime"."""
    options = [argument.partition("=")[0] for argument in arguments]
    wanted = arguments[:1] == [CLUSTER_COMMAND] or any(option in CLUSTER_OPTIONS for option in options)
    return "cluster" if wanted else "runtime"


def has_requirements(kind: str = "runtime") -> bool:
    """Whether this interpreter can run the program as it is."""
    return all(importlib.util.find_spec(name) is not None for name in MODULES[kind])


def interpreter_for(kind: str) -> str:
    """The path of a Python that has the requirements of `kind`, set up when needed; EX_UNAVAILABLE if that fails."""
    require_python()
    if kind in MODULES and has_requirements(kind):
        return sys.executable
    environment = Environment()
    inside = os.path.realpath(sys.prefix) == os.path.realpath(environment.folder)
    if inside and kind in MODULES and environment.is_ready(kind):
        give_up(f".venv is damaged; remove it and start again: rm -r {environment.folder}")
    try:
        environment.set_up(kind)
    except SetUpError as error:
        give_up(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    return environment.interpreter


def enter(script: str, arguments: List[str]) -> None:
    """Returns when this interpreter has the requirements, else starts `script` anew under one that has."""
    require_python()
    kind = kind_for(arguments)
    if not has_requirements(kind):
        replace_process([interpreter_for(kind), script, *arguments])


def replace_process(command: List[str]) -> NoReturn:
    """Becomes `command`: the same process, terminal and signals."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":  # execv there returns to the shell before the new program has ended.
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def say(text: str) -> None:
    """Prints one line for the person who waits."""
    print(text, file=sys.stderr, flush=True)


def give_up(text: str) -> NoReturn:
    """Prints why and leaves with EX_UNAVAILABLE."""
    say("ipc-chat: " + text)
    sys.exit(EX_UNAVAILABLE)
