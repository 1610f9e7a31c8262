"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant

from ..checks.acc_vs_eps import compare, curves
from ..checks.oracles import net, untouched
from .building_blocks import accuracy, answers, gradient, outputs


@check("oracle")
def test_fresh_curves(student, rng):
    """Both attacks, on fresh nets and images"""
    compare(student, rng, (15, 3, 4, 1), 3, 8, [0.0, 0.08, 0.5])
    compare(student, rng, (14, 6, 2), 4, 12, [0.4, 0.15])


@check("probe")
def test_eps_of_every_kind_and_none_at_all(student, rng):
    """A single eps, a tuple, an array in any order, and whole numbers among them"""
    x, y, weights, expected = curves(rng, (14, 3, 3, 1), 3, 9, [0.3, 0.0, 0.1])
    model = net(student, (3, 3, 1), weights)
    for eps_list in ((0.3, 0, 0.1), np.array([0.3, 0.0, 0.1])):
        got = left_alone(student, "acc_vs_eps", model.handle, x, y, eps_list, "pgd")
        close(got, expected["pgd"], atol=1e-5)
    got = student.acc_vs_eps(model.handle, x, y, [0.3], "fgsm")
    close(got, expected["fgsm"][:1], "One eps alone:", atol=1e-5, constant=True)


@check("probe")
def test_model_and_images_stay(student, rng):
    """The model and the images stay as they are, so the same call gives the same curve"""
    x, y, weights, expected = curves(rng, (13, 2, 5, 1), 3, 7, [0.0, 0.2, 0.4])
    model = net(student, (2, 5, 1), weights)
    before = model.get_weights()
    for _ in range(2):
        got = left_alone(student, "acc_vs_eps", model.handle, x, y, [0.0, 0.2, 0.4], "pgd")
        close(got, expected["pgd"], atol=1e-5)
    untouched(model, before, "acc_vs_eps")


# Mutants ------------------------------------------------------------------------------------------


def made(model, x, y, eps, attack, share=0.25, steps=10, up=1):
    if attack == "fgsm":
        share, steps = 1.0, 1
    x = np.asarray(x, float)
    z = x
    for _ in range(steps):
        z = z + up * share * eps * np.sign(gradient(model, z, y))
        z = np.clip(np.clip(z, x - eps, x + eps), 0, 1)
    return z


def read(model, x, y, eps_list, attack="pgd", score=accuracy, **how):
    return np.array([score(model, made(model, x, y, eps, attack, **how), y) for eps in eps_list])


def reading(says, **how):
    return mutant(says, acc_vs_eps=lambda *args, **more: read(*args, **more, **how))


share_read_wrong = reading(
    "This is the share read wrong. The accuracy is the share read right.",
    score=lambda model, x, y: 1 - accuracy(model, x, y),
)
number_read_right = reading(
    "You count the images. The accuracy is their share.",
    score=lambda model, x, y: accuracy(model, x, y) * len(x),
)
share_that_stays = reading(
    "You compare with the mean probability of the right class. Count the right answers.",
    score=lambda model, x, y: float(np.mean(_softmax(outputs(model, x))[np.arange(len(y)), y])),
)
three_steps = reading("Your PGD does not take 10 steps of eps / 4.", steps=3)
small_steps = reading("Your PGD's steps are shorter than eps / 4.", share=0.05)
downhill = reading("Your images help the model: their loss is lower than before.", up=-1)


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@mutant("You use FGSM for both attacks.")
def always_fgsm(model, x, y, eps_list, attack="pgd"):
    return read(model, x, y, eps_list, "fgsm")


@mutant("You use PGD for both attacks.")
def always_pgd(model, x, y, eps_list, attack="pgd"):
    return read(model, x, y, eps_list, "pgd")


@mutant("The two attacks are mixed up.")
def the_other_attack(model, x, y, eps_list, attack="pgd"):
    return read(model, x, y, eps_list, "pgd" if attack == "fgsm" else "fgsm")


@mutant("Without the last argument the attack should be PGD; yours is FGSM.")
def fgsm_by_default(model, x, y, eps_list, attack="fgsm"):
    return read(model, x, y, eps_list, attack)


@mutant("These are the accuracies on clean images: nothing is attacked.")
def never_attacked(model, x, y, eps_list, attack="pgd"):
    return np.array([accuracy(model, x, y) for _ in eps_list])


@mutant("You attack images that are attacked already. Begin with the clean ones for each eps.")
def attacks_pile_up(model, x, y, eps_list, attack="pgd"):
    found = []
    for eps in eps_list:
        x = made(model, x, y, eps, attack)
        found.append(accuracy(model, x, y))
    return np.array(found)


@mutant("You sort eps_list. The accuracies belong in the order of the list.")
def sorted_by_eps(model, x, y, eps_list, attack="pgd"):
    return read(model, x, y, sorted(eps_list), attack)


@mutant("You compare with the model's answers on clean images. Compare with the labels y.")
def agreement_with_itself(model, x, y, eps_list, attack="pgd"):
    clean = answers(model, x)
    return np.array([accuracy(model, made(model, x, y, eps, attack), clean) for eps in eps_list])


@mutant("You divide by the clean accuracy, so the curve begins at 1. It begins at that accuracy.")
def relative_to_clean(model, x, y, eps_list, attack="pgd"):
    return read(model, x, y, eps_list, attack) / accuracy(model, x, y)


@mutant("You use random noise of size eps. The attack is to use the gradient.")
def noise(model, x, y, eps_list, attack="pgd"):
    rng = np.random.default_rng(0)
    return np.array(
        [
            accuracy(model, np.clip(x + eps * rng.choice([-1, 1], np.shape(x)), 0, 1), y)
            for eps in eps_list
        ]
    )


@mutant("You attack with the largest eps for all. Each accuracy has its own eps.")
def one_eps_for_all(model, x, y, eps_list, attack="pgd"):
    return read(model, x, y, np.full(len(eps_list), np.max(eps_list)), attack)


@mutant("You make the curve fall by force. Report what you measure, also if it rises.")
def forced_to_fall(model, x, y, eps_list, attack="pgd"):
    return np.minimum.accumulate(read(model, x, y, eps_list, attack))


# Variants -----------------------------------------------------------------------------------------


@variant("counted in a list comprehension, float32")
def counted(model, x, y, eps_list, attack="pgd"):
    found = [
        np.sum(answers(model, made(model, x, y, float(eps), attack)) == y) / len(y)
        for eps in eps_list
    ]
    return np.array(found, dtype=np.float32)


@variant("an array filled by place, right answers counted in a loop")
def counted_in_a_loop(model, x, y, eps_list, attack="pgd"):
    found = np.zeros(len(eps_list))
    for k in range(len(eps_list)):
        said = outputs(model, made(model, x, y, eps_list[k], attack))
        right = 0
        for n in range(len(x)):
            right += int(np.argmax(said[n]) == y[n])
        found[k] = right / len(x)
    return found


@variant("all images of all eps in one batch")
def in_one_batch(model, x, y, eps_list, attack="pgd"):
    many = np.concatenate([made(model, x, y, eps, attack) for eps in eps_list])
    right = answers(model, many).reshape(len(eps_list), len(y)) == np.asarray(y)
    return right.mean(axis=1)
