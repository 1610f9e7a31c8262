"""The checks that students see: `check("7.2")` runs those of an exercise, in the order of their
stages, and explains the first that fails."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import Mismatch, close, contract, each, equal, exercise, holds, models, once
from nablab.checking.expect import as_numbers, declared_parameters
from nablab.checking.expect import show as say
from nablab.reference import normalization as oracle
from nablab.sandbox.student import parameters

# 7.1 ---------------------------------------------------------------------------------------------

X = np.array([[1, 6], [5, 10], [5, 10], [5, 14]])
GAMMA, BETA = np.array([2, 3]), np.array([10, -1])
MM, MV = np.array([0, 2]), np.array([1, 4])
FORWARD = (X, GAMMA, BETA, MM, MV)


def forward(student, *args):
    """y, mm, mv and cache of the student's forward pass, the first three as arrays of their
    shapes."""
    got = student.batchnorm_fwd(*args)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 4,
        "batchnorm_fwd should return four things: `return y, mm, mv, cache`.",
        got=got,
    )
    shapes = {"y": np.shape(args[0]), "mm": np.shape(args[3]), "mv": np.shape(args[4])}
    arrays = []
    for (name, shape), part in zip(shapes.items(), got, strict=False):
        array = as_numbers(part, says=f"{name} of `return y, mm, mv, cache`:")
        holds(
            array.shape == shape, f"{name} has the shape {array.shape}, expected {shape}.", got=part
        )
        holds(np.isfinite(array).all(), f"{name} holds numbers that are not finite.", got=part)
        arrays.append(array)
    return (*arrays, got[3])


def features(rng, n, d):
    """A batch (n, d) of features with different means and spreads, and γ, β, m, v."""
    x = rng.normal(size=(n, d)) * rng.uniform(0.5, 3, size=d) + rng.normal(size=d)
    gamma, beta, mm = rng.normal(size=(3, d)) + np.array([[1.5], [0.5], [0]])
    return x, gamma, beta, mm, rng.uniform(0.5, 3, size=d)


@exercise("7.1", stage="contract")
def test_four_results_and_nothing_changed(student):
    """batchnorm_fwd returns y, mm, mv and a cache, and changes none of its inputs"""
    floats = tuple(np.asarray(a, float) for a in FORWARD)
    for training in (True, False):
        contract(student, "batchnorm_fwd", *floats, training, 0.75, 1.0)
        forward(student, *floats, training, 0.75, 1.0)


@exercise("7.1", stage="hand")
def test_the_batch_of_the_text(student):
    """The batch of the text gives its y, in training"""
    y, *_ = forward(student, *FORWARD, True, 0.75, 1.0)
    close(
        y,
        [[7, -5], [11, -1], [11, -1], [11, 3]],
        "With ε = 1, so that its place shows.",
        given={"x": X, "gamma": GAMMA, "beta": BETA},
    )


@exercise("7.1", stage="hand")
def test_the_moving_averages_of_the_text(student):
    """The moving averages of the text go to (1, 4) and (3/2, 5)"""
    _, mm, mv, _ = forward(student, *FORWARD, True, 0.75, 1.0)
    close(mm, [1, 4], "The moving mean, with momentum 3/4.", given={"x": X, "mm": MM})
    close(mv, [1.5, 5], "The moving variance, with momentum 3/4.", given={"x": X, "mv": MV})


@exercise("7.1", stage="probe")
def test_inference_reads_what_was_remembered(student):
    """At inference y comes from mm and mv, row by row, and both come back as they were"""
    y, mm, mv, _ = forward(student, *FORWARD, False, 0.75, 5.0)
    right = oracle.batch_norm(X, GAMMA, BETA, MM, MV, 5.0)
    close(y, right, "With ε = 5.", given={"x": X, "mm": MM, "mv": MV})
    close(mm, MM, "The moving mean at inference.")
    close(mv, MV, "The moving variance at inference.")
    y, *_ = forward(student, X[:1], GAMMA, BETA, MM, MV, False, 0.75, 5.0)
    close(y, right[:1], "A single example at inference.", given={"x": X[:1], "mm": MM, "mv": MV})


@exercise("7.1", stage="probe")
def test_training_does_not_look_at_what_was_remembered(student):
    """In training y does not depend on mm and mv"""
    y, *_ = forward(student, X, GAMMA, BETA, MM, MV, True, 0.75, 1.0)
    other, *_ = forward(student, X, GAMMA, BETA, MM - 7, 9 * MV, True, 0.75, 1.0)
    close(other, y, "With other moving averages.", atol=1e-5)


@exercise("7.1")
def test_mean_and_spread_are_beta_and_gamma(student, rng):
    """In training every feature of y has the mean β and the standard deviation |γ|"""
    x, gamma, beta, mm, mv = features(rng, 31, 5)
    y, *_ = forward(student, x, gamma, beta, mm, mv, True, 0.9, 1e-8)
    close(y.mean(axis=0), beta, "The means over the batch.", rtol=1e-3, atol=1e-5)
    close(y.std(axis=0), np.abs(gamma), "The standard deviations, with a tiny ε.", rtol=1e-3)


@exercise("7.1", stage="oracle")
def test_any_batch_with_keras_defaults(student, rng):
    """Any batch, with momentum .99 and ε .001 where they are not given"""
    for n, d in ((7, 5), (2, 3), (13, 1)):
        given = features(rng, n, d)
        x, gamma, beta, mm, mv = given
        y, new_mm, new_mv, _ = forward(student, *given, True)
        says = f"A batch {(n, d)}, in training: "
        inputs = {"x": x, "gamma": gamma, "beta": beta, "mm": mm, "mv": mv}
        right = oracle.batch_norm_training(x, gamma, beta)
        close(y, right, says + "y.", given=inputs, atol=1e-5)
        close(
            new_mm,
            oracle.running_average(mm, x.mean(axis=0)),
            says + "mm.",
            given=inputs,
            atol=1e-6,
        )
        close(
            new_mv, oracle.running_average(mv, x.var(axis=0)), says + "mv.", given=inputs, atol=1e-6
        )


# 7.2 ---------------------------------------------------------------------------------------------

DOUT = np.array([[4.0, 0], [0, 3], [0, 0], [0, 9]])


def backward(student, dout, *args):
    """dx, dgamma and dbeta of the student's two passes, as arrays of their shapes."""
    cache = forward(student, *args)[3]
    return three(student.batchnorm_bwd(dout, cache), np.shape(dout))


def three(got, shape):
    holds(
        isinstance(got, (tuple, list)) and len(got) == 3,
        "batchnorm_bwd should return three arrays: `return dx, dgamma, dbeta`.",
        got=got,
    )
    arrays = []
    for name, part, wanted in zip(
        ("dx", "dgamma", "dbeta"), got, (shape, shape[1:], shape[1:]), strict=True
    ):
        array = as_numbers(part, says=f"{name}:")
        holds(
            array.shape == wanted,
            f"{name} has the shape {array.shape}, expected {wanted}.",
            got=part,
        )
        holds(np.isfinite(array).all(), f"{name} holds numbers that are not finite.", got=part)
        arrays.append(array)
    return arrays


def gradients_of_own_forward(student, dout, x, gamma, beta, eps):
    """What batchnorm_bwd should return for the student's own forward pass: the equation where that
    pass is right, and central differences where it is another function."""
    state = np.zeros_like(gamma), np.ones_like(gamma)
    y, *_ = forward(student, x, gamma, beta, *state, True, 0.9, eps)
    if np.allclose(y, oracle.batch_norm_training(x, gamma, beta, eps), rtol=1e-3, atol=1e-4):
        return oracle.batch_norm_gradients(x, gamma, dout, eps)
    inputs, slopes = [x, gamma, beta], []
    for which, array in enumerate(inputs):
        step, calls = 1e-5, []
        for index in np.ndindex(array.shape):
            for sign in (1, -1):
                moved = array.copy()
                moved[index] += sign * step
                args = [*inputs[:which], moved, *inputs[which + 1 :]]
                calls.append((*args, *state, True, 0.9, eps))
        losses = [np.sum(dout * as_numbers(y[0])) for y in each(student, "batchnorm_fwd", calls)]
        slope = (np.array(losses[::2]) - np.array(losses[1::2])) / (2 * step)
        slopes.append(slope.reshape(array.shape))
    return slopes


@exercise("7.2", stage="contract")
def test_three_gradients(student):
    """batchnorm_bwd returns dx, dgamma and dbeta, and changes none of its inputs"""
    cache = forward(student, *FORWARD, True, 0.75, 1.0)[3]
    three(contract(student, "batchnorm_bwd", DOUT, cache), DOUT.shape)


@exercise("7.2", stage="hand")
def test_the_gradients_of_the_text(student):
    """The batch of the text gives its dγ, dβ and dx"""
    dx, dgamma, dbeta = backward(student, DOUT, *FORWARD, True, 0.75, 1.0)
    close(dbeta, [4, 12], "dbeta:", given={"dout": DOUT})
    close(dgamma, [-6, 12], "dgamma:", given={"dout": DOUT})
    right = [[0.75, 1], [-0.25, 0], [-0.25, -3], [-0.25, 2]]
    close(dx, right, "dx:", given={"dout": DOUT, "x": X}, atol=1e-5)


@exercise("7.2", stage="probe")
def test_raising_a_whole_feature_gains_nothing(student, rng):
    """Where dout is the same for the whole batch, dx is 0, and dβ has it all"""
    x, gamma, beta, mm, mv = features(rng, 7, 3)
    dout = np.tile([2.0, -1.0, 5.0], (7, 1))
    dx, dgamma, dbeta = backward(student, dout, x, gamma, beta, mm, mv, True)
    close(dbeta, [14, -7, 35], "dbeta:", given={"dout": dout})
    close(dgamma, np.zeros(3), "dgamma:", given={"dout": dout}, atol=1e-4, constant=True)
    close(dx, np.zeros((7, 3)), "dx:", given={"dout": dout}, atol=1e-4, constant=True)


@exercise("7.2")
def test_neither_shifting_nor_stretching(student, rng):
    """dx sums to 0 over the batch, and so do its products with x̂ where ε is tiny"""
    x, gamma, beta, mm, mv = features(rng, 11, 5)
    dout = rng.normal(size=x.shape) + 1
    dx, *_ = backward(student, dout, x, gamma, beta, mm, mv, True, 0.9, 1e-9)
    holds(
        np.abs(dx).max() > 1e-3,
        "Your dx is 0, and this loss does change with x.",
        got=dx,
        given={"dout": dout},
    )
    scale = np.abs(dx).max()
    close(dx.sum(axis=0) / scale, np.zeros(5), "The sums over the batch.", atol=1e-4, constant=True)
    x_hat = oracle.normalize(x, 0, 0)
    close(
        (dx * x_hat).sum(axis=0) / scale,
        np.zeros(5),
        "The sums of products with x̂.",
        atol=2e-4,
        constant=True,
    )


@exercise("7.2", stage="oracle")
def test_the_gradients_of_your_own_forward_pass(student, rng):
    """They are the gradients of your own batchnorm_fwd"""
    for n, d, eps in ((7, 3, 0.5), (5, 2, 1e-3)):
        x, gamma, beta, mm, mv = features(rng, n, d)
        dout = rng.normal(size=(n, d)) + 0.5
        right = gradients_of_own_forward(student, dout, x, gamma, beta, eps)
        got = backward(student, dout, x, gamma, beta, mm, mv, True, 0.9, eps)
        for name, mine, theirs in zip(("dx", "dgamma", "dbeta"), got, right, strict=True):
            close(
                mine,
                theirs,
                f"{name} for a batch {(n, d)} and ε = {eps}:",
                given={"x": x, "gamma": gamma, "dout": dout},
                rtol=1e-3,
                atol=1e-4 * np.abs(theirs).max(),
            )


# 7.3 ---------------------------------------------------------------------------------------------

AXES = {
    "bn": (0, 1, 2),
    "ln_keras": (3,),
    "ln_chw": (1, 2, 3),
    "in": (1, 2),
    ("gn", 2): (1, 2, 4),
}
TABLE = np.array([[[[1, 3], [5, 7]]], [[[11, 17], [15, 21]]]])  # (2, 1, 2, 2)


def axes_of(student, kind):
    """The student's axes, counted from the front and sorted."""
    got = student.norm_axes(kind)
    numbers = np.atleast_1d(as_numbers(got, says=f"norm_axes({kind!r}):"))
    rank = 5 if isinstance(kind, tuple) else 4
    holds(
        numbers.ndim == 1
        and all(number == int(number) and -rank <= number < rank for number in numbers),
        f"norm_axes({kind!r}) returned {say(got)}; return a tuple of axes of an array with {rank}.",
        got=got,
    )
    return tuple(sorted(int(number) % rank for number in numbers))


def normalised(x, kind):
    """What normalise(x, kind) should be."""
    if isinstance(kind, tuple):
        ones, zeros = np.ones(x.shape[3]), np.zeros(x.shape[3])
        return oracle.group_norm(x, ones, zeros, kind[1])
    return oracle.normalize(x, AXES[kind], 1e-3)


def images(rng, shape):
    """Images (N, H, W, C) whose images and channels differ in mean and spread."""
    n, _, _, c = shape
    spread = rng.uniform(0.5, 3, size=(n, 1, 1, c))
    return rng.normal(size=shape) * spread + 2 * rng.normal(size=(n, 1, 1, c))


@exercise("7.3", stage="contract")
def test_axes_and_an_array_of_the_same_shape(student):
    """norm_axes returns axes, and normalise an array of the shape of x"""
    x = np.arange(2 * 3 * 5 * 4.0).reshape(2, 3, 5, 4) % 7
    for kind in ("bn", "ln_keras", "ln_chw", "in", ("gn", 2)):
        contract(student, "norm_axes", kind)
        axes_of(student, kind)
        contract(student, "normalise", x, kind, shape=x.shape)


@exercise("7.3", stage="hand")
def test_the_axes_of_the_table(student):
    """The axes are those of the table"""
    names = ("N", "H", "W", "C"), ("N", "H", "W", "group", "channel in the group")
    for kind, right in AXES.items():
        got = axes_of(student, kind)
        told = names[isinstance(kind, tuple)]
        if got != right:
            raise Mismatch(
                f"norm_axes({kind!r}) averages over {', '.join(told[axis] for axis in got)}; the "
                f"table says {', '.join(told[axis] for axis in right)}.",
                got=got,
                expected=right,
            )


@exercise("7.3", stage="hand")
def test_the_two_images_of_the_text(student):
    """The two images of the text lose the means of the text"""
    means = {
        "bn": [[8, 12]] * 4,
        "ln_keras": [[2, 2], [6, 6], [14, 14], [18, 18]],
        "ln_chw": [[4, 4]] * 2 + [[16, 16]] * 2,
        "in": [[3, 5]] * 2 + [[13, 19]] * 2,
        ("gn", 2): [[3, 5]] * 2 + [[13, 19]] * 2,
        ("gn", 1): [[4, 4]] * 2 + [[16, 16]] * 2,
    }
    for kind, mean in means.items():
        centred = TABLE - np.reshape(mean, TABLE.shape)
        right = normalised(TABLE, kind)
        got = student.normalise(TABLE, kind)
        close(
            got,
            right,
            f"{kind!r}: x − mean should be {centred.ravel().tolist()}, each divided by the root of "
            "its variance + .001.",
            given={"x": TABLE},
            atol=1e-5,
        )


@exercise("7.3", stage="probe")
def test_groups_are_neighbours(student, rng):
    """Of six channels in two groups the first is 0, 1, 2: groups that are constant become 0"""
    x = np.repeat(rng.normal(size=(3, 1, 1, 2)), 3, axis=-1) * np.ones((3, 2, 5, 6))
    close(
        student.normalise(x, ("gn", 2)),
        np.zeros_like(x),
        "Channels 0, 1, 2 are equal, and so are 3, 4, 5.",
        given={"x": x},
        atol=1e-4,
        constant=True,
    )


@exercise("7.3")
def test_who_looks_at_other_images(student, rng):
    """Change one image: only batch norm changes another one"""
    x = images(rng, (3, 2, 5, 4))
    changed = x.copy()
    changed[2] = 4 * changed[2] - 3
    for kind in AXES:
        before, after = (as_numbers(student.normalise(a, kind)) for a in (x, changed))
        for array in (before, after):
            holds(array.shape == x.shape, f"{kind!r}: the shape of x should stay.", got=array)
        same = np.allclose(before[:2], after[:2], rtol=1e-4, atol=1e-5)
        if kind == "bn":
            holds(not same, "'bn': the other images stay as they are, and should not.", got=after)
        else:
            holds(
                same,
                f"{kind!r}: images 0 and 1 change when image 2 does; they should not know of it.",
                got=after,
                expected=before,
                given={"x": x},
            )


@exercise("7.3", stage="oracle")
def test_images_of_any_shape(student, rng):
    """Images of any shape, floats, whole numbers and bytes"""
    for shape, kinds in (
        ((2, 3, 5, 6), ("bn", "ln_keras", "ln_chw", "in", ("gn", 3), ("gn", 2), ("gn", 6))),
        ((5, 7, 2, 3), ("bn", "ln_keras", "ln_chw", "in", ("gn", 1), ("gn", 3))),
    ):
        x = images(rng, shape)
        for kind in kinds:
            close(
                student.normalise(x, kind),
                normalised(x, kind),
                f"{kind!r} of images {shape}.",
                given={"x": x},
                atol=1e-5,
            )
    for dtype in (np.int64, np.uint8):
        x = rng.integers(0, 256, size=(2, 3, 5, 4)).astype(dtype)
        close(
            student.normalise(x, "in"),
            normalised(x, "in"),
            f"'in' of {x.dtype} numbers.",
            given={"x": x},
            atol=1e-5,
        )


# 7.4 ---------------------------------------------------------------------------------------------

COMPANY = np.array([0.0, 2, -2, 2, 4]).reshape(5, 1, 1, 1)


def effect_of(student, x, sizes):
    got = student.batch_size_effect(x, list(sizes))
    holds(
        isinstance(got, dict) and {"bn", "ln"} <= set(got),
        'Return a dict with the keys "bn" and "ln".',
        got=got,
    )
    for name in ("bn", "ln"):
        numbers = as_numbers(got[name], says=f'"{name}":')
        holds(
            numbers.shape == (len(sizes),),
            f'"{name}" holds numbers of shape {numbers.shape}; there should be one for each of the '
            f"{len(sizes)} sizes.",
            got=got[name],
        )
        holds(np.isfinite(numbers).all(), f'"{name}" holds what is not finite.', got=got[name])
    return np.asarray(got["bn"], float), np.asarray(got["ln"], float)


def effect(x, sizes, kind="bn"):
    """What batch_size_effect should find for batch norm."""
    found = []
    for size in sizes:
        starts = range(1, len(x) - size + 2, size - 1)
        batches = [np.concatenate([x[:1], x[i : i + size - 1]]) for i in starts]
        found.append(np.std([normalised(batch, kind)[0] for batch in batches], axis=0).mean())
    return np.array(found)


@exercise("7.4", stage="contract")
def test_a_dict_with_a_number_for_each_size(student):
    """batch_size_effect returns a dict of "bn" and "ln", with one number for each size"""
    x = np.arange(11 * 1 * 2 * 3.0).reshape(11, 1, 2, 3) % 5
    contract(student, "batch_size_effect", x, [2, 3, 5], kind="dict")
    effect_of(student, x, [2, 3, 5])


@exercise("7.4", stage="hand")
def test_the_five_images_of_the_text(student):
    """The five images of the text give .866 for b = 2 and .612 for b = 3"""
    bn, _ = effect_of(student, COMPANY, [2, 3])
    close(bn, effect(COMPANY, [2, 3]), '"bn":', given={"x": COMPANY.ravel()})


@exercise("7.4", stage="probe")
def test_layer_norm_does_not_mind(student, rng):
    """For layer norm it is 0: what becomes of x[0] does not depend on its company"""
    x = images(rng, (13, 2, 3, 5))
    bn, ln = effect_of(student, x, [2, 3, 5])
    close(ln, np.zeros(3), '"ln":', atol=1e-4, constant=True)
    holds((bn > 1e-2).all(), '"bn" should not be 0.', got=bn)


@exercise("7.4", stage="oracle")
def test_any_images(student, rng):
    """Images of any shape; a rest that fills no batch is left out"""
    for shape, sizes in (((17, 1, 2, 3), (2, 3, 4, 7)), ((12, 3, 1, 2), (5, 3))):
        x = images(rng, shape)
        bn, _ = effect_of(student, x, sizes)
        close(bn, effect(x, sizes), f"Images {shape}, sizes {sizes}.", given={"x": x})


# 7.5 ---------------------------------------------------------------------------------------------

NETS = WeakKeyDictionary()  # of each student: to build one takes longer than most checks


def kept(student, key, make, fresh=True):
    """A net that is made once for all checks; if `fresh`, each gets it with its first weights."""
    nets = NETS.setdefault(student, {})
    if key not in nets:
        net = make()
        nets[key] = net, net.get_weights() if fresh else None
    elif fresh:
        nets[key][0].set_weights(nets[key][1])
    return nets[key][0]


def block(student, shape, filters, *args):
    """A fresh block of the student's as a model; its output's shape is checked."""
    of = (shape, filters, *args)
    net = kept(student, of, lambda: models.functional(student, "residual_block", *of))
    stride = args[0] if args else 1
    right = (None, -(-shape[0] // stride), -(-shape[1] // stride), filters)
    equal(
        tuple(net.output_shape),
        right,
        f"A block from {shape} to {filters} channels with stride {stride} gives another shape.",
    )
    return net


def convolutions(net):
    """Its convolutions as (size of the filters, filters, stride, has a bias), in order."""
    found = []
    for layer in net.layers:
        if layer["kind"] == "Conv2D":
            size, stride = tuple(layer["kernel_size"]), tuple(layer["strides"])
            found.append((size, layer["filters"], stride, layer["use_bias"]))
    return found


def zero_gamma(net):
    """The indices among the weights of the γ that starts at 0, and of its β."""
    values = net.get_weights()
    zeros = [
        i
        for i, weight in enumerate(net.weights)
        if weight.path.rpartition("/")[2] == "gamma" and not values[i].any()
    ]
    holds(
        len(zeros) == 1,
        f"One γ of a block starts at 0, that of the norm before the sum; here {len(zeros)} do.",
    )
    prefix = net.weights[zeros[0]].path.rpartition("/")[0]
    paths = [weight.path for weight in net.weights]
    return zeros[0], paths.index(f"{prefix}/beta")


@exercise("7.5", stage="contract")
def test_a_tensor_of_the_right_shape(student):
    """residual_block(x, filters, stride, norm) returns a Keras tensor of the right shape"""
    wanted = declared_parameters(student, "residual_block")
    found = parameters(student, "residual_block")
    holds(
        wanted is None or found[:4] == tuple(wanted),
        f"residual_block takes ({', '.join(found)}); the exercise asks for (x, filters, stride, "
        "norm), in this order.",
        got=", ".join(found),
    )
    block(student, (7, 5, 4), 4, 1, "ln")
    block(student, (7, 5, 4), 6, 2, None)
    block(student, (7, 5, 4), 6)  # with stride=1 and norm="bn" left out


@exercise("7.5", stage="hand")
def test_the_parameters_of_the_text(student):
    """The two blocks of the text train 3680 and 4672 parameters"""
    for shape, filters, stride, right, says in (
        ((20, 20, 8), 16, 2, 3680, "From 8 to 16 channels with stride 2."),
        ((10, 10, 16), 16, 1, 4672, "From 16 to 16 channels with stride 1."),
    ):
        net = block(student, shape, filters, stride, "bn")
        equal(net.trainable, right, says)


@exercise("7.5", stage="probe")
def test_a_fresh_block_passes_on_what_it_gets(student, rng):
    """A fresh block passes on relu(x) where the shape stays, in training and at inference"""
    x = rng.normal(size=(3, 7, 5, 4))
    for norm in ("bn", "ln"):
        net = block(student, (7, 5, 4), 4, 1, norm)
        for training in (False, True):
            close(
                net(x, training=training),
                np.maximum(x, 0),
                f"norm={norm!r}, {'in training' if training else 'at inference'}.",
                given={"x": x[0, :, :, 0]},
                atol=1e-5,
            )


@exercise("7.5", stage="probe")
def test_a_projection_only_where_the_shape_changes(student):
    """A 1×1 projection where channels or stride change, and only there"""
    for filters, args, count in (
        (4, (1, "bn"), 0),
        (6, (), 1),
        (4, (2, "bn"), 1),
        (6, (2, "bn"), 1),
    ):
        net, stride = block(student, (7, 5, 4), filters, *args), args[0] if args else 1
        found = convolutions(net)
        says = f"From 4 to {filters} channels, stride {stride}:"
        projections = [conv for conv in found if conv[0] == (1, 1)]
        equal(len(projections), count, f"{says} the number of 1×1 convolutions.")
        thick = [conv[1:3] for conv in found if conv[0] == (3, 3)]
        right = [(filters, (stride, stride)), (filters, (1, 1))]
        holds(
            thick == right,
            f"{says} the 3×3 convolutions have (filters, strides) {thick}, expected {right}.",
            got=thick,
            expected=right,
        )
        norms = net.kinds.count("BatchNormalization")
        equal(norms, 2 + count, f"{says} the number of BatchNormalization layers.")


@exercise("7.5", stage="probe")
def test_a_bias_only_without_a_norm(student):
    """Convolutions have a bias without a norm, and none before one"""
    kinds = {"bn": "BatchNormalization", "ln": "LayerNormalization"}
    for norm in ("bn", "ln", None):
        net = block(student, (7, 5, 4), 6, 2, norm)
        biased = [conv[3] for conv in convolutions(net)]
        wanted = norm is None
        holds(
            len(biased) == 3 and all(bias == wanted for bias in biased),
            f"norm={norm!r}: {sum(biased)} of {len(biased)} convolutions have a bias; "
            f"{'all three' if wanted else 'none'} should.",
        )
        norms = [kind for kind in net.kinds if kind.endswith("Normalization")]
        right = [kinds[norm]] * 3 if norm else []
        holds(norms == right, f"norm={norm!r}: the norms are {norms}, expected {right}.", got=norms)


@exercise("7.5")
def test_what_is_added_may_be_negative(student, rng):
    """F may take away: with β = −1 in its last norm a fresh block gives relu(x − 1)"""
    x = rng.normal(size=(2, 7, 5, 4)) + 1
    for norm in ("bn", "ln"):
        net = block(student, (7, 5, 4), 4, 1, norm)
        weights, (_, beta) = net.get_weights(), zero_gamma(net)
        weights[beta] = -np.ones_like(weights[beta])
        net.set_weights(weights)
        close(
            net(x),
            np.maximum(x - 1, 0),
            f"norm={norm!r}: is there a ReLU on the way of F, in front of the sum?",
            given={"x": x[0, :, :, 0]},
            atol=1e-5,
        )


@exercise("7.5")
def test_a_relu_between_the_convolutions(student, rng):
    """F has a ReLU in its middle: with −1 in the middle of both kernels the block gives relu(x)"""
    x = rng.normal(size=(2, 7, 5, 4))
    net = block(student, (7, 5, 4), 4, 1, "bn")
    weights, (gamma, _) = net.get_weights(), zero_gamma(net)
    weights[gamma] = np.ones_like(weights[gamma])
    for i, weight in enumerate(net.weights):
        if weight.shape[:2] == (3, 3):
            weights[i] = np.zeros(weight.shape)
            weights[i][1, 1] = -np.eye(4)
    net.set_weights(weights)
    close(
        net(x),
        np.maximum(x, 0),
        "The first convolution turns the sign, the ReLU takes away what was positive, and the "
        "second turns the sign back: F(x) = min(x, 0), so y = relu(x + min(x, 0)) = relu(x).",
        given={"x": x[0, :, :, 0]},
        atol=1e-5,
    )


# 7.6 ---------------------------------------------------------------------------------------------

NETWORKS = ("build_resnet", "build_plain")


def networks(student, n, base):
    """The student's two networks, with the right input and output; who changes one changes it
    back."""
    nets = []
    for name in NETWORKS:
        of = (name, n, base)
        net = kept(student, of, lambda of=of: models.model(once(student, *of)), False)
        for what, got, right in (
            ("input", net.input_shape, (None, 20, 20, 1)),
            ("output", net.output_shape, (None, 10)),
        ):
            holds(
                isinstance(got, (tuple, list)) and tuple(got) == right,
                f"{name}({n}, {base}) has the {what} {got}, expected {right}.",
                got=got,
                expected=right,
            )
        nets.append(net)
    return nets


def own_blocks(student, n, base):
    """How many parameters build_resnet trains with the student's own blocks, right or wrong."""
    own, channels = 9 * base + 2 * base + 40 * base + 10, base
    for stage in range(3):
        for number in range(n):
            filters, stride = base * 2**stage, 2 if stage and not number else 1
            net = block(student, (8, 8, channels), filters, stride)
            own, channels = own + net.trainable, filters
    return own


def thick(net):
    """(filters, stride) of its 3×3 convolutions, in order."""
    return [(conv[1], conv[2][0]) for conv in convolutions(net) if conv[0] == (3, 3)]


def right_convolutions(n, base):
    found = [(base, 1)]
    for stage in range(3):
        for number in range(2 * n):
            found.append((base * 2**stage, 2 if stage and number == 0 else 1))
    return found


@exercise("7.6", stage="contract")
def test_two_models_from_images_to_ten_numbers(student):
    """Both functions return a Keras model from (20, 20, 1) to 10 numbers"""
    for name in NETWORKS:
        found, wanted = parameters(student, name), declared_parameters(student, name)
        holds(
            wanted is None or found[:2] == tuple(wanted),
            f"{name} takes ({', '.join(found)}); the exercise asks for (n, base).",
        )
    networks(student, 1, 8)


@exercise("7.6", stage="hand")
def test_the_parameters_of_the_two_networks(student):
    """For n = 1 and base 8 the plain network trains 19,074 parameters, the residual one 19,810"""
    resnet, plain = networks(student, 1, 8)
    equal(plain.trainable, 19_074, "build_plain(1, 8):")
    if resnet.trainable != own_blocks(student, 1, 8):
        equal(resnet.trainable, 19_810, "build_resnet(1, 8):")


@exercise("7.6", stage="probe")
def test_the_convolutions_one_by_one(student):
    """The 3×3 convolutions have the filters and strides of three stages, in both networks"""
    right = right_convolutions(2, 3)
    for name, net in zip(NETWORKS, networks(student, 2, 3), strict=True):
        found = thick(net)
        holds(
            found == right,
            f"{name}(2, 3): its 3×3 convolutions have (filters, stride) {found}, expected {right}.",
            got=found,
            expected=right,
        )


@exercise("7.6", stage="probe")
def test_logits_and_no_softmax(student, rng):
    """The ten numbers are logits: they do not sum to 1"""
    x = rng.random((5, 20, 20, 1)).astype("float32")
    for name, net in zip(NETWORKS, networks(student, 1, 8), strict=True):
        holds(
            not any("Max" in kind for kind in net.kinds),
            f"{name}: a maximum is taken somewhere; at the end the text asks for the mean of every "
            "channel.",
        )
        weights = net.get_weights()
        places = [i for i, weight in enumerate(net.weights) if weight.shape == (10,)]
        holds(len(places) == 1, f"{name}: the last layer should be dense, with a bias.")
        bias = np.linspace(-7, 4, 10)
        weights[places[0]] = bias
        net.set_weights(weights)
        shifted = net(x) - bias
        weights[places[0]] = 0 * bias
        net.set_weights(weights)
        close(
            shifted,
            net(x),
            f"{name}: a bias b in the last layer should add b to the output.",
            rtol=1e-3,
            atol=1e-4,
            constant=True,
        )


@exercise("7.6")
def test_a_way_around_in_one_of_them(student, rng):
    """With all kernels after the first 0, the image comes through the residual one only"""
    x = rng.random((3, 20, 20, 1)).astype("float32")
    for name, net in zip(NETWORKS, networks(student, 1, 8), strict=True):
        fresh, weights = net.get_weights(), net.get_weights()
        kernels = [i for i, weight in enumerate(net.weights) if len(weight.shape) == 4]
        thick = [i for i in kernels if net.weights[i].shape[:2] == (3, 3)]
        for i in kernels:  # no ReLU stops what is positive
            weights[i] = np.abs(weights[i]) * (i not in thick[1:])
        net.set_weights(weights)
        logits = net(x)
        net.set_weights(fresh)
        moves = float(np.abs(logits - logits[:1]).max())
        if name == "build_resnet":
            holds(moves > 1e-4, f"{name}: no image comes through: where are the shortcuts?")
        else:
            holds(moves < 1e-6, f"{name}: an image comes through: is there still a shortcut?")


@exercise("7.6")
def test_a_fresh_plain_network_hears_its_input(student, rng):
    """In a fresh plain network every γ is 1, so that something comes through"""
    _, plain = networks(student, 2, 3)
    gammas = [
        value
        for weight, value in zip(plain.weights, plain.get_weights(), strict=True)
        if weight.path.rpartition("/")[2] == "gamma"
    ]
    equal(len(gammas), 13, "build_plain(2, 3): the number of norms, one behind each convolution.")
    holds(
        all((gamma == 1).all() for gamma in gammas),
        "A γ of build_plain starts at another value than 1.",
    )


# 7.7 ---------------------------------------------------------------------------------------------

DENSE = [
    {"kind": "Dense", "units": 7, "activation": "tanh"},
    {"kind": "ReLU"},
    {"kind": "Dense", "units": 5, "activation": "tanh"},
    {"kind": "Dense", "units": 3},
]
NORMED = [
    {"kind": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "use_bias": False},
    {"kind": "BatchNormalization"},
    {"kind": "ReLU"},
    {"kind": "Conv2D", "filters": 5, "kernel_size": 2},
    {"kind": "GlobalAveragePooling2D"},
    {"kind": "Dense", "units": 3},
]


def sequence(student, shape, layers):
    """A fresh model of such layers."""
    of = (shape, str(layers))
    return kept(student, of, lambda: models.sequential(student, shape, layers, seed=1))


def norms_of(student, net, x, y, right):
    """The student's list for a model, as an array with one number for each layer with weights."""
    got = student.grad_norm_by_depth(net.handle, x, y)
    numbers = as_numbers(got, says="grad_norm_by_depth:")
    holds(
        numbers.shape == right.shape,
        f"The result has the shape {numbers.shape}; the model has {len(right)} layers with "
        f"trainable weights, so it should be {right.shape}.",
        got=got,
        expected=right,
    )
    return numbers


def right_norms(net, x, y):
    """The norm of each layer's gradient, by the gradients that this side computes."""
    trained = [weight for weight in net.weights if weight.trainable]
    squares = {}
    for weight, slope in zip(trained, net.gradients(x, y), strict=True):
        layer = weight.path.rpartition("/")[0]
        squares[layer] = squares.get(layer, 0.0) + float(np.sum(np.square(slope, dtype=float)))
    return np.sqrt(list(squares.values()))


def labelled(rng, n, shape, classes=3):
    x = rng.normal(size=(n, *shape)).astype("float32")
    return x, rng.integers(0, classes, size=n)


@exercise("7.7", stage="contract")
def test_one_number_for_each_layer_with_weights(student):
    """grad_norm_by_depth returns one number for each layer with trainable weights"""
    net = sequence(student, (4,), DENSE)
    x = np.arange(20, dtype="float32").reshape(5, 4) % 3 - 1
    y = np.array([0, 2, 1, 1, 0])
    contract(student, "grad_norm_by_depth", net.handle, x, y, shape=(3,))


@exercise("7.7", stage="hand")
def test_the_single_layer_of_the_text(student):
    """The dense layer of the text has a gradient of the norm √13"""
    zero = [np.zeros((2, 2)), np.zeros(2)]
    net = models.sequential(student, (2,), [{"kind": "Dense", "units": 2}], zero)
    x, y = np.array([[3.0, 4.0]], "float32"), np.array([0])
    right = np.sqrt([13])
    got = norms_of(student, net, x, y, right)
    close(got, right, given={"x": x, "y": y}, rtol=1e-3)


@exercise("7.7", stage="probe")
def test_a_batch_twice_over(student, rng):
    """The loss is a mean: a batch that holds every example twice has the same gradients"""
    net = sequence(student, (4,), DENSE)
    x, y = labelled(rng, 5, (4,))
    right = right_norms(net, x, y)
    close(norms_of(student, net, x, y, right), right, "The batch once.", rtol=1e-3)
    twice = norms_of(student, net, np.tile(x, (2, 1)), np.tile(y, 2), right)
    close(twice, right, "The batch twice over.", rtol=1e-3)


@exercise("7.7", stage="probe")
def test_the_statistics_of_the_batch(student, rng):
    """The model is called as in training: batch norm takes the batch's own statistics"""
    net = sequence(student, (6, 5, 2), NORMED)
    x, y = labelled(rng, 7, (6, 5, 2))
    right = right_norms(net, 3 * x + 2, y)
    got = norms_of(student, net, 3 * x + 2, y, right)
    close(got, right, "A convolution, batch norm, a convolution and a dense layer.", rtol=1e-3)


@exercise("7.7")
def test_from_the_input_to_the_output(student, rng):
    """The order is that of the layers, from the input to the output"""
    x, y = labelled(rng, 11, (4,))
    net = sequence(student, (4,), DENSE)
    weights = net.get_weights()
    weights[0] = weights[0] * 0.1
    weights[4] = weights[4] * 5
    net.set_weights(weights)
    right = right_norms(net, x, y)
    got = norms_of(student, net, x, y, right)
    close(got, right, "Three dense layers.", rtol=1e-3)


# 7.8 ---------------------------------------------------------------------------------------------

HAND_FOLD = (np.array([[[[2.0]]]]), *(np.array([a]) for a in (5.0, 6.0, 1.0, 1.0, 8.0)), 1.0)


def convolution_with_norm(rng, kh, kw, c, f):
    w = rng.normal(size=(kh, kw, c, f))
    b, gamma, beta, mm = rng.normal(size=(4, f)) + np.array([[0.5], [1.5], [0.7], [-0.6]])
    return w, b, gamma, beta, mm, rng.uniform(0.2, 4, size=f)


def folded(student, *args):
    """The student's weights and bias as arrays of the right shapes."""
    got = student.fold_bn(*args)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "fold_bn should return two arrays: `return w, b`.",
        got=got,
    )
    arrays = []
    for name, part, shape in zip(("w", "b"), got, map(np.shape, args[:2]), strict=True):
        array = as_numbers(part, says=f"{name}:")
        holds(
            array.shape == shape, f"{name} has the shape {array.shape}, expected {shape}.", got=part
        )
        arrays.append(array)
    return arrays


def right_fold(w, b, gamma, beta, mm, mv, eps):
    """One filter and one channel after the other."""
    w, new = np.array(w, float), []
    for f in range(w.shape[-1]):
        spread = np.sqrt(mv[f] + eps)
        w[..., f] *= gamma[f] / spread
        new.append(gamma[f] * (b[f] - mm[f]) / spread + beta[f])
    return w, np.array(new)


@exercise("7.8", stage="contract")
def test_weights_and_bias_of_the_same_shapes(student):
    """fold_bn returns weights and a bias of the shapes it was given, and changes no input"""
    rng = np.random.default_rng(0)
    args = (*convolution_with_norm(rng, 3, 2, 5, 4), 1e-3)
    contract(student, "fold_bn", *args)
    folded(student, *args)


@exercise("7.8", stage="hand")
def test_the_weight_of_the_text(student):
    """The weight 2 with the bias 5 of the text becomes 4 with the bias 9"""
    w, b = folded(student, *HAND_FOLD)
    close(w, [[[[4]]]], "w:")
    close(b, [9], "b:")


@exercise("7.8", stage="probe")
def test_one_thing_at_a_time(student, rng):
    """γ and the variance scale weights and bias, m only moves the bias, β is added last"""
    w, b, *_ = convolution_with_norm(rng, 2, 3, 5, 4)
    one, zero = np.ones(4), np.zeros(4)
    some = rng.uniform(1, 3, size=4)
    for args, says in (
        ((w, b, some, zero, zero, one, 0.0), "Only γ is not neutral."),
        ((w, b, one, some, zero, one, 0.0), "Only β is not neutral."),
        ((w, b, one, zero, some, one, 0.0), "Only the moving mean is not neutral."),
        ((w, b, one, zero, zero, some, 0.0), "Only the moving variance is not neutral."),
        ((w, b, one, zero, zero, one, 3.0), "Only ε is not neutral: 1 + 3 under the root."),
    ):
        right_w, right_b = right_fold(*args)
        got_w, got_b = folded(student, *args)
        close(got_w, right_w, f"{says} The weights:")
        close(got_b, right_b, f"{says} The bias:", atol=1e-5)


@exercise("7.8", stage="oracle")
def test_any_convolution(student, rng):
    """Any convolution: as many filters as channels, or other numbers of them"""
    for shape, eps in (((3, 2, 5, 7), 1e-3), ((2, 3, 4, 4), 0.5), ((1, 1, 3, 2), 1e-5)):
        args = (*convolution_with_norm(rng, *shape), eps)
        right_w, right_b = right_fold(*args)
        got_w, got_b = folded(student, *args)
        close(got_w, right_w, f"The weights {shape}:")
        close(got_b, right_b, f"The bias, for weights {shape}:", atol=1e-5)


# What wrong answers are told apart by -------------------------------------------------------------

NUMBERS = np.array(
    [[0.4, -2.1, 3.0], [1.7, 0.3, -1.2], [-0.9, 2.2, 0.1], [2.5, -0.7, 4.4], [0.2, 1.9, -3.3]]
)
SCALES = np.array([1.5, -0.5, 2.0]), np.array([0.3, -1.0, 4.0])
STATE = np.array([0.7, -0.2, 1.1]), np.array([2.0, 0.5, 1.3])


def probe_forward(student):
    """y, mm and mv in training and at inference, and the inputs afterwards."""
    from nablab.sandbox.student import arguments_after_call

    told = []
    for training in (True, False):
        args = (NUMBERS, *SCALES, *STATE, training, 0.8, 0.6)
        got, after = arguments_after_call(student, "batchnorm_fwd", *args)
        told.append([list(got)[:3], [np.asarray(a) for a in after[:5]]])
    return told


def probe_backward(student):
    dout = NUMBERS[::-1] ** 2 - 1
    return [list(backward(student, dout, NUMBERS, *SCALES, *STATE, True, 0.9, 0.6))]


KINDS = [*AXES, ("gn", 1), ("gn", 4)]
IMAGES = np.arange(2 * 3 * 2 * 4.0).reshape(2, 3, 2, 4) ** 2 % 13


def probe_axes(student):
    return [sorted(np.atleast_1d(student.norm_axes(kind)).tolist()) for kind in KINDS]


def probe_blocks(student):
    """What fresh blocks are made of, and what they do: nothing that is drawn at random."""
    told = []
    x = np.linspace(-2, 2, 1 * 6 * 4 * 2).reshape(1, 6, 4, 2)
    for norm, filters, stride in (
        ("bn", 2, 1),
        ("bn", 2, 2),
        ("bn", 5, 1),
        ("bn", 5, 2),
        ("ln", 2, 1),
        ("ln", 5, 2),
        (None, 5, 2),
    ):
        try:
            net = models.functional(student, "residual_block", (6, 4, 2), filters, stride, norm)
        except Exception as error:
            told.append(type(error).__name__)
            continue
        told.append([tuple(net.output_shape), net.trainable, convolutions(net), net.kinds])
        if (filters, stride) != (2, 1):
            continue
        fresh = list(zip(net.weights, net.get_weights(), strict=True))
        told.append([float(v[0]) for weight, v in fresh if weight.path.endswith("gamma")])
        betas = [i for i, (weight, _) in enumerate(fresh) if weight.path.endswith("beta")]
        weights = [written(w) if w.path.rpartition("/")[2] == "kernel" else v for w, v in fresh]
        for shift in (0, 1):
            for i in betas[1:2]:
                weights[i] = weights[i] - shift
            net.set_weights(weights)
            told.append(rounded(net(x)))
    return told


def written(weight):
    """Values for a weight that are not drawn at random."""
    return 0.7 * np.sin(1 + np.arange(weight.size)).reshape(weight.shape)


def rounded(numbers):
    """To three decimals: float32 ends in other digits on another machine."""
    return np.round(np.asarray(numbers, dtype=float), 3) + 0.0


def probe_networks(student):
    """What the two networks are made of."""
    told = []
    for name, n in (("build_resnet", 2), ("build_plain", 1)):
        net = models.model(getattr(student, name)(n, 3))
        gammas = [
            float(value[0])
            for weight, value in zip(net.weights, net.get_weights(), strict=True)
            if weight.path.endswith("gamma")
        ]
        last = net.layers[-1].get("activation", "")
        told.append([net.trainable, convolutions(net), sorted(net.kinds), gammas, last])
    return told


def probe_norms(student):
    """On models whose weights are given, so that nothing is drawn at random."""
    told = []
    for layers, shape in ((DENSE, (4,)), (NORMED, (4, 3, 2))):
        net = models.sequential(student, shape, layers)
        net.set_weights(
            [
                np.abs(written(weight)) + 0.1
                if weight.path.endswith("variance")
                else written(weight) + 0.3 * i
                for i, weight in enumerate(net.weights)
            ]
        )
        x = np.cos(np.arange(5 * np.prod(shape))).reshape(5, *shape).astype("float32")
        got = student.grad_norm_by_depth(net.handle, 2 * x + 1, np.array([0, 2, 1, 1, 0]))
        told.append(rounded(as_numbers(got)))
    return told


PROBES = {
    "7.1": [probe_forward],
    "7.2": [probe_backward],
    "7.3": [probe_axes, *(("normalise", (IMAGES, kind)) for kind in KINDS)],
    "7.4": [
        ("batch_size_effect", (IMAGES.reshape(24, 1, 1, 2)[:12] % 3, [2, 3, 5])),
        ("batch_size_effect", (IMAGES.reshape(12, 2, 1, 2), [4, 3])),
    ],
    "7.5": [probe_blocks],
    "7.6": [probe_networks],
    "7.7": [probe_norms],
    "7.8": [
        ("fold_bn", HAND_FOLD),
        (
            "fold_bn",
            (
                np.arange(24.0).reshape(1, 2, 3, 4) % 5 - 1.5,
                *(np.array([1.0, -2, 0.5, 3]) + k for k in (0, 0.3, -1.2, 2)),
                np.array([0.5, 1.5, 2.0, 4.0]),
                0.7,
            ),
        ),
        (
            "fold_bn",
            (
                np.arange(9.0).reshape(1, 1, 3, 3) % 5 - 1.5,
                *(np.array([1.0, -2, 0.5]) + k for k in (0, 0.3, -1.2, 2)),
                np.array([0.5, 1.5, 2.0]),
                0.7,
            ),
        ),
    ],
}
