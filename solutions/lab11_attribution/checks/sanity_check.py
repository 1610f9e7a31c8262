"""The visible checks of N.8.

What a shuffle does is seen through a method that returns the net's logits: `logits_of`, which the
lab gives. The nets are planted so that a right shuffle leaves the ranks of their logits as they are
and a wrong one does not, or the other way round.
"""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.contract import left_alone
from nablab.checking.expect import as_numbers
from nablab.reference.attribution import rank_correlation
from nablab.sandbox.student import generator, parameters

from .oracles import Planted, wave

A = np.array([3.0, 1, 3, 7])
B = np.array([2.0, 4, 6, 8])


def dense(*kernels, names="abcdef", biases=None):
    """A net of dense layers on images (1, 1, C), without activation, called a, b, c …"""
    layers = [{"kind": "Flatten"}]
    weights = []
    for number, kernel in enumerate(kernels):
        kernel = np.asarray(kernel, dtype=float)
        layers.append({"kind": "Dense", "units": kernel.shape[1], "name": names[number]})
        layers[-1]["use_bias"] = biases is not None
        weights.append(kernel)
        if biases is not None:
            weights.append(np.asarray(biases[number], dtype=float))
    return Planted((1, 1, len(kernels[0])), layers, weights)


def one_pixel(*numbers):
    return np.array(numbers, dtype=float).reshape(1, 1, -1)


def correlation(student, net, img, layers, seed):
    """The student's number for a net, its logits as the map."""
    model = net.on(student)
    got = student.sanity_check(
        student.logits_of, model.handle, img, layers, generator(student, seed)
    )
    return float(as_numbers(got))


def crossing(n=9):
    """Logits s·k + b whose order changes if s changes by more than a few per cent."""
    k = np.where(np.arange(n) % 2, 1.0, -1.0) * (1 + np.arange(n) / n)
    return k, -2.0 * k + 0.02 * np.arange(n)


def sum_net(seed=0):
    """The logits depend on the sum of the kernel of a, which no change of places changes: 2."""
    kernel = np.abs(np.random.default_rng(seed).normal(size=(11, 1)))
    kernel *= 2 / kernel.sum()
    k, b = crossing()
    return dense(kernel, k[None], biases=[[0.0], b]), one_pixel(*np.ones(11))


def apart_net(n=12):
    """All weights of a are 1 and its biases 0; b tells its outputs apart."""
    net = dense(np.ones((2, n)), biases=[np.zeros(n)])
    net.layers.append({"kind": "Dense", "units": n, "use_bias": False, "name": "b"})
    net.weights.append(np.diag(np.arange(n) + 1.0))
    return net


def bent_net(n=9):
    """Logits s·k + b in the same order for every s > 0, but not in proportion; s is one of the
    positive entries of the kernel of a."""
    steps = np.arange(1.0, n + 1)
    kernel = np.linspace(1, 40, 11)[:, None]
    return dense(kernel, steps[None], biases=[[0.0], steps**3]), one_pixel(1, *np.zeros(10))


def order_net(n=12):
    """Both rows of the kernel of a are 1, 2, …, n: to exchange the rows changes nothing."""
    return dense(np.stack([np.arange(1, n + 1.0)] * 2)), one_pixel(1, 2)


@check("contract")
def test_one_correlation(student):
    """rank_correlation(a, b) returns one number, and leaves both as they are"""
    contract(student, "rank_correlation", wave((3, 5)), wave((3, 5), 1.9), shape=())


@check("contract")
def test_one_number_for_a_method(student):
    """sanity_check(method, model, img, layers, rng) returns one number"""
    found = parameters(student, "sanity_check")
    wanted = ("method", "model", "img", "layers", "rng")
    holds(
        found[:5] == wanted,
        f"sanity_check takes ({', '.join(found)}); the exercise asks for ({', '.join(wanted)}).",
    )
    net, img = order_net()
    got = left_alone(
        student,
        "sanity_check",
        student.logits_of,
        net.on(student).handle,
        img,
        ["a"],
        generator(student, 1),
    )
    holds(as_numbers(got).shape == (), f"It should return one number, but returned {got!r}.")


@check("hand")
def test_the_numbers_of_the_text(student):
    """(3, 1, 3, 7) and (2, 4, 6, 8): 3/√22.5"""
    close(student.rank_correlation(A, B), 3 / np.sqrt(22.5), given={"a": A, "b": B})


@check("probe")
def test_only_the_order_counts(student, rng):
    """Another scale changes nothing, the opposite order the sign, and equal numbers give 0"""
    a = rng.permutation(11) + 0.0
    close(student.rank_correlation(a, 5 * a**3 - 7), 1.0, "a and 5a³ − 7.")
    close(student.rank_correlation(a, -np.exp(a)), -1.0, "a and −exp(a).")
    close(student.rank_correlation(a, np.full(11, 2.0)), 0.0, "All of b is 2.", atol=1e-9)
    close(student.rank_correlation(np.zeros((3, 2)), np.arange(6).reshape(3, 2)), 0.0, atol=1e-9)


@check("oracle")
def test_maps_with_many_ties(student, rng):
    """Maps of any shape, with many equal numbers, of floats and of bytes"""
    for shape in ((4, 7), (3, 5, 2), (29,)):
        a = np.maximum(rng.normal(size=shape[::-1]).T, 0)
        b = rng.integers(0, 4, size=shape).astype(np.uint8)
        c = rng.normal(size=shape)
        for first, second in ((a, b), (b, c), (a, c)):
            close(
                student.rank_correlation(first, second),
                rank_correlation(first, second),
                f"Maps of the shape {shape}.",
                atol=1e-6,
            )


@check("probe")
def test_without_layers_nothing_changes(student):
    """If no layer is shuffled, the correlation is 1, and the model stays as it is in any case"""
    net, img = order_net()
    close(correlation(student, net, img, [], 3), 1.0, "layers is an empty list.")
    model = net.on(student)
    before = model.get_weights()
    student.sanity_check(student.logits_of, model.handle, img, ["a"], generator(student, 4))
    for mine, right in zip(model.get_weights(), before, strict=True):
        close(mine, right, "The model's weights after the call: shuffle a copy.", constant=True)


@check("probe")
def test_all_entries_change_places(student):
    """All entries of an array change places, not only its rows"""
    net, img = order_net()
    found = [correlation(student, net, img, ["a"], seed) for seed in range(4)]
    holds(
        max(found) < 0.999,
        "The rows of this kernel are equal, so exchanging them changes nothing. Shuffle all "
        "entries: those of the flattened array.",
        got=found,
    )
    holds(
        max(found) - min(found) > 0.05,
        "Four generators give the same correlation: use the one that you are given.",
        got=found,
    )


@check("probe")
def test_kernel_and_biases(student):
    """The kernel and the biases of a layer are shuffled, each by itself"""
    n = 12
    found = [
        correlation(
            student, dense(np.zeros((2, n)), biases=[np.arange(n)]), one_pixel(1, 2), ["a"], seed
        )
        for seed in (1, 2)
    ]
    holds(max(found) < 0.999, "The biases of the layer are not shuffled.", got=found)
    close(
        correlation(student, apart_net(n), one_pixel(1, 2), ["a"], 3),
        1.0,
        "All weights of a are 1 and all biases 0: each array is shuffled by itself, not both "
        "together, and nothing changes.",
    )


@check("probe")
def test_the_entries_stay_the_same(student):
    """A shuffle draws no new numbers: the sum of a kernel stays"""
    for seed in range(3):
        net, img = sum_net(seed)
        close(
            correlation(student, net, img, ["a"], seed),
            1.0,
            "The logits of this net depend on the sum of the kernel of a only, which no change of "
            "places changes.",
        )


@check("probe")
def test_the_maps_are_compared_by_rank(student):
    """The maps are compared by rank correlation"""
    net, img = bent_net()
    for seed in range(3):
        close(
            correlation(student, net, img, ["a"], seed),
            1.0,
            "The logits of this net keep their order, but are not in proportion.",
        )


@check("property")
def test_only_the_named_layers(student, rng):
    """Only the layers that are named are shuffled, and all of them"""
    kernels = (rng.normal(size=(3, 5)), rng.normal(size=(5, 13)), np.ones((13, 13)) + np.eye(13))
    net, img = dense(*kernels), one_pixel(1, -2, 3)
    same = dense(kernels[0], kernels[1], np.eye(13))
    close(
        correlation(student, dense(np.ones((3, 5)), kernels[1]), img, ["a"], 5),
        1.0,
        "All weights of a are equal: shuffling a alone changes nothing.",
    )
    for layers in (["b"], ["a", "b"], ["c", "a"]):
        found = [
            correlation(student, net if "c" in layers else same, img, layers, s) for s in (1, 2)
        ]
        holds(
            max(found) < 0.999,
            f"After shuffling {', '.join(layers)} nothing has changed.",
            got=found,
        )


def of_ranks(student):
    a = np.maximum(wave((5, 4)), 0)
    return [
        np.round(float(as_numbers(student.rank_correlation(*pair))), 4)
        for pair in ((A, B), (a, wave((5, 4), 2.3)), (wave((9,)), wave((9,), 1.1)), (a, a), (A, -B))
    ]


def of_equal_numbers(student):
    return np.round(float(as_numbers(student.rank_correlation(A, np.ones(4)))), 4)


def of_shuffles(student):
    """For each planted net: the correlation, or that it varies, and whether the model stays."""
    found = []
    for net, img, layers in (
        (*order_net(), ["a"]),
        (*order_net(), []),
        (*sum_net(), ["a"]),
        (dense(np.ones((3, 5)), wave((5, 13))), one_pixel(1, -2, 3), ["a"]),
        (*bent_net(), ["a"]),
        (apart_net(), one_pixel(1, 2), ["a"]),
        (dense(np.zeros((2, 12)), biases=[np.arange(12)]), one_pixel(1, 2), ["a"]),
        (dense(wave((3, 5)), wave((5, 13), 1.9)), one_pixel(1, -2, 3), ["b"]),
        (dense(wave((3, 5)), np.ones((5, 13)) + np.eye(5, 13)), one_pixel(1, -2, 3), ["a", "b"]),
    ):
        values = [correlation(student, net, img, layers, seed) for seed in range(4)]
        found.append("varies" if np.ptp(values) > 0.01 else np.round(np.mean(values), 3))
        model = net.on(student)
        before = model.get_weights()
        student.sanity_check(student.logits_of, model.handle, img, layers, generator(student, 1))
        found.append(all(map(np.array_equal, before, model.get_weights())))
    return found


PROBES = [of_ranks, of_equal_numbers, of_shuffles]
