"""The configuration file: what it sets, what its mistakes are answered with, flags over it, and reading it again.

TOML 1.0 (https://toml.io/en/v1.0.0) is the form of the file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ipcchat.core import handlers
from ipcchat.core.limits import Limits
from ipcchat.core.privileges import PRIVILEGES
from ipcchat.core.registry import COMMANDS
from ipcchat.core.retention import Keep, Retention
from ipcchat.core.settings import Gateway, Operator, Settings, Throttles
from ipcchat.server.settings import Loaded, Mistake, default_folder, load, reload
from ipcchat.server.settings_file import FILE_BYTES_MAX, Origin
from ipcchat.server.settings_limits import FIXED_LIMITS
from ipcchat.server.settings_reader import MISTAKES_MAX
from ipcchat.server.settings_table import CORE, ROWS, SETTINGS

PRIVILEGE_WORDS = ", ".join(f'"{name}"' for name in PRIVILEGES)
HASH = "$argon2id$v=19$m=19456,t=2,p=1$YW4gZXhhbXBsZSBzYWx0IQ$bm8gcGFzc3dvcmQgbWFrZXMgdGhpcyBoYXNoLi4uLi4"
CANARY = "hunter2canary"
FILE = Path("ipc-chat.toml")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a folder of its own, in which ipc-chat.toml may be."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str | bytes) -> Path:
    """Make this the configuration file."""
    FILE.write_bytes(text.encode() if isinstance(text, str) else text)
    FILE.chmod(0o600)
    return FILE


def loaded(text: str, **flags: object) -> Loaded:
    """Load a file that has no mistake; a flag's dot is written as __."""
    found = load(write(text), {name.replace("__", "."): value for name, value in flags.items()})
    assert isinstance(found, Loaded), [str(mistake) for mistake in found]
    return found


def mistakes(text: str | bytes, **flags: object) -> list[str]:
    """The lines with which a file is answered."""
    found = load(write(text), {name.replace("__", "."): value for name, value in flags.items()})
    return [] if isinstance(found, Loaded) else [str(mistake) for mistake in found]


class TestDefaults:
    def test_without_a_file_the_server_is_what_core_is(self):
        found = load(None, {})
        assert isinstance(found, Loaded)
        assert found.settings == Settings()
        assert (found.listen, found.threads, found.log_level) == (("irc://127.0.0.1:6667",), None, "info")
        assert found.remarks == ()

    def test_an_empty_file_is_the_same_as_none(self):
        assert loaded("").settings == Settings()

    @pytest.mark.parametrize(
        ("environment", "folder"),
        [
            ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_DATA_HOME": "/xdg"}, "/var/lib/a"),
            ({"XDG_DATA_HOME": "/xdg"}, "/xdg/ipc-chat"),
            ({"XDG_DATA_HOME": "relative"}, "/home/ann/.local/share/ipc-chat"),
            ({}, "/home/ann/.local/share/ipc-chat"),
        ],
    )
    def test_the_data_folder(self, environment, folder, monkeypatch):
        """XDG Base Directory Specification: a relative path counts as unset; systemd.exec: STATE_DIRECTORY."""
        for name in ("STATE_DIRECTORY", "XDG_DATA_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", "/home/ann")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert default_folder() == Path(folder)
        assert loaded("").folder == Path(folder)

    def test_without_a_home_folder_one_has_to_be_named(self, monkeypatch):
        def no_home() -> Path:
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(Path, "home", no_home)
        for name in ("STATE_DIRECTORY", "XDG_DATA_HOME"):
            monkeypatch.delenv(name, raising=False)
        assert mistakes("") == [
            "ipc-chat.toml: storage.folder: expected a folder (or --data), for there is no home folder"
        ]
        assert loaded("[storage]\nmemory = true").folder is None


class TestValues:
    def test_everything_reaches_core(self):
        found = loaded(
            f'''
            [server]
            network = "Example"
            name = "chat.example.org"
            description = "Tea and talk"
            motd = """
            Welcome.

              \\u0002Tea\\u0002 is at four.
            """
            admin = ["Tea Street 1", "Tea Street 1", "ann@example.org"]
            password = "open sesame"
            user_modes = "ix"
            tags_denied = ["*", "-typing", "-example.org/mood"]
            network_icon = "https://example.org/icon.svg"
            listen = ["irc://0.0.0.0:6667", "irc://[::1]:6667", "irc://h:0", "irc://h:0"]
            threads = 2
            log_level = "debug"
            [storage]
            folder = "here"
            [sts]
            port = 6697
            seconds = 0
            behind_proxy = true
            [throttles]
            lines = false
            [limits]
            nick_bytes_max = 20
            flood_lines_burst = 30
            flood_lines_per_second = 0.5
            [operators.ann]
            password_hash = "{HASH}"
            hosts = ["*@10.*", "ann@*"]
            title = "looks after the tea"
            [operators.bob]
            password_hash = "{HASH}"
            [gateways.webchat]
            password = "a-secret"
            addresses = ["192.0.2.7", "2001:db8::/32"]
        '''.replace("\n            ", "\n")
        )
        assert found.settings == Settings(
            network="Example",
            server_name="chat.example.org",
            description="Tea and talk",
            motd=("Welcome.", "", "  \x02Tea\x02 is at four."),
            admin=("Tea Street 1", "Tea Street 1", "ann@example.org"),
            password="open sesame",
            user_modes="ix",
            tags_denied=("*", "-typing", "-example.org/mood"),
            network_icon="https://example.org/icon.svg",
            sts_port=6697,
            throttles=Throttles(lines=False),
            limits=Limits(nick_bytes_max=20, flood_lines_burst=30.0, flood_lines_per_second=0.5),
            operators={
                "ann": Operator(password_hash=HASH, hosts=("*@10.*", "ann@*"), title="looks after the tea"),
                "bob": Operator(password_hash=HASH),
            },
            gateways=(Gateway(name="webchat", password="a-secret", addresses=("192.0.2.7/32", "2001:db8::/32")),),
        )
        assert found.listen == ("irc://0.0.0.0:6667", "irc://[::1]:6667", "irc://h:0", "irc://h:0")
        assert (found.folder, found.threads, found.log_level) == (Path("here").absolute(), 2, "debug")

    def test_an_empty_motd_is_none(self):
        assert loaded('server.motd = ""').settings.motd == ()

    @pytest.mark.parametrize(
        ("written", "folder"),
        [("/var/lib/chat", "/var/lib/chat"), ("chat", "{tmp}/etc/chat"), ("../chat", "{tmp}/etc/../chat")],
    )
    def test_a_relative_folder_is_beside_the_file(self, written, folder, tmp_path):
        (tmp_path / "etc").mkdir()
        file = tmp_path / "etc" / "chat.toml"
        file.write_text(f'[storage]\nfolder = "{written}"')
        for path in (file, Path("etc/chat.toml")):
            found = load(path, {})
            assert isinstance(found, Loaded)
            assert found.folder == Path(folder.format(tmp=tmp_path))

    def test_a_tilde_is_the_home_folder(self, monkeypatch):
        monkeypatch.setenv("HOME", "/home/ann")
        assert loaded('storage.folder = "~/chat"').folder == Path("/home/ann/chat")

    def test_in_memory_there_is_no_folder(self):
        assert loaded('[storage]\nmemory = true\nfolder = "x"').folder is None

    def test_windows_editors_are_borne(self):  # A byte order mark and CR LF; TOML 1.0 allows CR LF.
        found = load(write(b'\xef\xbb\xbf[server]\r\nnetwork = "Example"\r\nmotd = """\r\none\r\ntwo"""\r\n'), {})
        assert isinstance(found, Loaded)
        assert (found.settings.network, found.settings.motd) == ("Example", ("one", "two"))


# What stands in the file, and the lines that answer it, without "ipc-chat.toml: ".
MISTAKES = {
    "limits.nick_bytes = 9": "limits.nick_bytes: no such setting; did you mean limits.nick_bytes_max?",
    "limits.nick_bytes_max = 'abc'": "limits.nick_bytes_max: expected a number from 9 to 64, got 'abc'",
    "limits.nick_bytes_max = '32'": "limits.nick_bytes_max: expected a number from 9 to 64, got '32'",
    "limits.nick_bytes_max = 8": "limits.nick_bytes_max: expected a number from 9 to 64, got 8",
    "limits.nick_bytes_max = 65": "limits.nick_bytes_max: expected a number from 9 to 64, got 65",
    "limits.nick_bytes_max = 32.5": "limits.nick_bytes_max: "
    "expected a number from 9 to 64 without a fraction, got 32.5",
    "limits.nick_bytes_max = true": "limits.nick_bytes_max: expected a number from 9 to 64, got true",
    "limits.nick_bytes_max = []": "limits.nick_bytes_max: expected a number from 9 to 64, got a list",
    "limits.nick_bytes_max.x = 1": "limits.nick_bytes_max: expected a number from 9 to 64, got a section",
    "limits.nick_bytes_max = 2026-11-22": "limits.nick_bytes_max: expected a number from 9 to 64, got a date or time",
    f"limits.users_max = 0x{'f' * 9000}": "limits.users_max: expected a number from 1 to 1_000_000, "
    "got a very large number",
    "limits.flood_lines_per_second = nan": "limits.flood_lines_per_second: expected a number from 0.1 to 10_000.0, "
    "got nan",
    "limits.flood_lines_per_second = true": "limits.flood_lines_per_second: expected a number from 0.1 to 10_000.0, "
    "got true",
    "limits.flood_lines_burst = inf": "limits.flood_lines_burst: expected a number from 10.0 to 10_000.0, got inf",
    "limits.flood_lines_burst = false": "limits.flood_lines_burst: expected a number from 10.0 to 10_000.0, got false",
    "limits.line_bytes_max = 1024": "limits.line_bytes_max: cannot be set, it is 512 (RFC 1459 2.3)",
    "limits.silence_seconds_max = 60": "limits.silence_seconds_max: "
    "expected more than limits.ping_seconds (90), got 60",
    "limits.silence_seconds_max = 90": "limits.silence_seconds_max: "
    "expected more than limits.ping_seconds (90), got 90",
    "limits = 5": "limits: expected a section [limits], got a number",
    "[[limits]]": "limits: expected a section [limits], got a list",
    "[limit]": "limit: no such section; did you mean [limits]?",
    "[xyz]": "xyz: no such section; there are server, storage, cluster, admin, accounts, history, files, tls, sts, "
    "outbound, push, throttles, operators, local, local_users, local_groups, gateways, limits",
    "network = 'Example'": "network: no such setting; did you mean server.network?",
    "password = 'x'": "password: no such setting; did you mean server.password?",
    "xyzzy = 1": "xyzzy: no such setting; docs/settings.md has all of them",
    "server.xyzzy = 1": "server.xyzzy: no such setting; docs/settings.md has all of them",
    "server.nick_bytes_max = 9": "server.nick_bytes_max: no such setting; did you mean limits.nick_bytes_max?",
    "server.folder = '/'": "server.folder: no such setting; did you mean storage.folder?",
    "server.'a\\tb' = 1": "server.'a\\\\tb': no such setting; docs/settings.md has all of them",
    'server."a\\nb" = 1': "server.'a\\nb': no such setting; docs/settings.md has all of them",
    "server.network = 'a b'": "server.network: expected 1 to 32 letters, digits, '.', '_' or '-' "
    "that begin with a letter or digit, got 'a b'",
    "server.name = 'chat'": "server.name: expected a name with a dot, such as chat.example.org, at most 63 characters, "
    "got 'chat'",
    f"server.name = '{'x' * 60}.org'": "server.name: expected a name with a dot, such as chat.example.org, "
    f"at most 63 characters, got '{'x' * 48}'...",
    "server.description = 7": "server.description: expected a text in one line, at most 100 bytes, got 7",
    'server.description = "a\\nb"': "server.description: expected a text in one line, at most 100 bytes, "
    "without control characters, got 'a\\nb'",
    f"server.description = '{'x' * 101}'": "server.description: expected a text in one line, at most 100 bytes, "
    f"got '{'x' * 48}'...",
    'server.motd = "a\\u0000b"': "server.motd: expected a text in one line, at most 390 bytes, "
    "without control characters, got 'a\\x00b'",
    'server.motd = "'
    + "x\\n" * 201
    + '"': "server.motd: expected a text of at most 200 lines, each at most 390 bytes, got 201 lines",
    "server.motd = ['a']": "server.motd: expected a text of at most 200 lines, each at most 390 bytes, got a list",
    "server.admin = 'me'": "server.admin: expected a list of at most 3: a text in one line, at most 200 bytes, in [ ], "
    "got 'me'",
    "server.admin = ['1', '2', '3', '4']": "server.admin: expected a list of at most 3: "
    "a text in one line, at most 200 bytes; got 4",
    "server.listen = []": "server.listen: expected a list of 1 to 64: irc://HOST:PORT; got 0",
    "server.listen = ['6667']": "server.listen: expected irc://HOST:PORT, got '6667'",
    "server.listen = [6667]": "server.listen: expected irc://HOST:PORT, got 6667",
    "server.listen = ['irc://h:70000']": "server.listen: expected irc://HOST:PORT, got 'irc://h:70000'",
    "server.listen = ['irc://ann:hunter2@h']": "server.listen: expected irc://HOST:PORT, got 'irc://...@h'",
    "server.listen = ['https://h:1/ws']": "server.listen: expected irc://HOST:PORT, got 'https://h:1/ws'",
    "server.web_origins = ['https://h/']": "server.web_origins: expected https://HOST, "
    "as a browser says where a page came from, got 'https://h/'",
    "server.listen = ['irc://h', 'irc://h:6667']": "server.listen: 'irc://h:6667' stands there twice; take one away",
    "server.user_modes = '+i'": "server.user_modes: expected user modes without +, of \"RTgiwx\", each once, got '+i'",
    "server.user_modes = 'ii'": "server.user_modes: expected user modes without +, of \"RTgiwx\", each once, got 'ii'",
    "server.user_modes = 'o'": "server.user_modes: expected user modes without +, of \"RTgiwx\", each once, got 'o'",
    "server.tags_denied = ['+typing']": 'server.tags_denied: expected client tags without +, such as "typing"; '
    '"*" first denies all but "-tag", got \'+typing\'',
    "server.tags_denied = ['typing', '*']": "server.tags_denied: "
    'expected "*" in the first place, and "-tag" only after it',
    "server.tags_denied = ['-typing']": 'server.tags_denied: expected "*" in the first place, and "-tag" only after it',
    "server.network_icon = 'icon.svg'": "server.network_icon: "
    "expected an https:// or http:// URL of at most 200 characters, got 'icon.svg'",
    "server.network_icon = 'https://[::1'": "server.network_icon: "
    "expected an https:// or http:// URL of at most 200 characters, got 'https://[::1'",
    "server.network_icon = 'https://h/a b'": "server.network_icon: "
    "expected an https:// or http:// URL of at most 200 characters, got 'https://h/a b'",
    f"server.network_icon = 'https://h/{'x' * 191}'": "server.network_icon: "
    f"expected an https:// or http:// URL of at most 200 characters, got 'https://h/{'x' * 38}'...",
    "server.log_level = 'loud'": 'server.log_level: expected one of "debug", "info", "warning", "error", got \'loud\'',
    "storage.memory = 'yes'": "storage.memory: expected true or false, got 'yes'",
    "storage.memory = 1": "storage.memory: expected true or false, got 1",
    "storage.folder = ''": "storage.folder: expected a folder, got ''",
    "storage.folder = '~nobody.here/x'": "storage.folder: expected a folder; there is no such user, "
    "got '~nobody.here/x'",
    'storage.folder = "a\\u0000b"': "storage.folder: expected a folder, got 'a\\x00b'",
    "sts.port = true": "sts.port: expected a number from 0 to 65_535, got true",
    "sts.port = 6697": "sts.port: "
    "expected the port of an ircs:// listener of server.listen, or sts.behind_proxy = true; got 6697",
    "tls.key = 'key.pem'": "tls.key: expected tls.certificate, too",
    "tls.certificate = 5": "tls.certificate: expected a file, got 5",
    "sts.seconds = 60": "sts.seconds: expected sts.port to be set, too",
    "operators.ann = 1": "operators.ann: expected a section [operators.ann], got a number",
    "operators.'a b' = {}": "operators.'a b': expected a name of 1 to 32 letters, digits, '_' or '-', got 'a b'",
    "[operators.ann]": "operators.ann.password_hash: expected this, certificates or uids: as it is, nobody can be this "
    "operator",
    "operators.ann.certificates = ['ab12']": "operators.ann.certificates: "
    "expected SHA-256 fingerprints of certificates, 64 hexadecimal digits, got 'ab12'",
    "operators.ann.uids = 5": "operators.ann.uids: "
    "expected a list of at most 32: a number from 0 to 4_294_967_294, in [ ], got 5",
    "operators.ann.uids = [-1]": "operators.ann.uids: expected a number from 0 to 4_294_967_294, got -1",
    "operators.ann.uids = [1, 1]": "operators.ann.uids: a number stands there twice; take one away",
    f"operators.ann.uids = {list(range(33))}": "operators.ann.uids: "
    "expected a list of at most 32: a number from 0 to 4_294_967_294; got 33",
    f"operators.ann = {{password_hash = '{HASH}', privileges = ['ban', 'fly']}}": "operators.ann.privileges: "
    f"expected one of {PRIVILEGE_WORDS}, got 'fly'",
    "operators.ann.password_hash = 'hunter2'": "operators.ann.password_hash: "
    "expected a hash that `ipc-chat password` prints ($argon2id$...); what stands there is not shown",
    "operators.ann.password_hash = 5": "operators.ann.password_hash: "
    "expected a hash that `ipc-chat password` prints ($argon2id$...), got a number",
    f"operators.ann = {{password_hash = '{HASH}', host = ['*@*']}}": "operators.ann.host: no such setting; "
    "did you mean operators.ann.hosts?",
    f"operators.ann = {{password_hash = '{HASH}', hosts = ['ann']}}": "operators.ann.hosts: "
    "expected user@host masks, got 'ann'",
    f"operators.ann = {{password_hash = '{HASH}', hosts = []}}": "operators.ann.hosts: "
    "expected a list of 1 to 32: user@host masks; got 0",
    f"operators.ann = {{password_hash = '{HASH}', hosts = ['a@b', 'a@b']}}": "operators.ann.hosts: "
    "'a@b' stands there twice; take one away",
    "gateways.web = {password = 'a b', addresses = ['::1']}": "gateways.web.password: expected a text in one line, "
    "1 to 200 bytes without spaces and without a colon in front; what stands there is not shown",
    "gateways.web = {password = 'x', addresses = ['10.0.0.1/8']}": "gateways.web.addresses: "
    "expected the network \"10.0.0.0/8\", or an address without /8, got '10.0.0.1/8'",
    "gateways.web = {password = 'x', addresses = ['localhost']}": "gateways.web.addresses: "
    'expected addresses or networks, such as "192.0.2.7" or "2001:db8::/32", got \'localhost\'',
    "server.password = 5": "server.password: expected a text in one line, at most 200 bytes, got a number",
}

# Bytes of the file, and the line that answers it as a whole.
UNREADABLE = {
    "a missing =": (b"[server]\nnetwork 'x'\n", "line 2, column 9: Expected '=' after a key in a key/value pair"),
    "an end too early": (b"[server]\nnetwork =", "line 2, column 10: Invalid value"),
    "a setting that stands there twice": (
        b"[limits]\nusers_max = 1\nusers_max = 2\n",
        "line 3, column 14: Cannot overwrite a value",
    ),
    "Latin-1": (b"[server]\nnetwork = '\xe9lise'\n", "line 2: expected UTF-8, got the byte 0xe9"),
    "too deep": (b"x = " + b"[" * 50_000, "lists or tables are nested too deeply"),
    "a number that is too long": (b"x = " + b"1" * 5_000, "a number or a date in it is out of all range"),
    "too large": (b"#" * (FILE_BYTES_MAX + 1), "expected at most 1_048_576 bytes"),
}


class TestMistakes:
    @pytest.mark.parametrize("text", MISTAKES)
    def test_it_names_file_setting_and_what_is_expected(self, text):
        assert mistakes(text) == [f"ipc-chat.toml: {MISTAKES[text]}"]

    @pytest.mark.parametrize("name", UNREADABLE)
    def test_a_file_that_is_no_toml(self, name):
        content, answer = UNREADABLE[name]
        assert mistakes(content) == [f"ipc-chat.toml: {answer}"]

    def test_a_file_that_is_not_there(self):
        assert load(Path("no.toml"), {}) == [Mistake("no.toml", "", "cannot be read: No such file or directory")]

    def test_a_file_that_is_no_file(self, tmp_path):
        assert load(tmp_path, {}) == [Mistake(str(tmp_path), "", "cannot be read: Is a directory")]

    def test_a_pipe_that_nobody_fills_is_not_waited_for(self):
        os.mkfifo("pipe")
        assert load(Path("pipe"), {}) == [Mistake("pipe", "", "expected a file that can be read again and again")]

    def test_a_name_that_no_file_can_have(self):
        assert load(Path("a\0b"), {}) == [Mistake("'a\\x00b'", "", "cannot be read: there is a NUL in its name")]

    def test_a_reason_without_a_place_is_told_all_the_same(self, monkeypatch):
        def loads(text: str) -> dict[str, object]:
            raise tomllib.TOMLDecodeError("Something is odd")

        monkeypatch.setattr(tomllib, "loads", loads)
        assert mistakes("") == ["ipc-chat.toml: Something is odd"]

    def test_the_largest_file_is_read(self):
        assert mistakes(b"#" * FILE_BYTES_MAX) == []

    def test_all_mistakes_are_told_in_the_order_of_the_file(self):
        assert mistakes(
            """
            [limits]
            nick_bytes = 3
            users_max = 0
            [server]
            threads = -1
            [operators.ann]
            tittle = "x"
            [sts]
            seconds = 5
            """
        ) == [
            "ipc-chat.toml: limits.nick_bytes: no such setting; did you mean limits.nick_bytes_max?",
            "ipc-chat.toml: limits.users_max: expected a number from 1 to 1_000_000, got 0",
            "ipc-chat.toml: server.threads: expected a number from 0 to 256, got -1",
            "ipc-chat.toml: operators.ann.tittle: no such setting; did you mean operators.ann.title?",
            "ipc-chat.toml: operators.ann.password_hash: "
            "expected this, certificates or uids: as it is, nobody can be this operator",
            "ipc-chat.toml: sts.seconds: expected sts.port to be set, too",
        ]

    def test_a_rule_is_not_checked_with_a_wrong_value(self):
        assert len(mistakes("limits.ping_seconds = 1\nlimits.silence_seconds_max = 30")) == 1

    @pytest.mark.parametrize(
        "line", ["k{} = 1", "[limits]\nk{} = 1", "[operators.k{}]", "[operators]\n'k {}' = 1", "[k{}]"]
    )
    def test_endless_mistakes_end(self, line):
        head, _, last = line.rpartition("\n")
        found = mistakes(head + "\n" + "\n".join(last.format(number) for number in range(5_000)))
        assert len(found) == MISTAKES_MAX + 1
        assert found[-1] == "ipc-chat.toml: there are more mistakes; correct these first"

    def test_an_endless_name_is_answered_at_once(self):
        (line,) = mistakes(f"limits.{'nick_bytes_' * 50_000} = 1")
        assert line.startswith("ipc-chat.toml: limits.'nick_bytes_nick_bytes_") and len(line) < 200

    @pytest.mark.parametrize(
        "text",
        [
            'server.password = "{}\\n"',
            'server.password = "{}',
            "server.password = {}",
            'server.password = ["{}"]',
            'server.pasword = "{}"',
            'server = "{}"',
            'password = "{}"',
            f'server.password = "{{}}{"x" * 200}"',
            'operators.ann = "{}"',
            'operators.ann.password_hash = "{}"',
            'operators.ann.password_hash = ["{}"]',
            'operators.ann.password = "{}"',
            'gateways.web.password = "{} "',
            'gateways.web.password = {{"{}" = 1}}',
            'server.listen = ["irc://ann:{}@h:1"]',
            'server.network_icon = "ftp://ann:{}@h/x"',
        ],
    )
    def test_no_secret_is_shown(self, text):
        found = mistakes(text.format(CANARY))
        assert found and not any(CANARY in line for line in found)

    @hypothesis_settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(content=st.binary(max_size=200) | st.text(st.characters(codec="utf-8"), max_size=200).map(str.encode))
    def test_no_file_raises(self, content):
        found = load(write(content), {})
        assert isinstance(found, Loaded) or all("\n" not in str(mistake) for mistake in found)

    @hypothesis_settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        name=st.sampled_from(sorted(SETTINGS)),
        value=st.recursive(
            st.none().map(lambda _: "2026-11-22T10:00:00Z")
            | st.integers().map(str)
            | st.floats().map(str)
            | st.booleans().map(lambda value: str(value).lower())
            | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="'")).map(
                lambda text: f"'{text}'"
            ),
            lambda inner: st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
            max_leaves=5,
        ),
    )
    def test_no_value_raises(self, name, value):
        found = load(write(f"{name} = {value}"), {})
        assert isinstance(found, Loaded) or all("\n" not in str(mistake) for mistake in found)


class TestFlags:
    def test_they_win_over_the_file(self):
        text = """
        [server]
        network = "File"
        listen = ["irc://h:1"]
        threads = 1
        log_level = "error"
        [storage]
        folder = "/file"
        [throttles]
        lines = true
        """
        found = loaded(
            text,
            server__network="Flag",
            server__listen=["irc://h:2"],
            server__threads=2,
            server__log_level="debug",
            storage__folder="/flag",
            throttles__lines=False,
        )
        assert (found.settings.network, found.listen, found.threads) == ("Flag", ("irc://h:2",), 2)
        assert (found.log_level, found.folder) == ("debug", Path("/flag"))
        assert not found.settings.throttles.lines

    def test_a_wrong_one_is_named_as_it_is_typed(self):
        assert mistakes("", server__listen=["h:1"]) == ["ipc-chat: --listen: expected irc://HOST:PORT, got 'h:1'"]

    def test_bytes_that_are_no_text_are_refused(self):  # What the shell hands over that is not UTF-8.
        assert mistakes("", server__listen=["irc://\udce9:1"]) == [
            "ipc-chat: --listen: expected irc://HOST:PORT, got 'irc://\\udce9:1'"
        ]

    def test_a_mistake_in_the_file_counts_even_where_a_flag_wins(self):
        assert len(mistakes("server.network = 5", server__network="Flag")) == 1


class TestReload:
    def again(self, before: Loaded, text: str, **flags: object) -> Loaded:
        found = reload(before, write(text), {name.replace("__", "."): value for name, value in flags.items()})
        assert isinstance(found, Loaded), found
        return found

    def test_what_can_change_changes_at_once(self):
        before = loaded("[server]\nnetwork = 'One'\n[limits]\nnick_bytes_max = 20\n")
        after = self.again(before, f"[server]\nnetwork = 'Two'\n[operators.ann]\npassword_hash = '{HASH}'\n")
        assert (after.settings.network, after.settings.limits) == ("Two", Limits())
        assert after.settings.operators == {"ann": Operator(password_hash=HASH)}
        assert (after.changed, after.waiting) == (
            (
                "limits.nick_bytes_max",
                *(f"operators.ann.{key}" for key in ("certificates", "hosts", "password_hash", "privileges", "title")),
                "operators.ann.uids",
                "server.network",
            ),
            (),
        )

    def test_an_operator_needs_one_proof_or_a_local_user_who_is_him(self):
        ways = f"""
        [operators.card]
        certificates = ["{"AB:" * 31}AB"]
        privileges = ["kill"]
        [operators.user]
        uids = [1000]
        [operators.wheel]
        [operators.build]
        [local_groups.wheel]
        gid = 10
        operator = "wheel"
        [local_users.build]
        uid = 1001
        operator = "build"
        """
        found = loaded(ways).settings.operators
        assert list(found) == ["card", "user", "wheel", "build"]
        assert (found["card"].certificates, found["card"].privileges) == (("ab" * 32,), ("kill",))
        assert (found["user"].uids, found["wheel"].privileges) == ((1000,), tuple(PRIVILEGES))

    def test_who_is_taken_out_of_the_file_is_no_operator_any_more(self):
        before = loaded(f"[operators.ann]\npassword_hash = '{HASH}'\n[operators.bob]\npassword_hash = '{HASH}'\n")
        after = self.again(before, f"[operators.bob]\npassword_hash = '{HASH}'\n")
        assert list(after.settings.operators) == ["bob"]

    def test_what_needs_a_restart_waits_for_it_and_the_rest_counts(self):
        before = loaded("")
        text = """
        [server]
        network = "Two"
        name = "two.example.org"
        listen = ["irc://h:1"]
        threads = 3
        [storage]
        folder = "/elsewhere"
        [limits]
        receive_bytes_max = 8192
        users_max = 5
        """
        for _ in range(2):  # It is told each time, until the restart.
            after = self.again(before, text)
            assert after.waiting == (
                "limits.receive_bytes_max",
                "server.listen",
                "server.name",
                "server.threads",
                "storage.folder",
            )
            assert after.settings.network == "Two"
            assert after.settings.limits == Limits(users_max=5)
            assert after.settings.server_name == before.settings.server_name
            assert (after.listen, after.threads, after.folder) == (before.listen, before.threads, before.folder)
            before = after
        assert after.changed == ()
        assert self.again(before, "").waiting == ()

    def test_after_a_mistake_nothing_has_changed(self):
        before = loaded("[server]\nnetwork = 'One'")
        found = reload(before, write("[server]\nnetwork = 'Two'\ndescription = 5"), {})
        assert found == [
            Mistake("ipc-chat.toml", "server.description", "expected a text in one line, at most 100 bytes, got 5")
        ]
        assert before.settings.network == "One"

    def test_a_file_that_is_gone_is_a_mistake(self):
        before = loaded("")
        FILE.unlink()
        assert reload(before, FILE, {}) == [Mistake("ipc-chat.toml", "", "cannot be read: No such file or directory")]

    def test_a_flag_still_wins(self):
        before = loaded("", server__network="Flag")
        after = self.again(before, "[server]\nnetwork = 'File'", server__network="Flag")
        assert (after.settings.network, after.changed) == ("Flag", ())

    def test_the_same_file_changes_nothing(self):
        text = f"[limits]\nusers_max = 5\n[operators.ann]\npassword_hash = '{HASH}'\n"
        before = loaded(text)
        after = self.again(before, text)
        assert after == before

    def test_without_a_file_there_is_nothing_to_read_again(self):
        before = load(None, {})
        assert isinstance(before, Loaded)
        assert reload(before, None, {}) == before


class TestRemarks:
    @pytest.mark.parametrize(
        "text",
        [
            "[server]\npassword = 'x'",
            f"[operators.ann]\npassword_hash = '{HASH}'",
            "[gateways.web]\npassword = 'x'\naddresses = ['::1']",
        ],
    )
    def test_passwords_that_everybody_can_read(self, text):
        write(text).chmod(0o644)
        found = load(FILE, {})
        assert isinstance(found, Loaded)
        assert found.remarks == (
            "ipc-chat.toml has passwords and everybody on this machine can read it; chmod 640 ipc-chat.toml",
        )
        FILE.chmod(0o640)
        found = load(FILE, {})
        assert isinstance(found, Loaded)
        assert found.remarks == ()

    def test_a_file_without_passwords_may_be_read_by_all(self):
        write("limits.users_max = 5").chmod(0o644)
        found = load(FILE, {})
        assert isinstance(found, Loaded)
        assert found.remarks == ()


class TestHistory:
    """What is kept of the past (docs/retention.md)."""

    def test_without_settings_everything_is_kept(self):
        assert loaded("").settings.retention == Retention()

    def test_each_setting_is_a_limit(self):
        text = "[history]\nkeep_days = 90\nkeep_messages = 5\nkeep_bytes = 6\nkeep_account_bytes = 7\n"
        assert loaded(text).settings.retention == Retention(Keep(90 * 86_400_000, 5, 6), account_bytes=7)


class TestTable:
    """The table has every setting there is, and each is what it says."""

    # What is put together of settings of [accounts].
    OF_ACCOUNTS = {"policy", "verification"}
    IN_SECTIONS = {"limits", "throttles", "operators", "gateways"}
    OF_HISTORY = {"retention"}
    OF_OUTBOUND = {"outbound"}
    OF_LISTENERS = {"files_url"}
    OF_KEYS = {"push_key"}

    @pytest.mark.parametrize("contact", ["", "mailto:admin@example.org", "https://example.org/contact?us"])
    def test_who_is_responsible_for_pushes(self, contact):
        assert loaded(f'[push]\ncontact = "{contact}"').values["push.contact"] == contact

    @pytest.mark.parametrize(
        "contact", ["admin@example.org", "http://example.org", "mailto:a b@c", "mailto:@", "x" * 500]
    )
    def test_not_everything_is_a_contact(self, contact):
        assert len(mistakes(f'[push]\ncontact = "{contact}"')) == 1

    def test_where_something_may_be_sent(self):
        assert loaded("").settings.outbound == ()
        assert loaded("outbound.enabled = true").settings.outbound == ("https",)
        home = 'outbound.networks = ["10.0.0.0/8"]'
        assert loaded(f"{home}\noutbound.enabled = true").settings.outbound == ("https", "http")
        assert loaded(home).settings.outbound == ()

    def test_every_limit_is_a_setting(self):
        names = {row.key for row in ROWS if row.section == "limits"}
        assert names | set(FIXED_LIMITS) == set(Limits.__struct_fields__), "give the limit a row in settings_limits.py"

    def test_every_throttle_has_its_switch(self):
        assert {row.key for row in ROWS if row.section == "throttles"} == set(Throttles.__struct_fields__)

    def test_every_setting_of_core_is_one_of_the_file(self):
        assert {
            *CORE,
            *self.OF_ACCOUNTS,
            *self.OF_HISTORY,
            *self.OF_OUTBOUND,
            *self.IN_SECTIONS,
            *self.OF_LISTENERS,
            *self.OF_KEYS,
        } == set(Settings.__struct_fields__)
        assert {row.key for row in ROWS if row.section == "operators"} == set(Operator.__struct_fields__)
        assert {row.key for row in ROWS if row.section == "gateways"} == set(Gateway.__struct_fields__) - {"name"}

    def test_every_default_could_stand_in_the_file(self):
        for row in ROWS:
            if row.default is not None and row.name != "server.motd":
                assert row.kind.read(row.default) == row.default, row.name

    def test_every_command_fits_into_the_smallest_burst(self):  # Or it would wait for ever.
        handlers.load()
        kind: Any = SETTINGS["limits.flood_lines_burst"].kind
        assert max(command.cost for command in COMMANDS.values()) <= kind.least

    def test_the_longest_line_is_always_let_to_its_end(self):
        kind: Any = SETTINGS["limits.unterminated_bytes_max"].kind
        assert kind.least >= Limits().line_bytes_max + Limits().line_tags_bytes_max

    def test_names_are_unique_and_texts_are_sentences(self):
        assert len(SETTINGS) == len(ROWS)
        assert all(row.text.endswith(".") for row in ROWS)

    def test_loaded_settings_are_frozen(self):
        found = loaded("")
        with pytest.raises(AttributeError):
            found.settings = Settings()  # type: ignore[misc]
        assert msgspec.structs.replace(found, listen=()).listen == ()


class TestOwner:
    """Hostile input X08: a file that somebody else put in the place of ours, read again."""

    @pytest.mark.parametrize(("owner", "is_taken"), [(0, True), (1_001, True), (1_002, True), (1_003, False)])
    def test_only_who_could_change_the_first_may_replace_it(self, monkeypatch, owner, is_taken):
        def owned_by(uid):
            monkeypatch.setattr("ipcchat.server.settings.read_tables", lambda path: ({}, Origin(uid, 0o600)))

        monkeypatch.setattr("os.geteuid", lambda: 1_001)
        owned_by(1_002)
        first = load(FILE, {})
        assert isinstance(first, Loaded)
        owned_by(owner)
        again = reload(first, FILE, {})
        if is_taken:
            assert isinstance(again, Loaded)
        else:
            assert isinstance(again, list)
            assert [str(mistake) for mistake in again] == [
                "ipc-chat.toml: it belongs to user 1003 now, who is neither root, nor the server's user, "
                "nor whose it was: chown it"
            ]
