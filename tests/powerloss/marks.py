"""When tests of this folder, and those that borrow its library, cannot run."""

from __future__ import annotations

import pytest

from tests.powerloss.library import compiler

needs_compiler = pytest.mark.skipif(compiler() is None, reason="disk.c needs a C compiler: apt install gcc libc6-dev")
