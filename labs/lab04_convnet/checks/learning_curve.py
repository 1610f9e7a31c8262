"""The visible checks of 4.8."""

import numpy as np

from nablab.checking import check, close, equal, holds, once
from nablab.checking.expect import as_numbers
from nablab.data import placed_digits
from nablab.reference.lenet import lenet, lenet_shapes
from nablab.sandbox.student import parameters

from .oracles import bars, fill, lenet_of, random_weights, share


def first_sixty(rng):
    """Bars of which only the first 60 labels are right, the first 8 of them digits 0 to 3; of the
    test labels, 6 in 10 are."""
    y = np.concatenate([np.arange(8) % 4, np.arange(52) % 10, np.arange(180) % 10])
    y_test = np.repeat(np.arange(10), 10)
    labels = np.where(np.arange(240) < 60, y, (y + 3) % 10)
    said = np.where(np.arange(100) % 10 < 6, y_test, (y_test + 5) % 10)
    return (bars(rng, y), labels), (bars(rng, y_test), said)


SAME = 20  # of each test image: a model that is only tested says the same of all of them


def by_heart(rng, n=300):
    """Fields of dots with labels that were drawn at random. The test part is half of them, each
    twenty times."""
    x = np.zeros((n, 20, 20, 1), "float32")
    places = rng.integers(2, 18, size=(n, 9, 2))
    for image, dots_of_it in zip(x, places, strict=True):
        image[tuple(dots_of_it.T)] = 1
    y = rng.integers(0, 10, size=n)
    return (x, y), (np.repeat(x[: n // 2], SAME, axis=0), np.repeat(y[: n // 2], SAME))


def ten_digits(rng, seed):
    """Ten digits in the middle of the field to learn from. To test, the same ten, each moved in
    twelve ways by up to 2 pixels, and each of these twenty times."""
    (x, y), _ = placed_digits(20, 200, 1, seed, centred=True)
    first = [int(np.flatnonzero(y == digit)[0]) for digit in range(10)]
    return (x[first], y[first]), moved(rng, x[first], y[first], ways=12)


def moved(rng, x, y, ways):
    """Each image moved in so many ways by up to 2 pixels, and each of these twenty times."""
    images = [
        np.roll(image, rng.integers(-2, 3, size=2), axis=(0, 1))  # far from the edges: none wraps
        for image in np.repeat(x, ways, axis=0)
    ]
    return np.repeat(np.stack(images), SAME, axis=0), np.repeat(y, ways * SAME)


def only_tested(found, parts):
    """Every copy of a test image was given the same answer."""
    right = float(found) * len(parts[1][1])
    holds(
        abs(right / SAME - round(right / SAME)) < 0.01,
        f"Each test image is there {SAME} times, so the number of right answers should be a "
        f"multiple of {SAME}; it is {right:.0f}. Are test images changed, or does the dropout "
        "drop units in the test too? Call the model as it is on the images as they are.",
        got=found,
    )


def corners(shape=(12, 12), labels=(0, 1, 2, 3)):
    """Fields with a short bar in one corner: the first two labels at the top, left and right, the
    others at the bottom. To test, each image twenty times: 40 like these, and others with a bar at
    the top further and further right; the net sees a border between them, where an image that is
    moved is read differently."""
    H, W = shape
    left, right, top, bottom = 1, W - 3, 1, H - 4

    def drawn(places):
        x = np.full((len(places), H, W, 1), 0.05, "float32")
        for image, (row, column) in zip(x, places, strict=True):
            image[row : row + 3, column : column + 2] = 0.9
        return x

    four = [(top, left), (top, right), (bottom, left), (bottom, right)]
    along = [(top, column) for column in range(left, right + 1)]
    sides = [labels[int(column > (left + right) / 2)] for _, column in along]
    train = drawn(four * 2), np.array([*labels] * 2)
    test = drawn(four * 10 + along), np.array([*labels] * 10 + sides)
    return train, tuple(np.repeat(part, SAME, axis=0) for part in test)


SIXTY = first_sixty(np.random.default_rng(48))


HEART = by_heart(np.random.default_rng(4))


TEN = ten_digits(np.random.default_rng(5), 5)


CORNERS = corners()


def curve(student, n_list, with_aug, with_dropout, seed, parts=None):
    """The student's accuracies, checked to be one for each n."""
    args = (n_list, with_aug, with_dropout, seed)
    got = once(student, "learning_curve", *(args if parts is None else (*args, parts)))
    found = as_numbers(got)
    holds(
        found.shape == (len(n_list),),
        f"learning_curve should return one accuracy for each of {n_list}.",
        got=got,
    )
    holds(
        (found >= 0).all() and (found <= 1).all(),
        "Accuracies lie between 0 and 1.",
        got=got,
    )
    return found


@check("contract")
def test_a_net_and_a_curve(student):
    """Both functions have their parameters, and dropout_lenet has the weights of LeNet"""
    wanted = ("n_list", "with_aug", "with_dropout", "seed", "parts")
    equal(parameters(student, "learning_curve")[:5], wanted, "The parameters of learning_curve:")
    wanted = ("input_shape", "n_classes", "rate")
    equal(parameters(student, "dropout_lenet")[:3], wanted, "The parameters of dropout_lenet:")
    net = lenet_of(student, (15, 18, 2), 7, "dropout_lenet", 0.5)
    trainable = [weight for weight in net.weights if weight.trainable]
    equal(len(trainable), 10, "Arrays of weights:")


# What the ten arrays of weights hold, in the table's order, so that ones begin their way at the end
# of the net, after the layer of 84 units, or at the image: a number, or an identity matrix.
AT_THE_END = (0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
FROM_84 = (0, 0, 0, 0, 0, 0, 0, 1, "eye", 0)
FROM_THE_IMAGE = (0, 1, 0, 1, "eye", 0, "eye", 0, "eye", 0)


def ones_through(net, shape, n_classes, values, rows):
    """What becomes of ones on their way through the net in training: (rows, n_classes)."""
    weights = [
        np.eye(*s) if value == "eye" else np.full(s, float(value))
        for s, value in zip(lenet_shapes(shape, n_classes), values, strict=True)
    ]
    fill(net, shape, n_classes, weights)
    return as_numbers(net(np.ones((rows, *shape), "float32"), training=True))


def dropped_in(found, rate, count, where):
    """Ones have passed so many dropouts."""
    scale = 1 / (1 - rate) ** count
    holds(
        (np.isclose(found, 0, atol=1e-4) | np.isclose(found, scale, rtol=1e-3)).all(),
        f"There should be dropout {where}: in training, ones that pass it are 0 or {scale:.4g} "
        f"with rate {rate}.",
        got=found[:5],
    )
    share(np.abs(found) < 1e-3, 1 - (1 - rate) ** count, f"Dropout {where}:")


@check("probe")
def test_dropout_after_the_two_hidden_dense_layers(student):
    """There is dropout after each of the two hidden dense layers and nowhere else"""
    shape, n, rate, rows = (12, 12, 1), 7, 0.25, 150
    net = lenet_of(student, shape, n, "dropout_lenet", rate)
    end, last, whole = (
        ones_through(net, shape, n, values, rows)
        for values in (AT_THE_END, FROM_84, FROM_THE_IMAGE)
    )
    close(end, np.ones(end.shape), "The logits themselves are not dropped.", constant=True)
    dropped_in(last, rate, 1, "after the layer of 84 units")
    dropped_in(whole, rate, 2, "after both hidden dense layers, and nowhere before")


@check("probe")
def test_without_training_it_is_lenet(student, rng):
    """Outside training, and with rate 0, it computes what LeNet computes"""
    shape, n = (13, 16, 1), 5
    weights, x = random_weights(shape, n, rng), rng.normal(size=(3, *shape)).astype("float32")
    for rate, training in ((0.5, False), (0.0, True)):
        net = lenet_of(student, shape, n, "dropout_lenet", rate)
        fill(net, shape, n, weights)
        close(
            net(x, training=training),
            lenet(x, weights),
            f"Rate {rate}, training={training}.",
            rtol=1e-3,
            atol=1e-3,
        )


@check("probe")
def test_only_the_first_n_and_no_test_image(student):
    """The net learns from the first n training images only, and from no test image"""
    sixty, _ = curve(student, [60, 8], False, False, 3, SIXTY)
    holds(
        abs(sixty - 0.6) <= 0.08,
        f"The accuracy for n = 60 is {sixty:.3g}, and 0.6 is right. The first 60 labels are right, "
        "all others of the training part are wrong; of the test labels 6 in 10 are right. A higher "
        "accuracy means that the net has learned test images; a lower one, that it has learned "
        "from others than the first 60, or not enough.",
        got=sixty,
        expected=0.6,
    )


@check("probe")
def test_every_n_begins_with_a_new_net(student):
    """Every n begins with a new net: 8 images of four digits teach no more than four digits"""
    _, eight = curve(student, [60, 8], False, False, 3, SIXTY)
    holds(
        eight <= 0.4,
        f"The accuracy for n = 8 is {eight:.3g}. The first 8 images show only the digits 0 to 3, "
        "so most of the test digits cannot be known, unless the net has learned them before, for "
        "another n.",
        got=eight,
    )


@check()
def test_augmentation_here_is_without_flip(student):
    """With augmentation left stays left, and the test images stay as they are"""
    (found,) = curve(student, [8], True, False, 2, CORNERS)
    only_tested(found, CORNERS)
    holds(
        found >= 0.88,
        "Each image has a bar in one of four corners, and its label says which. After learning "
        f"from two of each, {found:.3g} of the test images are read right; it should be at least "
        "0.88. With mirrored copies nobody can tell left from right: "
        "`augment(image, rng, 2, 10, False)`.",
        got=found,
    )


@check()
def test_dropout_hinders_learning_by_heart(student):
    """Without dropout most of 300 random labels are learned by heart, with it most are not"""
    (plain,) = curve(student, [300], False, False, 1, HEART)
    holds(
        plain >= 0.72,
        "The labels of 300 images were drawn at random. A plain LeNet learns more than 0.8 of "
        f"them; yours, with with_dropout=False, has learned {plain:.3g}. Does it drop units all "
        "the same, or see fewer than ⌊6000/300⌋ = 20 copies of each?",
        got=plain,
    )
    (found,) = curve(student, [300], False, True, 1, HEART)
    only_tested(found, HEART)
    holds(
        found <= 0.7,
        f"The labels of 300 images were drawn at random. With dropout the net has learned "
        f"{found:.3g} of them; it should be at most 0.7. A plain LeNet learns more than 0.8.",
        got=found,
    )


@check()
def test_augmentation_teaches_moved_digits(student):
    """With augmentation, a net that learns ten digits in the middle reads them when moved"""
    (found,) = curve(student, [10], True, False, 1, TEN)
    only_tested(found, TEN)
    holds(
        found >= 0.55,
        "The net has learned from ten digits in the middle of the field, each copied 600 times, "
        "every copy through augment. Of the same ten, moved by up to 2 pixels, it reads "
        f"{found:.3g}; it should be at least 0.55. Without augmentation it is about a third, and "
        "less if each image is changed once and copied after that.",
        got=found,
    )
