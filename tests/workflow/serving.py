"""The server of the download tests, for tests that run the whole workflow."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

SERVER = Path(__file__).resolve().parents[1] / "corpus" / "server.py"


def load_server() -> ModuleType:
    """The module ``server`` of the tests of the corpus room."""
    if "server" not in sys.modules:
        spec = importlib.util.spec_from_file_location("server", SERVER)
        sys.modules["server"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["server"])
    return sys.modules["server"]
