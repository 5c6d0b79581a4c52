"""Makes ``small.py`` of this folder importable by the tests beside it: `from small import model_of`."""

import importlib.util
import sys
from pathlib import Path

SPEC = importlib.util.spec_from_file_location("small", Path(__file__).with_name("small.py"))
sys.modules["small"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sys.modules["small"])
