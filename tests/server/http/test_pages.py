"""The web client's files in memory: a fixed map, and an index that names its modules. HOSTILE W09."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from ipcchat.server.http.pages import FOLDER, SHORTER, TYPES, Page, load

INDEX = '<head>\n<script type="module" src="js/main.js"></script>\n</head><body></body>'


def written(folder: Path, files: dict[str, str]) -> Path:
    """A web client of these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def links(pages: dict[str, Page], kind: str) -> list[str]:
    """The modules that the index links to in this way, by their plain paths; the links have the lasting ones."""
    found = re.findall(rf'<link rel="{kind}" href="([0-9a-f]{{12}})(/[^"]+)">', pages["/"].body.decode())
    assert all(pages[f"/{version}{path}"].lasting for version, path in found)
    return [path for _, path in found]


def linked(folder: Path, **files: str) -> tuple[list[str], list[str]]:
    """What the index links to, now and later, when these are its modules."""
    modules = {f"js/{name.replace('__', '/')}.js": text for name, text in files.items()}
    pages = load(written(folder, {"index.html": INDEX, **modules}))
    return links(pages, "modulepreload"), links(pages, "later")


def test_every_file_that_a_browser_knows(tmp_path: Path):
    files = {"index.html": "i", "style.css": "s", "js/a.js": "a", "icon.svg": "v", "manifest.webmanifest": "m"}
    pages = load(written(tmp_path, {**files, "package.json": "p", "notes.md": "n", ".hidden": "h", "LICENSE": "l"}))
    assert {path for path, page in pages.items() if not page.lasting} == {"/", *(f"/{name}" for name in files)}
    assert {path[1:].partition("/")[2] for path, page in pages.items() if page.lasting} == {"style.css", "js/a.js"}
    assert pages["/js/a.js"].media_type == "text/javascript; charset=utf-8"
    assert {page.media_type for page in pages.values()} == set(TYPES.values())


def test_each_file_is_kept_compressed_and_named_by_its_content(tmp_path: Path):
    written(tmp_path, {"a.css": "x" * 1_000, "b.css": "x" * 1_000, "c.css": "y"})
    pages = load(tmp_path)
    assert gzip.decompress(pages["/a.css"].compressed) == pages["/a.css"].body == b"x" * 1_000
    assert len(pages["/a.css"].compressed) < 100
    assert pages["/a.css"].etag == pages["/b.css"].etag != pages["/c.css"].etag
    assert pages["/a.css"].compressed == load(tmp_path)["/a.css"].compressed


def test_the_index_names_what_its_script_needs(tmp_path: Path):
    now, later = linked(
        tmp_path,
        main='import { a } from "./a.js";\nimport "./deep/b.js";\nconst text = "./no.js";\nimport("./late.js");\n',
        late='import "./a.js";\nimport "./later.js";\n',
        later="",
        a='import {\n    c,\n    d,\n} from "./deep/c.js";\nexport { e } from "./e.js";\n',
        deep__b='import { a } from "../a.js";\n',
        deep__c='import { main } from "../main.js";\nimport lost from "./lost.js";\nimport far from "far";\n',
        e="",
        unused="",
        no="",
    )
    assert later == ["/js/late.js", "/js/later.js"]
    assert now == ["/js/main.js", "/js/a.js", "/js/deep/b.js", "/js/deep/c.js", "/js/e.js"]


@pytest.mark.parametrize("index", ["<head></head>", '<head><script src="js/main.js"></script></head>'])
def test_an_index_without_modules_stays_as_it_is(tmp_path: Path, index: str):
    pages = load(written(tmp_path, {"index.html": index, "js/main.js": ""}))
    assert re.sub(r"[0-9a-f]{12}/", "", pages["/"].body.decode()) == index


def test_the_index_has_a_name_of_its_own_when_a_module_changes_place(tmp_path: Path):
    before = load(written(tmp_path, {"index.html": INDEX, "js/main.js": ""}))["/"]
    after = load(written(tmp_path, {"js/main.js": 'import "./a.js";\n', "js/a.js": ""}))["/"]
    assert before.etag != after.etag


def test_each_document_has_its_own_path_and_its_own_modules(tmp_path: Path):
    admin = INDEX.replace("main.js", "admin/main.js")
    files = {"index.html": INDEX, "admin.html": admin, "js/main.js": "one();\n", "js/admin/main.js": "two();\n"}
    pages = load(written(tmp_path, files))
    assert pages["/admin"] == pages["/admin.html"]
    assert b"js/admin/main.js" in pages["/admin"].body and b'"js/main.js' not in pages["/admin"].body
    assert b"js/admin" not in pages["/"].body


def test_without_an_index_there_is_no_front_page(tmp_path: Path):
    assert load(written(tmp_path, {"a.css": ""})).keys() == {"/a.css"}


def test_the_real_client_is_complete():
    pages = load(FOLDER)
    now, later = links(pages, "modulepreload"), links(pages, "later")
    assert now[0] == "/js/main.js"
    assert len(set(now + later)) == len(now) + len(later)
    assert {path for path in pages if path.startswith("/js/")} >= set(now + later)


def test_another_script_is_another_path(tmp_path: Path):
    """A page that was loaded before an update never gets a module of the new one by its own paths."""
    before = load(written(tmp_path, {"index.html": INDEX, "js/main.js": "", "js/a.js": "one();\n"}))
    after = load(written(tmp_path, {"js/a.js": "two();\n"}))
    lasting = [{path for path, page in pages.items() if page.lasting} for pages in (before, after)]
    assert not lasting[0] & lasting[1]
    assert before["/js/a.js"].etag != after["/js/a.js"].etag


def test_comments_and_indentation_are_not_sent(tmp_path: Path):
    pages = load(written(tmp_path, {"a.js": "// a\nif (b) {\n  c();\n}\n", "a.css": "/* a */\nb {\n  c: d;\n}\n"}))
    assert pages["/a.js"].body == b"\nif (b) {\nc();\n}\n"
    assert pages["/a.css"].body == b"\nb {\nc: d;\n}\n"


@pytest.mark.parametrize("text", [b"a \\b // escape", b"a\r\n// line break", b"a // \xff no UTF-8"])
@pytest.mark.parametrize("name", ["a.js", "a.css"])
def test_what_is_not_understood_is_sent_as_it_is(tmp_path: Path, name: str, text: bytes):
    (tmp_path / name).write_bytes(text)
    assert load(tmp_path)[f"/{name}"].body == text


CODE = [path for path in sorted(FOLDER.rglob("*")) if path.suffix in SHORTER]


@pytest.mark.parametrize("file", CODE, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_every_file_of_the_real_client_is_understood(file: Path):
    shorter, text = SHORTER[file.suffix], file.read_text()
    short = shorter(text)
    assert shorter(short) == short
    assert short.count("\n") == text.count("\n")
    assert len(short) < len(text)
