"""The page of the layers is up to date with their docstrings."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "layers_page.py"

pytestmark = pytest.mark.slow


def test_the_page_is_what_the_docstrings_say():
    spec = importlib.util.spec_from_file_location("layers_page", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    says = "run `python tools/layers_page.py` and commit what it writes"
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), says
