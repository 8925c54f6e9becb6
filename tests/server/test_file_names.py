"""What files are called (RFC 6266, RFC 8187), and as what they are shown (docs/files.md)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from ipcchat.server.file_names import SHOWN, fit, in_path, media_type_of, name_of, shown_as


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="picture.jpeg"', "picture.jpeg"),
        ("attachment; filename=picture.jpeg", "picture.jpeg"),
        ("filename = picture.jpeg ; size=3", "picture.jpeg"),
        ('attachment; FILENAME="a \\"b\\" c.png"', 'a "b" c.png'),
        ("attachment; filename=\"plain.png\"; filename*=UTF-8''gr%C3%BCn.png", "grün.png"),
        ("attachment; filename*=utf-8'de'gr%C3%BCn.png", "grün.png"),
        ("attachment; filename*=utf-8''%FF.png", "\ufffd.png"),
        ('attachment; filename="gr\xc3\xbcn.png"', "grün.png"),
        ('attachment; filename="gr\xfcn.png"', "grün.png"),
        ('attachment; notfilename="x.png"', "file"),
        ("attachment", "file"),
        ("", "file"),
        ('attachment; filename=""', "file"),
        ('attachment; filename="never closed', "file"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''..%2F..%5Cnote.txt", "note.txt"),
    ],
)
def test_names(disposition, name):
    assert name_of(disposition) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a\0b\r\nc\x1b[31m.png", "abc[31m.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u2028b\u200bc\ufeff.txt", "abc.txt"),
        ("..", "file"),
        (" . ", "file"),
        ("...hidden", "hidden"),
        ("C:\\Users\\ann\\tea.png", "tea.png"),
        ("e\u0301.png", "é.png"),
        ("\ud800.png", "png"),
        ("x" * 300, "x" * 100),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("x." + "y" * 300, "x." + "y" * 98),
    ],
)
def test_what_is_left_of_a_name(written, name):
    assert fit(written) == name


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("tea.png", "tea.png"),
        ("tea time.png", "tea%20time.png"),
        ("grün.png", "gr%C3%BCn.png"),
        ("a/b?c#d.png", "a%2Fb%3Fc%23d.png"),
        ("茶" * 30 + ".png", "_.png"),
        ("a b" * 33 + ".png", ("a_ba" + "_ba" * 40)[:86] + ".png"),
        ("x" * 100, "x" * 90),
    ],
)
def test_a_name_in_an_address_is_short(name, path):
    assert in_path(name)[-90:] == in_path(name)
    assert in_path(name).replace("%", "").replace("_", "").replace(".", "").isascii()
    assert in_path(name) == path[-90:]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("image/png", "image/png"),
        (" Image/PNG ; charset=utf-8", "image/png"),
        ("image/svg+xml", "image/svg+xml"),
        ("", "application/octet-stream"),
        ("image", "application/octet-stream"),
        ("image/", "application/octet-stream"),
        ("image/png, text/html", "application/octet-stream"),
        ("image/p\xfcng", "application/octet-stream"),
        ("a/" + "b" * 100, "application/octet-stream"),
    ],
)
def test_media_types(written, found):
    assert media_type_of(written) == found


def test_nothing_that_runs_is_shown():
    assert not {each for each in SHOWN if "xml" in each or "html" in each or "script" in each or "svg" in each}
    assert {each.partition("/")[0] for each in SHOWN} == {"image", "video", "audio", "text"}


@pytest.mark.parametrize("name", ['a"b\\c%d.png', "grün\u2028.png", "a;b=c, d.png", "x" * 100])
def test_a_name_in_a_header_is_one_value(name):
    field = shown_as("image/png", name)["content-disposition"]
    assert field.isascii()
    assert field.isprintable()
    plain = field.partition('filename="')[2].partition('"')[0]
    assert not set(plain) & set('"\\%')
    assert field.endswith(f"filename*=UTF-8''{quote(name, safe='')}")
