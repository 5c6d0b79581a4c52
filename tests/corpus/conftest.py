"""Makes ``server.py`` of this folder importable by the tests beside it: `from server import misbehaving`."""

import importlib.util
import sys
from pathlib import Path

SPEC = importlib.util.spec_from_file_location("server", Path(__file__).with_name("server.py"))
sys.modules["server"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sys.modules["server"])
