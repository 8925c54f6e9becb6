"""Which names are allowed (RFC 2812 2.3.1; Modern IRC "Channels"; PRECIS, RFC 8264 and 8265; UTS 39 5; hostile inputs
N01, N03, N04)."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipcchat.core import names
from ipcchat.core.limits import Limits
from ipcchat.core.skeletons import skeleton

LIMITS = Limits()
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
# Characters that meet each other's rules more often than chance would have it.
DENSE_TEXT = st.text("aI1_-é\u0301иשا٣۳山カー・한l·क\u094d\u200d\u200cｂﬁªM²\u2800\u3164\U0001f600#,: ", max_size=12)


@pytest.mark.parametrize(
    "name",
    [
        "ann",
        "Ann-1",
        "[]\\`_^{|}",
        "a" * 32,
        "_",
        "a0",
        "élise",
        "Élise|away",
        "Иван_7",
        "Ελένη",
        "山田",
        "田中さんカーsan",
        "한글abc",
        "ㄅ漢a",
        "שלום",
        "שלום1",
        "محمد",
        "अनीता",
        "l·l",
        "カ・カ",
        "é" * 16,
        "admin",
        "root",
        "observer",
        "SevenOfNine",
    ],
)
def test_nicks(name):
    assert names.nick_problem(name, LIMITS) == ""
    assert names.is_nick(name, LIMITS)


ADVICE = "use letters, digits and _ - [ ] \\ ` ^ { | }"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "A nick has at least one character"),
        ("a" * 33, "A nick has at most 32 bytes: this one has 33"),
        ("é" * 17, "A nick has at most 32 bytes: this one has 34; a letter outside ASCII has 2 to 4"),
        ("0", "A nick cannot begin with 0: begin with a letter"),
        ("1a", "A nick cannot begin with 1: begin with a letter"),
        ("-a", "A nick cannot begin with -: begin with a letter"),
        ("१क", "A nick cannot begin with १ (U+0967): begin with a letter"),
        ("\u0301a", "A nick cannot begin with U+0301: begin with a letter"),
        ("#a", f"A nick cannot contain #: {ADVICE}"),
        ("$srv", f"A nick cannot contain $: {ADVICE}"),
        ("a:b", f"A nick cannot contain a colon: {ADVICE}"),
        ("a b", f"A nick cannot contain a space: {ADVICE}"),
        ("é,b", f"A nick cannot contain a comma: {ADVICE}"),
        ("a\n", f"A nick cannot contain U+000A: {ADVICE}"),
        ("ann\u200b", f"A nick cannot contain U+200B: {ADVICE}"),
        ("ann\u202e", f"A nick cannot contain U+202E: {ADVICE}"),
        ("ann\u3164", f"A nick cannot contain U+1160: {ADVICE}"),
        ("ann\u2800", f"A nick cannot contain U+2800: {ADVICE}"),
        ("ann\u0378", f"A nick cannot contain U+0378: {ADVICE}"),
        ("ann\ue000", f"A nick cannot contain U+E000: {ADVICE}"),
        ("ann\ud800", f"A nick cannot contain U+D800: {ADVICE}"),
        ("☃", f"A nick cannot contain ☃ (U+2603): {ADVICE}"),
        ("a·b", f"A nick cannot contain · (U+00B7): {ADVICE}"),
        ("a\u200db", f"A nick cannot contain U+200D: {ADVICE}"),
    ],
)
def test_no_nicks(name, problem):
    assert names.nick_problem(name, LIMITS) == problem
    assert not names.is_nick(name, LIMITS)


@pytest.mark.parametrize("character", "!\"#$%&'()*+,./:;<=>?@~\x00\x07\t\r\n\x7f ")
def test_ascii_that_has_a_meaning_stands_in_no_nick(character):  # Modern IRC, "Clients"
    for name in (character, f"{character}a", f"a{character}", f"é{character}"):
        assert not names.is_nick(name, LIMITS)


@pytest.mark.parametrize(
    ("name", "form", "normal"),
    [
        ("e\u0301lise", "élise", "NFC"),
        ("ｂｏｂ", "bob", "NFKC"),
        ("ｱﾆﾒ", "アニメ", "NFKC"),
        ("ﬁsh", "fish", "NFKC"),
        ("m²", "m2", "NFKC"),
    ],
)
def test_a_nick_is_refused_in_another_form_and_never_altered(name, form, normal):  # RFC 8265 3.4: width, NFC
    assert names.nick_problem(name, LIMITS) == f"Write it as {form} (Unicode normal form {normal})"
    assert names.nick_problem(form, LIMITS) == ""


def test_a_form_that_is_not_allowed_either_is_not_proposed():
    assert names.nick_problem("ｂ！", LIMITS) == f"A nick cannot contain !: {ADVICE}"
    assert names.nick_problem("ＣhanServ", LIMITS) == names.nick_problem("ChanServ", LIMITS)
    assert names.channel_problem("#e\u0301:", LIMITS) == names.channel_problem("#é:", LIMITS) != ""


@pytest.mark.parametrize("name", ["_שלום", "שלום_", "שלוםa", "aשלום"])
def test_a_nick_has_one_direction(name):  # RFC 5893 2
    assert names.nick_problem(name, LIMITS) == (
        "A nick written from right to left begins with such a letter, ends with one or with a digit, and has none that "
        "are written from left to right"
    )


def test_join_controls_are_allowed_where_the_script_needs_them():  # RFC 5892 A.1, A.2
    for name in ("क\u094d\u200dष", "می\u200cخ"):
        assert names.is_nick(name, LIMITS)
        assert names.is_channel(f"#{name}", LIMITS)


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        ("СhanServ", "Cyrillic and Latin"),
        ("Иvan", "Cyrillic and Latin"),
        ("pαul", "Latin and Greek"),
        ("ㄅひ", "Bopomofo and Hiragana"),
        ("aбγ", "Latin and Cyrillic and Greek"),
    ],
)
def test_a_nick_is_written_in_one_script(name, scripts):  # UTS 39 5.2, Highly Restrictive
    assert names.nick_problem(name, LIMITS) == f"A nick is written in one script: this one mixes {scripts}"


@pytest.mark.parametrize("name", ["क१1", "ab०١", "ا٣۳"])
def test_a_nick_has_digits_of_one_kind(name):  # UTS 39 5.3; RFC 5892 A.8
    assert names.nick_problem(name, LIMITS) == "A nick has digits of one kind: write them all as 0 to 9"


@pytest.mark.parametrize(
    "letter", ["x\u0334\u0335\u0336\u0337\u0338", "x\u0334\u0334", "x\u0316\u0316", "ậ\u0334\u0335\u0336"]
)
def test_a_letter_carries_few_marks(letter):  # UTS 39 5.4
    problem = "A letter carries at most 4 marks, and each once: leave some out"
    assert names.nick_problem(letter, LIMITS) == problem
    assert names.channel_problem(f"#{letter}", LIMITS) == problem


def test_four_marks_on_a_letter_are_fine():
    for name in ("x\u0334\u0335\u0336\u0337", "ậ\u0334\u0335", "x\u0334y\u0334"):
        assert names.is_nick(name, LIMITS)
        assert names.is_channel(f"#{name}", LIMITS)


@pytest.mark.parametrize(
    "name",
    [
        "NickServ",
        "NICKSERV",
        "NlckServ",
        "N1ckServ",
        "n|ckserv",
        "CHANSERV",
        "ChɑnServ",
        "ʙᴏᴛꜱᴇʀᴠ",
        "MemoServ",
        "rnernoserv",
        "B0tServ",
        "server",
        "Services",
        "serv1ces",
    ],
)
def test_nicks_of_services_are_reserved_by_their_look(name):
    problem = "This nick looks like that of the server or one of its services: choose another"
    assert names.nick_problem(name, LIMITS) == problem


def test_the_short_cut_for_reserved_nicks_misses_none():
    """ASCII nicks are compared by their look only when they contain `serv`: nothing else looks like these letters."""
    assert all("serv" in name for name in names.RESERVED)
    looks = [skeleton(chr(code)) for code in range(128) if chr(code).lower() not in "serv"]
    assert not any(set(look) & set("serv") for look in looks)


def test_names_of_people_in_charge_are_not_reserved():
    assert not {"admin", "root", "owner", "oper", "operator"} & names.RESERVED


CHANNELS = [
    "#a",
    "##",
    "#Tea",
    "#café",
    "#日本語",
    "#雑談！",
    "#a*?",
    "#" + "x" * 63,
    "#" + "é" * 31,
    "#c++-по-русски",
    "#🎉",
]


@pytest.mark.parametrize("name", CHANNELS)
def test_channels(name):
    assert names.channel_problem(name, LIMITS) == ""
    assert names.is_channel(name, LIMITS)


SEEN = "use what can be seen, but no comma and no colon"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "A channel's name begins with #"),
        ("a", "A channel's name begins with #"),
        ("&a", "A channel's name begins with #"),
        ("é", "A channel's name begins with #"),
        ("#", "A channel's name has at least one character after the #"),
        ("#\u0301", "A channel's name cannot begin with # and U+0301: begin with a letter"),
        ("#" + "x" * 64, "A channel's name has at most 64 bytes: this one has 65"),
        ("#" + "é" * 32, "A channel's name has at most 64 bytes: this one has 65; a letter outside ASCII has 2 to 4"),
        ("#e\u0301", "Write it as #é (Unicode normal form NFC)"),
        ("#a b", f"A channel's name cannot contain a space: {SEEN}"),
        ("#a,b", f"A channel's name cannot contain a comma: {SEEN}"),
        ("#a:b", f"A channel's name cannot contain a colon: {SEEN}"),
        ("#é:", f"A channel's name cannot contain a colon: {SEEN}"),
        ("#é,", f"A channel's name cannot contain a comma: {SEEN}"),
        ("#é ", f"A channel's name cannot contain a space: {SEEN}"),
        ("#\x07", f"A channel's name cannot contain U+0007: {SEEN}"),
        ("#a\x7f", f"A channel's name cannot contain U+007F: {SEEN}"),
        ("#é\x85", f"A channel's name cannot contain U+0085: {SEEN}"),
        ("#é\xa0", f"A channel's name cannot contain U+00A0: {SEEN}"),
        ("#\u3000", f"A channel's name cannot contain U+3000: {SEEN}"),
        ("#\u2028", f"A channel's name cannot contain U+2028: {SEEN}"),
        ("#\u2800", f"A channel's name cannot contain U+2800: {SEEN}"),
        ("#\ufffc", f"A channel's name cannot contain U+FFFC: {SEEN}"),
        ("#\U0001d159", f"A channel's name cannot contain U+1D159: {SEEN}"),
        ("#é\u200d", f"A channel's name cannot contain U+200D: {SEEN}"),
        ("#é\u202e", f"A channel's name cannot contain U+202E: {SEEN}"),
        ("#\ufeffa", f"A channel's name cannot contain U+FEFF: {SEEN}"),
        ("#\u3164", f"A channel's name cannot contain U+3164: {SEEN}"),
        ("#❤\ufe0f", f"A channel's name cannot contain U+FE0F: {SEEN}"),
        ("#\ue000", f"A channel's name cannot contain U+E000: {SEEN}"),
        ("#\u0378", f"A channel's name cannot contain U+0378: {SEEN}"),
        ("#\ud800", f"A channel's name cannot contain U+D800: {SEEN}"),
    ],
)
def test_no_channels(name, problem):
    assert names.channel_problem(name, LIMITS) == problem
    assert not names.is_channel(name, LIMITS)


def test_no_space_of_any_kind_is_missed():
    spaces = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "Z"]
    assert len(spaces) > 15
    assert not [hex(ord(space)) for space in spaces if names.is_channel(f"#a{space}b", LIMITS)]


@given(ANY_TEXT | DENSE_TEXT, ANY_TEXT | DENSE_TEXT)
def test_every_allowed_name_can_stand_in_a_mask_or_list(nick, channel):
    channel = f"#{channel}"
    if names.is_nick(nick, LIMITS):
        assert not set(nick) & set(" ,!@:*?#.$~&%+")
        assert len(nick.encode()) <= 32
        assert unicodedata.is_normalized("NFKC", nick)
        assert not skeleton(nick).startswith("#")
    if names.is_channel(channel, LIMITS):
        assert not set(channel) & set(" ,:\r\n\0\x07")
        assert len(channel.encode()) <= 64
        assert unicodedata.is_normalized("NFC", channel)
        assert skeleton(channel).startswith("#")


@given(ANY_TEXT | DENSE_TEXT)
@example("\ufdfa" * 10)
@example("\u2100")
def test_a_problem_can_be_said_on_one_line_and_its_cure_works(name):
    for problem_of, said in ((names.nick_problem, name), (names.channel_problem, f"#{name}")):
        problem = problem_of(said, LIMITS)
        hidden = {character for character in problem if unicodedata.category(character)[0] in "CZ"}
        assert hidden <= {" ", "\u200c", "\u200d"}
        form, found, _ = problem.removeprefix("Write it as ").rpartition(" (Unicode normal form ")
        if found:
            assert problem_of(form, LIMITS) == ""


def test_ascii_names_import_no_library_and_no_table():
    script = """
import sys
from ipcchat.core import names
from ipcchat.core.limits import Limits

def loaded():
    return sorted({"precis_i18n", "ipcchat.core.unicode_tables"} & set(sys.modules))

for name in ("ann", "NickServ", "1a", "a b", "#tea", "x" * 99):
    names.nick_problem(name, Limits()), names.is_channel(name, Limits())
print(loaded())
names.nick_problem("Иван", Limits())
print(loaded())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.splitlines() == ["[]", "['ipcchat.core.unicode_tables', 'precis_i18n']"]


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("ann", "~ann"),
        ("", "~user"),
        ("a!b@c*", "~abc"),
        ("é", "~user"),
        ("x" * 40, "~" + "x" * 19),
        ("a.b-c_d", "~a.b-c_d"),
    ],
)
def test_usernames_are_reduced_to_safe_characters(given_name, name):
    assert names.username(given_name, LIMITS) == name
