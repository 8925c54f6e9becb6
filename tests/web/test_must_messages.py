"""What the web client must do with what people say, and with who comes and goes."""

from __future__ import annotations

import re

import pytest

from tests.web.browsing import People, Person, expect

TALKS = "message-tags echo-message server-time labeled-response batch draft/multiline draft/message-redaction"


@pytest.fixture
def two(people: People) -> tuple[Person, Person]:
    """Ann and bob, in one channel."""
    return people.comes("ann"), people.comes("bob")


def test_what_one_says_the_other_sees(two: tuple[Person, Person]) -> None:
    """UX row 6: at once, in order, once."""
    ann, bob = two
    for number in range(5):
        ann.says(f"from ann {number}")
        bob.says(f"from bob {number}")
    said = [f"from {nick} {number}" for number in range(5) for nick in ("ann", "bob")]
    ann.sees("from bob 4")
    bob.sees("from bob 4")
    assert ann.texts() == bob.texts() == said


def test_an_answer_quotes_and_leads_to_what_it_answers(two: tuple[Person, Person]) -> None:
    """UX row 6: the chip has nick and text; a click goes there."""
    ann, bob = two
    ann.says("shall we meet?")
    row = bob.sees("shall we meet?")
    row.hover()
    row.get_by_role("button", name="Answer").click()
    expect(bob.page.locator(".draft-banner")).to_contain_text(f"Answering {ann.nick}")
    bob.says("at six")
    quote = ann.sees("at six").locator(".quote")
    expect(quote).to_have_text(f"{ann.nick} shall we meet?")
    quote.click()
    expect(ann.row("shall we meet?")).to_be_focused()


def test_reactions_are_counted_and_taken_back(two: tuple[Person, Person]) -> None:
    """UX row 6: by the toolbar, by the pill, and with who it was."""
    ann, bob = two
    ann.says("cake!")
    row = bob.sees("cake!")
    row.hover()
    row.get_by_role("button", name="React").click()
    bob.dialog.get_by_role("button", name="🎉").click()
    pill = ann.sees("cake!").locator(".reaction")
    expect(pill).to_have_attribute("aria-label", f"🎉, 1: {bob.nick}")
    expect(pill).to_have_attribute("aria-pressed", "false")
    pill.click()
    expect(pill).to_have_attribute("aria-pressed", "true")
    expect(row.locator(".reaction")).to_contain_text("2")
    pill.click()
    expect(pill).to_have_attribute("aria-pressed", "false")
    expect(row.locator(".reaction")).to_contain_text("1")


def test_a_message_is_changed_for_everybody(two: tuple[Person, Person]) -> None:
    """UX row 6: it says so, and is the same message."""
    ann, bob = two
    ann.says("teh cat")
    bob.sees("teh cat")
    row = ann.row("teh cat")
    row.hover()
    row.get_by_role("button", name="Change").click()
    expect(ann.field).to_have_value("teh cat")
    ann.field.fill("the cat")
    ann.field.press("Enter")
    for person in two:
        expect(person.sees("the cat")).to_contain_text("(edited)")
        assert person.texts() == ["the cat (edited)"]
    row = bob.row("the cat")
    row.hover()
    assert row.get_by_role("button", name="Change").count() == 0


def test_a_message_is_deleted_for_everybody_after_a_question(two: tuple[Person, Person]) -> None:
    """UX row 6: a mistake is asked about; then the text is nowhere."""
    ann, bob = two
    ann.says("my password is swordfish")
    bob.sees("swordfish")
    row = ann.row("swordfish")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    ann.dialog.get_by_role("button", name="Keep it").click()
    ann.sees("swordfish")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    expect(ann.dialog.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    ann.presses("Enter")
    for person in two:
        expect(person.page.locator("li.row .removed")).to_have_text(f"message deleted by {ann.nick}")
        expect(person.row("swordfish")).to_have_count(0)


def test_one_sees_that_the_other_types(two: tuple[Person, Person]) -> None:
    """UX row 6: until it is sent or given up; never while it is a command, and not at all for who does not want it."""
    ann, bob = two
    line = bob.page.locator("#typing")
    ann.types("I think")
    expect(line).to_have_text(f"{ann.nick} is typing…")
    ann.presses("Enter")
    bob.sees("I think")
    expect(line).to_have_text("")
    ann.types("/topic secret plans")
    bob.says("what?")
    ann.sees("what?")
    expect(line).to_have_text("")
    ann.field.fill("")
    ann.page.click("[aria-label=Settings]")
    ann.page.select_option("#preference-typing", "off")
    ann.dialog.get_by_role("button", name="Done").click()
    ann.field.press_sequentially("unseen")
    bob.says("well?")
    ann.sees("well?")
    expect(line).to_have_text("")


def test_several_lines_are_one_message(people: People) -> None:
    """UX row 6: with Shift+Enter, or pasted; others with draft/multiline hear them as one."""
    bob = people.raw("bob", f"{TALKS}")
    ann = people.comes()
    ann.types("one")
    ann.presses("Shift+Enter")
    ann.types("two")
    ann.presses("Enter")
    row = ann.sees("one")
    expect(row.locator(".text")).to_have_text("onetwo")
    assert row.locator(".text p").all_inner_texts() == ["one", "two"]
    batch = bob.hears("BATCH", where=lambda line: line.params[0].startswith("+"))
    assert batch.params[1:] == ["draft/multiline", people.channel]
    assert [bob.hears("PRIVMSG").params[-1] for _ in range(2)] == ["one", "two"]


def test_a_long_text_comes_whole(two: tuple[Person, Person]) -> None:
    """UX row 6: longer than a line of IRC, and nothing is cut."""
    ann, bob = two
    text = " ".join(f"word{number}" for number in range(200))
    ann.field.fill(text)
    ann.field.press("Enter")
    ann.sees("word199")
    assert " ".join(bob.sees("word199").locator(".text").inner_text().split()) == text


def test_formatting_and_code(people: People) -> None:
    """UX row 6: the controls of IRC, code in a line and in blocks."""
    bob = people.raw("bob", TALKS)
    ann = people.comes()
    bob.says(f"PRIVMSG {people.channel} :\x02bold\x02 \x1ditalic\x1d \x0304red\x03 and `<code>`")
    text = ann.sees("bold italic red").locator(".text")
    expect(text.locator(".bold")).to_have_text("bold")
    expect(text.locator(".italic")).to_have_text("italic")
    expect(text.locator("code")).to_have_text("<code>")
    colour = text.get_by_text("red", exact=True).evaluate("(part) => getComputedStyle(part).color")
    assert colour != text.evaluate("(part) => getComputedStyle(part).color")
    ann.field.fill("look:\n```\nif a < b:\n    c()\n```\ndone")
    ann.field.press("Enter")
    expect(ann.sees("look:").locator("pre code")).to_have_text("if a < b:\n    c()")


def test_a_mention_stands_out(people: People) -> None:
    """UX row 6: the row of who names us, and of nobody else."""
    bob = people.raw("bob")
    ann = people.comes()
    bob.says(f"PRIVMSG {people.channel} :{ann.nick}: come", f"PRIVMSG {people.channel} :{ann.nick}x: come not")
    expect(ann.sees("come not")).not_to_have_class(re.compile("mention"))
    expect(ann.row(f"{ann.nick}: come")).to_have_class(re.compile("mention"))


def test_an_action_and_a_command(two: tuple[Person, Person]) -> None:
    """UX row 6: what begins with a stroke is obeyed, two strokes are text, a mistake is said."""
    ann, bob = two
    ann.commands("/me waves")
    expect(bob.sees("waves")).to_have_class(re.compile("action"))
    ann.field.fill("//not a command")
    ann.field.press("Enter")
    bob.sees("/not a command")
    ann.commands("/topic tea at six")
    expect(bob.page.locator("#topic")).to_have_text("tea at six")
    ann.commands("/nonsense")
    ann.is_told("nonsense")


# Who comes and goes, days, colours.


def test_who_comes_and_goes_is_one_line(people: People) -> None:
    """UX row 15: condensed; those who do not talk are left out, until one asks for all."""
    ann = people.comes()
    crowd = [people.raw(f"guest{letter}") for letter in "abc"]
    crowd[0].says(f"PRIVMSG {people.channel} :I talk")
    ann.sees("I talk")
    for one in crowd:
        one.says(f"PART {people.channel}")
        one.hears("PART")
    expect(ann.page.locator("li.row .comings").last).to_contain_text(f"guesta{people.number}")
    assert f"guestb{people.number}" not in ann.page.locator("#messages").inner_text()
    ann.page.click("[aria-label=Settings]")
    ann.page.select_option("#preference-joins", "all")
    ann.dialog.get_by_role("button", name="Done").click()
    line = ann.page.locator("li.row .comings").last
    expect(line).to_contain_text(f"guestb{people.number}")
    line.click()
    expect(line).to_have_attribute("aria-expanded", "true")
    assert line.locator("span").count() >= 3
    ann.page.click("[aria-label=Settings]")
    ann.page.select_option("#preference-joins", "none")
    ann.dialog.get_by_role("button", name="Done").click()
    expect(ann.page.locator("li.row .comings:not([aria-expanded=true]):visible")).to_have_count(0)


def test_days_and_times(people: People) -> None:
    """UX row 15: a line for the day, the hour beside each message, all of it in its tooltip."""
    ann = people.comes(locale="de-DE", timezone_id="Europe/Berlin")
    row = ann.says("when?")
    assert ann.page.locator(".rule.day").count() == 1
    when = row.locator("time")
    assert re.fullmatch(r"\d\d:\d\d", when.inner_text())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", when.get_attribute("datetime") or "")
    assert re.search(r"\d{4}", when.get_attribute("title") or "")
    zone = ann.page.evaluate(
        "(time) => new Intl.DateTimeFormat('de-DE', {hour: '2-digit', minute: '2-digit'}).format(new Date(time))",
        when.get_attribute("datetime"),
    )
    assert zone == when.inner_text()


def test_a_nick_has_one_colour_everywhere(two: tuple[Person, Person]) -> None:
    """UX row 15: beside the message, in the list of people and in a mention; the same for all."""
    ann, bob = two
    ann.says("colours")
    beside = bob.sees("colours").locator(".nick").get_attribute("class")
    number = next(word for word in beside.split() if word.startswith("nick-"))
    member = bob.page.locator("#members bdi").get_by_text(ann.nick, exact=True)
    expect(member).to_have_class(re.compile(rf"\b{number}\b"))
    bob.says(f"hello {ann.nick}")
    mention = bob.row(f"hello {ann.nick}").locator(".nick-link")
    expect(mention).to_have_class(re.compile(rf"\b{number}\b"))
