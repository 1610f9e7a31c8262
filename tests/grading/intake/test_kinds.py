"""What a file is that is not a notebook, said in one sentence."""

import json

import pytest
from tests.grading.intake.test_lms import notebook, zipped

from nablab.errors import UnreadableSubmission
from nablab.grading.intake.kinds import holds_notebook, kind_of, labs_in
from nablab.grading.intake.submission import read
from nablab.grading.records import Submission

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "The file is empty (0 bytes)"),
        (b"import numpy as np\n\ndef f(x):\n    return x\n", "is a Python script"),
        (b"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\n\nx = 1\n", "is a Python script"),
        (b"# %%\nx = 1\n", "is a Python script"),
        (b"<!DOCTYPE html>\n<html><head>", "is an HTML page"),
        (b"\xef\xbb\xbf\n<html><head>", "is an HTML page"),
        (b"<?xml version='1.0'?>\n<html>", "is an HTML page"),
        (
            LFS.encode(),
            "is a Git LFS pointer, not a notebook: it only says where Git keeps the file",
        ),
        (b"%PDF-1.7\n", "is a PDF"),
        (zipped({"word/document.xml": "x"}), "is a Word file"),
        (zipped({"xl/workbook.xml": "x"}), "is an Excel file"),
        (zipped({"lab01_filters.ipynb": "x"}), "is a zip, not a notebook: unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Word, Excel or PowerPoint file"),
        (b"\x89PNG\r\n\x1a\n\xff", "is a picture (PNG)"),
        (b"\xff\xd8\xff\xe0", "is a picture (JPEG)"),
        (b"\0\0\0\x18ftypheic", "is a picture (HEIC)"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "is a picture (SVG)"),
        (b"Rar!\x1a\x07\x01\0", "is a packed file (RAR)"),
        (b"\x1f\x8b\x08", "is a packed file (gzip)"),
        (b"[InternetShortcut]\r\nURL=https://example.org\r\n", "is a link to a web page"),
        (
            b'{"url": "https://docs.google.com/open?id=1", "doc_id": "1"}',
            "a Google Drive link file",
        ),
        (b"{\\rtf1\\ansi", "is a text document (RTF)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_of_another_kind_is_called_by_its_name(tmp_path, content, says):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(UnreadableSubmission) as raised:
        read(Submission("student01", "lab01_filters", path))
    told = str(raised.value)
    assert says in told and "damaged" not in told
    assert told.endswith(".") and "\n" not in told


@pytest.mark.parametrize(
    "content",
    [
        notebook().encode(),
        b"\xef\xbb\xbf" + notebook().encode(),
        notebook("import numpy as np\n<html>\n%PDF-").encode(),
        notebook().encode()[:40],
        json.dumps(json.loads(notebook("see https://docs.google.com")), indent=1).encode(),
        notebook().encode("utf-16"),
        b"<<<<<<< HEAD\n" + notebook().encode(),
        b"hello",
        b"[]",
    ],
    ids=["plain", "BOM", "source", "cut off", "link", "UTF-16", "merge", "text", "JSON"],
)
def test_what_may_be_a_notebook_is_left_to_the_reader(content):
    assert kind_of(content) is None


@pytest.mark.parametrize(
    "content, holds",
    [
        (notebook().encode(), True),
        (notebook().encode()[:-10], True),
        (b'{"cells": [1, 2]}', False),
        (b'{"a": "nbformat"}', False),
        (b"[]", False),
    ],
)
def test_a_file_of_another_name_holds_a_notebook_or_not(content, holds):
    assert holds_notebook(content) is holds


def test_the_labs_of_a_notebook_are_in_its_cells_names(course):
    for number in ("1", "3"):
        assert labs_in(course.lab(number).notebook.read_bytes()) == {int(number)}
    assert labs_in(notebook('"id": "nothing"').encode()) == set()
