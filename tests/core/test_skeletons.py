"""What names look like (UTS 39 4 "Confusable Detection"; hostile input N01)."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipcchat.core.skeletons import folded, skeleton

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
ASCII_TEXT = st.text(st.characters(max_codepoint=127), max_size=20)


@pytest.mark.parametrize(
    "names",
    [
        ("ChanServ", "chanserv", "ChɑnServ", "СhanServ", "ＣhanServ", "CHANSERV", "ＣＨＡＮＳＥＲＶ", "ᴄʜᴀɴsᴇʀᴠ"),
        ("paul", "PAUL", "pauI", "pau1", "pau|", "рaul", "ｐａｕｌ", "𝐩𝖆𝓾𝚕", "pаul"),
        ("mike", "rnike", "ｍike", "𝔪ike", "МІКЕ"),
        ("bob", "b0b", "BOB", "ВОВ", "вов", "bоb", "ʙᴏʙ"),
        ("anna", "ΑΝΝΑ", "АNNА", "αnnа"),
        ("scope", "ѕсоре", "ЅСОРЕ"),
        ("Иван", "иван", "ИВАН"),
        ("Νίκος", "νίκος", "ΝΊΚΟΣ"),
        ("élise", "e\u0301lise", "Élise", "ÉLISE", "élіse"),
        ("straße", "strasse", "STRASSE"),
        ("#tea", "#ｔｅａ", "＃tea", "#теа"),
        ("山田", "⼭田"),
        ("می\u200cخ", "میخ"),
        ("ann", "a\u200bn\u00adn", "\ufeffann", "ann\U000e0041"),
        ("#it's", "#it`s", "#it’s"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(names):
    assert {skeleton(name) for name in names} == {skeleton(names[0])}


@pytest.mark.parametrize(
    "names",
    [
        ("ella", "elia"),
        ("ali", "all"),
        ("elise", "élise", "èlise"),
        ("ann", "anne", "an_n"),
        ("bot1", "bot2", "bot10"),
        ("山田", "川田"),
        ("Иван", "Ивана"),
        ("nova", "vova", "mova"),
        ("#a", "##a", "a"),
    ],
)
def test_names_that_do_not_have_different_ones(names):
    assert len({skeleton(name) for name in names}) == len(names)


def test_a_capital_i_looks_like_l_and_a_small_one_does_not():
    assert skeleton("Ian") == skeleton("lan") == skeleton("Iɑn") == skeleton("ＩAN") == "lan"
    assert skeleton("IAN") == skeleton("\u200bIAN") == "lan"
    assert skeleton("ian") == skeleton("іаn") == skeleton("ıan") == "ian"
    assert skeleton("ÉlIse") == skeleton("éllse") != skeleton("élise")


@given(ASCII_TEXT)
def test_ascii_names_have_the_same_skeleton_without_the_tables(name):
    assert skeleton(f"{name}é") == skeleton(name) + skeleton("é")


@given(ASCII_TEXT.filter(lambda name: "i" not in name.lower()))
def test_names_that_are_the_same_by_their_casemapping_look_the_same(name):
    assert skeleton(name.upper()) == skeleton(name.lower()) == skeleton(name)


@given(ANY_TEXT)
@example("ΐΰ")
@example("Ꭰꭰ")
def test_differences_of_width_and_composition_do_not_matter(name):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert skeleton(unicodedata.normalize(form, name)) == skeleton(name)


@given(ANY_TEXT.filter(lambda name: "I" not in unicodedata.normalize("NFKC", name)))
def test_differences_of_case_do_not_matter(name):
    assert skeleton(folded(name)) == skeleton(name)


@given(ANY_TEXT)
@example("ﷺ½ǆŉ🄂㏫")
@example("rrnn")
def test_a_skeleton_looks_like_itself(name):
    assert skeleton(skeleton(name)) == skeleton(name)


def test_every_single_character_settles():
    unsettled = [hex(code) for code in range(0x110000) if skeleton(seen := skeleton(chr(code))) != seen]
    assert not unsettled


def test_ascii_names_import_no_table():
    script = """
import sys
from ipcchat.core.skeletons import skeleton
assert skeleton("NlckServ") == "nlckserv"
before = "ipcchat.core.unicode_tables" in sys.modules
skeleton("é")
print(before, "ipcchat.core.unicode_tables" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split() == ["False", "True"]
