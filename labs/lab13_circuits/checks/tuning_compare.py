"""The visible checks of 13.6."""

import numpy as np

from nablab.checking import check, close, holds, left_alone
from nablab.reference.circuits import tuning_compare as right
from nablab.sandbox.student import arguments_after_call, parameters

from .oracles import arc, detector, several, wave

ATOL = 1e-4
TURNED = np.stack([arc(2 * np.pi * i / 12) for i in range(12)])


def template(detector, stimuli):
    """The detector's own curve."""
    return np.maximum(np.einsum("nhw,hw->n", stimuli, detector), 0)


def layer(answers):
    """A layer that gives these answers (n, U) to the images, one row each, by their first pixel."""
    answers = np.asarray(answers)

    def respond(images):
        images = np.asarray(images, dtype=float)
        numbers = np.rint(images[:, 0, 0] * 1000).astype(int) % 1000
        return answers[numbers]

    return respond


def numbered(stimuli):
    """Images that carry their number in the corner, in thousandths, for `layer` to read."""
    stimuli = np.array(stimuli, dtype=float)
    stimuli[:, 0, 0] = np.arange(len(stimuli)) / 1000
    return stimuli


def drawn(rng, n=11, shape=(5, 7), units=4):
    """Images, a detector and answers, such that each unit has one best turn."""
    while True:
        stimuli = numbered(rng.normal(size=(n, *shape)))
        filt, answers = rng.normal(size=shape), rng.normal(size=(n, units))
        t = template(filt, stimuli)
        if plain_winner(t, answers) and np.count_nonzero(t) > 2:
            return stimuli, filt, answers


def plain_winner(t, answers):
    """Whether each unit has one turn that is clearly better than all others."""
    moved = np.stack([np.roll(t, k) for k in range(len(t))]) - t.mean()
    centred = answers - answers.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0) * np.linalg.norm(moved[0])
    if not lengths.all():
        return False
    ranked = np.sort(moved @ centred / lengths, axis=0)
    return bool((ranked[-1] - ranked[-2] > 0.02).all())


def report_is_right(student, stimuli, filt, answers, says=""):
    r, turn = several(
        left_alone(student, "tuning_compare", layer(answers), filt, stimuli),
        2,
        "the correlations and the turns",
    )
    wanted, turns = right(answers, template(filt, stimuli))
    close(r, wanted, f"{says} The correlations.".strip(), atol=ATOL, constant=True)
    close(turn, turns, f"{says} The turns.".strip(), constant=True)


@check("contract")
def test_two_numbers_for_each_unit(student):
    """tuning_compare returns correlations and whole turns, one of each for every unit"""
    holds(
        parameters(student, "tuning_compare")[:3] == ("respond", "detector", "stimuli"),
        "tuning_compare takes (respond, detector, stimuli), in this order.",
    )
    stimuli = numbered(TURNED)
    answers = wave((12, 3))
    r, turn = several(
        left_alone(student, "tuning_compare", layer(answers), detector(0.0, 0.5), stimuli),
        2,
        "the correlations and the turns",
    )
    for one, what in ((r, "correlations"), (turn, "turns")):
        holds(
            np.shape(one) == (3,),
            f"Three units, and the {what} have the shape {np.shape(one)}.",
            got=one,
        )
    holds(
        np.asarray(turn).dtype.kind in "iu",
        f"The turns are whole numbers, but came as {np.asarray(turn).dtype}.",
        got=turn,
    )


@check("hand")
def test_the_curves_of_the_text(student):
    """The curve (5, 5, 7, 6) is (2, 1, 0, 0), moved on by two steps: r = 1 at k = 2"""
    stimuli = np.zeros((4, 2, 3))
    stimuli[:, 1, 1] = [2, 1, 0, -3]  # the last answer is cut to 0
    filt = np.zeros((2, 3))
    filt[1, 1] = 1
    report_is_right(student, numbered(stimuli), filt, np.array([[5.0], [5], [7], [6]]))


@check("probe")
def test_the_detectors_answers_are_cut_at_0(student, rng):
    """The detector's answers are cut at 0, the units' are not"""
    stimuli, filt, answers = drawn(rng)
    report_is_right(student, stimuli, filt, answers - 5.0, "All units answer below 0.")


@check("probe")
def test_turned_copies(student):
    """Turned copies of the detector's curve have r = 1, at their turn, whatever scale and offset"""
    stimuli, filt = numbered(TURNED), detector(0.0, 0.75)
    t = template(filt, stimuli)
    answers = np.stack([np.roll(t, 3), 50 + 0.2 * np.roll(t, 10), t, -np.roll(t, 4)], axis=1)
    t_like = right(answers, t)
    r, turn = several(student.tuning_compare(layer(answers), filt, stimuli), 2, "r and turns")
    close(r, t_like[0], "The correlations.", atol=ATOL)
    close(np.asarray(turn)[:3], t_like[1][:3], "The turns of the first three.")


@check("probe")
def test_a_dead_unit(student, rng):
    """A unit that always answers 0 has r = 0 and turn 0, and leaves the others alone"""
    stimuli, filt, answers = drawn(rng)
    answers[:, 1] = 0
    report_is_right(student, stimuli, filt, answers, "Unit 1 is dead.")


@check("oracle")
def test_any_layer(student, rng):
    """Layers of any number of units, any number of images, of any shape"""
    for n, shape, units in ((7, (3, 6), 5), (16, (6, 4), 1)):
        stimuli, filt, answers = drawn(rng, n, shape, units)
        report_is_right(student, stimuli, filt, answers)
    report_is_right(student, numbered(TURNED), detector(1.0, 0.5), circuit_answers(rng))


def circuit_answers(rng):
    """What noisy curve detectors answer to the turned curve."""
    while True:
        t = template(detector(1.0, 0.5), numbered(TURNED))
        answers = np.stack([np.roll(t, k) for k in (2, 7, 11)], axis=1)
        answers = answers + 0.1 * rng.normal(size=answers.shape)
        if plain_winner(t, answers):
            return answers


def probe_reports(student):
    """Two layers: one of noise with a dead unit, and one of copies of the detector's curve."""
    stimuli, filt = numbered(wave((9, 4, 5), 1.7)), wave((4, 5), 0.9)
    answers = wave((9, 4), 2.3) - 0.4
    answers[:, 2] = 0
    return [*student.tuning_compare(layer(answers), filt, stimuli)]


def probe_copies(student):
    stimuli, filt = numbered(TURNED), detector(0.0, 0.75)
    t = template(filt, stimuli)
    answers = np.stack([3 + np.roll(t, 4), 0.1 * np.roll(t, 11) - 1], axis=1)
    return [*student.tuning_compare(layer(answers), filt, stimuli)]


def probe_images(student):
    """The images as they are afterwards."""
    stimuli = numbered(TURNED)
    after = arguments_after_call(
        student, "tuning_compare", layer(wave((12, 2))), detector(0.0, 0.5), stimuli
    )[1]
    return after[2][1]


PROBES = [probe_images, probe_reports, probe_copies]
