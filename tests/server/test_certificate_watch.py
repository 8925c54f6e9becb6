"""Looking after the certificate while the server runs: files that change, the settings it decides, reminders."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from ipcchat.core.settings import Settings
from ipcchat.server.certificate_watch import CertificateWatch
from ipcchat.server.certificates import today
from ipcchat.server.configuration import Configuration
from ipcchat.server.settings import Loaded, load
from ipcchat.server.tls import ServerTLS
from tests.server.tls_files import Maker, replace

NAME = "chat.example.org"


class Scene:
    """A server's configuration with TLS and STS, and what its shell is given."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.maker = Maker(folder)
        monkeypatch.setenv("SSL_CERT_FILE", str(self.maker.authority))
        files = self.maker.issue(NAME)
        self.file = folder / "chat.toml"
        self.file.write_text(
            f'[server]\nname = "{NAME}"\nlisten = ["ircs://127.0.0.1:6697"]\n[sts]\nport = 6697\nseconds = 60\n'
            f'[tls]\ncertificate = "{files.certificate.name}"\nkey = "{files.key.name}"\n'
        )
        loaded = load(self.file, {})
        assert isinstance(loaded, Loaded), loaded
        self.tls = ServerTLS(files)
        self.now = today()
        self.watch = CertificateWatch(self.tls, [6697], lambda: self.now)
        self.configuration = Configuration(loaded, self.file)
        self.configuration.judged_by(self.watch.judge)
        self.taken: list[Settings] = []

    async def looks(self, times: int = 2, remind: bool = False) -> None:
        """As many looks as a change needs."""
        for _ in range(times):
            await self.watch.look(self.configuration, self.taken.append, remind=remind)

    @property
    def sts_port(self) -> int:
        """The port that clients are told, 0 for none."""
        return self.configuration.loaded.settings.sts_port


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(tmp_path, monkeypatch)


def told(captured: pytest.LogCaptureFixture) -> list[str]:
    """What the administrator is told."""
    fields: list[dict[str, object]] = [getattr(record, "fields", {}) for record in captured.records]
    return [str(each["remark"]) for each in fields if "remark" in each]


async def test_a_renewed_certificate_is_taken_and_told(scene: Scene, captured: pytest.LogCaptureFixture):  # T03
    scene.maker.issue(NAME, "www.example.org")
    await scene.looks()
    assert scene.tls.certificate.names == (NAME, "www.example.org")
    (record,) = [record for record in captured.records if record.msg == "a new certificate is used from now on"]
    assert record.fields["fingerprint"] == scene.tls.certificate.fingerprint  # type: ignore[attr-defined]
    assert not scene.taken


async def test_a_broken_one_keeps_the_old_and_is_told_once(scene: Scene, captured: pytest.LogCaptureFixture):  # T03
    before = scene.tls.certificate
    replace(scene.tls.files.certificate, b"broken")
    await scene.looks(5)
    assert scene.tls.certificate is before
    assert len(told(captured)) == 1
    assert told(captured)[0].startswith("the new certificate cannot be used, the old one stays: ")
    assert scene.sts_port == 6697


async def test_what_did_not_change_is_not_read(scene: Scene, captured: pytest.LogCaptureFixture):
    await scene.looks(3)
    assert not told(captured)


async def test_the_end_is_told_every_time(scene: Scene, captured: pytest.LogCaptureFixture):  # T03: daily
    scene.now += timedelta(days=80)
    await scene.looks(1, remind=True)
    await scene.looks(1, remind=True)
    assert sum("expires on" in remark and "in 10 days" in remark for remark in told(captured)) == 2


async def test_a_certificate_that_no_client_would_take_ends_sts(
    scene: Scene, captured: pytest.LogCaptureFixture
):  # T07
    assert scene.sts_port == 6697
    scene.maker.issue("other.example")
    await scene.looks()
    assert scene.sts_port == 0
    assert [settings.sts_port for settings in scene.taken] == [0]
    scene.maker.issue(NAME)
    await scene.looks()
    assert [settings.sts_port for settings in scene.taken] == [0, 6697]


async def test_reading_the_configuration_again_reads_the_certificate_again(scene: Scene):  # T03: SIGHUP, REHASH
    scene.maker.issue(NAME, file="second")
    scene.file.write_text(
        scene.file.read_text().replace("server.pem", "second.pem").replace("server.key", "second.key")
    )
    answer, settings = await scene.configuration.read_again()
    assert not answer.mistakes
    assert not answer.after_restart
    assert settings is not None
    assert scene.tls.files.certificate.name == "second.pem"
    assert settings.sts_port == 6697


async def test_a_configuration_without_a_certificate_keeps_the_old(scene: Scene, captured: pytest.LogCaptureFixture):
    before = scene.tls.certificate
    text = scene.file.read_text()
    scene.file.write_text(text[: text.index("[tls]")] + '[storage]\nfolder = "none"\n')
    await scene.configuration.read_again()
    assert scene.tls.certificate is before
    assert any("the old one stays: there is none; make one" in remark for remark in told(captured))


async def test_a_bug_in_a_look_ends_nothing(
    scene: Scene, captured: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def boom(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(scene.tls, "has_changed", boom)
    await scene.looks(1)
    assert [record.levelno for record in captured.records] == [logging.ERROR]
