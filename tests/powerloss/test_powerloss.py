"""The power fails some hundreds of times (promise G2), and a journal that syncs less is found out."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.powerloss.marks import needs_compiler
from tests.powerloss.trial import Trial


@needs_compiler
def test_what_was_confirmed_is_there_whatever_else_was_lost(tmp_path: Path):
    seed = secrets.randbelow(10**9)
    result = Trial(tmp_path, seed).run(300)
    assert result.violations == [], f"seed {seed}"
    assert result.images >= 300
    assert result.confirmed >= 300
    # What is written through a mapping is in no log: https://www.sqlite.org/walformat.html#the_wal_index_file
    assert all(name.endswith("-shm") for name in result.mapped)


@needs_compiler
def test_a_journal_that_syncs_less_is_found_out(
    tmp_path: Path,
):  # https://www.sqlite.org/pragma.html#pragma_synchronous
    result = Trial(tmp_path, 1, "--normal").run(60)
    assert result.rules["lost"] > 10
    assert result.broken < result.images
