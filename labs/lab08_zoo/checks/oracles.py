"""What the checks of several exercises compare with, and the inputs that they share."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import close, holds, models, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd


def conv1d(x, w, d=1, padding="valid"):
    """(T, C) with (k, C, F): the reference's convolution of one signal."""
    return conv_nd(np.asarray(x)[None], w, dilation=d, padding=padding)[0]


def future_does_not_matter(student, rng, x, w, d, t):
    """When x changes after moment t, the outputs up to t stay as they are, but for rounding."""
    other = x.copy()
    other[t + 1 :] = 100 * rng.normal(size=other[t + 1 :].shape)
    atol = rounding(lambda x, w: conv1d(x, w, d, "causal"), np.abs(x) + np.abs(other), w)
    before, after = (as_numbers(student.causal_conv1d(a, w, d)) for a in (x, other))
    holds(before.shape == (len(x), w.shape[2]), "It should have a row for each moment.", got=before)
    holds(
        after.shape == before.shape and np.abs(after - before)[: t + 1].max() <= atol,
        f"d = {d}: x changed from moment {t + 1} on, and an output before that changed too.",
        got=after[: t + 1],
        expected=before[: t + 1],
    )


def same(got, of, *arrays, says="", given=None):
    """What came equals of(*arrays), but for the rounding of float32 in sums where terms cancel."""
    atol = rounding(of, *arrays)
    return close(got, of(*arrays), says, given=given, atol=atol, constant=True)


def of_every_kind(rng, x, w):
    """What to say, and two arrays shaped like x and w: whole numbers, an x of bytes, and arrays
    laid out in memory as transposed views are."""
    whole, weights = (rng.integers(-9, 10, size=array.shape) for array in (x, w))
    bytes_of_x = rng.integers(0, 256, size=x.shape).astype(np.uint8)
    yield "whole numbers in the first array:", whole, w
    yield "whole numbers in the second array:", x, weights
    yield "bytes in the first array:", bytes_of_x, w
    yield "transposed views:", np.asfortranarray(x), np.asfortranarray(w)


_TRAINED = WeakKeyDictionary()


def trained(student, name, x, y, epochs, batch_size, loss=None):
    """The student's model after training as the text says; trained once for all checks, and from
    the same seed wherever it is, so that a net that passes in the notebook passes at grading."""
    nets = _TRAINED.setdefault(student, {})
    if name not in nets:
        cross_entropy = _seed_and_cross_entropy(student)
        net = models.model(getattr(student, name)())
        adam = {"class_name": "Adam", "config": {"learning_rate": 0.01}}
        net.handle.compile(optimizer=adam, loss=loss or cross_entropy)
        net.handle.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=0)
        nets[name] = net
    return nets[name]


def _seed_and_cross_entropy(student):
    """Sets Keras's seed on the student's side, by making a small model there, and returns its loss,
    a cross-entropy from logits."""
    layers, sgd = [{"kind": "Dense", "units": 2}], {"kind": "SGD", "learning_rate": 0.1}
    return models.maker(student, (2,), layers, sgd, seed=8)().loss


def probabilities(y):
    """Whether each row holds probabilities of classes, as after a softmax."""
    return y.min() >= 0 and np.abs(y.sum(axis=-1) - 1).max() < 1e-5


def logits_of(net, x):
    """The outputs of a trained net; a `Mismatch` if they are probabilities."""
    logits = np.asarray(net(x))
    holds(
        logits.min() < -1e-6 or logits.max() > 1 + 1e-6,
        "All outputs of the trained net lie between 0 and 1, like probabilities. The text asks for "
        "logits.",
        got=logits,
    )
    return logits


def reads_right(net, x, y, bound):
    """The outputs are logits, and at least `bound` of the labels are where the largest is."""
    found = logits_of(net, x).argmax(axis=1)
    share = float(np.mean(found == y))
    holds(
        share >= bound,
        f"It gets {share:.3g} of {len(y)} new ones right; {bound} is expected.",
        got=share,
        expected=bound,
    )
