"""Standard input as lines: pipes, files, cuts anywhere, bytes that are not UTF-8."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.cli.standard_input import LINE_BYTES_MAX, LineSplitter, read_lines


def split(*pieces: bytes) -> list[str]:
    splitter = LineSplitter()
    return [line for piece in (*pieces, b"") for line in splitter.feed(piece)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\r\nb\n\nc", ["a", "b", "", "c"]),
        (b"\xff\n", ["\udcff"]),
        ("é".encode(), ["é"]),
    ],
)
def test_lines(data: bytes, lines: list[str]) -> None:
    assert split(data) == lines


@given(st.binary(max_size=60), st.integers(1, 10))
def test_it_does_not_matter_where_the_bytes_are_cut(data: bytes, size: int) -> None:
    assert split(*(data[start : start + size] for start in range(0, len(data), size))) == split(data)


def test_a_line_without_end_is_cut() -> None:
    assert [len(line) for line in split(b"x" * (2 * LINE_BYTES_MAX + 5))] == [LINE_BYTES_MAX, LINE_BYTES_MAX, 5]


async def test_a_pipe_gives_lines_as_they_come() -> None:
    reading, writing = os.pipe()
    lines = read_lines(reading)
    for number in range(3):
        os.write(writing, b"line %d\n" % number)
        assert await anext(lines) == f"line {number}"
    os.close(writing)
    assert [line async for line in lines] == []
    os.close(reading)


async def test_a_file_longer_than_what_is_read_ahead(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("".join(f"{number}\n" for number in range(5000)))
    with path.open("rb") as file:
        assert [line async for line in read_lines(file.fileno())] == [str(number) for number in range(5000)]
