"""What all tests share: hypothesis without deadlines, because a loaded machine is no failure, and the script `run`."""

import importlib.machinery
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

settings.register_profile("chat", deadline=None)
settings.load_profile("chat")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def run_script() -> ModuleType:
    """The module in the file `run`."""
    loader = importlib.machinery.SourceFileLoader("run_script", str(ROOT / "run"))
    spec = importlib.util.spec_from_loader("run_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
