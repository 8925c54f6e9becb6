"""Header fields: limits, and what an answer says."""

from __future__ import annotations

import pytest

from ipcchat.server.http.fields import (
    FIELDS_MAX,
    HEAD_BYTES_MAX,
    POLICY,
    are_ambiguous,
    are_too_many,
    names_tag,
    of_an_answer,
    takes_gzip,
)


def test_fields_and_bytes_have_limits():  # HOSTILE W09
    assert not are_too_many([(b"x", b"y")] * FIELDS_MAX, b"/")
    assert are_too_many([(b"x", b"y")] * (FIELDS_MAX + 1), b"/")
    rest = HEAD_BYTES_MAX - len(b"/" + b"x: \r\n")
    assert not are_too_many([(b"x", b"y" * rest)], b"/")
    assert are_too_many([(b"x", b"y" * (rest + 1))], b"/")
    assert are_too_many([(b"x", b"y" * rest)], b"/a")


def test_a_request_tells_its_end_in_one_way():  # RFC 9112 6.3
    length, chunks = (b"content-length", b"5"), (b"transfer-encoding", b"chunked")
    assert not are_ambiguous([length, (b"x", b"y")])
    assert not are_ambiguous([chunks])
    assert are_ambiguous([chunks, length])


def test_the_policy_allows_no_inline_code_and_no_other_place():
    directives = dict(each.strip().split(" ", 1) for each in POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == directives["form-action"] == "'none'"
    assert "unsafe" not in POLICY and "http" not in POLICY and "*" not in POLICY


@pytest.mark.parametrize("secure", [False, True])
def test_only_https_says_that_it_shall_stay(secure: bool):  # RFC 6797 7.2
    assert (b"strict-transport-security" in dict(of_an_answer(secure=secure))) is secure


def test_every_field_is_told_once():
    names = [name for name, _ in of_an_answer(secure=True)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [("gzip", True), ("br , gzip ; q=0.3", True), ("gzip;q=0.0", False), ("gzip;q=", False), ("gzip2", False)],
)
def test_gzip_is_for_who_takes_it(accepted: str, takes: bool):  # RFC 9110 12.5.3
    assert takes_gzip(accepted) is takes


@pytest.mark.parametrize(
    ("said", "names"),
    [('"a"', True), ('W/"a"', True), ('"b" , W/"a"', True), (" * ", True), ('"ab"', False), ("a", False)],
)
def test_tags_are_compared_weakly(said: str, names: bool):  # RFC 9110 13.1.2
    assert names_tag(said, '"a"') is names
    assert names_tag(said, 'W/"a"') is names
