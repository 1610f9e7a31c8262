"""What the record of a proof takes an exercise's checks to depend on."""

import pytest

from nablab.release.record import _imported


@pytest.mark.parametrize(
    "line, names",
    [
        ("from .oracles import window", ["oracles"]),
        ("from . import oracles, building_blocks", ["oracles", "building_blocks"]),
        ("from ..checks.correlate_valid import corners", ["correlate_valid"]),
        ("from ..checks import correlate_valid", ["correlate_valid"]),
        ("def late():\n    from .oracles import window", ["oracles"]),
        ("import numpy\nfrom nablab.checking import expect", []),
        ('"""\nfrom .told_in_a_text import nothing\n"""', []),
    ],
)
def test_a_files_own_imports_are_found_wherever_they_stand(line, names, tmp_path):
    path = tmp_path / "some.py"
    path.write_text(line + "\n")
    assert list(_imported(path)) == names
