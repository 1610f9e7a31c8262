"""A folder of an instructor's own: every form that is taken, and the reason for what is not."""

import os
import stat
import unicodedata
import zipfile

import pytest
from tests.grading.intake.test_lms import notebook, zipped

from nablab.course import Course
from nablab.errors import UnreadableSubmission
from nablab.grading.intake.folder import find_submissions, names_lab
from nablab.grading.intake.submission import read

LAB = "lab01_filters"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "submitted"


@pytest.fixture
def put(folder):
    def put(name, content=None):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = notebook(name) if content is None else content
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


@pytest.fixture
def found(folder, tmp_path, lab):
    """{student: the source that counts, or why there is none}"""

    def found():
        taken = find_submissions(folder, lab, tmp_path / "unpacked")
        found.left = {one.place: one.why for one in taken.left}
        found.junk = taken.junk
        found.notes = {one.student: one.notes for one in taken.submissions}
        found.paths = {one.student: one.path for one in taken.submissions}
        return {one.student: said(one) for one in taken.submissions}

    return found


def said(submission):
    try:
        return read(submission)["cells"][0]["source"]
    except UnreadableSubmission as error:
        assert "\n" not in str(error)
        return str(error)


@pytest.mark.parametrize(
    "name, note",
    [
        ("jane.IPYNB", "The file is called jane.IPYNB, expected jane.ipynb."),
        ("jane.ipynb.txt", "The file is called jane.ipynb.txt, expected jane.ipynb."),
        ("jane.json", "The file is called jane.json, expected jane.ipynb."),
        ("jane.ipynb.json", "The file is called jane.ipynb.json, expected jane.ipynb."),
        (f"jane_{LAB.upper()}.ipynb", None),
        (f"jane_{LAB} (1).ipynb", None),
        ("jane-checkpoint.ipynb", "The file is called jane-checkpoint.ipynb, expected jane.ipynb."),
        (f"jane/{LAB}.ipynb", None),
        (f"jane/{LAB}.IPYNB", f"The file is called {LAB}.IPYNB, expected {LAB}.ipynb."),
        (f"jane/{LAB}.ipynb.txt", f"The file is called {LAB}.ipynb.txt, expected {LAB}.ipynb."),
        (f"jane/{LAB}/{LAB}.json", f"The file is called {LAB}.json, expected {LAB}.ipynb."),
        (f"jane/lab01_Filters/{LAB}.ipynb", f"The folder is called lab01_Filters, expected {LAB}."),
        (
            f"jane/{LAB}/lab01_Filters.ipynb",
            f"The file is called lab01_Filters.ipynb, expected {LAB}.ipynb.",
        ),
        (f"jane/{LAB}/{LAB}/{LAB}.ipynb", None),
    ],
)
def test_a_form_whose_meaning_is_plain_is_taken_and_noted(put, found, name, note):
    put(name)
    assert found() == {"jane": name}
    assert found.notes["jane"] == ((note,) if note else ())
    assert found.left == {}


@pytest.mark.parametrize(
    "name", ["jane.zip", f"jane_{LAB}.zip", f"jane/{LAB}.zip", f"jane/{LAB}/work.zip"]
)
def test_a_students_own_zip_is_opened(put, found, folder, tmp_path, name):
    put(name, zipped({f"work/{LAB}.ipynb": notebook("packed"), "work/data.csv": "1,2"}))
    assert found() == found() == {"jane": "packed"}
    assert found.paths["jane"] == tmp_path / "unpacked" / "jane" / f"{LAB}.ipynb"
    assert sorted(path.name for path in folder.rglob("*.ipynb")) == []


@pytest.mark.parametrize(
    "content, says",
    [
        (b"no zip", "jane.zip is not a complete zip."),
        (zipped({"a.txt": "x"}), "There is no notebook in jane.zip."),
        (
            zipped({"a.ipynb": notebook("a"), "b.ipynb": notebook("b")}),
            f"There are 2 notebooks (a.ipynb, b.ipynb), and none is called {LAB}.ipynb. "
            "Keep the one that counts and grade again.",
        ),
    ],
)
def test_a_zip_that_gives_no_notebook_costs_its_own_student(put, found, content, says):
    put("jane.zip", content)
    put("pat.ipynb")
    assert found() == {"jane": says, "pat": "pat.ipynb"}


def test_all_forms_beside_each_other_are_graded_or_named(put, found):
    for name in ("a.ipynb", "b.IPYNB", "c.ipynb.txt", "d.json", f"f/{LAB}.ipynb"):
        put(name)
    put("e.zip", zipped({f"{LAB}.ipynb": notebook("packed")}))
    put("g/lab01_FILTERS/lab01_FILTERS.ipynb")
    put("grades.json", '{"a": 1}')
    put("readme.txt", "hello")
    put("photo.png", b"\x89PNG\r\n\x1a\n")
    put("notes/x.ipynb")
    put(".DS_Store", b"\0")
    assert sorted(found()) == list("abcdefg")
    assert found.left == {
        "grades.json": "not a notebook",
        "readme.txt": "not a notebook",
        "photo.png": "a picture (PNG)",
        "notes/": f"holds neither {LAB}/ nor {LAB}.ipynb",
    }
    assert found.junk == 1


def test_what_lies_beside_the_notebook_that_counts_is_named(put, found, lab):
    for name in (f"{LAB}.ipynb", f"old/{LAB}.ipynb", "try.ipynb"):
        put(f"jane/{LAB}/{name}")
    put(f"jane/{LAB}/work.zip", zipped({f"{LAB}.ipynb": notebook("packed")}))
    put(f"jane/{LAB}/plot.png", b"\x89PNG\r\n\x1a\n")
    put(f"jane/{LAB}.ipynb", notebook("beside"))
    for name in ("timestamp.txt", "lab.toml", "checks/xo_vote.py", ".ipynb_checkpoints/x.ipynb"):
        put(f"jane/{LAB}/{name}", "x")  # the lab's own, and the systems'
    assert (lab.folder / "checks" / "xo_vote.py").is_file()
    assert found() == {"jane": f"jane/{LAB}/{LAB}.ipynb"}
    counts = f"{LAB}.ipynb counts"
    assert found.left == {
        f"jane/{LAB}/old/{LAB}.ipynb": counts,
        f"jane/{LAB}/try.ipynb": counts,
        f"jane/{LAB}/work.zip": "a zip",
        f"jane/{LAB}/work.zip/{LAB}.ipynb": counts,
        f"jane/{LAB}/plot.png": "a picture (PNG)",
        f"jane/{LAB}.ipynb": f"jane/{LAB}/ counts",
    }
    assert found.junk == 1


def test_one_notebook_handed_in_twice_counts_once(put, found):
    put("jane.ipynb", notebook("same"))
    put(f"jane/{LAB}/{LAB}.ipynb", notebook("same"))
    assert found() == {"jane": "same"}
    assert found.left == {"jane.ipynb": "another copy of the same file"}


def test_a_checkpoint_counts_only_alone(put, found):
    put("jane.ipynb", notebook("right"))
    put("jane-checkpoint.ipynb", notebook("old"))
    assert found() == {"jane": "right"}
    assert found.left == {"jane-checkpoint.ipynb": "a checkpoint of Jupyter"}
    assert found.notes["jane"] == ()


def test_another_labs_files_are_that_labs(put, found, course):
    put(f"jane/{LAB}/{LAB}.ipynb")
    put("jane/lab02_sizes/lab02_sizes.ipynb")
    put("pat/lab02_sizes/lab02_sizes.ipynb")
    put("mi_lab02_sizes.ipynb")
    assert list(found()) == ["jane"]
    assert found.left == {}


def test_a_notebook_of_another_lab_is_called_so(put, found, course):
    put("jane.ipynb", course.lab("3").notebook.read_bytes())
    found()
    assert found.notes["jane"] == (f"Its cells are from lab 3, but {LAB} is graded here.",)


def test_a_name_of_a_platform_in_another_folder_is_noted(put, found):
    put(f"jane_501_9001_{LAB}.ipynb")
    for name in ("pat", "mi", "bo"):
        put(f"{name}.ipynb")
    assert sorted(found()) == ["bo", "jane_501_9001", "mi", "pat"]
    (note,) = found.notes["jane_501_9001"]
    assert "from a learning platform's download" in note


def test_the_platforms_roster_is_not_named(tmp_path, put, found):
    put("lms.json", "{}")
    put("jane.ipynb")
    assert found() == {"jane": "jane.ipynb"} and found.left == {}


@pytest.mark.parametrize(
    "name, holds",
    [
        (f"jane_{LAB}.ipynb", True),
        (f"jane_{LAB.upper()}.ipynb.txt", True),
        (f"pat/{LAB}.ipynb", True),
        (f"pat/{LAB.upper()}/x.ipynb", True),
        ("mi_lab02_sizes.ipynb", False),
        ("notes/x.txt", False),
    ],
)
def test_which_lab_a_folder_is_for_is_seen_in_every_form(put, folder, lab, name, holds):
    put(name)
    (entry,) = folder.iterdir()
    assert names_lab(entry, lab) is holds


# Names


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien",
        "O’Brien",
        "van der Berg, Jan",
        "Doe (Jane)",
        "a&b",
        "नरेन्द्र",
        "สมชาย",
        "தமிழ்",
        "مُحَمَّد",
        "שָׁלוֹם",
        "Zoë",
        "学生",
        "Núria l·l",
        "jane@example.org",
    ],
)
def test_people_of_every_name_are_graded_under_it(put, found, name):
    name = unicodedata.normalize("NFC", name)
    put(f"{unicodedata.normalize('NFD', name)}.ipynb", notebook("flat"))
    put(f"x{name}/{LAB}/{LAB}.ipynb", notebook("nested"))
    assert found() == {name: "flat", f"x{name}": "nested"}
    assert found.notes == {name: (), f"x{name}": ()}


def test_a_mac_and_a_pc_name_one_student_alike(put, found):
    put(unicodedata.normalize("NFD", "Zoë") + ".ipynb", notebook("same"))
    put(f"{unicodedata.normalize('NFC', 'Zoë')}/{LAB}/{LAB}.ipynb", notebook("same"))
    assert found() == {"Zoë": "same"}


@pytest.mark.parametrize("name", ["O'Brien", "Zoë", "a*b", "thief"])
def test_nbgraders_own_step_knows_a_student_as_we_do(put, found, folder, lab, name):
    pytest.importorskip("nbgrader")
    from nablab.grading.step import _submitted

    put(f"jane/{LAB}/{LAB}.ipynb")
    name = unicodedata.normalize("NFD", name)
    if name == "thief":
        (folder / name).symlink_to(folder / "jane")
    else:
        put(f"{name}/{LAB}/{LAB}.ipynb", notebook("own"))
    ours = {student: text for student, text in found().items() if student != "jane"}
    theirs = _submitted(Course(folder.parent), lab, name)
    assert [theirs.student] == list(ours)
    assert "link" in said(theirs) if name == "thief" else said(theirs) == "own"


def test_names_that_an_id_cannot_hold_stay_two_people(put, found):
    for name in ("a*b", "a?b", "a b"):
        put(f"{name}.ipynb")
    assert sorted(found().values()) == ["a b.ipynb", "a*b.ipynb", "a?b.ipynb"]


# Links


@pytest.fixture
def jane(put):
    return put(f"jane/{LAB}/{LAB}.ipynb")


@pytest.mark.parametrize("place", ["thief", f"thief/{LAB}", f"thief/{LAB}/{LAB}.ipynb"])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_to_anothers_work_earns_nothing(folder, jane, found, place, absolute):
    target = folder / place.replace("thief", "jane")
    link = folder / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target if absolute else os.path.relpath(target, link.parent))
    results = found()
    assert results["jane"] == f"jane/{LAB}/{LAB}.ipynb"
    assert "link" in results["thief"]
    assert len(results) == 2


def test_links_deeper_down_are_not_followed(folder, jane, found):
    for name in ("one", "two"):
        (folder / name / LAB).mkdir(parents=True)
    (folder / "one" / LAB / "deep").symlink_to(jane.parent)
    (folder / "two" / LAB / f"{LAB}.ipynb").write_text(notebook("own"))
    (folder / "two" / LAB / "more").symlink_to(jane.parent)
    (folder / "data").symlink_to("/usr")
    results = found()
    assert results["one"] == "No file was handed in: deep is a link, and links are not followed."
    assert results["two"] == "own"
    assert found.left == {
        f"two/{LAB}/more": "a link, and links are not followed",
        "data": "a link, and links are not followed",
    }


def test_a_hard_link_to_anothers_file_is_told_on_both(folder, jane, put, found):
    place = folder / "thief" / LAB / f"{LAB}.ipynb"
    place.parent.mkdir(parents=True)
    os.link(jane, place)
    put("pat.ipynb")
    found()
    assert "somebody else handed in (a hard link)" in found.notes["thief"][0]
    assert found.notes["jane"] == found.notes["thief"]
    assert found.notes["pat"] == ()


def test_a_hard_link_to_anothers_zip_is_told_on_both_too(folder, found):
    (folder / "jane" / LAB).mkdir(parents=True)
    with zipfile.ZipFile(folder / "jane" / LAB / "work.zip", "w") as packed:
        packed.writestr(f"{LAB}.ipynb", notebook("own"))
    (folder / "thief" / LAB).mkdir(parents=True)
    os.link(folder / "jane" / LAB / "work.zip", folder / "thief" / LAB / "mine.zip")
    found()
    assert "somebody else handed in (a hard link)" in found.notes["thief"][0]
    assert found.notes["jane"] == found.notes["thief"]


@pytest.mark.parametrize("place", [f"thief/{LAB}", f"thief/{LAB}.ipynb"])
@pytest.mark.parametrize("target", ["nowhere", "folder"])
def test_a_link_that_leads_to_no_file_is_told_on_its_students_row(
    folder, jane, found, place, target
):
    (folder / place).parent.mkdir()
    (folder / place).symlink_to(jane.parent if target == "folder" else folder / "nowhere")
    assert "link" in found()["thief"]


@pytest.mark.parametrize(
    "name, told",
    [
        (f"../../jane/{LAB}/{LAB}.ipynb", "leads out of the zip"),
        (f"..\\..\\jane\\{LAB}\\{LAB}.ipynb", "leads out of the zip"),
        (f"{LAB}.ipynb", f"{LAB}.ipynb is a link, not a file."),
    ],
)
def test_a_zip_that_points_to_anothers_work_is_refused(folder, jane, found, name, told):
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16 if "link" in told else 0
    (folder / "thief" / LAB).mkdir(parents=True)
    with zipfile.ZipFile(folder / "thief" / LAB / "mine.zip", "w") as packed:
        packed.writestr(entry, str(jane))
    assert told in found()["thief"]


@pytest.mark.parametrize("name", ["/home/jane/{}.ipynb", "C:\\work\\{}.ipynb"])
def test_a_path_in_a_zip_is_only_a_name(folder, jane, found, name):
    (folder / "pat" / LAB).mkdir(parents=True)
    with zipfile.ZipFile(folder / "pat" / LAB / "mine.zip", "w") as packed:
        packed.writestr(name.format(LAB), notebook("own"))
    assert found()["pat"] == "own"


def test_the_folder_of_all_submissions_may_be_a_link(folder, jane, found):
    real = folder.with_name("elsewhere")
    folder.rename(real)
    folder.symlink_to(real)
    assert found() == {"jane": f"jane/{LAB}/{LAB}.ipynb"}


def test_a_folder_that_may_not_be_opened_is_named(folder, put, found, monkeypatch):
    put("jane.ipynb")
    (folder / "closed").mkdir()
    listed = type(folder).iterdir

    def refuse(self):
        if self.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(type(folder), "iterdir", refuse)
    assert found() == {"jane": "jane.ipynb"}
    assert found.left == {"closed/": "it cannot be read (Permission denied)"}
