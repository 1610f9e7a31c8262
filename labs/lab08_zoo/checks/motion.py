"""The visible checks of 8.8."""

import numpy as np

from nablab.checking import check, close, contract, equal, holds, models
from nablab.checking.expect import as_numbers
from nablab.data import motion
from nablab.reference.convolution_layers import conv_nd

from .oracles import logits_of, probabilities, reads_right, same, trained

FILM = np.array([[1.0, 2], [3, 5], [4, 4]]).reshape(3, 1, 2, 1)
HOW = {"epochs": 5, "batch_size": 20}  # as the text trains
DIFFERENCE = np.array([-1.0, 1]).reshape(2, 1, 1, 1, 1)


def conv3d(x, w):
    return conv_nd(np.asarray(x)[None], w)[0]


def motion_net(student):
    """The student's net after training on 100 films and their reverses."""
    return trained(student, "build_motion_net", *motion(100), **HOW)


@check("contract")
def test_an_array_and_a_model(student):
    """conv3d_valid gives an array, build_motion_net a model from (6, 12, 12, 1) to two numbers"""
    x, w = np.arange(210.0).reshape(5, 7, 3, 2) % 13 - 6, np.arange(72.0).reshape(2, 3, 2, 2, 3) % 7
    contract(student, "conv3d_valid", x, w - 3, shape=(4, 5, 2, 3))
    net = models.model(student.build_motion_net())
    equal(tuple(net.input_shape), (None, 6, 12, 12, 1), "The input:")
    equal(tuple(net.output_shape), (None, 2), "The output:")
    holds(net.parameters <= 5000, f"It has {net.parameters} parameters; 5,000 is the most.")


@check("hand")
def test_the_film_of_the_text(student):
    """The film of the text gives the differences of its frames, (2, 3) and (1, −1)"""
    right = np.array([[2, 3], [1, -1]]).reshape(2, 1, 2, 1)
    close(student.conv3d_valid(FILM, DIFFERENCE), right)


@check("oracle")
def test_films_and_filters_of_several_sizes(student, rng):
    """Films and filters whose sides are all different"""
    for size, kernel, filters in (((5, 7, 4, 2), (2, 3, 1), 3), ((4, 6, 9, 3), (3, 2, 5), 2)):
        x, w = rng.normal(size=size), rng.normal(size=(*kernel, size[3], filters))
        same(student.conv3d_valid(x, w), conv3d, x, w, says=f"Film {size}, filter {kernel}:")


@check("probe")
def test_whole_numbers_times_fractions(student):
    """x may hold whole numbers and w fractions"""
    x, w = np.arange(24).reshape(4, 3, 2, 1), np.array([0.5, 0.25]).reshape(2, 1, 1, 1, 1)
    same(student.conv3d_valid(x, w), conv3d, x, w)


@check()
def test_logits_and_no_softmax(student):
    """The outputs are logits: after training they leave the range from 0 to 1"""
    logits_of(motion_net(student), motion(20, seed=3)[0])


@check()
def test_it_tells_forwards_from_backwards(student):
    """Trained on 100 films and their reverses, the net reads 90 of 100 new ones right"""
    reads_right(motion_net(student), *motion(100, seed=1), 0.9)


def probe_net(student):
    """What can be wrong about a net, whatever its layers are: equal for all right ones."""
    net = models.model(student.build_motion_net())
    x, other = np.random.default_rng(8).normal(size=(2, 3, 6, 12, 12, 1))
    still, y, backwards, z, both = (
        as_numbers(net(film)) for film in (0 * x, x, x[:, ::-1], other, x + other)
    )
    facts = [
        net.parameters > 5000,
        np.abs(y - backwards).max() < 1e-5,
        np.abs(y + z - both - still).max() < 1e-5,
        probabilities(y),
    ]
    return [list(y.shape), [bool(fact) for fact in facts]]


PROBE_X = (np.arange(4 * 3 * 5 * 2) ** 2 % 17 - 8).reshape(4, 3, 5, 2)
PROBE_W = (np.arange(2 * 2 * 3 * 2 * 2) ** 2 % 13 / 4 - 1).reshape(2, 2, 3, 2, 2)
PROBES = [("conv3d_valid", (PROBE_X, PROBE_W)), probe_net]
