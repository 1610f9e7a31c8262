"""Downloads of each learning platform: who is in them, which attempt counts, and what lies beside."""

import json
import zipfile

import pytest
from tests.grading.intake.test_lms import notebook, zipped

from nablab.errors import UnreadableSubmission
from nablab.grading.intake.lms import is_download, labs_named, take_in
from nablab.grading.intake.roster import Roster
from nablab.grading.intake.submission import read

LAB = "lab01_filters"
WHOSE = "its name does not say whose it is"
PEOPLE = """\
submission_101:
  :submitters:
  - :name: Jane Doe
    :sid: '7001'
    :email: jane@example.org
  :created_at: 2025-11-03 23:30:10.123456000 Z
  :history:
  - :id: 7
submission_99:
  :submitters:
  - :name: Jane Doe
    :sid: '7001'
    :email: jane@example.org
  :created_at: 2025-11-01 23:30:10.123456000 Z
submission_102:
  :submitters:
  - :name: van der Berg, Jan
    :email: jan@example.org
  - :name: Mi Ra
    :email: mi@example.org
  :created_at: 2025-11-03 21:30:10.123456000 +01:00
submission_103:
  :submitters:
  - :name: Pat Late
    :sid: 7009
"""


@pytest.fixture(params=["zip", "folder"])
def taken(request, tmp_path, lab):
    """Takes a download in, zipped or unpacked: {student: source or why there is none}."""

    def taken(files, name="download"):
        place = tmp_path / f"{name}.zip"
        place.write_bytes(zipped(files))
        if request.param == "folder":
            with zipfile.ZipFile(place) as archive:
                archive.extractall(tmp_path / name)
            place = tmp_path / name
        assert is_download(place)
        assert labs_named(place, [lab]) == [lab]
        result = take_in(place, lab, tmp_path / "out")
        taken.left = {one.place: one.why for one in result.left}
        taken.submissions = {one.student: one for one in result.submissions}
        assert len(taken.submissions) == len(result.submissions)
        return {student: said(one) for student, one in taken.submissions.items()}

    return taken


def said(submission):
    try:
        return read(submission)["cells"][0]["source"]
    except UnreadableSubmission as error:
        return str(error)


def test_brightspace_folders_give_the_newest_attempt_of_each(taken, tmp_path):
    found = taken(
        {
            "index.html": "<html>",
            f"9001-77 - Jane Doe - Nov 3, 2025 1130 PM/{LAB}.ipynb": notebook("new"),
            f"9001-77 - Jane Doe - Nov 3, 2025 1145 AM/{LAB}.ipynb": notebook("old"),
            f"9002-77 - van der Berg, Jan - Nov 12, 2025 1200 AM/{LAB}.ipynb": notebook("newer"),
            f"9002-77 - van der Berg, Jan - Nov 2, 2025 1200 PM/{LAB}.ipynb": notebook("older"),
            "9003-77 - Jane Doe - Nov 4, 2025 900 AM/report.pdf": "%PDF-1",
        }
    )
    assert found == {
        "Jane Doe 9001": "new",
        "Jane Doe 9003": "No notebook was handed in, but report.pdf.",
        "van der Berg Jan": "newer",
    }
    assert list(taken.left.values()) == [f"an older version of {LAB}.ipynb"] * 2
    assert (
        'It was handed in under the name "van der Berg, Jan".'
        in taken.submissions["van der Berg Jan"].notes
    )
    assert Roster.load(tmp_path / "out").of(LAB)["Jane Doe 9001"].lms == "brightspace"


def test_brightspace_in_one_folder_whichever_number_is_the_users(taken):
    found = taken(
        {
            f"77-9001 - Jane Doe - Dec 5, 2024 1149 AM - {LAB}.ipynb": notebook("old"),
            f"77-9001 - Jane Doe - Jan 5, 2025 1149 AM - {LAB}.ipynb": notebook("new"),
            f"77-9002 - Pat - 4 nov. 2025 09 h 00 - {LAB}.ipynb": notebook("pat"),
        }
    )
    assert found == {"Jane Doe": "new", "Pat": "pat"}


def test_two_brightspace_attempts_whose_dates_say_nothing_are_not_chosen_between(taken):
    found = taken(
        {
            f"77-9001 - Pat - 4 nov. 2025 09 h 00 - {LAB}.ipynb": notebook("one"),
            f"77-9001 - Pat - 5 nov. 2025 09 h 00 - {LAB}.ipynb": notebook("two"),
        }
    )
    assert "Keep the one that counts and grade again." in found["Pat"]


def test_blackboard_gives_the_newest_attempt_that_has_a_notebook(taken):
    found = taken(
        {
            f"Lab 1_jdoe_attempt_2025-11-03-10-20-30_{LAB}.ipynb": notebook("old"),
            "Lab 1_jdoe_attempt_2025-11-03-10-20-30.txt": "Name: Jane Doe (jdoe)",
            "Lab 1_jdoe_attempt_2025-11-04-10-20-30_work.ipynb": notebook("new"),
            "Lab 1_jdoe_attempt_2025-11-04-10-20-30.txt": "Name: Jane Doe (jdoe)",
            f"Lab 1_pat_attempt_2025-11-03-10-20-30_{LAB}.ipynb": notebook("pat"),
            "Lab 1_pat_attempt_2025-11-05-10-20-30_photo.png": b"\x89PNG\r\n\x1a\n",
            "Lab 1_none_attempt_2025-11-03-10-20-30.txt": "Name: Nobody (none)",
        }
    )
    assert found == {"jdoe": "new", "pat": "pat", "none": "Nothing was handed in."}
    assert taken.left == {
        f"Lab 1_jdoe_attempt_2025-11-03-10-20-30_{LAB}.ipynb": "an older version of work.ipynb",
        "Lab 1_pat_attempt_2025-11-05-10-20-30_photo.png": "a picture (PNG)",
    }


def test_blackboard_logins_with_an_underscore_are_two_people(taken):
    found = taken(
        {
            f"Lab_1_2_j_doe_attempt_2025-11-03-10-20-30_{LAB}.ipynb": notebook("j"),
            f"Lab_1_2_k_doe_attempt_2025-11-03-10-20-30_{LAB}.ipynb": notebook("k"),
        }
    )
    assert found == {"j_doe": "j", "k_doe": "k"}


def test_gradescope_knows_people_by_its_metadata(taken):
    found = taken(
        {
            "assignment_5_export/submission_metadata.yml": PEOPLE,
            f"assignment_5_export/submission_101/{LAB}.ipynb": notebook("jane"),
            f"assignment_5_export/submission_99/{LAB}.ipynb": notebook("before"),
            f"assignment_5_export/submission_102/src/{LAB}.ipynb": notebook("pair"),
            f"assignment_5_export/submission_777/{LAB}.ipynb": notebook("unknown"),
        }
    )
    assert found == {
        "Jane Doe": "jane",
        "Mi Ra": "pair",
        "Pat Late": "Nothing was handed in.",
        "student submission 777": "unknown",
        "van der Berg Jan": "pair",
    }
    assert taken.submissions["Jane Doe"].timestamp == "2025-11-03 23:30:10 UTC"
    assert taken.submissions["Mi Ra"].timestamp == "2025-11-03 20:30:10 UTC"


@pytest.mark.parametrize("metadata", ["", "- 1", "a: b: c", "!ruby/object:X {}", "submission_1: 5"])
def test_gradescope_metadata_that_cannot_be_read_costs_nobody(taken, metadata):
    found = taken(
        {
            "assignment_5_export/submission_metadata.yml": metadata,
            f"assignment_5_export/submission_1/{LAB}.ipynb": notebook("one"),
            f"assignment_5_export/submission_2/{LAB}.ipynb": notebook("two"),
        }
    )
    assert found == {"student submission 1": "one", "student submission 2": "two"}


@pytest.mark.parametrize("above", ["Abgaben", "Submissions", "multi_feedback_Lab_1_5"])
def test_ilias_names_folders_after_people(taken, above):
    found = taken(
        {
            f"Lab 1/{above}/Doe_Jane_jdoe_123/{LAB}.ipynb": notebook("jane"),
            f"Lab 1/{above}/Doe_Jane_jdoe2_125/": "",
            f"Lab 1/{above}/van_der_Berg_Jan_jb_124/Late Submission - {LAB}.ipynb": notebook("jan"),
            f"Lab 1/{above}/Ra Mi mi@example.org 126/{LAB}.ipynb": notebook("mi"),
        }
    )
    assert found == {
        "Doe Jane 123": "jane",
        "Doe Jane 125": "Nothing was handed in.",
        "Ra Mi": "mi",
        "van der Berg Jan": "jan",
    }
    assert taken.submissions["van der Berg Jan"].notes == ("It was handed in late.",)


def test_ilias_teams_are_looked_into(taken):
    found = taken(
        {
            f"Submissions/Team 7/Doe_Jane_jdoe_123/{LAB}.ipynb": notebook("jane"),
            f"Submissions/Team 8/Ra_Mi_mira_124/{LAB}.ipynb": notebook("mi"),
        }
    )
    assert found == {"Doe Jane": "jane", "Ra Mi": "mi"}


def test_github_classroom_gives_a_repository_a_student(taken):
    found = taken(
        {
            f"lab-1-submissions/lab-1-jdoe/{LAB}.ipynb": notebook("jane"),
            f"lab-1-submissions/lab-1-pat-x/{LAB}/{LAB}.ipynb": notebook("pat"),
            "lab-1-submissions/lab-1-pat-x/.git/config": "[core]",
            "lab-1-submissions/lab-1-nobody/README.md": "# Lab 1",
        }
    )
    assert found == {
        "jdoe": "jane",
        "nobody": "No notebook was handed in, but README.md.",
        "pat-x": "pat",
    }


def test_google_classroom_has_the_name_on_either_side(taken):
    assert taken(
        {
            f"Jane Doe - {LAB}.ipynb": notebook("jane"),
            f"Pat - {LAB} (1).ipynb": notebook("pat"),
            "Mi Ra - homework.ipynb": notebook("mi"),
            f"Copy of Bo - {LAB}.ipynb": notebook("bo"),
        }
    ) == {"Bo": "bo", "Jane Doe": "jane", "Mi Ra": "mi", "Pat": "pat"}


def test_google_classroom_the_other_way_round(taken):
    files = {f"{LAB} - Jane Doe.ipynb": notebook("jane"), f"{LAB} - Pat.ipynb": notebook("pat")}
    assert taken(files) == {"Jane Doe": "jane", "Pat": "pat"}


def test_a_students_file_name_of_another_platform_is_only_a_name(taken):
    other = "Lab 1_other_attempt_2025-11-03-10-20-30_x.ipynb"
    found = taken(
        {
            f"jane_501_9001_{other}": notebook("jane"),
            f"other_502_9002_{LAB}.ipynb": notebook("other"),
            f"pat_503_9003_{LAB}.ipynb": notebook("pat"),
        }
    )
    assert found == {"jane-501": "jane", "other-502": "other", "pat-503": "pat"}


def test_who_has_a_lasting_id_keeps_one_id_through_labs_and_names(tmp_path, course):
    labs = [course.lab("1"), course.lab("2")]
    students = []
    for lab, name in zip(labs, ("Jane Doe", "Jane Roe"), strict=True):
        person = {":name": name, ":email": "jane@example.org"}
        files = {
            "submission_metadata.yml": json.dumps({"submission_7": {":submitters": [person]}}),
            f"submission_7/{lab.id}.ipynb": notebook(),
        }
        place = tmp_path / f"{lab.id}.zip"
        place.write_bytes(zipped(files))
        students += [one.student for one in take_in(place, lab, tmp_path / "out").submissions]
    assert students == ["Jane Doe", "Jane Doe"]


# What lies beside a download


@pytest.mark.parametrize(
    "stray, why",
    [
        ("submissions.zip", f"a zip, and {WHOSE}"),
        ("notes.ipynb", WHOSE),
        ("solutions/solution.ipynb", WHOSE),
        ("readme.txt", f"not a notebook, and {WHOSE}"),
        ("class.csv", f"not a notebook, and {WHOSE}"),
    ],
)
def test_a_file_beside_an_unpacked_download_changes_nobodys_id(tmp_path, lab, stray, why):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (folder / f"one_501_9001_{LAB}.ipynb").write_text(notebook())
    (folder / f"two_502_9002_{LAB}.ipynb").write_text(notebook())
    (folder / stray).parent.mkdir(exist_ok=True)
    (folder / stray).write_bytes(zipped({f"one_501_9001_{LAB}.ipynb": notebook()}))
    if not stray.endswith(".zip"):
        (folder / stray).write_text("x")
    assert is_download(folder)
    result = take_in(folder, lab, tmp_path / "out")
    assert [one.student for one in result.submissions] == ["one-501", "two-502"]
    assert [(one.place, one.why) for one in result.left] == [(stray, why)]


def test_an_unpacked_download_is_found_beside_its_zip(tmp_path, lab):
    folder = tmp_path / "downloads"
    (folder / "submissions").mkdir(parents=True)
    (folder / "submissions" / f"one_501_9001_{LAB}.ipynb").write_text(notebook())
    (folder / "submissions.zip").write_bytes(zipped({f"one_501_9001_{LAB}.ipynb": notebook()}))
    assert is_download(folder)
    result = take_in(folder, lab, tmp_path / "out")
    assert [one.student for one in result.submissions] == ["one-501"]
    assert [one.place for one in result.left] == ["submissions.zip"]


@pytest.mark.parametrize("name", ["submissions", "lab-1-submissions", "Abgaben"])
def test_nbgraders_layout_is_no_download_whatever_the_folder_is_called(tmp_path, name):
    for student in ("group_a_1", "group_b_2", "student_x_03"):
        path = tmp_path / name / student / LAB / f"{LAB}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook())
        (tmp_path / name / student / "a note.txt").write_text("x")
    assert not is_download(tmp_path / name)


def test_a_folder_that_may_not_be_opened_stops_nobody(tmp_path, lab, monkeypatch):
    folder = tmp_path / "unpacked"
    (folder / "closed").mkdir(parents=True)
    (folder / f"one_501_9001_{LAB}.ipynb").write_text(notebook())
    listed = type(folder).iterdir

    def refuse(self):
        if self.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(type(folder), "iterdir", refuse)
    assert is_download(folder)
    assert [one.student for one in take_in(folder, lab, tmp_path / "out").submissions] == [
        "one-501"
    ]
