"""Scripts and styles as they are sent: the same tokens, in the same lines."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.server.http.pages import FOLDER
from ipcchat.server.http.shorter import NotUnderstood, shorter_script, shorter_styles

NODE_SECONDS = 60
# Asks Node.js about each file whose name it reads: one process for all of them.
CHECK = """
const { SourceTextModule } = require("node:vm");
for (const name of process.argv.slice(1)) {
  const text = require("node:fs").readFileSync(name, "utf8");
  try { new SourceTextModule(text, { identifier: name }); } catch (error) { console.log(`${name}: ${error}`); }
}
"""


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("a", "a"),
        ("  a  ", "a"),
        ("// all of it", ""),
        ("/* all of it */", ""),
        ("a // the rest\nb", "a\nb"),
        ("a /* within */ b", "a b"),
        ("a/* within */b", "a b"),
        ("a /* over\nlines */ b", "a\nb"),
        ("{\n    a;\n\n\t\tb;   \n}\n", "{\na;\n\nb;\n}\n"),
        ("return /* and */ a", "return a"),
        ("/***/ a /**/ /****/", "a"),
        ("a // one */ /*\nb", "a\nb"),
        ("a /* // */ b", "a b"),
    ],
)
def test_what_is_between_tokens(text: str, short: str):
    assert shorter_script(text) == short


@pytest.mark.parametrize(
    "token",
    [
        '"a  // b"',
        "'a  /* b */'",
        r'"a \"  // b"',
        r"'a \'  // b'",
        '"a \\\n  // b"',
        "`a  // b`",
        "`a\n   b /* c */`",
        r"`a \`  // b`",
        "`a $ {  // b`",
        r"`a \${  // b`",
        "`a ${`b  ${c} // d`} // e`",
        "`a ${{b: {c}}} // d`",
        "`a ${'}'} // d`",
        "`${a / b}  // c`",
        "/  a/",
        "/[/  ]/u",
        r"/[\]/  ]/",
        r"/\/  a/g",
        "/'  /",
        "/`  /",
        "[/a  b/, / c/]",
        "(/ a/)",
        "a = / b/",
        "a ? / b/ : / c/",
        "!/ a/",
        "() => / a/",
        "return / a/",
        "typeof / a/",
        "a['/*'] / b",
        "a) / b".join(("(", " / '//'")),
    ],
)
def test_tokens_stay_as_they_are(token: str):
    text = f"x ({token}) // y"
    assert shorter_script(text) == f"x ({token}) "[:-1]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a / b // c / d", "a / b"),
        ("a[0] / b // c", "a[0] / b"),
        ("f(a) / b / '//' // c", "f(a) / b / '//'"),
        ("1 / 2 // c", "1 / 2"),
        ("`a` / 2 // c", "`a` / 2"),
        ("a.return / 2 // '", "a.return / 2"),
        ("a?.in / 2 // '", "a?.in / 2"),
        ("this.#delete / 2 // '", "this.#delete / 2"),
        ("a.\n  if(b) / 2 // '", "a.\nif(b) / 2"),
        ("[...typeof / '/ ] // a", "[...typeof / '/ ]"),
        ("/a/ / /b/ // c", "/a/ / /b/"),
        ("a /= 2 // c", "a /= 2"),
    ],
)
def test_a_slash_divides_behind_a_value(text: str, short: str):
    assert shorter_script(text) == short


@pytest.mark.parametrize(
    "text",
    [
        "} / a / b",
        "{} / a / b",
        "if (a) / b /.test(c)",
        "for await (a of b) / c /.test(d)",
        "a++ / b / c",
        "1. / b / c",
        "1. in / a /",
        "[.../ a/]",
        "for (a of / b /) {}",
        "'a",
        '"a\nb"',
        "`a",
        "`a ${b",
        "`a ${b`",
        "/a",
        "/a\n/",
        "/* a",
        "a /* b",
        "(",
        ")",
        "(]",
        "{`}`",
        r"\u0061",
        "#!/usr/bin/node",
        "a\r\nb",
        "a\u2028b",
        "a\u00a0b",
        "\ufeffa",
        "a @ b",
    ],
)
def test_what_is_not_understood_is_said(text: str):
    with pytest.raises(NotUnderstood):
        shorter_script(text)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("/* a */ b { c: d } /* e */", "b { c: d }"),
        ("a\n{\n  b : c;\n\n}\n", "a\n{\nb : c;\n\n}\n"),
        ("a /* b */ .c {}", "a .c {}"),
        ("a /* over\nlines */.c {}", "a\n.c {}"),
        ("/* a */b {}/* c */", "b {}"),
        ('a { content: "/* b */  c" }', 'a { content: "/* b */  c" }'),
        ("a { content: '/* b */  \\'  ' }", "a { content: '/* b */  \\'  ' }"),
        ('a { src: url( "b  c" ) }', 'a { src: url( "b  c" ) }'),
        ("a { font: 1px/2 b }", "a { font: 1px/2 b }"),
        ("a { width: calc(1px   / 2) }", "a { width: calc(1px / 2) }"),
    ],
)
def test_styles(text: str, short: str):
    assert shorter_styles(text) == short


@pytest.mark.parametrize(
    "text",
    [
        "a/**/b {}",
        "a { src: url(b/*c*/d) }",
        "a { src: URL(  b) }",
        "/* a",
        "a { b: 'c }",
        "a { b: 'c\n' }",
        r"\61 {}",
        "a\r{}",
    ],
)
def test_styles_that_are_not_understood(text: str):
    with pytest.raises(NotUnderstood):
        shorter_styles(text)


SCRIPT_PARTS = (
    "a", " ", "  ", "\n", "/", "*", "//", "/*", "*/", "'", '"', "`", "${", "{", "}", "(", ")", "[", "]", "\\", "1", ".",
    "+", "++", "=", ";", "return", "of", "if", "#", "é", "\u2028",
)  # fmt: skip


@given(st.lists(st.sampled_from(SCRIPT_PARTS), max_size=30).map("".join))
def test_whatever_comes_short_is_short_already(text: str):
    for shorter in (shorter_script, shorter_styles):
        try:
            short = shorter(text)
        except NotUnderstood:
            continue
        assert shorter(short) == short
        assert len(short) <= len(text) + text.count("/*")
        assert short.count("\n") == text.count("\n")


TOKENS = (
    "name", "1.5", "'a  // b'", '"\\"  /*"', "`  // c`", "`${ d  /* e */ / `f  `}  `", "(a)", "[b]", "f(/ '/ )",
    "(1 / 2)", "=> / `/", "= /[/'] /u", "...", "+", ",", "? / \"/ :", ".return", "typeof",
)  # fmt: skip
BETWEEN = (" ", "   ", " // '\n", "\n\t", " /* ` */ ", '/* " */', "\n  /* a\n ' */\n  ", " // /*\n  // */\n")


@given(st.lists(st.tuples(st.sampled_from(TOKENS), st.sampled_from(BETWEEN)), max_size=12))
def test_only_what_is_between_tokens_goes(parts: list[tuple[str, str]]):
    """`d  /* e */ / f` within a template is code; it is the only token here that is not one."""
    text = "".join(token + between for token, between in parts)
    tokens = [token.replace("d  /* e */ /", "d /") for token, _ in parts]
    breaks = ["\n" * between.count("\n") or " " for _, between in parts]
    wanted = "".join(token + between for token, between in zip(tokens, breaks, strict=True))
    assert shorter_script(text) == wanted.removesuffix(" ")


def test_node_takes_every_script_of_the_client(tmp_path: Path):
    program = shutil.which("node")
    if program is None:
        pytest.fail("there is no Node.js; on Debian type: apt-get install nodejs npm")
    names = []
    for number, file in enumerate(sorted(FOLDER.rglob("*.js"))):
        name = tmp_path / f"{number}-{file.name}"
        name.write_text(shorter_script(file.read_text()))
        names.append(str(name))
    done = subprocess.run(
        [program, "--experimental-vm-modules", "--no-warnings", "-e", CHECK, *names],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=NODE_SECONDS,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
