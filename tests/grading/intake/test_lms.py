"""Canvas's and Moodle's "download all submissions": who is in it, what counts, what is refused."""

import io
import json
import os
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nablab.errors import NablabError, NoSubmissions, UnreadableSubmission
from nablab.grading.intake.archive import LARGEST_ZIP_MB, MOST_MEMBERS
from nablab.grading.intake.choice import LARGEST_MB
from nablab.grading.intake.lms import is_download, labs_named, take_in
from nablab.grading.intake.names import fit, is_student
from nablab.grading.intake.roster import Roster
from nablab.grading.intake.submission import digest, read

LAB = "lab01_filters"


def notebook(source="x = 1"):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": source}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """The bytes of a zip, the same at any hour: pairs of a name, or a ZipInfo, and what is in it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            entry = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            archive.writestr(entry, content, method)
    return data.getvalue()


@pytest.fixture
def taken(tmp_path, lab):
    """Takes in a zip of these files: {student: its Submission}."""

    def taken(files, lab=lab, name="submissions.zip"):
        place = tmp_path / name
        place.write_bytes(files if isinstance(files, bytes) else zipped(files))
        result = take_in(place, lab, tmp_path / "out")
        taken.left = {one.place: one.why for one in result.left}
        for one in result.submissions:
            assert is_student(one.student)
            assert one.path == tmp_path / "out/submitted" / one.student / lab.id / f"{lab.id}.ipynb"
            assert one.path.is_file() != bool(one.problem)
        return {one.student: one for one in result.submissions}

    return taken


def source(submission):
    return read(submission)["cells"][0]["source"]


def said(submission):
    """Why a submission is not graded: one sentence or two, in one line."""
    with pytest.raises(UnreadableSubmission) as raised:
        read(submission)
    assert "\n" not in str(raised.value) and str(raised.value).endswith(".")
    return str(raised.value)


# Names of files


def test_canvas_names_give_student_number_and_lateness(taken, tmp_path):
    found = taken(
        {
            f"studentone_501_9001_{LAB}.ipynb": notebook("one"),
            f"studenttwo_LATE_502_9002_{LAB}.ipynb": notebook("two"),
            f"anon_Ab3xY_9003_{LAB}.ipynb": notebook("three"),
            f"LATE_anon_Cd4zW_9004_{LAB}.ipynb": notebook("four"),
        }
    )
    assert {student: source(one) for student, one in found.items()} == {
        "studentone-501": "one",
        "studenttwo-502": "two",
        "anon_Ab3xY": "three",
        "anon_Cd4zW": "four",
    }
    assert found["studentone-501"].notes == ()
    assert found["studenttwo-502"].notes == ("It was handed in late.",)
    entries = Roster.load(tmp_path / "out").of(LAB)
    assert {(entry.lms, entry.id, entry.late) for entry in entries.values()} == {
        ("canvas", "501", False),
        ("canvas", "502", True),
        ("canvas", "anon_Ab3xY", False),
        ("canvas", "anon_Cd4zW", True),
    }


@pytest.mark.parametrize(
    "name",
    [
        f"Student One_501_assignsubmission_file_/{LAB}.ipynb",
        f"Student One_501_assignsubmission_file/{LAB}.ipynb",
        f"Student One_501_assignsubmission_file_{LAB}.ipynb",
        f"Student One_501_assignsubmission_file_/my work/{LAB}.ipynb",
        f"submissions/Student One_501_assignsubmission_file_/{LAB}.ipynb",
    ],
)
def test_moodle_names_of_every_version_give_student_and_number(taken, tmp_path, name):
    found = taken({name: notebook()})
    assert list(found) == ["Student One"]
    assert found["Student One"].notes == ()
    assert Roster.load(tmp_path / "out").of(LAB)["Student One"].id == "501"


def test_a_group_without_a_number_is_a_student_too(taken):
    files = {
        f"Default group_assignsubmission_file_/{LAB}.ipynb": notebook("a"),
        f"Group B_assignsubmission_file_/{LAB}.ipynb": notebook("b"),
        f"Group C_77_assignsubmission_file_/{LAB}.ipynb": notebook("c"),
    }
    assert sorted(taken(files)) == sorted(taken(files)) == ["Default group", "Group B", "Group C"]


@pytest.mark.parametrize("name", ["étudiantün", "學生一", "студентодин", "طالبواحد"])
def test_names_in_every_script_are_kept(taken, name):
    canvas = taken({f"{name}_501_9001_{LAB}.ipynb": notebook()})
    assert list(canvas) == [f"{unicodedata.normalize('NFC', name)}-501"]
    decomposed = unicodedata.normalize("NFD", name)
    moodle = taken({f"{decomposed}_501_assignsubmission_file_/{LAB}.ipynb": notebook()})
    assert list(moodle) == [name]


def test_utf8_names_are_read_where_the_zip_does_not_say_that_they_are(taken):
    data = zipped({f"étudiant_501_9001_{LAB}.ipynb": notebook()})
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(header) + flags
        bits = struct.unpack("<H", data[at : at + 2])[0] & ~0x800
        data = data[:at] + struct.pack("<H", bits) + data[at + 2 :]
    assert list(taken(data)) == ["étudiant-501"]


@pytest.mark.parametrize(
    "name, fits",
    [
        ("Student O'One", "Student OOne"),
        ("One (Two), Student", "One Two Student"),
        ("..", ""),
        ("-rf @home+", "rf @home"),
        ("=cmd|' /C calc'!A0", "cmd C calcA0".replace("calcA0", "calc A0")),
        ("a\x00b\nc", "a b c"),
        ("\U0001f600", ""),
        ("नरेन्द्र मोदी", "नरेन्द्र मोदी"),
        ("สมชาย", "สมชาย"),
        ("\u0301jane", "jane"),
        ("x" * 300, "x" * 60),
        ("\U00020000" * 80, "\U00020000" * 37),
    ],
)
def test_a_name_is_made_fit_for_files_and_pages(name, fits):
    assert fit(name) == fits
    assert not fits or is_student(fits)
    assert len(f".{fits}-1234567.json.draft".encode()) < 255


@pytest.mark.parametrize(
    "name, student",
    [
        (f"one_501_9001_two_72_assignsubmission_file_{LAB}.ipynb", "one-501"),
        (f"one_501_9001_two_502_9002_{LAB}.ipynb", "one-501"),
        (f"One_71_assignsubmission_file_two_502_9002_{LAB}.ipynb", "One"),
        (f"One_71_assignsubmission_file_Two_72_assignsubmission_file_{LAB}.ipynb", "One"),
        (f"One_71_assignsubmission_file_/two_502_9002_{LAB}.ipynb", "One"),
        (f"One_71_assignsubmission_file_/Two_72_assignsubmission_file_/{LAB}.ipynb", "One"),
    ],
)
def test_nobody_hands_in_for_another_by_a_files_name(taken, name, student):
    assert list(taken({name: notebook()})) == [student]


# What counts


def test_the_newest_of_what_was_handed_in_again_counts(taken):
    (one,) = taken(
        {
            f"student_501_9001_{LAB}.ipynb": notebook("first"),
            f"student_LATE_501_9030_{LAB}-2.ipynb": notebook("third"),
            f"student_501_9020_{LAB}-1.ipynb": notebook("second"),
        }
    ).values()
    assert source(one) == "third"
    assert one.notes == (
        "It was handed in late.",
        f"It was handed in 3 times; the newest, {LAB}-2.ipynb, counts.",
    )


def test_the_notebook_with_the_labs_name_counts_among_others(taken):
    found = taken(
        {
            f"student_501_9001_{LAB}.ipynb": notebook("right"),
            "student_501_9002_notes.ipynb": notebook("wrong"),
            "student_501_9003_photo.png": b"x",
            f"Student Two_7_assignsubmission_file_/{LAB}.ipynb": notebook("right"),
            f"Student Two_7_assignsubmission_file_/{LAB}-old.ipynb": notebook("wrong"),
        }
    )
    assert [source(one) for one in found.values()] == ["right", "right"]


def test_the_only_notebook_counts_whatever_it_is_called(taken):
    (one,) = taken({"student_501_9001_my work (2).ipynb": notebook()}).values()
    assert source(one) == "x = 1"
    assert one.notes == (f"The file is called my work (2).ipynb, expected {LAB}.ipynb.",)


def test_of_two_notebooks_with_other_names_none_counts(taken):
    found = taken(
        {
            "student_501_9001_a.ipynb": notebook("a"),
            "student_501_9002_b.ipynb": notebook("b"),
            "Student Two_7_assignsubmission_file_/part-1.ipynb": notebook("1"),
            "Student Two_7_assignsubmission_file_/part-2.ipynb": notebook("2"),
        }
    )
    for one in found.values():
        assert "There are 2 notebooks" in said(one)
        assert f"none is called {LAB}.ipynb. Keep the one that counts" in said(one)


def test_one_notebook_in_two_places_counts_and_two_of_one_name_do_not(taken):
    def in_two_places(second):
        (one,) = taken(
            {
                f"Student_7_assignsubmission_file_/a/{LAB}.ipynb": notebook(),
                f"Student_7_assignsubmission_file_/b/{LAB}.ipynb": second,
            }
        ).values()
        return one

    assert source(in_two_places(notebook())) == "x = 1"
    assert f"There are 2 notebooks called {LAB}.ipynb" in said(in_two_places(notebook("y")))


def test_who_handed_in_no_notebook_is_told_so(taken):
    found = taken(
        {
            "studentone_501_text.html": "<p>my answer</p>",
            "studenttwo_LATE_502_link.html": "<p>a link</p>",
            "studentthree_503_9003_report.pdf": b"%PDF",
            "Student Four_7_assignsubmission_onlinetext_/onlinetext.html": "<p>my answer</p>",
            "Student Five_8_assignsubmission_file_/.DS_Store": b"\0",
        }
    )
    assert len(found) == 5
    for one, file in (
        ("studentone-501", "studentone_501_text.html"),
        ("studenttwo-502", "studenttwo_LATE_502_link.html"),
        ("studentthree-503", "report.pdf"),
        ("Student Four", "onlinetext.html"),
        ("Student Five", ".DS_Store"),
    ):
        assert said(found[one]) == f"No notebook was handed in, but {file}."


def test_what_systems_leave_is_no_submission(taken):
    found = taken(
        {
            f"Student_7_assignsubmission_file_/{LAB}.ipynb": notebook("right"),
            f"Student_7_assignsubmission_file_/.ipynb_checkpoints/{LAB}-checkpoint.ipynb": notebook(),
            f"Student_7_assignsubmission_file_/.ipynb_checkpoints/{LAB}.ipynb": notebook("old"),
            f"__MACOSX/Student_7_assignsubmission_file_/._{LAB}.ipynb": b"\0\5\x16\7",
            f"__MACOSX/._Student_7_assignsubmission_file_{LAB}.ipynb": b"\0\5\x16\7",
            ".DS_Store": b"\0",
        }
    )
    assert [source(one) for one in found.values()] == ["right"]
    assert taken.left == {}


def test_files_of_nobody_are_named(taken):
    assert len(taken({f"student_501_9001_{LAB}.ipynb": notebook(), "x/readme.txt": "hello"})) == 1
    assert taken.left == {"x/readme.txt": "not a notebook, and its name does not say whose it is"}


# A student's own zip


def test_a_notebook_in_the_students_own_zip_is_found(taken):
    inner = zipped(
        {
            f"work/{LAB}.ipynb": notebook("packed"),
            f"work/.ipynb_checkpoints/{LAB}-checkpoint.ipynb": notebook(),
            f"__MACOSX/work/._{LAB}.ipynb": b"\0\5\x16\7",
            "work/data.csv": "1,2",
        }
    )
    found = taken(
        {
            "studentone_501_9001_work.zip": inner,
            "Student Two_7_assignsubmission_file_/work.zip": inner,
        }
    )
    assert [source(one) for one in found.values()] == ["packed", "packed"]


def test_a_zip_in_the_students_own_zip_is_not_opened(taken):
    inner = zipped({"deeper.zip": zipped({f"{LAB}.ipynb": notebook()})})
    (one,) = taken({"student_501_9001_work.zip": inner}).values()
    assert said(one) == "There is no notebook in work.zip."


def bomb(name, size):
    """A zip that is small and unpacks to far more."""
    pump = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    packed = b"".join(pump.compress(block) for _ in range(size)) + pump.flush()
    head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), size << 20, len(name), 0)
    local = b"PK\x03\x04" + head + name.encode() + packed
    entry = b"PK\x01\x02" + b"\x14\x03" + head + struct.pack("<HHHII", 0, 0, 0, 0, 0)
    directory = entry + name.encode()
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(local), 0)
    return local + directory + b"PK\x05\x06" + end


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def encrypted(data):
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(header) + flags
        data = data[:at] + bytes([data[at] | 1]) + data[at + 1 :]
    return data


def test_a_bomb_is_unpacked_no_further_than_a_notebook_may_be(taken):
    found = taken({"student_501_9001_work.zip": bomb(f"{LAB}.ipynb", 200)})
    assert said(found["student-501"]) == f"{LAB}.ipynb is larger than {LARGEST_MB} MB."


@pytest.mark.parametrize(
    "file, says",
    [
        (b"no zip at all", "work.zip is not a complete zip."),
        (zipped({f"{LAB}.ipynb": notebook()})[:-30], "work.zip is not a complete zip."),
        (zipped({}), "There is no notebook in work.zip."),
        (
            zipped({f"{LAB}.ipynb": notebook()}, zipfile.ZIP_LZMA),
            f"{LAB}.ipynb is packed with an unusual method: hand in the notebook itself.",
        ),
        (
            encrypted(zipped({f"{LAB}.ipynb": notebook()})),
            f"{LAB}.ipynb is encrypted: hand it in without a password.",
        ),
        (zipped([(link(f"{LAB}.ipynb"), "/etc/passwd")]), f"{LAB}.ipynb is a link, not a file."),
        (
            zipped({f"../../{LAB}.ipynb": notebook()}),
            f"The path ../../{LAB}.ipynb leads out of the zip.",
        ),
        (
            zipped({f"..\\..\\{LAB}.ipynb": notebook()}),
            f"The path ..\\..\\{LAB}.ipynb leads out of the zip.",
        ),
        (
            zipped({str(n): b"" for n in range(MOST_MEMBERS + 1)}),
            f"work.zip holds more than {MOST_MEMBERS} files: pack the notebook alone.",
        ),
        (
            zipped({f"{n}/{LAB}.ipynb": notebook() for n in range(40)}),
            f"There are 40 notebooks called {LAB}.ipynb. Keep the one that counts and grade again.",
        ),
    ],
    ids=[
        "no zip",
        "breaks off",
        "empty",
        "LZMA",
        "encrypted",
        "link",
        "outside",
        "Windows",
        "many",
        "copies",
    ],
)
def test_a_bad_zip_of_a_students_own_costs_that_student_alone(taken, tmp_path, file, says):
    found = taken(
        {
            "studentone_501_9001_work.zip": file,
            f"studenttwo_502_9002_{LAB}.ipynb": notebook("fine"),
        }
    )
    assert said(found["studentone-501"]) == says
    assert source(found["studenttwo-502"]) == "fine"
    assert not (tmp_path / f"{LAB}.ipynb").exists()


def test_a_bad_zip_beside_a_notebook_is_noted(taken):
    (one,) = taken(
        {
            f"student_501_9001_{LAB}.ipynb": notebook(),
            "student_501_9002_work.zip": b"no zip",
        }
    ).values()
    assert source(one) == "x = 1"
    assert one.notes == ("work.zip is not a complete zip.",)


def test_a_zip_too_large_to_open_is_not_opened(taken):
    outer = zipped({"student_501_9001_work.zip": bytes((LARGEST_ZIP_MB << 20) + 1)})
    assert said(taken(outer)["student-501"]) == (
        f"student_501_9001_work.zip is larger than {LARGEST_ZIP_MB} MB."
    )


INNER = zipped({f"work/{LAB}.ipynb": notebook("x" * 300), "é/data.csv": "1,2"})


@given(
    st.lists(
        st.tuples(st.integers(0, len(INNER) - 1), st.integers(0, 4), st.binary(max_size=6)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=150)
@example([(INNER.index(b"PK\x01\x02") + 46, 1, b"\0")])  # a member without a name
def test_no_bytes_in_a_students_own_zip_stop_the_others(lab, edits):
    data = bytearray(INNER)
    for at, cut, added in edits:
        data[at : at + cut] = added
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "submissions.zip")
        place.write_bytes(
            zipped(
                {
                    "one_501_9001_work.zip": bytes(data),
                    f"two_502_9002_{LAB}.ipynb": notebook("fine"),
                }
            )
        )
        one, two = take_in(place, lab, Path(folder, "out")).submissions
        assert (one.student, two.student) == ("one-501", "two-502")
        assert source(two) == "fine"
        assert one.path.is_file() != bool(one.problem)


# Bad members of the download itself


def damaged(data, name):
    """A zip in which one member's bytes were changed on the way."""
    at = data.index(name.encode()) + len(name) + 4
    return data[:at] + bytes(12) + data[at + 12 :]


@pytest.mark.parametrize(
    "spoil, says",
    [
        (lambda name: damaged(zipped(ours(name)), name), f"{{}}_501_9001_{LAB}.ipynb is damaged"),
        (lambda name: encrypted(zipped(ours(name))), "is encrypted"),
        (lambda name: zipped([(link(name), "/etc/passwd"), *theirs()]), "is a link, not a file"),
        (lambda name: zipped([(name, bytes((LARGEST_MB << 20) + 1)), *theirs()]), "is larger than"),
        (lambda name: zipped([(f"../{name}", notebook()), *theirs()]), "leads out of the zip"),
    ],
    ids=["damaged", "encrypted", "link", "large", "outside"],
)
def test_a_bad_member_costs_its_own_student_alone(taken, spoil, says):
    found = taken(spoil(f"a_501_9001_{LAB}.ipynb"))
    assert says.format("a") in said(found["a-501"])
    assert source(found["b-502"]) == "fine"


def theirs():
    return [(f"b_502_9002_{LAB}.ipynb", notebook("fine"))]


def ours(name):
    return [(name, notebook("# long enough to be damaged " * 20)), *theirs()]


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "is damaged or incomplete"),
        (b"PK\x03\x04 and no more", "is damaged or incomplete"),
        (zipped({f"a_501_9001_{LAB}.ipynb": "x"})[:-10], "is damaged or incomplete"),
        (zipped({}), "is not a download of Canvas or Moodle, Brightspace"),
        (zipped({"student01.ipynb": notebook()}), "unpack it and name the folder"),
    ],
)
def test_a_download_that_is_none_is_one_sentence(tmp_path, lab, content, says):
    place = tmp_path / "submissions.zip"
    place.write_bytes(content)
    with pytest.raises(NoSubmissions, match=says) as raised:
        take_in(place, lab, tmp_path / "out")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


# Ids


def test_a_student_keeps_one_id_through_labs_and_new_names(taken, course):
    other = course.lab("2")
    taken(
        {
            f"studentone_501_9001_{LAB}.ipynb": notebook(),
            f"Student Two_77_assignsubmission_file_/{LAB}.ipynb": notebook(),
        }
    )
    second = taken(
        {
            f"renamedone_501_9105_{other.id}.ipynb": notebook(),
            f"Student Two_991_assignsubmission_file_/{other.id}.ipynb": notebook(),
        },
        lab=other,
    )
    assert sorted(second) == ["Student Two", "studentone-501"]


def test_namesakes_in_moodle_are_two_students(taken, tmp_path):
    files = {
        f"Student One_{number}_assignsubmission_file_/{LAB}.ipynb": notebook(str(number))
        for number in (71, 72)
    }
    found = taken(files)
    assert {student: source(one) for student, one in found.items()} == {
        "Student One 71": "71",
        "Student One 72": "72",
    }
    assert list(taken(files)) == list(found)
    late = {f"Student One_72_assignsubmission_file_/{LAB}.ipynb": notebook()}
    assert list(taken(late)) == ["Student One 72"]


def test_a_namesake_who_comes_later_gets_an_id_of_their_own(taken):
    first = {f"Student One_71_assignsubmission_file_/{LAB}.ipynb": notebook("71")}
    second = {f"Student One_72_assignsubmission_file_/{LAB}.ipynb": notebook("72")}
    assert list(taken(first)) == ["Student One"]
    found = taken({**first, **second})
    assert {student: source(one) for student, one in found.items()} == {
        "Student One": "71",
        "Student One 72": "72",
    }


def test_names_that_differ_in_what_an_id_cannot_hold_are_two_students(taken):
    found = taken(
        {
            f"Student O'One_71_assignsubmission_file_/{LAB}.ipynb": notebook("71"),
            f"Student OOne_72_assignsubmission_file_/{LAB}.ipynb": notebook("72"),
        }
    )
    assert sorted(source(one) for one in found.values()) == ["71", "72"]


def test_the_same_download_again_changes_nothing(taken, tmp_path):
    files = {
        f"studentone_501_9001_{LAB}.ipynb": notebook(),
        "studenttwo_502_9002_work.zip": b"no zip",
    }
    first = taken(files)
    again = taken(files)
    assert first == again
    assert [digest(one) for one in first.values()] == [digest(one) for one in again.values()]
    assert all(digest(one) for one in first.values())


def test_a_newer_download_takes_the_place_of_an_older_one(taken):
    taken({f"student_501_9001_{LAB}.ipynb": notebook("old")})
    (one,) = taken({f"student_501_9009_{LAB}-1.ipynb": notebook("new")}).values()
    assert source(one) == "new"
    (one,) = taken({"student_501_9010_photo.png": b"x"}).values()
    assert said(one) == "No notebook was handed in, but photo.png."


def test_a_damaged_roster_is_one_sentence(taken, tmp_path):
    files = {f"student_501_9001_{LAB}.ipynb": notebook()}
    taken(files)
    for text in ("{", "[]", '{"lab01_filters": {"student": {"x": 1}}}'):
        (tmp_path / "out/submitted/lms.json").write_text(text)
        with pytest.raises(NablabError, match=r"lms\.json is damaged"):
            taken(files)


# An unpacked download


def test_an_unpacked_download_gives_what_its_zip_gives(tmp_path, lab):
    files = {
        f"studentone_501_9001_{LAB}.ipynb": notebook("one"),
        "studenttwo_LATE_502_9002_work.zip": zipped({f"{LAB}.ipynb": notebook("two")}),
        f"Student Three_7_assignsubmission_file_/{LAB}.ipynb": notebook("three"),
    }
    place = tmp_path / "submissions.zip"
    place.write_bytes(zipped(files))
    with zipfile.ZipFile(place) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert is_download(place) and is_download(tmp_path / "unpacked")
    both = [
        take_in(one, lab, tmp_path / "out").submissions for one in (place, tmp_path / "unpacked")
    ]
    assert both[0] == both[1] and len(both[0]) == 3


def test_a_link_in_an_unpacked_download_is_not_followed(tmp_path, lab):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(notebook("secret"))
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (folder / f"student_501_9001_{LAB}.ipynb").symlink_to(secret)
    (one,) = take_in(folder, lab, tmp_path / "out").submissions
    assert "is a link or not a file" in said(one)


def test_a_file_name_that_is_not_text_becomes_text(tmp_path, lab):
    (tmp_path / "unpacked").mkdir()
    name = b"stud\xffent_501_9001_" + LAB.encode() + b".ipynb"
    with open(os.path.join(os.fsencode(tmp_path / "unpacked"), name), "wb") as file:
        file.write(notebook().encode())
    (one,) = take_in(tmp_path / "unpacked", lab, tmp_path / "out").submissions
    assert one.student == "stud ent-501"
    assert source(one) == "x = 1"


@pytest.mark.parametrize(
    "names",
    [
        ["student01.ipynb", "student02.ipynb"],
        [f"student01/{LAB}/{LAB}.ipynb"],
        ["readme.txt"],
        [f"student_501_9001_{LAB}.ipynb", "student02.ipynb", "student03.ipynb"],
        [],
    ],
)
def test_a_folder_of_another_layout_is_no_download(tmp_path, names):
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(notebook())
    assert not is_download(tmp_path)
    assert not is_download(tmp_path / "nowhere")


# Which lab


@pytest.mark.parametrize(
    "name, files, labs",
    [
        ("a.zip", [f"student_501_9001_{LAB}.ipynb"], [LAB]),
        ("a.zip", ["Student_5_assignsubmission_file_/LAB01_filters (1).ipynb"], [LAB]),
        (f"course-{LAB}-submissions.zip", ["student_501_9001_work.ipynb"], [LAB]),
        ("a.zip", ["student_501_9001_work.ipynb"], []),
        (
            "a.zip",
            [f"s_501_9001_{LAB}.ipynb", "t_502_9002_lab02_sizes.ipynb"],
            [LAB, "lab02_sizes"],
        ),
    ],
)
def test_the_lab_of_a_download_is_in_its_files_names(tmp_path, course, name, files, labs):
    place = tmp_path / name
    place.write_bytes(zipped({file: notebook() for file in files}))
    every = [course.lab("1"), course.lab("2")]
    assert [lab.id for lab in labs_named(place, every)] == labs
