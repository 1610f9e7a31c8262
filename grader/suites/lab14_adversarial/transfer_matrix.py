"""Hidden checks of N.8."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, variant

from ..checks.oracles import net, untouched
from ..checks.transfer_matrix import compare, group
from .building_blocks import accuracy, answers, step


@check("oracle")
def test_fresh_tables(student, rng):
    """Tables of fresh nets and images"""
    compare(student, rng, (23, 3, 4, 1), 3, (0, 0, 7), 0.15)
    compare(student, rng, (14, 2, 3, 2), 4, (0, 6), 0.3)


@check()
def test_nets_in_another_order(student, rng):
    """Nets in another order give the same table with rows and columns in that order"""
    nets, x, y, right = group(rng, (16, 8), 3, (0, 0, 0), 0.2)
    handles = [net(student, (8,), weights).handle for weights in nets]
    close(student.transfer_matrix(handles, x, y, 0.2), right, atol=1e-6)
    order = [2, 0, 1]
    got = student.transfer_matrix([handles[k] for k in order], x, y, 0.2)
    close(got, right[np.ix_(order, order)], "In another order:", atol=1e-6)


@check("probe")
def test_nothing_but_reading_happens(student, rng):
    """Images and models stay as they are"""
    nets, x, y, right = group(rng, (12, 3, 3, 1), 3, (0, 0), 0.2)
    made = [net(student, (3, 3, 1), weights) for weights in nets]
    before = [one.get_weights() for one in made]
    got = left_alone(
        student, "transfer_matrix", [one.handle for one in made], np.asfortranarray(x), y, 0.2
    )
    close(got, right, atol=1e-6)
    for one, weights in zip(made, before, strict=True):
        untouched(one, weights, "transfer_matrix")


# Mutants ------------------------------------------------------------------------------------------


def entries(models, x, y, eps, score=accuracy, make=step):
    made = [make(maker, x, y, eps) for maker in models]
    return np.array([[score(reader, images, y) for reader in models] for images in made])


def scoring(says, **how):
    return mutant(says, transfer_matrix=lambda *args: entries(*args, **how))


share_read_wrong = scoring(
    "This is the share read wrong. The accuracy is the share read right.",
    score=lambda model, x, y: 1 - accuracy(model, x, y),
)
counted = scoring(
    "You count the images. The accuracy is their share.",
    score=lambda model, x, y: accuracy(model, x, y) * len(x),
)
clean_images = scoring(
    "The models read clean images: nothing is attacked.", make=lambda model, x, y, eps: x
)
half_the_step = scoring(
    "You attack with half of eps.", make=lambda model, x, y, eps: step(model, x, y, eps / 2)
)
towards_the_labels = scoring(
    "Your images help the models: the step goes down the loss.",
    make=lambda model, x, y, eps: step(model, x, y, -eps),
)
own_labels = scoring(
    "You lead away from the maker's own answers. Lead away from the labels y.",
    make=lambda model, x, y, eps: step(model, x, answers(model, x), eps),
)
noise = scoring(
    "The images are noisy in yours, not attacked.",
    make=lambda model, x, y, eps: np.clip(
        x + eps * np.random.default_rng(0).choice([-1, 1], np.shape(x)), 0, 1
    ),
)


@mutant("Your table is transposed: the row says against whom the images were made.")
def transposed(models, x, y, eps):
    return entries(models, x, y, eps).T


@mutant("Every model reads the images made against itself. Row i was made against model i.")
def each_its_own(models, x, y, eps):
    return np.tile(np.diag(entries(models, x, y, eps)), (len(models), 1))


@mutant("Every row has the diagonal's number. Each column has a reader of its own.")
def only_the_makers_read(models, x, y, eps):
    return np.tile(np.diag(entries(models, x, y, eps))[:, None], (1, len(models)))


@mutant("All images are made against the first model. Row i was made against model i.")
def one_maker(models, x, y, eps):
    return np.tile(entries(models, x, y, eps)[:1], (len(models), 1))


@mutant("You attack images that are attacked already. Begin with the clean ones for each model.")
def attacks_pile_up(models, x, y, eps):
    rows = []
    for maker in models:
        x = step(maker, x, y, eps)
        rows.append([accuracy(reader, x, y) for reader in models])
    return np.array(rows)


@mutant("You fill half of the table and mirror it. It is not symmetric.")
def mirrored(models, x, y, eps):
    full = entries(models, x, y, eps)
    return np.triu(full) + np.triu(full, 1).T


@mutant("You leave the diagonal at 0. A model's own attack stands there.")
def empty_diagonal(models, x, y, eps):
    full = entries(models, x, y, eps)
    return full - np.diag(np.diag(full))


@mutant("You fill only the diagonal.")
def diagonal_only(models, x, y, eps):
    return np.diag(np.diag(entries(models, x, y, eps)))


@mutant("You divide by the clean accuracy of the reader. The plain accuracy is asked for.")
def relative_to_clean(models, x, y, eps):
    clean = np.array([accuracy(reader, x, y) for reader in models])
    return entries(models, x, y, eps) / np.maximum(clean, 1e-9)


@mutant("You compare with the maker's answers on the attacked images. Compare with the labels y.")
def agreement_with_the_maker(models, x, y, eps):
    rows = []
    for maker in models:
        made = step(maker, x, y, eps)
        said = answers(maker, made)
        rows.append([accuracy(reader, made, said) for reader in models])
    return np.array(rows)


# Variants -----------------------------------------------------------------------------------------


@variant("filled entry by entry, the attack anew for each, float32")
def entry_by_entry(models, x, y, eps):
    table = np.zeros((len(models), len(models)), dtype=np.float32)
    for i, maker in enumerate(models):
        for j, reader in enumerate(models):
            table[i, j] = np.mean(answers(reader, step(maker, x, y, eps)) == y)
    return table


@variant("lists of lists")
def lists(models, x, y, eps):
    table = []
    for maker in models:
        made = step(maker, x, y, eps)
        table.append([sum(answers(reader, made) == y) / len(y) for reader in models])
    return table


@variant("column by column, all images in one batch")
def by_columns(models, x, y, eps):
    made = np.concatenate([step(maker, x, y, eps) for maker in models])
    columns = []
    for reader in models:
        right = answers(reader, made).reshape(len(models), len(y)) == np.asarray(y)
        columns.append(right.mean(axis=1))
    return np.stack(columns, axis=1)
