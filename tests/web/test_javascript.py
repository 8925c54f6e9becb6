"""The web client's own tests and types, run by Node.js and by the TypeScript compiler.

Rules:
1. What is missing on this machine fails with what to type; nothing is skipped.
2. Only the compiler is installed (package-lock.json); the client itself depends on nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
COMPILER = HERE / "node_modules" / "typescript" / "bin" / "tsc"
TESTS_SECONDS = 120
TYPES_SECONDS = 120


def node(*arguments: str, seconds: float) -> None:
    """Run Node.js in this folder; what it prints is shown when it fails."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("there is no Node.js; on Debian type: apt-get install nodejs npm")
    done = subprocess.run(
        [program, *arguments],
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
        text=True,
        env={**os.environ, "PYTHON": sys.executable},
    )
    if done.returncode:
        pytest.fail(f"node {' '.join(arguments)[:200]}\n{done.stdout}", pytrace=False)


def test_the_javascript_tests_pass() -> None:
    """Everything in js/*.test.mjs."""
    files = sorted(str(path.relative_to(HERE)) for path in HERE.glob("js/**/*.test.mjs"))
    assert files
    node("--test", *files, seconds=TESTS_SECONDS)


def test_the_types_are_right() -> None:
    """The JSDoc types of the client and of its tests."""
    if not COMPILER.exists():
        pytest.fail("there is no TypeScript compiler; type: npm ci --prefix tests/web")
    node(str(COMPILER), "--project", "tsconfig.json", seconds=TYPES_SECONDS)
