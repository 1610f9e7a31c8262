"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.oracles import detector, several
from ..checks.tuning_compare import (
    ATOL,
    TURNED,
    drawn,
    layer,
    numbered,
    plain_winner,
    report_is_right,
    template,
)


@check("oracle")
def test_fresh_layers(student, rng):
    """Fresh layers of many units and of one"""
    for n, shape, units in ((13, (4, 3), 6), (8, (5, 2), 1), (5, (2, 7), 3)):
        report_is_right(student, *drawn(rng, n, shape, units))


@check()
def test_scale_and_offset_do_not_matter(student, rng):
    """Each unit's own scale and offset change nothing"""
    stimuli, filt, answers = drawn(rng)
    scaled = answers * rng.uniform(0.01, 50, size=4) + 100 * rng.normal(size=4)
    report_is_right(student, stimuli, filt, scaled, "Every unit with its own scale and offset.")


@check()
def test_the_detector_turned(student, rng):
    """Copies of the detector's curve at every turn are found there"""
    stimuli, filt = numbered(TURNED), detector(2 * np.pi * rng.integers(12) / 12, 0.6)
    t = template(filt, stimuli)
    turns = rng.permutation(12)[:5]
    answers = np.stack([np.roll(t, k) for k in turns], axis=1) * rng.uniform(0.5, 3, size=5)
    r, turn = several(student.tuning_compare(layer(answers), filt, stimuli), 2, "r and turns")
    close(r, np.ones(5), "The correlations.", atol=ATOL, constant=True)
    close(turn, turns, "The turns.")


@check("probe")
def test_dead_units_and_whole_answers(student, rng):
    """Dead units among others, and a layer that answers in whole numbers"""
    while True:
        stimuli, filt, _ = drawn(rng)
        answers = rng.integers(-9, 9, size=(11, 3))
        if plain_winner(template(filt, stimuli), answers):
            break
    report_is_right(student, stimuli, filt, answers, "Whole numbers.")
    answers[:, [0, 2]] = 0
    report_is_right(student, stimuli, filt, answers, "Units 0 and 2 are dead.")


# Mutants ------------------------------------------------------------------------------------------


def curves(respond, detector, stimuli, cut=True):
    t = np.einsum("nhw,hw->n", np.asarray(stimuli, float), np.asarray(detector, float))
    return np.asarray(respond(stimuli), dtype=float), np.maximum(t, 0) if cut else t


def all_turns(q, t, sign=1, centred=True, scaled=True):
    """(n, U): the correlation at every turn."""
    n, flat = len(t), np.ptp(q, axis=0) == 0
    if centred:
        q, t = q - q.mean(axis=0), t - t.mean()
    length = np.where(flat, 1, np.linalg.norm(q, axis=0)) * np.linalg.norm(t) if scaled else 1.0
    return np.where(flat, 0, np.stack([np.roll(t, sign * k) for k in range(n)]) @ q / length)


def best(r):
    return r.max(axis=0), r.argmax(axis=0)


@mutant("Your detector's answers are not cut at 0.")
def not_cut(respond, detector, stimuli):
    return best(all_turns(*curves(respond, detector, stimuli, cut=False)))


@mutant("You cut the units' answers at 0 too. Only the detector's are cut.")
def units_cut(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    return best(all_turns(np.maximum(q, 0), t))


@mutant("Your turns go the wrong way: t moved on by k steps has t[i − k] in place i.")
def turns_backwards(respond, detector, stimuli):
    return best(all_turns(*curves(respond, detector, stimuli), sign=-1))


@mutant("You compare at no turn but the first. Each unit is compared at every turn.")
def one_turn_only(respond, detector, stimuli):
    r = all_turns(*curves(respond, detector, stimuli))
    return r[0], np.zeros(r.shape[1], int)


@mutant("The means are missing: correlation subtracts the mean of each curve.")
def not_centred(respond, detector, stimuli):
    return best(all_turns(*curves(respond, detector, stimuli), centred=False))


@mutant("This is the sum of products: divide by the lengths of both curves.")
def not_divided(respond, detector, stimuli):
    return best(all_turns(*curves(respond, detector, stimuli), scaled=False))


@mutant("You divide by the lengths of the curves before the means are subtracted.")
def lengths_before_centring(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    length = np.linalg.norm(q, axis=0) * np.linalg.norm(t)
    return best(all_turns(q, t, scaled=False) / np.where(length == 0, 1, length))


@mutant("You take the mean over all images and units. Each unit has a mean of its own.")
def one_mean_for_all_units(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    q, t = q - q.mean(), t - t.mean()
    length = np.linalg.norm(q, axis=0) * np.linalg.norm(t)
    turned = np.stack([np.roll(t, k) for k in range(len(t))])
    return best(turned @ q / np.where(length == 0, 1, length))


@mutant("The covariance is divided by n, but the lengths are not: both, or neither.")
def divided_by_n(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    return best(all_turns(q, t) / len(t))


@mutant("You take the largest size of r. A unit that is silent at the curve is no detector of it.")
def largest_size(respond, detector, stimuli):
    r = all_turns(*curves(respond, detector, stimuli))
    k = np.abs(r).argmax(axis=0)
    return np.abs(r).max(axis=0), k


@mutant("You take the worst turn, not the best.")
def worst_turn(respond, detector, stimuli):
    r = all_turns(*curves(respond, detector, stimuli))
    return r.min(axis=0), r.argmin(axis=0)


@mutant("You report r². The correlation itself is asked for.")
def squared(respond, detector, stimuli):
    r, k = best(all_turns(*curves(respond, detector, stimuli)))
    return r**2, k


@mutant("The turn comes first in your result; the correlations come first.")
def exchanged(respond, detector, stimuli):
    r, k = best(all_turns(*curves(respond, detector, stimuli)))
    return k, r


@mutant("You report one turn for the whole layer. Each unit has its own.")
def one_turn_for_all(respond, detector, stimuli):
    r = all_turns(*curves(respond, detector, stimuli))
    k = int(r.sum(axis=1).argmax())
    return r[k], np.full(r.shape[1], k)


@mutant("You compare where both curves peak. The turn is that of the best correlation.")
def turn_of_the_peaks(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    r, _ = best(all_turns(q, t))
    return r, (q.argmax(axis=0) - t.argmax()) % len(t)


@mutant("A dead unit has r = 0 and turn 0; yours has another turn, or no number.")
def dead_units_at_the_last_turn(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    r, k = best(all_turns(q, t))
    return r, np.where(np.ptp(q, axis=0) == 0, len(t) - 1, k)


@mutant("Your turns are counted from 1. The turn of no steps is 0.")
def turns_from_one(respond, detector, stimuli):
    r, k = best(all_turns(*curves(respond, detector, stimuli)))
    return r, k + 1


@mutant("Your result is in radians. The turn is a number of steps.")
def in_radians(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    r, k = best(all_turns(q, t))
    return r, 2 * np.pi * k / len(t)


@mutant("You write into the caller's images. Work on a copy.")
def images_changed(respond, detector, stimuli):
    found = best(all_turns(*curves(respond, detector, stimuli)))
    if isinstance(stimuli, np.ndarray):
        stimuli -= stimuli.mean()
    return found


@mutant(
    "Your turned curve falls off at the end. All the way round means that it comes back at the front."
)
def not_in_a_circle(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    n, flat = len(t), np.ptp(q, axis=0) == 0
    r = np.zeros((n, q.shape[1]))
    for k in range(n):
        moved = np.concatenate([np.zeros(k), t[: n - k]])
        moved, centred = moved - moved.mean(), q - q.mean(axis=0)
        length = np.linalg.norm(centred, axis=0) * np.linalg.norm(moved)
        r[k] = np.where(flat | (length == 0), 0, moved @ centred / np.where(length == 0, 1, length))
    return best(r)


@mutant("The detector's answer is the sum of all products; you take the largest one.")
def largest_product(respond, detector, stimuli):
    q, _ = curves(respond, detector, stimuli)
    t = (np.asarray(stimuli, float) * np.asarray(detector, float)).max(axis=(1, 2))
    return best(all_turns(q, np.maximum(t, 0)))


# Variants -----------------------------------------------------------------------------------------


@variant("np.corrcoef at each turn, image by image")
def by_corrcoef(respond, detector, stimuli):
    t = [max(0.0, float(np.sum(np.asarray(detector) * one))) for one in stimuli]
    q = np.vstack([respond(stimuli[i : i + 1]) for i in range(len(stimuli))])
    r, turn = [], []
    for u in range(q.shape[1]):
        if np.all(q[:, u] == q[0, u]):
            r.append(0.0)
            turn.append(0)
            continue
        found = [np.corrcoef(np.roll(t, k), q[:, u])[0, 1] for k in range(len(t))]
        turn.append(int(np.argmax(found)))
        r.append(found[turn[-1]])
    return r, turn


@variant("float32")
def in_float32(respond, detector, stimuli):
    t = np.tensordot(np.float32(stimuli), np.float32(detector), axes=2).clip(0)
    q = np.asarray(respond(stimuli), dtype=np.float32)
    q = q - q.mean(axis=0, keepdims=True)
    t = t - t.mean()
    n = len(t)
    index = (np.arange(n)[None] - np.arange(n)[:, None]) % n
    spread = q.std(axis=0) * t.std() * n
    r = np.divide(t[index] @ q, spread, out=np.zeros((n, q.shape[1]), np.float32), where=spread > 0)
    return r.max(axis=0), r.argmax(axis=0).astype(np.int32)


@variant("all turns at once by the Fourier transform; a tuple of tuples")
def by_fourier(respond, detector, stimuli):
    t = np.maximum((np.asarray(stimuli) * np.asarray(detector)).sum((1, 2)), 0)
    q = np.asarray(respond(np.asarray(stimuli)), dtype=float)
    z = (t - t.mean()) / t.std()
    both = np.fft.ifft(np.fft.fft(q, axis=0) * np.conj(np.fft.fft(z))[:, None], axis=0).real
    dead = q.max(axis=0) == q.min(axis=0)
    r = both / len(t) / np.where(dead, 1, q.std(axis=0))
    r[:, dead] = 0
    return np.max(r, axis=0), np.argmax(r, axis=0)


@variant("the other one moved back, z-scores")
def units_moved_back(respond, detector, stimuli):
    q, t = curves(respond, detector, stimuli)
    dead = np.ptp(q, axis=0) == 0
    zq = (q - q.mean(0)) / np.where(dead, 1, q.std(0))
    zt = (t - t.mean()) / t.std()
    r = np.array([np.mean(np.roll(zq, -k, axis=0) * zt[:, None], axis=0) for k in range(len(t))])
    r[:, dead] = 0
    return r.max(0), r.argmax(0)
