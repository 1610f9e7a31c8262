"""A build is the same on every machine, and another where something was changed."""

import numpy as np
import pytest

from nablab.authored.answers import Answers
from nablab.checking.fingerprint import FILE, load, save
from nablab.checking.load import LabCode
from nablab.course import read_lab
from nablab.grading.samples import copy_course
from nablab.release.write import _save_fingerprints


@pytest.fixture
def lab(course, tmp_path):
    own = copy_course(course, tmp_path)
    return Answers(own, own.authored_lab("1")), own.released / "lab01_filters" / FILE


def changed(values, by):
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return values * by
    if isinstance(values, (list, tuple)):
        return type(values)(changed(value, by) for value in values)
    return values


@pytest.mark.parametrize("by, kept", [(1 + 1e-13, True), (1.01, False)])
def test_another_processors_last_digits_are_no_change(lab, tmp_path, by, kept):
    answers, released = lab
    prints = load(LabCode(read_lab(released.parent)))
    first = prints["1.2"]
    first.__dict__["reference"] = changed(first.reference, by)
    save(released, prints)
    before, path = released.read_bytes(), tmp_path / "made"
    _save_fingerprints(answers, path, released.parent)
    assert (path.read_bytes() == before) == kept


@pytest.mark.parametrize("content", [None, b"", b"\x00", b"\x80"])
def test_a_file_that_cannot_be_read_is_made_anew(lab, tmp_path, content):
    answers, released = lab
    right = released.read_bytes()
    released.unlink() if content is None else released.write_bytes(content)
    _save_fingerprints(answers, tmp_path / "made", released.parent)
    assert (tmp_path / "made").read_bytes() == right
