"""Which files of the library a lab's proof depends on."""

from pathlib import Path

import pytest

from nablab.release.used import library_files


@pytest.fixture
def package(tmp_path):
    for name, text in {
        "data/__init__.py": "from package.data.leaves import leaves\n",
        "data/leaves.py": "from package.data.trees import GREEN\ndef leaves(n): return GREEN * n\n",
        "data/leaves_1.npz": "stored numbers",
        "data/trees.py": "GREEN, BROWN = 1, 2\n",
        "data/stones.py": "GREY: int = 3\n",
        "reference/__init__.py": "",
        "reference/dense.py": "def affine(x): return x\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "source, files",
    [
        ("import data\nx = data.leaves(3)", ["leaves.py", "leaves_1.npz", "trees.py"]),
        ("from package.data import trees", ["trees.py"]),
        ("from package.data.trees import BROWN", ["trees.py"]),
        ("import package.data.stones", ["stones.py"]),
        ("def late():\n    return data.stones.GREY", ["stones.py"]),
        ("y = reference.dense.affine(x)", ["dense.py"]),
        ("from package.reference.dense import affine as a", ["dense.py"]),
        ('"""Stones, trees and leaves, and GREY."""', []),
        ("%matplotlib inline\nleaves(3)", ["leaves.py", "leaves_1.npz", "trees.py"]),
        ("x = data", []),
        ("leaves, stones = 5, 6", []),  # names of one's own
    ],
)
def test_a_file_counts_if_it_is_named_or_what_its_package_offers_of_it(package, source, files):
    assert [path.name for path in library_files(package, [source])] == files


def test_every_lab_counts_the_data_that_it_imports():
    package = Path(__file__).resolve().parents[2] / "src" / "nablab"
    found = {path.name for path in library_files(package, ["from nablab.data import digits"])}
    assert {"digits.py", "digits.npz"} <= found
