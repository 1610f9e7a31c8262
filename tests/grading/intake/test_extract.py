"""What is taken out of a notebook: sources of solution cells and cells of the student's own."""

import copy
import json
from dataclasses import replace

import pytest

from nablab.errors import UnreadableSubmission
from nablab.grading.intake.extract import extract, released_notebook
from nablab.grading.intake.submission import read
from nablab.grading.records import Submission
from nablab.grading.samples import Sample, notebook_of

OTHER = {
    "cell_type": "code",
    "id": "own",
    "metadata": {},
    "source": "mine = 1",
    "outputs": [],
    "execution_count": None,
}


@pytest.fixture(scope="module")
def solved(course, lab):
    """The text of the solved notebook: made once, and damaged by each test."""
    return notebook_of(Sample("student01", ""), course, lab)


@pytest.fixture
def take(solved, lab, tmp_path):
    """The cells taken out of the solved notebook after `damage` has been done to it."""

    def take(damage=lambda cells: cells):
        notebook = json.loads(solved)
        notebook["cells"] = damage(notebook["cells"]) or notebook["cells"]
        path = tmp_path / "student01.ipynb"
        path.write_text(json.dumps(notebook))
        submission = Submission("student01", lab.id, path)
        return extract(read(submission), submission, lab, released_notebook(lab.notebook))

    return take


def answers(work):
    return {cell.exercise: cell.source for cell in work.cells if cell.exercise}


def at(cells, cell_id):
    return next(index for index, cell in enumerate(cells) if cell["id"] == cell_id)


def number_of(solved, cell_id):
    """A cell's number as a person counts."""
    return at(json.loads(solved)["cells"], cell_id) + 1


@pytest.fixture
def right(take):
    return answers(take())


def test_of_a_whole_notebook_the_answers_and_the_labs_setup_are_taken(take, lab):
    work = take()
    assert list(answers(work)) == [exercise.id for exercise in lab.exercises]
    assert work.notes == ()
    assert {cell.id for cell in work.cells if cell.trusted and not cell.picture} == {"setup"}
    assert all(cell.trusted or cell.exercise for cell in work.cells)
    assert work.cells[0].trusted


def test_metadata_points_and_outputs_are_not_looked_at(take, solved, lab):
    before = take()

    def forge(cells):
        for cell in cells:
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "18.0"}}]
            stamp = cell["metadata"].get("nbgrader", {})
            stamp.update(points=1000, locked=False, schema_version=99, checksum="x", task=True)
            cell["metadata"]["tags"] = ["setup"]

    after = take(forge)
    assert replace(after, suspicious=()) == before
    assert before.suspicious == ()
    assert after.suspicious[0] == (
        "The notebook says that exercise 1.1 is worth 1000 points; the lab's own 8 were used. "
        f"Look at the metadata of cell {number_of(solved, 'check-1-1')}: Jupyter does not change it by "
        "itself."
    )


def test_a_changed_cell_of_the_labs_runs_as_the_students_after_the_labs_own(
    take, solved, lab, right
):
    def change(cells):
        for cell_id in ("setup-1-0-1", "check-1-1"):
            cells[at(cells, cell_id)]["source"] += "\nimport math"

    work = take(change)
    own = [cell for cell in work.cells if not cell.trusted and not cell.exercise]
    assert answers(work) == right
    assert [cell.source.splitlines()[-1] for cell in own] == ["import math"] * 2
    assert work.cells.index(own[0]) > 0 and work.cells[0].trusted
    assert own[1] in work.cells_for("1.1")  # down to the check cell, which this one is
    assert work.suspicious == (
        "The check cell of exercise 1.1 was changed; the lab's own was used. "
        f'Compare cell {number_of(solved, "check-1-1")} (`check("1.1")`) with the lab\'s.',
    )


def test_a_prediction_and_a_check_with_a_note_are_not_cells_of_ones_own(take):
    def note(cells):
        cells[at(cells, "predict-1-1")]["source"] = 'predict("1.1", "b")  # I think'
        cells[at(cells, "check-1-1")]["source"] = 'check("1.1")  # at last'

    assert take(note).cells == take().cells


def test_setup_comes_from_the_lab_where_it_was_deleted_too(take, lab):
    before = take()
    after = take(lambda cells: [c for c in cells if not c["id"].startswith("setup")])
    for work in (before, after):
        setups = [cell.source for cell in work.cells if cell.id == "setup"]
        assert setups == [
            cell["source"]
            for cell in released_notebook(lab.notebook).cells
            if "setup" in cell["tags"]
        ]
    assert answers(after) == answers(before)


@pytest.mark.parametrize("keep", ["first", "last"])
def test_of_a_doubled_cell_the_one_that_was_worked_on_counts(take, right, lab, keep):
    stub = released_notebook(lab.notebook).source("ex-1-2")

    def double(cells):
        place = at(cells, "ex-1-2")
        again = copy.deepcopy(cells[place])
        again["source"] = stub
        cells.insert(place + (keep == "first"), again)

    work = take(double)
    assert answers(work) == right
    assert "appears 2 times" in work.notes[0]


def test_of_two_cells_that_were_worked_on_the_last_counts_and_the_other_still_runs(take, right):
    def double(cells):
        place = at(cells, "ex-1-2")
        cells.insert(place, copy.deepcopy(cells[place]) | {"source": "helper = 1"})

    work = take(double)
    assert answers(work) == right
    assert "helper = 1" in [cell.source for cell in work.cells if not cell.exercise]


def test_a_missing_cell_is_noted_and_only_its_exercise_lacks_an_answer(take, right):
    work = take(lambda cells: [cell for cell in cells if cell["id"] != "ex-1-3"])
    assert answers(work) == {key: value for key, value in right.items() if key != "1.3"}
    assert "The cell of exercise 1.3 is missing." in work.notes


def test_a_cell_turned_into_text_is_read_as_code_and_noted(take, right):
    def retype(cells):
        cells[at(cells, "ex-1-4")]["cell_type"] = "markdown"

    work = take(retype)
    assert answers(work) == right
    assert "exercise 1.4 was a text cell" in work.notes[0]


def test_an_answer_in_a_cell_of_ones_own_is_found(take, right):
    def move(cells):
        place = at(cells, "ex-1-5")
        cells.insert(place + 1, OTHER | {"source": cells[place]["source"]})
        del cells[place]

    work = take(move)
    assert answers(work) == right
    assert "The answer to exercise 1.5 was found in another cell." in work.notes


def test_two_cells_that_changed_their_ids_are_put_right(take, right):
    def swap(cells):
        a, b = cells[at(cells, "ex-1-1")], cells[at(cells, "ex-1-2")]
        a["source"], b["source"] = b["source"], a["source"]

    work = take(swap)
    assert answers(work) == right
    assert work.notes[:2] == tuple(
        f"The answer to exercise {name} was found in another cell." for name in ("1.1", "1.2")
    )


def test_lost_ids_are_found_again_by_what_the_cells_define(take, right):
    def forget(cells):
        for number, cell in enumerate(cells):
            cell["id"] = f"cell{number}"
            cell["metadata"] = {}

    work = take(forget)
    assert answers(work) == right
    assert all(cell.trusted or cell.exercise for cell in work.cells)  # the setup is the lab's own


def test_cells_of_ones_own_are_kept_where_they_stand(take):
    def add(cells):
        cells.insert(at(cells, "ex-1-1"), OTHER | {"id": "a", "source": "before = 1"})
        cells.insert(at(cells, "ex-1-2"), OTHER | {"id": "b", "source": "between = 1"})
        cells.append(OTHER | {"id": "c", "source": "after = 1"})
        cells.append(OTHER | {"id": "d", "source": "text", "cell_type": "markdown"})

    order = [cell.exercise or cell.source for cell in take(add).cells if not cell.trusted]
    assert order[:4] == ["before = 1", "1.1", "between = 1", "1.2"]
    assert order[-1] == "after = 1"
    assert "text" not in order


def test_a_cell_that_calls_itself_a_check_or_setup_of_another_name_is_just_ones_own(take):
    def add(cells):
        fake = {"nbgrader": {"grade_id": "setup-9", "grade": True, "points": 50, "locked": True}}
        cells.append(OTHER | {"metadata": fake | {"tags": ["setup"]}})

    (own,) = [cell for cell in take(add).cells if not cell.trusted and not cell.exercise]
    assert own.trusted is False
    assert own.source == "mine = 1"


def test_the_cells_up_to_an_exercise_are_those_that_run_for_it(take, lab):
    work = take()
    cells = work.cells_for("1.2")
    assert [cell.exercise for cell in cells if cell.exercise] == ["1.1", "1.2"]
    assert [cell.exercise for cell in work.cells_for("1.8") if cell.exercise][-1] == "1.8"


def test_a_cell_between_an_answer_and_its_check_runs_for_it_and_one_below_does_not(take):
    def add(cells):
        cells.insert(at(cells, "check-1-2") + 1, OTHER | {"id": "b", "source": "below = 1"})
        cells.insert(at(cells, "check-1-2"), OTHER | {"id": "a", "source": "between = 1"})

    work = take(add)
    run = {e: [cell.source for cell in work.cells_for(e)] for e in ("1.1", "1.2", "1.3")}
    assert "between = 1" not in run["1.1"]
    assert "between = 1" in run["1.2"] and "below = 1" not in run["1.2"]
    assert "between = 1" in run["1.3"] and "below = 1" in run["1.3"]


def test_without_a_check_cell_the_next_cell_of_the_labs_ends_the_exercise(take):
    def add(cells):
        cells.insert(at(cells, "check-1-2"), OTHER | {"id": "a", "source": "between = 1"})
        del cells[at(cells, "check-1-2")]
        cells.append(OTHER | {"id": "z", "source": "last = 1"})

    sources = [cell.source for cell in take(add).cells_for("1.2")]
    assert "between = 1" in sources and "last = 1" not in sources


def test_an_answer_below_its_check_is_run_all_the_same(take, right, lab):
    stub = released_notebook(lab.notebook).source("ex-1-2")

    def move(cells):
        place = at(cells, "ex-1-2")
        cells.append(OTHER | {"source": cells[place]["source"]})
        cells[place]["source"] = stub

    work = take(move)
    assert answers(work) == right
    assert any("is below its check cell" in note for note in work.notes)
    assert work.cells_for("1.2")[-1].exercise == "1.2"


@pytest.mark.parametrize("cells", [[], [OTHER], [OTHER] * 500])
def test_a_notebook_with_nothing_of_the_lab_in_it_is_refused(take, cells):
    with pytest.raises(UnreadableSubmission, match="it has none of the lab's cells"):
        take(lambda _: [*cells, {"cell_type": "raw"}])


def test_predictions_are_read_as_text(take):
    def predict(cells):
        cells[at(cells, "predict-1-1")]["source"] = 'predict("1.1", " B ")'
        cells[at(cells, "predict-1-2")]["source"] = 'predict("1.2", "z")'
        cells.append(OTHER | {"source": 'predict("7.7", "a")\npredict("1.3", open("x"))'})

    assert take(predict).predictions == {"1.1": "b"}


def test_a_cell_of_many_megabytes_is_left_out_and_named(take):
    def swell(cells):
        cells[at(cells, "ex-1-1")]["source"] += "#" * (10 << 20)

    work = take(swell)
    assert max(len(cell.source) for cell in work.cells) <= 200_000
    assert "is longer than 200,000 characters" in work.notes[0]
