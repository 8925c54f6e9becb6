"""Push: a browser subscribes, the server sends what calls for somebody who is away, the service worker shows it.

Chromium reaches no push service here: subscribing is played, with an endpoint of this test and keys that this test has;
what came there is read, and delivered into the real service worker by the DevTools protocol.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from tests.server.push_receiver import Receiver
from tests.web.browsing import SECONDS_MAX, People, Person, WebServer, expect
from tests.web.test_staying import answers

PUSHED_SECONDS_MAX = 2.0
"""To who is not connected, at the next tick of the server."""

SUBSCRIBING = """(subscription) => {
  const kept = {
    endpoint: subscription.endpoint,
    options: {applicationServerKey: null},
    toJSON: () => subscription,
    unsubscribe: async () => { sessionStorage.removeItem("subscribed"); return true; },
  };
  PushManager.prototype.subscribe = async function ({userVisibleOnly, applicationServerKey}) {
    if (!userVisibleOnly) throw new DOMException("", "NotAllowedError");
    sessionStorage.setItem("subscribed", [...applicationServerKey].join());
    kept.options.applicationServerKey = applicationServerKey.buffer;
    return kept;
  };
  PushManager.prototype.getSubscription = async () => sessionStorage.getItem("subscribed") === null ? null : kept;
}"""


class PushService:
    """A push service on this machine: what came, the body of each."""

    def __init__(self) -> None:
        self.came: Queue[bytes] = Queue()
        came = self.came

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                came.put(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(201)
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                """Nothing is written."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Of the one subscription."""
        return f"http://127.0.0.1:{self._server.server_port}/push/1"

    def close(self) -> None:
        """It ends."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service."""
    found = PushService()
    yield found
    found.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server that may send to this machine."""
    folder: Path = tmp_path_factory.mktemp("server")
    (folder / "push.toml").write_text('[outbound]\nenabled = true\nnetworks = ["127.0.0.0/8"]\n')
    with WebServer(folder, "--config", str(folder / "push.toml"), memory=True) as started:
        yield started
        assert started.terminate() == 0
        assert not started.failures, started.log


@pytest.fixture
def browser_keys() -> Receiver:
    """The keys of the browser that is pushed to."""
    return Receiver()


@pytest.fixture
def ann(people: People, service: PushService, browser_keys: Receiver) -> Person:
    """Somebody with an account, whose browser can subscribe."""
    person = people.opens("ann", permissions=["notifications"])
    subscription = {
        "endpoint": service.url,
        "keys": {"p256dh": browser_keys.p256dh, "auth": browser_keys.auth},
    }
    person.page.context.add_init_script(f"({SUBSCRIBING})({json.dumps(subscription)})")
    person.page.reload()
    person.page.click("text=Make an account")
    return answers(person, stays=True)


def json_of(value: object) -> str:
    """As a script has it."""
    import json

    return json.dumps(value)


def switches(person: Person, value: str) -> None:
    """Push, in the settings."""
    person.page.click("[aria-label=Settings]")
    person.page.select_option("#setting-push", value)
    expect(person.page.locator("#setting-push")).to_be_enabled()
    expect(person.page.locator("#setting-push")).to_have_value(value)
    expect(person.dialog.locator(".mistake")).to_have_text("")
    person.dialog.get_by_role("button", name="Done").click()


def gets_nothing(service: PushService) -> None:
    """Not within the time in which a push comes else."""
    with pytest.raises(Empty):
        service.came.get(timeout=PUSHED_SECONDS_MAX)


COUNTING = """async () => {
  const show = self.registration.showNotification.bind(self.registration);
  self.shown = 0;
  self.registration.showNotification = async (...words) => { await show(...words); self.shown += 1; };
}"""


class Worker:
    """The service worker of a page, by the DevTools protocol.

    Chromium forgets a notification when somebody asks for the list while it is being shown (40 shown beside four who
    ask all the time: 18 kept), so the list is asked for only when all that is to be shown has been.
    """

    def __init__(self, page: Any) -> None:
        self._page = page
        page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        (self._worker,) = page.context.service_workers
        self._worker.evaluate(COUNTING)
        self._to_show = 0
        self._registrations: list[Any] = []
        self._session = page.context.new_cdp_session(page)
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._updated)
        self._session.send("ServiceWorker.enable")

    def _updated(self, event: Any) -> None:
        self._registrations += event["registrations"]

    def gets(self, line: str) -> None:
        """A push, to the worker that is at work. All but MARKREAD show something."""
        self._to_show += " MARKREAD " not in line
        while not self._registrations:
            self._page.wait_for_timeout(20)
        registration = self._registrations[-1]
        origin = registration["scopeURL"].rstrip("/")
        words = {"origin": origin, "registrationId": registration["registrationId"], "data": line}
        self._session.send("ServiceWorker.deliverPushMessage", words)

    def shows(self, count: int) -> list[Any]:
        """So many notifications: title, body, tag and where they lead."""
        deadline = time.monotonic() + SECONDS_MAX
        while (shown := self._worker.evaluate("self.shown")) < self._to_show and time.monotonic() < deadline:
            self._page.wait_for_timeout(20)
        assert shown == self._to_show
        while len(found := self._shown()) != count and time.monotonic() < deadline:
            self._page.wait_for_timeout(20)
        assert len(found) == count, found
        return found

    def _shown(self) -> list[Any]:
        found: list[Any] = self._page.evaluate(
            "async () => (await (await navigator.serviceWorker.ready).getNotifications())"
            ".map(({title, body, tag, data}) => [title, body, tag, data?.hash ?? null])"
        )
        return found


def test_who_is_away_is_pushed_to_and_led_to_the_message(
    people: People, ann: Person, service: PushService, browser_keys: Receiver
) -> None:
    switches(ann, "on")
    context, nick = ann.page.context, ann.nick
    ann.page.close()
    bob = people.raw("bob")
    bob.says(f"PRIVMSG {people.channel} :{nick}: \x02tea\x02 is ready")
    line = browser_keys.reads(service.came.get(timeout=20)).decode()
    assert line.endswith(f" PRIVMSG {people.channel} :{nick}: \x02tea\x02 is ready")
    back = people.opens_in(context, "ann").is_in()
    worker = Worker(back.page)
    worker.gets(line)
    ((title, body, tag, hash_),) = worker.shows(1)
    assert (title, body) == (f"bob{people.number} in {people.channel}", f"{nick}: tea is ready")
    assert tag == people.channel
    msgid = line.partition("msgid=")[2].partition(" ")[0].partition(";")[0]
    assert hash_ == f"#/c/%23{people.channel[1:]}/{msgid}"
    # Chromium lets only a click of a person focus a window; all else that a click does is done.
    (service_worker,) = context.service_workers
    service_worker.evaluate(
        "async () => { const [notification] = await self.registration.getNotifications();"
        "self.dispatchEvent(new NotificationEvent('notificationclick', {notification})); }"
    )
    back.stands_in(people.channel)
    expect(back.page.locator("li:focus")).to_contain_text("tea is ready")
    worker.shows(0)


def test_what_is_read_elsewhere_goes_away_and_other_things_are_shown_plainly(people: People, ann: Person) -> None:
    switches(ann, "on")
    worker = Worker(ann.page)
    worker.gets("@msgid=x-1 :bob!b@h PRIVMSG #Tea :\x01ACTION \x0304waves\x03 <b>at</b> ann\x01")
    worker.gets("@msgid=x-2;time=2026-01-01T00:00:00.000Z :kim!k@h PRIVMSG ann :one : two")
    worker.gets(":kim!k@h PRIVMSG @#ops hello")
    assert sorted(worker.shows(3)) == [
        ["bob in #Tea", "* bob waves <b>at</b> ann", "#tea", "#/c/%23Tea/x-1"],
        ["kim", "one : two", "kim", "#/c/kim/x-2"],
        ["kim in #ops", "hello", "#ops", "#/c/%23ops"],
    ]
    worker.gets(":chat.local MARKREAD #tea timestamp=2026-01-01T00:00:00.000Z")
    worker.gets(":chat.local MARKREAD kim timestamp=2026-01-01T00:00:00.000Z")
    assert [row[0] for row in worker.shows(1)] == ["kim in #ops"]
    worker.gets("\x00 nonsense")
    assert ["IPC Chat", "", "", None] in worker.shows(2)
    worker.gets(f":bob!b@h PRIVMSG #tea :{'x' * 3_000}")
    assert [row[1] for row in worker.shows(3) if row[2] == "#tea"] == ["x" * 300 + "\u2026"]


def test_it_is_renewed_at_each_start_and_ends_with_the_login(people: People, ann: Person, service: PushService) -> None:
    switches(ann, "on")
    ann.page.reload()
    ann.is_in()
    ann.page.wait_for_function("() => sessionStorage.getItem('subscribed') !== null")
    ann.page.click("[aria-label=Settings]")
    expect(ann.page.locator("#setting-push")).to_have_value("on")
    ann.dialog.get_by_role("button", name="Log out").click()
    expect(ann.page.locator("dialog #welcome-nick")).to_be_visible()
    assert ann.page.evaluate("sessionStorage.getItem('subscribed')") is None
    assert ann.page.evaluate("JSON.parse(localStorage.getItem('ipc-chat.kept')).pushes") is False
    people.raw("bob").says(f"PRIVMSG {ann.nick} :gone?")
    gets_nothing(service)


def test_who_switches_it_off_is_not_pushed_to(people: People, ann: Person, service: PushService) -> None:
    switches(ann, "on")
    switches(ann, "off")
    assert ann.page.evaluate("sessionStorage.getItem('subscribed')") is None
    ann.page.close()
    people.raw("bob").says(f"PRIVMSG {ann.nick} :come")
    gets_nothing(service)


def test_a_guest_is_told_why_not(people: People) -> None:
    guest = people.comes("gus", permissions=["notifications"])
    guest.page.click("[aria-label=Settings]")
    expect(guest.page.locator("#setting-push")).to_be_disabled()
    expect(guest.dialog).to_contain_text("It takes an account: log in first.")


def test_a_browser_that_forbids_is_said(ann: Person) -> None:
    ann.page.evaluate("Notification.requestPermission = async () => 'denied'")
    ann.page.click("[aria-label=Settings]")
    ann.page.select_option("#setting-push", "on")
    expect(ann.dialog.locator(".mistake")).to_contain_text("Allow them beside the address")
    expect(ann.page.locator("#setting-push")).to_have_value("off")


def test_no_other_worker_can_be_registered(people: People, ann: Person) -> None:
    """Trusted Types: the page's policy is made once, and gives one address."""
    switches(ann, "on")
    people.allowed = re.compile("Trusted")
    page = ann.page
    assert page.evaluate("navigator.serviceWorker.register('style.css').catch(({name}) => name)") == "TypeError"
    made = "(name) => { try { trustedTypes.createPolicy(name, {}); } catch (error) { return error.name; } }"
    assert [page.evaluate(made, name) for name in ("worker", "other")] == ["TypeError", "TypeError"]
