"""Hidden checks of N.6."""

import numpy as np

from nablab.checking import check, close, equal, mutant, variant

from ..checks.build_p4_cnn import compare, fill, net_of, read, reader


@check("oracle")
def test_any_size_of_the_net(student, rng):
    """With drawn weights the net gives the logits of the table, for any images and sizes"""
    compare(student, rng, (10, 8, 3), 2, 7, n=2)
    compare(student, rng, (7, 11, 1), 4, 3, n=2)


@check()
def test_it_does_not_mind_and_other_nets_do(student, rng):
    """The net has the same four shares, however it is trained; a model that minds has its own"""
    net = net_of(student, (8, 8, 1), 2, 5)
    fill(net, (8, 8, 1), 2, 5, rng)
    x = rng.normal(size=(40, 8, 8, 1)).astype("float32")
    y = np.asarray(net(x)).argmax(axis=1)
    y[:13] = (y[:13] + 1) % 5
    close(read(student, net, x, y), [27 / 40] * 4, "27 of 40 are right.", atol=1e-6, constant=True)
    net, x, y, expected = reader(student, rng, 7, 1, 4, 60)
    close(read(student, net, x, y), expected, "A model that minds.", atol=1e-6)


@check()
def test_batches_of_any_size(student, rng):
    """More images than one batch holds, and as many images as rows"""
    for side, n in ((3, 301), (8, 8)):
        net, x, y, expected = reader(student, rng, side, 1, 3, n)
        close(read(student, net, x, y), expected, f"{n} images of {side}×{side}.", atol=1e-6)


@check("probe")
def test_every_weight_learns(student, rng):
    """The loss has a gradient with respect to every weight"""
    net = net_of(student, (8, 8, 2), 3, 4)
    fill(net, (8, 8, 2), 3, 4, rng)
    slopes = net.gradients(rng.normal(size=(6, 8, 8, 2)).astype("float32"), rng.integers(4, size=6))
    equal(sum(bool(np.any(np.asarray(s) != 0)) for s in slopes), 8, "Arrays of weights with one:")


# Mutants ------------------------------------------------------------------------------------------


def classifier(shape, filters, n_classes, **changes):
    import keras

    from nablab.layers import P4Conv, P4Lift, P4Pool

    o = {
        "act": "relu",
        "third": "relu",
        "last": None,
        "sizes": (filters, filters, 2 * filters),
        "kernel": 3,
        "padding": "valid",
        "mode": "max",
        "pool": keras.layers.GlobalAveragePooling2D,
        "bias": True,
    } | changes
    *first, last = o["sizes"]
    how = {"padding": o["padding"], "activation": o["act"], "use_bias": o["bias"]}
    how_last = how | {"activation": o["act"] and o["third"]}
    return keras.Sequential(
        [
            keras.Input(shape),
            P4Lift(first[0], o["kernel"], **how),
            *[P4Conv(n, o["kernel"], **how) for n in first[1:]],
            P4Conv(last, o["kernel"], **how_last),
            P4Pool(o["mode"]),
            o["pool"](),
            keras.layers.Dense(n_classes, activation=o["last"]),
        ]
    )


@mutant("Your layers have no activation. All three convolutions have ReLU.")
def without_relu(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, act=None)


@mutant("Your last convolution has no ReLU. All three have one.")
def last_relu_missing(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, third=None)


@mutant("Your last layer has a ReLU, so no logit is ever negative. It has no activation.")
def relu_at_the_end(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, last="relu")


@mutant("You take the mean over the places first and the maximum over the directions after it.")
def places_first(shape, filters, n_classes):
    import keras

    from nablab.layers import P4Conv, P4Lift

    image = keras.Input(shape)
    x = P4Lift(filters, 3, activation="relu")(image)
    x = P4Conv(filters, 3, activation="relu")(x)
    x = P4Conv(2 * filters, 3, activation="relu")(x)
    x = keras.ops.max(keras.ops.mean(x, axis=(1, 2)), axis=1)
    return keras.Model(image, keras.layers.Dense(n_classes)(x))


@mutant("Your last layer ends in a softmax. Logits are asked for.")
def softmax_at_the_end(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, last="softmax")


@mutant("You take the mean over the directions. P4Pool() takes the maximum.")
def mean_over_directions(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, mode="mean")


@mutant("You take the maximum over the places. Over them it is the mean.")
def maximum_over_places(shape, filters, n_classes):
    import keras

    return classifier(shape, filters, n_classes, pool=keras.layers.GlobalMaxPooling2D)


@mutant("Your layers pad their input with zeros. Nothing is padded here.")
def padded(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, padding="same")


@mutant("Your last convolution has as many filters as the others. It has twice as many.")
def same_filters_everywhere(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, sizes=(filters, filters, filters))


@mutant("One of the two P4Conv layers is missing.")
def two_convolutions(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, sizes=(filters, 2 * filters))


@mutant("Your layers have no bias.")
def without_bias(shape, filters, n_classes):
    return classifier(shape, filters, n_classes, bias=False)


@mutant("These are ordinary convolutions. They have no axis of directions, and mind every turn.")
def ordinary_convolutions(shape, filters, n_classes):
    import keras

    layers = [keras.layers.Conv2D(n, 3, activation="relu") for n in (filters, filters, 2 * filters)]
    ends = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(n_classes)]
    return keras.Sequential([keras.Input(shape), *layers, *ends])


@mutant("You keep directions and places apart and flatten them. The logits then mind every turn.")
def flattened(shape, filters, n_classes):
    import keras

    from nablab.layers import P4Conv, P4Lift

    layers = [P4Lift(filters, 3, activation="relu"), P4Conv(filters, 3, activation="relu")]
    ends = [P4Conv(2 * filters, 3, activation="relu"), keras.layers.Flatten()]
    return keras.Sequential([keras.Input(shape), *layers, *ends, keras.layers.Dense(n_classes)])


def by_turns(model, x, y, turn=lambda x, r: np.rot90(x, r, (1, 2)), share=np.mean, pick=np.argmax):
    found = []
    for r in range(4):
        answers = np.asarray(model.predict(turn(x, r), batch_size=256, verbose=0))
        found.append(float(share(pick(answers, axis=1) == y)))
    return found


def turned_again_and_again(model, x, y):
    def turn(_, r):
        nonlocal x
        x = np.rot90(x, r, (1, 2))
        return x

    return by_turns(model, x, y, turn)


with_the_clock = mutant(
    "You turn clockwise, so places 1 and 3 are exchanged.",
    accuracy_by_turn=lambda model, x, y: by_turns(
        model, x, y, lambda x, r: np.rot90(x, -r, (1, 2))
    ),
)
turns_add_up = mutant(
    "You turn images that are turned already: by 0, 1, 3 and 6. Start from the upright ones each time.",
    accuracy_by_turn=turned_again_and_again,
)
never_turned = mutant(
    "You read the upright images four times.",
    accuracy_by_turn=lambda model, x, y: by_turns(model, x, y, lambda x, r: x),
)
counts = mutant(
    "You count. The share is that number divided by the number of images.",
    accuracy_by_turn=lambda model, x, y: by_turns(model, x, y, share=np.sum),
)
errors = mutant(
    "These are the shares read wrong.",
    accuracy_by_turn=lambda model, x, y: by_turns(model, x, y, share=lambda a: 1 - np.mean(a)),
)
least_logit = mutant(
    "You take the smallest logit. The class is the one with the largest.",
    accuracy_by_turn=lambda model, x, y: by_turns(model, x, y, pick=np.argmin),
)
turns_the_batch = mutant(
    "np.rot90(x, r) turns the first two axes, and those are images and rows. rot(x, r) turns rows and "
    "columns.",
    accuracy_by_turn=lambda model, x, y: by_turns(model, x, y, np.rot90),
)
mirrors = mutant(
    "You mirror the images. A turn is no mirror: rot(x, r).",
    accuracy_by_turn=lambda model, x, y: by_turns(
        model, x, y, lambda x, r: (x, x[:, ::-1], x[:, ::-1, ::-1], x[:, :, ::-1])[r]
    ),
)


# Variants -----------------------------------------------------------------------------------------


@variant("the functional interface, activations as layers of their own")
def functional(shape, filters, n_classes):
    import keras

    from nablab.layers import P4Conv, P4Lift, P4Pool

    image = keras.Input(shape=shape)
    x = keras.layers.ReLU()(P4Lift(filters=filters, kernel_size=3)(image))
    x = keras.layers.Activation("relu")(P4Conv(filters=filters, kernel_size=3)(x))
    x = keras.ops.relu(P4Conv(filters * 2, 3)(x))
    x = keras.layers.GlobalAveragePooling2D()(P4Pool()(x))
    return keras.Model(image, keras.layers.Dense(n_classes, activation="linear")(x))


@variant("layers added one by one")
def one_by_one(shape, filters, n_classes):
    import keras

    from nablab.layers import P4Conv, P4Lift, P4Pool

    model = keras.models.Sequential()
    model.add(keras.layers.Input(shape=shape))
    model.add(P4Lift(filters, 3, "valid", "relu"))
    for n in (filters, 2 * filters):
        model.add(P4Conv(n, 3, "valid", "relu"))
    model.add(P4Pool("max"))
    model.add(keras.layers.GlobalAvgPool2D())
    model.add(keras.layers.Dense(n_classes))
    return model


@variant("max and mean by keras.ops")
def pooled_by_ops(shape, filters, n_classes):
    import keras

    from nablab.layers import P4Conv, P4Lift

    image = keras.Input(shape)
    x = P4Lift(filters, 3, activation="relu")(image)
    x = P4Conv(filters, 3, activation="relu")(x)
    x = P4Conv(2 * filters, 3, activation="relu")(x)
    x = keras.ops.mean(keras.ops.max(x, axis=3), axis=(1, 2))
    return keras.Model(image, keras.layers.Dense(n_classes)(x))


def called(model, x, y):
    import keras

    found = np.zeros(4, dtype=np.float32)
    for r in range(4):
        out = keras.ops.convert_to_numpy(model(np.ascontiguousarray(x)))
        found[r] = (np.argmax(out, axis=-1) == y).sum() / len(y)
        x = np.swapaxes(x, 1, 2)[:, ::-1]  # one quarter turn more
    return found


def counted(model, x, y):
    shares = ()
    for r in (0, 1, 2, 3):
        images = np.stack([np.rot90(image, r) for image in x])
        out = model.predict(images, verbose=0)
        right = [int(np.argmax(row)) == int(label) for row, label in zip(out, y, strict=True)]
        shares += (np.float64(sum(right) / len(right)),)
    return shares


turned_step_by_step = variant("turned step by step, an array in float32", accuracy_by_turn=called)
image_by_image = variant("image by image, a tuple of NumPy scalars", accuracy_by_turn=counted)
