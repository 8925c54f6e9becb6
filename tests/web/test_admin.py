"""The admin page against a real server with operators in its configuration: each part shows what is there, each deed
works and is in the audit log, and who may not sees why.

Specification: docs/admin.md.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ROOT
from tests.web.browsing import NO_CONNECTION, People, WebServer, expect, telephone, violations
from tests.web.conftest import ends_well
from tests.web.payloads import NAMES, payloads
from tests.web.test_xss import FOREIGN, POLLUTED, WATCH

SECRET = "tea leaves and honey"
PASSWORD = "correct horse battery"
PARTS = ["Overview", "Users", "Channels", "Bans and filters", "Accounts", "Storage", "Cluster", "Audit log"]
CONFIGURATION = """
[operators.root]
password_hash = "{hash}"

[operators.guard]
password_hash = "{hash}"
privileges = ["ban"]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server with operators, on disk."""
    folder = tmp_path_factory.mktemp("server")
    command = [sys.executable, str(ROOT / "server.py"), "password"]
    made = subprocess.run(command, input=f"{SECRET}\n", capture_output=True, text=True, check=True)
    configuration = folder / "ipc-chat.toml"
    configuration.write_text(CONFIGURATION.format(hash=made.stdout.split()[-1]))
    with WebServer(folder, "--config", str(configuration)) as started:
        yield started
        ends_well(started)


class Admin:
    """An operator before the page."""

    def __init__(self, people: People, nick: str = "root", operator: str = "root", **settings: Any) -> None:
        self.people = people
        self.person = people.opens(nick, path="admin", **settings)
        self.page = self.person.page
        self.dialog = self.page.locator("dialog[open]")
        self.operator = operator

    def enters(self) -> Admin:
        """As a guest, then as an operator."""
        self.page.click("text=Join as a guest")
        self.page.fill("#welcome-nick", self.person.nick)
        self.page.keyboard.press("Enter")
        return self.becomes_operator()

    def becomes_operator(self) -> Admin:
        """By name and password."""
        self.page.fill("#oper-name", self.operator)
        self.page.fill("#oper-password", SECRET)
        self.page.keyboard.press("Enter")
        expect(self.dialog).to_have_count(0)
        expect(self.page.locator("#part h2")).to_be_visible()
        return self

    def goes(self, part: str) -> Admin:
        """To a part, until it has asked."""
        self.page.locator("#parts").get_by_role("link", name=part, exact=True).click()
        expect(self.page.locator("#part h2")).to_have_text(part)
        self.is_told()
        return self

    def is_told(self) -> None:
        """The part has what it asked for."""
        expect(self.page.locator("#part > section")).not_to_have_attribute("aria-busy", "true")
        expect(self.page.locator("#part .mistake")).to_have_text("")

    def row(self, text: str, table: str = "") -> Any:
        """The rows that have a text, of one table."""
        within = self.page.get_by_role("table", name=table) if table else self.page.locator("#part")
        return within.locator("tbody tr").filter(has_text=text)

    def finds(self, text: str) -> None:
        """What the server is asked for."""
        self.page.locator("#part .search input").first.fill(text)
        self.page.locator("#part .search input").first.press("Enter")

    def opens(self, name: str) -> None:
        """The dialog of a row."""
        self.page.locator("#part").get_by_role("button", name=name, exact=True).click()
        expect(self.dialog).to_be_visible()

    def presses(self, button: str) -> None:
        """In the dialog."""
        self.dialog.get_by_role("button", name=button, exact=True).click()

    def fills(self, **typed: str) -> None:
        """The questions of a dialog."""
        for name, text in typed.items():
            self.dialog.locator(f"#ask-{name}").fill(text)

    def hears(self, text: str) -> None:
        """What was done."""
        expect(self.page.locator("#toasts")).to_contain_text(text)

    def recorded(self, kind: str, words: str) -> None:
        """The audit log has what this operator did."""
        records = [json.loads(line) for line in self.audit_file.read_text().splitlines()]
        found = [each for each in records if each["kind"] == kind and words in f"{each['target']} {each['text']}"]
        assert found, [(each["kind"], each["target"], each["text"]) for each in records[-5:]]
        assert found[-1]["actor"].startswith(f"{self.person.nick}!") and found[-1]["actor"].endswith("(root)")

    @property
    def audit_file(self) -> Path:
        """On the server's disk."""
        return self.people.server.journal / "audit.jsonl"


@pytest.fixture
def admin(people: People) -> Admin:
    """The operator who may everything, on his page."""
    return Admin(people).enters()


def registers(people: People, nick: str) -> RawClient:
    """Somebody with an account of that name, who is connected."""
    client = people.raw(nick)
    client.says(f"NS REGISTER {PASSWORD.replace(' ', '-')}")
    client.hears("900")
    return client


# Coming in.


def test_who_is_no_operator_sees_a_refusal_and_nothing_else(people: People) -> None:
    eve = Admin(people, "eve")
    eve.page.click("text=Join as a guest")
    eve.page.fill("#welcome-nick", eve.person.nick)
    eve.page.keyboard.press("Enter")
    expect(eve.dialog).to_contain_text("no operator of this network")
    eve.page.fill("#oper-name", "root")
    eve.page.fill("#oper-password", "a guess")
    eve.page.keyboard.press("Enter")
    expect(eve.dialog.locator(".mistake").last).to_contain_text("Password incorrect")
    assert eve.page.locator("#part").inner_text() == "" and eve.page.locator("#parts").inner_text() == ""
    expect(eve.dialog.get_by_role("link", name="Back to the chat")).to_have_attribute("href", "./")


def test_what_somebody_may_not_do_is_not_offered(people: People) -> None:
    guard = Admin(people, "guard", "guard").enters()
    expect(guard.page.locator("#parts a")).to_have_text(["Users", "Channels", "Bans and filters", "Cluster"])
    guard.goes("Bans and filters")
    expect(guard.page.get_by_role("table")).to_have_count(1)
    people.raw("ann")
    guard.goes("Users")
    guard.opens(f"ann{people.number}")
    expect(guard.dialog.locator(".buttons button")).to_have_text(["Ban"])


def test_who_stayed_logged_in_is_not_asked_who_he_is(people: People) -> None:
    root = people.opens("root")
    root.page.click("text=Make an account")
    root.page.fill("#welcome-nick", root.nick)
    root.page.fill("#welcome-password", PASSWORD)
    root.page.keyboard.press("Enter")
    root.is_in()
    root.page.goto(people.server.address + "admin")
    expect(root.dialog).to_contain_text(f"You are {root.nick}, and no operator")
    root.page.fill("#oper-name", "root")
    root.page.fill("#oper-password", SECRET)
    root.page.keyboard.press("Enter")
    expect(root.page.locator("#who")).to_have_text(root.nick)
    kept = root.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert SECRET not in kept and PASSWORD not in kept


def test_the_chat_leads_operators_here_and_nobody_else(people: People) -> None:
    ann = people.comes()
    ann.page.click("[aria-label=Settings]")
    expect(ann.dialog).to_be_visible()
    link = ann.dialog.get_by_role("link", name="Administration")
    expect(link).to_have_count(0)
    ann.presses("Escape")
    expect(ann.dialog).to_have_count(0)
    ann.commands(f"/raw OPER root :{SECRET}")
    ann.is_told("operator")
    ann.page.click("[aria-label=Settings]")
    expect(link).to_be_visible()
    link.click()
    expect(ann.page).to_have_url(people.server.address + "admin")


# What it shows.


def test_the_overview_has_numbers_and_curves_and_goes_on(admin: Admin) -> None:
    page = admin.page
    tiles = page.locator(".tiles")
    for name in ("Users", "Sessions", "Channels", "Memory", "Storage used", "Storage free", "Version"):
        expect(tiles.locator("div").filter(has=page.get_by_text(name, exact=True)).locator("dd")).not_to_have_text("?")
    expect(page.locator(".graph")).to_have_count(6)
    # After the second look counters have rates, so that there are curves.
    page.wait_for_function(
        "() => [...document.querySelectorAll('.curve')].every((curve) => curve.getAttribute('points') !== '')"
    )
    expect(page.locator(".graph-legend").first).to_contain_text(re.compile(r"in [\d.,]+/s"))


def test_who_does_not_look_asks_nothing(admin: Admin) -> None:
    asked: list[str] = []
    admin.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(str(frame))))
    admin.page.reload()
    admin.enters()
    admin.page.wait_for_function("() => document.querySelector('.curve')?.getAttribute('points')")
    assert any("FIGURES" in line for line in asked)
    admin.goes("Cluster")
    admin.page.locator(".facts").wait_for()
    asked.clear()
    admin.page.wait_for_timeout(2_500)
    assert not [line for line in asked if "FIGURES" in line]


def test_users_are_found_sorted_and_described(people: People, admin: Admin) -> None:
    people.raw("zoe", "setname").says("SETNAME :Zoe of the hills")
    ann = registers(people, "ann")
    ann.joins(f"{people.channel}x")
    admin.goes("Users")
    row = admin.row(f"ann{people.number}", "Users")
    expect(row).to_have_count(1)
    expect(row.locator("td").first).to_have_text(f"ann{people.number}")
    expect(row).to_contain_text("127.0.0.1")
    head = admin.page.get_by_role("columnheader", name="Nick")
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    nicks = admin.page.locator("tbody th .link").all_inner_texts()
    assert nicks == sorted(nicks, key=str.lower, reverse=True)
    admin.finds("of the hills")
    expect(admin.page.locator("tbody tr")).to_have_count(1)
    expect(admin.row(f"zoe{people.number}")).to_have_count(1)
    admin.finds(f"ann{people.number}")
    admin.opens(f"ann{people.number}")
    expect(admin.dialog).to_contain_text(f"{people.channel}x")
    expect(admin.dialog.locator(".lines li")).to_have_count(1)


def test_many_rows_are_paged(admin: Admin) -> None:
    """The table itself, with more rows than any server tells."""
    found = admin.page.evaluate(
        """async () => {
          const preloaded = document.querySelector('link[href$="js/admin/table.js"]').href;
          const { Table } = await import(preloaded);
          const columns = [{ title: "Number", by: (row) => row, show: (row) => String(row) }];
          const table = new Table({ caption: "Many", find: "Find", columns });
          document.querySelector("#part").replaceChildren(table.root);
          table.show(Array.from({ length: 10_000 }, (_, number) => number));
          return table.root.querySelectorAll("tbody tr").length;
        }"""
    )
    assert found == 50
    page = admin.page
    expect(page.locator(".status")).to_have_text("1 to 50 of 10,000 rows.")
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".status")).to_have_text("51 to 100 of 10,000 rows.")
    page.get_by_role("searchbox", name="Find").fill("999")
    expect(page.locator(".status")).to_have_text("19 rows.")


def test_channels_with_their_members_modes_and_founders(people: People, admin: Admin) -> None:
    ann = registers(people, "ann")
    ann.says(f"TOPIC {people.channel} :two sugars", f"CS REGISTER {people.channel}")
    ann.hears("NOTICE", where=lambda line: "belongs to" in line.text)
    admin.goes("Channels")
    row = admin.row(people.channel, "Channels")
    expect(row).to_contain_text("two sugars")
    expect(row.locator("td").nth(1)).to_have_text(f"ann{people.number}")
    admin.opens(people.channel)
    expect(admin.dialog).to_contain_text(f"ann{people.number}")
    expect(admin.dialog).to_contain_text("+")


def test_storage_and_the_node(admin: Admin) -> None:
    admin.goes("Storage")
    expect(admin.page.locator(".facts")).to_contain_text("chat.db")
    expect(admin.page.locator(".facts")).to_contain_text(re.compile(r"[\d.]+ (KiB|MiB)"))
    admin.page.get_by_text("Everything that is measured").first.click()
    admin.page.get_by_role("searchbox", name="Figure").fill("ipcchat_users")
    expect(admin.row("ipcchat_users")).to_have_count(1)
    admin.goes("Cluster")
    expect(admin.page.locator(".facts")).to_contain_text("everything")
    expect(admin.page.locator("#part")).to_contain_text("This server is alone")


def test_the_audit_log_is_read_and_searched(people: People, admin: Admin) -> None:
    admin.goes("Audit log")
    expect(admin.row("oper")).not_to_have_count(0)
    admin.finds(f"root{people.number}")
    expect(admin.row(f"root{people.number}")).not_to_have_count(0)
    admin.finds("no such words anywhere, I think")
    expect(admin.page.locator(".status")).to_contain_text("1")  # That it was looked for is a record itself.


# What it does.


def test_putting_somebody_off(people: People, admin: Admin) -> None:
    eve = people.raw("eve")
    admin.goes("Users")
    admin.opens(f"eve{people.number}")
    admin.presses("Put off")
    expect(admin.dialog).to_contain_text("All connections of")
    admin.fills(reason="enough of that")
    admin.presses("Put off")
    admin.hears("was put off")
    assert "enough of that" in eve.hears("KILL", "ERROR").text
    expect(admin.row(f"eve{people.number}")).to_have_count(0)
    admin.recorded("kill", "enough of that")


def test_a_dangerous_deed_is_asked_for_once_and_can_be_left(people: People, admin: Admin) -> None:
    eve = people.raw("eve")
    admin.goes("Users")
    admin.opens(f"eve{people.number}")
    admin.presses("Put off")
    admin.presses("Cancel")
    expect(admin.dialog).to_have_count(0)
    eve.says("PING here")
    eve.hears("PONG")


def test_banning_somebody_and_lifting_it(people: People, admin: Admin) -> None:
    eve = registers(people, "eve")
    admin.goes("Users")
    admin.opens(f"eve{people.number}")
    admin.presses("Ban")
    expect(admin.dialog.locator("#ask-target option").first).to_contain_text(f"account:eve{people.number}")
    admin.fills(duration="1d12h", reason="spam and more")
    admin.presses("Ban")
    admin.hears("is banned")
    eve.hears_end()
    admin.recorded("ban", f"account:eve{people.number}")
    admin.goes("Bans and filters")
    row = admin.row(f"account:eve{people.number}", "Bans of the network")
    expect(row).to_contain_text("spam and more")
    row.get_by_role("button", name="Lift").click()
    admin.presses("Lift")
    admin.hears("is not banned any more")
    expect(row).to_have_count(0)
    admin.recorded("ban lifted", f"account:eve{people.number}")


def test_a_ban_that_is_typed_and_one_that_is_refused(admin: Admin) -> None:
    admin.goes("Bans and filters")
    admin.page.get_by_role("button", name="Add a ban").click()
    admin.fills(target="127.0.0.1", reason="too much")
    admin.presses("Ban")
    expect(admin.dialog.locator(".mistake").last).to_contain_text("That would hit yourself")
    admin.fills(target="64.0.0.0/4", duration="1h")
    admin.presses("Ban")
    expect(admin.dialog.locator(".mistake").last).to_contain_text("FORCE")
    admin.presses("Ban")
    admin.hears("is banned")
    expect(admin.row("64.0.0.0/4")).to_contain_text("too much")
    admin.page.get_by_role("button", name="Add a ban").click()
    admin.fills(target="::5")
    admin.presses("Ban")
    admin.hears("is banned")
    expect(admin.row("::5")).to_have_count(1)


def test_filters_and_the_lockdown(people: People, admin: Admin) -> None:
    pattern = f"*buy now {people.number}*"
    admin.goes("Bans and filters")
    admin.page.get_by_role("button", name="Add a filter").click()
    admin.fills(pattern=pattern, reason="no advertising")
    admin.presses("Add")
    admin.hears("is filtered")
    pattern = pattern.replace(" ", "?")
    row = admin.row(pattern, "Filters")
    expect(row).to_contain_text("block")
    admin.recorded("filter set", pattern)
    row.get_by_role("button", name="Lift").click()
    admin.presses("Lift")
    expect(row).to_have_count(0)
    admin.recorded("filter lifted", pattern)
    for level in ("4", "5"):
        admin.page.get_by_role("button", name="Change", exact=True).click()
        admin.dialog.locator("#ask-level").select_option(level)
        admin.presses("Change")
        expect(admin.page.locator("#part")).to_contain_text(f"DEFCON {level}")
        admin.recorded("lockdown", level)


def test_accounts_are_made_suspended_restored_and_deleted(people: People, admin: Admin) -> None:
    name = f"carl{people.number}"
    admin.goes("Accounts")
    admin.page.get_by_role("button", name="Add an account").click()
    admin.fills(account=name, password="correct-horse-battery")
    admin.presses("Add")
    admin.hears(f"{name} is registered")
    admin.recorded("account registered", name)
    admin.finds(name)
    admin.opens(name)
    admin.presses("Suspend")
    admin.fills(duration="7d", reason="spam")
    admin.presses("Suspend")
    expect(admin.row(name)).to_contain_text("suspended by root")
    admin.recorded("account suspended", "spam")
    admin.opens(name)
    admin.presses("Restore")
    admin.presses("Restore")
    expect(admin.row(name)).to_contain_text("in use")
    admin.recorded("account restored", name)
    admin.opens(name)
    admin.presses("Reset password")
    admin.fills(password="short")
    admin.presses("Reset")
    admin.hears("at least 8 bytes")
    admin.opens(name)
    admin.presses("Delete")
    expect(admin.dialog).to_contain_text("gone for good")
    admin.presses("Delete")
    admin.hears(f"{name} is deleted")
    expect(admin.row(name)).to_have_count(0)
    admin.recorded("account deleted", name)


def test_resetting_a_password_and_logging_out_everywhere(people: People, admin: Admin) -> None:
    ann, bob = registers(people, "ann"), registers(people, "bob")
    admin.goes("Accounts")
    admin.finds(f"ann{people.number}")
    admin.opens(f"ann{people.number}")
    expect(admin.dialog.locator(".lines li")).to_have_count(1)
    admin.presses("Reset password")
    admin.fills(password="another-horse-1")
    admin.presses("Reset")
    admin.hears("has another password")
    ann.hears_end()
    admin.recorded("password reset", f"ann{people.number}")
    assert "another-horse-1" not in admin.audit_file.read_text()
    admin.goes("Users")
    admin.opens(f"bob{people.number}")
    admin.presses("Log out everywhere")
    admin.presses("Log out")
    admin.hears("is logged out everywhere")
    bob.hears_end()
    admin.recorded("account logged out", f"bob{people.number}")


def test_channels_are_handed_over_cleared_and_given_up(people: People, admin: Admin) -> None:
    channel = people.channel
    ann = registers(people, "ann")
    registers(people, "bob")
    ann.says(f"CS REGISTER {channel}", f"MODE {channel} +mk sesame")
    ann.hears("MODE")
    admin.goes("Channels")
    admin.finds(channel)
    admin.opens(channel)
    admin.presses("Clear modes")
    expect(admin.dialog).to_contain_text("who was kept out can come in")
    admin.presses("Clear modes")
    admin.hears("are cleared")
    admin.recorded("forced", channel)
    assert "m" in ann.hears("MODE", where=lambda line: "-" in line.params[1]).params[1]
    admin.opens(channel)
    admin.presses("Hand over")
    admin.fills(account=f"bob{people.number}")
    admin.presses("Hand over")
    expect(admin.row(channel)).to_contain_text(f"bob{people.number}")
    admin.recorded("channel transferred", channel)
    admin.opens(channel)
    admin.presses("Give up registration")
    admin.presses("Give up")
    admin.hears("is not registered any more")
    expect(admin.row(channel)).not_to_contain_text(f"bob{people.number}")
    admin.recorded("channel dropped", channel)


# However it comes.


def test_names_and_texts_of_others_are_text(people: People) -> None:
    admin = Admin(people)
    admin.page.context.add_init_script(WATCH)
    admin.page.reload()
    admin.enters()
    texts = payloads()[::25]
    for name in [*NAMES[:4], "a]onload`hit", "{{hit}}"]:
        client = people.raw_named(name)
        client.says(f"JOIN #<svg/onload=hit()>{name}", f"TOPIC #<svg/onload=hit()>{name} :{texts[0]}")
    mallory = people.raw("mallory", "setname")
    victims = [people.raw(f"victim{number}") for number in range(6)]
    for victim, text in zip(victims, texts, strict=False):
        victim.says(f"SETNAME :{text[:100]}", f"AWAY :{text}", f"TOPIC {people.channel} :{text}")
        victim.hears_up_to_pong("done")
    mallory.hears_up_to_pong("done")
    admin.goes("Users")
    admin.opens("__proto__")
    admin.page.keyboard.press("Escape")
    admin.opens(f"victim0{people.number}")
    admin.presses("Put off")
    admin.fills(reason=texts[1])
    admin.presses("Put off")
    admin.hears("was put off")
    admin.goes("Bans and filters")
    admin.page.get_by_role("button", name="Add a filter").click()
    admin.fills(pattern="*<img/src=x/onerror=hit()>*", reason=texts[2])
    admin.presses("Add")
    admin.hears("is filtered")
    for part in PARTS:
        admin.goes(part)
        assert admin.page.evaluate("hits") == []
        own = "script, style, link, meta, table, form, input, details, svg"
        foreign = FOREIGN.replace('const own = "', f'const own = "{own}, ')
        assert admin.page.evaluate(foreign) == [], part
    assert admin.page.evaluate(POLLUTED) == []
    admin.goes("Bans and filters")
    admin.row("onerror", "Filters").get_by_role("button", name="Lift").click()
    admin.presses("Lift")
    admin.hears("is not filtered")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everybody_can_use_each_part(people: People, colours: str) -> None:
    registers(people, "ann").says(f"CS REGISTER {people.channel}")
    admin = Admin(people, color_scheme=colours).enters()
    for part in PARTS:
        admin.goes(part)
        assert violations(admin.page) == [], part
    admin.goes("Users")
    admin.opens(f"ann{people.number}")
    assert violations(admin.page) == []
    admin.presses("Put off")
    assert violations(admin.page) == []


def test_high_contrast_and_keys_alone(people: People) -> None:
    admin = Admin(people, contrast="more").enters()
    assert violations(admin.page) == []
    admin.page.locator("#parts a").nth(1).focus()
    admin.page.keyboard.press("Enter")
    expect(admin.page.locator("#part h2")).to_be_focused()
    expect(admin.row(admin.person.nick)).to_have_count(1)
    admin.page.get_by_role("button", name=admin.person.nick, exact=True).focus()
    admin.page.keyboard.press("Enter")
    expect(admin.dialog).to_be_visible()
    admin.page.keyboard.press("Escape")
    expect(admin.page.get_by_role("button", name=admin.person.nick, exact=True)).to_be_focused()


def test_on_a_telephone_nothing_is_out_of_reach(people: People) -> None:
    admin = Admin(people, **telephone("iPhone SE")).enters()
    for part in PARTS:
        admin.goes(part)
        wider = admin.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, part
    small = admin.page.evaluate(
        """() => [...document.querySelectorAll("button, a[href]:not(.skips a), input")]
          .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height < 24)
          .map((part) => part.outerHTML)"""
    )
    assert small == []


def test_a_server_that_comes_back_asks_again_who_is_operator(people: People) -> None:
    people.allowed = NO_CONNECTION
    admin = Admin(people).enters()
    people.server.kill()
    expect(admin.page.locator("#banner")).to_contain_text("offline")
    people.server.start()
    expect(admin.dialog).to_contain_text("no operator of this network", timeout=30_000)
    admin.becomes_operator()
    expect(admin.page.locator("#banner")).to_be_hidden()
