"""Problems with a known range test, for the hidden checks of N.8 and `measure_thresholds.py`."""

import numpy as np

from nablab.checking import models
from nablab.reference.descent import stable_rate

from ..checks.lr_range_test import SGD, best_rates, known_test

KINDS = {  # the outputs of the only layer, and the loss that Keras is asked for
    "linear": (1, "mean_squared_error"),
    "softmax": (3, "sparse_categorical_crossentropy_from_logits"),
}


class Problem:
    """Examples in float32 for one dense layer with weights that begin as 1 and a bias that begins as
    0; its loss and gradient in double precision, by the weights with the bias in the last row; and
    the range test on it. Examples are drawn until the test is known well enough, and the right
    suggestion is well within the bounds of `lr_range_test.py`.
    """

    def __init__(self, kind, rng, size, inputs=5, count=53):
        self.kind, self.units = kind, KINDS[kind][0]
        while True:
            self._draw(rng, size, inputs, count)
            self.start = np.concatenate([np.ones((inputs, self.units)), np.zeros((1, self.units))])
            known = known_test(self, self.start, rng)
            if known:
                self.rates, self.losses, self.sure = known
                if self._leaves_room():
                    return

    def _leaves_room(self):
        """Whether a tenth of each of the best rates is stable and learns, with room to spare."""
        suggestions = self.best / 10
        stable = self.kind != "linear" or suggestions.max() < 0.8 * self.limit
        return stable and all(self.after(rate, 60) < 0.6 for rate in suggestions)

    def _draw(self, rng, size, inputs, count):
        spread = np.linspace(1, 0.3, inputs)
        x = size * spread * rng.normal(size=(count, inputs))
        planted = rng.normal(size=(inputs, self.units))
        answers = x @ planted + 0.5 + 0.5 * rng.normal(size=(count, self.units))
        self.x = x.astype("float32")
        if self.kind == "linear":
            self.y = answers.astype("float32")
        else:
            self.y = answers.argmax(axis=1)
        self.inputs = np.concatenate([self.x, np.ones((count, 1))], axis=1).astype(float)

    def __call__(self, w):
        out = self.inputs @ w
        if self.kind == "linear":
            off = out - self.y
            return np.mean(off**2), 2 / len(off) * self.inputs.T @ off
        out = out - out.max(axis=1, keepdims=True)
        log_p = out - np.log(np.exp(out).sum(axis=1, keepdims=True))
        labels = np.eye(self.units)[self.y]
        loss = -np.mean((labels * log_p).sum(axis=1))
        return loss, self.inputs.T @ (np.exp(log_p) - labels) / len(labels)

    @property
    def limit(self):
        """The largest stable rate of a linear problem."""
        return float(stable_rate(2 / len(self.inputs) * self.inputs.T @ self.inputs))

    @property
    def best(self):
        return best_rates(self.rates, self.losses)

    def after(self, rate, steps):
        """The loss after some steps of gradient descent, as a share of the first."""
        w = self.start
        for _ in range(steps):
            w = w - rate * self(w)[1]
        return float(self(w)[0] / self.losses[0])

    def model_fn(self, student):
        layer = {"kind": "Dense", "units": self.units, "kernel_initializer": "ones"}
        return models.maker(student, self.x.shape[1:], [layer], SGD, KINDS[self.kind][1])
