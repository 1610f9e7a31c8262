"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, holds, left_alone, models, mutant, variant

from ..checks.adversarial_train import (
    CLEAN_BOUND,
    PGD_BOUND,
    follows,
    learned,
    lesson,
    maker,
    read_digits,
)
from .building_blocks import answers, gradient, step


@check("oracle")
def test_fresh_lessons(student, rng):
    """The weights after several epochs of one batch, for images of any shape"""
    for shape, classes, epochs, rate in (
        ((11, 3, 3, 1), 3, 3, 1.0),
        ((50, 6), 4, 2, 2.0),
        ((1, 2, 5, 1), 3, 3, 0.5),
    ):
        x, y, weights, end = lesson(rng, shape, classes, epochs, rate=rate, eps=0.15)
        got = learned(student, weights, x, y, 0.15, epochs, rate)
        follows(got, end, f"Images {shape}, {epochs} epochs.")


@check("probe")
def test_fresh_batches(student, rng):
    """101 and 60 times the same image: the last batch is smaller, and counts"""
    for n, batches in ((101, 3), (60, 2)):
        x, y, weights, end = lesson(rng, (n, 4), 4, 2, batches=batches)
        follows(learned(student, weights, x, y, 0.2, 2), end, f"{n} images, two epochs.")


@check("probe")
def test_every_image_is_learned_once(student, rng):
    """In an epoch every image is used once: with a small rate the order hardly matters"""
    x, y, weights, _ = lesson(rng, (100, 4), 3, 1)
    y = np.arange(100) % 3
    got = learned(student, weights, x, y, 0.0, 1, 0.01)
    moved = [np.asarray(now, float) - then for now, then in zip(got, weights, strict=True)]
    from ..checks.adversarial_train import descended

    end, _ = descended(weights, x, y, 0.0, 1, 0.02)  # two batches: twice the mean step
    right = [now - then for now, then in zip(end, weights, strict=True)]
    gap = max(float(np.abs(a - b).max()) for a, b in zip(moved, right, strict=True))
    size = max(float(np.abs(b).max()) for b in right)
    holds(
        gap < 0.1 * size,
        "With eps 0 and a small rate an epoch should move the weights as the mean over all images "
        "says; some images seem to be left out or used twice.",
    )


@check("probe")
def test_nothing_else_changes(student, rng):
    """Images and labels stay, whatever they hold, and a second model is a new one"""
    x, y, weights, end = lesson(rng, (8, 2, 3, 1), 3, 1)
    build = maker(student, weights, (2, 3, 1), 1.0)
    for _ in range(2):
        got = left_alone(student, "adversarial_train", build, np.asfortranarray(x), y, 0.2, 1)
        follows(models.model(got).get_weights(), end, "After one epoch.")


@check()
def test_the_net_is_robust(student):
    """Trained on 900 digits, the net reads new digits, clean and under PGD"""
    clean, attacked = read_digits(student)
    holds(
        clean >= CLEAN_BOUND - 0.02 and attacked >= PGD_BOUND - 0.02,
        f"It reads {clean:.3f} of 300 new digits, and {attacked:.3f} under PGD.",
    )


# Mutants ------------------------------------------------------------------------------------------


def trained(
    build, x, y, eps, epochs, *, size=50, make=step, attack="now", on="made", model=None,
    last=True, labels="y", times=1,
):  # fmt: skip
    x, y = np.asarray(x, float), np.asarray(y)
    model = model or build()
    made = make(model, x, y, eps) if attack == "first" else None
    for _ in range(epochs):
        if attack == "epoch":
            made = make(model, x, y, eps)
        order = np.random.permutation(len(x))
        for start in range(0, len(x), size):
            batch = order[start : start + size]
            if not last and len(batch) < size and start > 0:
                continue
            images = make(model, x[batch], y[batch], eps) if attack == "now" else made[batch]
            right = y[batch] if labels == "y" else answers(model, images)
            if on == "both":
                images = np.concatenate([x[batch], images])
                right = np.concatenate([right, right])
            for _ in range(times):
                model.train_on_batch(images, right)
    return model


def training(says, **how):
    return mutant(says, adversarial_train=lambda *args: trained(*args, **how))


clean_images = training(
    "The model learns from the clean images. It should learn from the attacked ones.",
    make=lambda model, x, y, eps: x,
)
attacked_once = training(
    "You attack all images once, before training. The weights change, and those images are out of "
    "date: attack each batch against the model as it is.",
    attack="first",
)
attacked_each_epoch = training(
    "You attack all images at the start of each epoch. Attack each batch just before it is learned.",
    attack="epoch",
)
both_kinds = training(
    "The model learns from clean and attacked images. Here it learns from the attacked ones only.",
    on="both",
)
its_own_answers = training(
    "The labels are the model's own answers to the attacked images. Teach it the right labels.",
    labels="own",
)
downhill = training(
    "Your images are easier than the clean ones: the step goes down the loss.",
    make=lambda model, x, y, eps: step(model, x, y, -eps),
)
half_of_eps = training(
    "You attack with half of eps.", make=lambda model, x, y, eps: step(model, x, y, eps / 2)
)
slopes_in_place_of_signs = training(
    "You add eps times the slopes. FGSM takes their signs.",
    make=lambda model, x, y, eps: np.clip(x + eps * gradient(model, x, y), 0, 1),
)
not_clipped = training(
    "The attacked images leave the range from 0 to 1.",
    make=lambda model, x, y, eps: x + eps * np.sign(gradient(model, x, y)),
)
batches_of_32 = training("Your batches have 32 images. They have 50.", size=32)
one_batch = training("You learn all images at once. Go through them in batches of 50.", size=10**6)
last_batch_missing = training(
    "The last batch is missing if it is smaller than 50. Its images count too.", last=False
)
two_steps = training("You take two steps on each batch. It is one.", times=2)
noise = training(
    "You add random noise. The images should be attacked.",
    make=lambda model, x, y, eps: np.clip(
        x + eps * np.random.default_rng(0).choice([-1, 1], x.shape), 0, 1
    ),
)


@mutant("You train for one epoch, whatever epochs says.")
def one_epoch(build, x, y, eps, epochs):
    return trained(build, x, y, eps, min(epochs, 1))


@mutant("You train for one epoch too many.")
def an_epoch_too_many(build, x, y, eps, epochs):
    return trained(build, x, y, eps, epochs + 1)


@mutant("You return a new model. Return the one that was trained.")
def returns_a_new_one(build, x, y, eps, epochs):
    trained(build, x, y, eps, epochs)
    return build()


@mutant("You attack another model, which is never trained. Attack the one that learns.")
def attacks_another(build, x, y, eps, epochs):
    other = build()
    return trained(build, x, y, eps, epochs, make=lambda model, x, y, eps: step(other, x, y, eps))


@mutant("You train on clean images first. The model learns from attacked ones only.")
def clean_first(build, x, y, eps, epochs):
    model = build()
    if epochs:
        model.train_on_batch(np.asarray(x, float)[:50], y[:50])
    return trained(build, x, y, eps, epochs, model=model)


@mutant("You overwrite the caller's images with attacked ones, and attack those again.")
def writes_into_the_images(build, x, y, eps, epochs):
    model = build()
    for _ in range(epochs):
        for start in range(0, len(x), 50):
            x[start : start + 50] = step(model, x[start : start + 50], y[start : start + 50], eps)
            model.train_on_batch(x[start : start + 50], y[start : start + 50])
    return model


# Variants -----------------------------------------------------------------------------------------


@variant("fit on each batch, generator's shuffle, float32")
def fit_each_batch(build, x, y, eps, epochs):
    model, rng = build(), np.random.default_rng(1)
    x = np.asarray(x, np.float32)
    for _ in range(epochs):
        order = np.arange(len(x))
        rng.shuffle(order)
        for batch in np.array_split(order, range(50, len(x), 50)):
            made = step(model, x[batch], y[batch], eps).astype(np.float32)
            model.fit(made, y[batch], batch_size=50, epochs=1, verbose=0)
    return model


@variant("its own step with the optimizer")
def own_step(build, x, y, eps, epochs):
    import keras

    from nablab.autodiff import value_and_gradients

    model = build()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for _ in range(epochs):
        order = np.random.default_rng().permutation(len(x))
        for k in range(-(-len(x) // 50)):
            batch = order[50 * k : 50 * (k + 1)]
            made = np.asarray(step(model, x[batch], y[batch], eps), "float32")
            labels = keras.ops.convert_to_tensor(y[batch])
            _, slopes = value_and_gradients(
                lambda made=made, labels=labels: loss(labels, model(made, training=True)),
                model.trainable_variables,
            )
            model.optimizer.apply(slopes, model.trainable_variables)
    return model


@variant("shuffled copies of images and labels, in batches cut from lists")
def shuffled_copies(build, x, y, eps, epochs):
    model = build()
    for _ in range(epochs):
        pairs = list(zip(x, y, strict=True))
        np.random.default_rng(3).shuffle(order := list(range(len(pairs))))
        while order:
            now, order = order[:50], order[50:]
            images = np.stack([pairs[n][0] for n in now])
            labels = np.array([pairs[n][1] for n in now])
            model.train_on_batch(step(model, images, labels, eps), labels)
    return model
