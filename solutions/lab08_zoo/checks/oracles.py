"""What the checks of several exercises compare with, and the inputs that they share."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import close, holds, models, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd
from nablab.sandbox.student import arguments_after_call


def conv1d(x, w, d=1, padding="valid"):
    """(T, C) with (k, C, F): the reference's convolution of one signal."""
    return conv_nd(np.asarray(x)[None], w, dilation=d, padding=padding)[0]


def same(got, of, *arrays, says="", given=None):
    """What came equals of(*arrays), but for the rounding of float32 in sums where terms cancel."""
    atol = rounding(of, *arrays)
    return close(got, of(*arrays), says, given=given, atol=atol, constant=True)


def untouched(student, name, *args):
    """What the student's function returns; the arrays and lists that it was given are as before."""
    got, after = arguments_after_call(student, name, *args)
    for number, (before, now) in enumerate(zip(args, after, strict=False), 1):
        if isinstance(before, (np.ndarray, list)):
            there = np.asarray(
                as_numbers(now, says=f"Argument {number} of {name}, after the call:")
            )
            holds(
                there.shape == np.shape(before) and np.array_equal(there, before),
                f"{name} changed its argument {number}. Work on a copy: the caller still needs it.",
                got=now,
                expected=before,
            )
    return got


_TRAINED = WeakKeyDictionary()


def trained(student, name, x, y, epochs, batch_size, loss=None):
    """The student's model after training as the text says; trained once for all checks."""
    nets = _TRAINED.setdefault(student, {})
    if name not in nets:
        net = models.model(getattr(student, name)())
        adam = {"class_name": "Adam", "config": {"learning_rate": 0.01}}
        net.handle.compile(optimizer=adam, loss=loss or _cross_entropy_from_logits(student))
        net.handle.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=0)
        nets[name] = net
    return nets[name]


def _cross_entropy_from_logits(student):
    """Keras's loss object, on the student's side: that of a small model made there."""
    layers, sgd = [{"kind": "Dense", "units": 2}], {"kind": "SGD", "learning_rate": 0.1}
    return models.maker(student, (2,), layers, sgd)().loss


def logits_of(net, x):
    """The outputs of a trained net; a `Mismatch` if they are probabilities."""
    logits = np.asarray(net(x))
    holds(
        np.ptp(logits.sum(axis=1)) > 1e-2 and (logits.min() < 0 or logits.max() > 1),
        "The outputs of the trained net lie between 0 and 1, or sum to the same number: "
        "they are probabilities. The text asks for logits.",
        got=logits,
    )
    return logits


def reads_right(net, x, y, bound):
    """At least `bound` of the labels are where the largest logit is."""
    found = np.asarray(net(x)).argmax(axis=1)
    share = float(np.mean(found == y))
    holds(
        share >= bound,
        f"It gets {share:.3g} of {len(y)} new ones right; {bound} is expected.",
        got=share,
        expected=bound,
    )
