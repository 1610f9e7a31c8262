"""Every attack gets its verdict, and the honest submission beside it every point: in one batch, in
which each submission is counted."""

import pytest

from tests.adversarial.attack import Attack, attacks
from tests.adversarial.batch import broken_promises, grade

pytestmark = pytest.mark.slow

ATTACKS = attacks()
FAMILIES = {
    "patching",
    "lies",
    "frames",
    "IPython",
    "forged score",
    "pickle",
    "searching",
    "writing",
    "protocol",
    "signals",
    "processes",
    "exhaustion",
    "endless",
    "network",
    "timing",
    "hard-coded",
    "hogs",
    "shared with others",
    "system calls",
    "forbidden",
    "metadata",
    "damaged",
    "honest",
}


@pytest.fixture(scope="module")
def batch(needs_jail, tmp_path_factory):
    return grade(ATTACKS, tmp_path_factory.mktemp("batch"), workers=2)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_its_verdict_and_its_neighbour_every_point(batch, attack):
    assert broken_promises(attack, batch) == []


def test_the_batch_ends_and_every_submission_is_counted(batch):
    assert batch.status == 0, batch.said
    names = {attack.name for attack in ATTACKS}
    assert set(batch.records) == names | {f"{name}-neighbour" for name in names}
    assert "grader fault" not in {record["state"] for record in batch.records.values()}
    assert not any(record["faults"] for record in batch.records.values())


def test_nothing_outside_the_jail_is_reached_and_no_secret_gets_into_a_result(batch):
    assert batch.reached == []


def test_the_report_shows_what_a_person_should_judge_and_the_student_does_not_read_it(batch):
    _, _, told = batch.report.partition('<h2 id="behaviour">')
    table = told.partition("</section>")[0]
    assert table.count("<tr>") > 10
    assert "no cell shows" in table
    assert "no cell shows" not in batch.feedback


def test_what_the_stand_in_answers_is_nowhere_to_be_read(batch):
    """Attack 145 asks it for 4 · 3 · 8675309 and says what it answered."""
    assert "asks the reference that stands in" in next(
        attack.tries for attack in ATTACKS if attack.name.startswith("145")
    )
    assert "104103708" not in batch.feedback + batch.report + repr(batch.records)


def test_there_is_an_attack_of_every_family_and_more_than_forty_in_all():
    assert {attack.family for attack in ATTACKS} == FAMILIES
    assert len(ATTACKS) > 40


def test_a_verdict_names_points_or_a_bound_and_no_cheat_is_allowed_full_points():
    for attack in ATTACKS:
        assert (attack.points is None) != (attack.at_most is None) or attack.state != "graded"
        if attack.family not in ("honest", "metadata", "damaged"):
            assert (attack.points or attack.at_most or 0) < 100, attack.name


@pytest.mark.parametrize(
    "attack, points, allowed",
    [
        (Attack("", "", "", "", points=8), 8, True),
        (Attack("", "", "", "", points=8), 7.9, False),
        (Attack("", "", "", "", at_most=1.2), 1.2, True),
        (Attack("", "", "", "", at_most=1.2), 1.21, False),
        (Attack("", "", "", "", state="unreadable"), 1, False),
    ],
)
def test_a_verdict_is_held_to(attack, points, allowed):
    assert attack.allows(points) is allowed
