"""Adversarial training: learning from the worst images within eps."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from nablab.interpret.adversarial._arguments import steps_of
from nablab.interpret.adversarial._loss_gradient import gradient, losses


@keras.saving.register_keras_serializable(package="nablab")
class AdversarialTraining(keras.Model):
    """Wraps a model so that `fit` trains it on adversarial images instead of the given ones.

    The images are made in every step against the weights of that step. Images that were made
    beforehand would only teach the net to resist a net that no longer exists.

    Maths:
        min_θ Σ_n max_{|δ| ≤ ε} L_θ(x_n + δ, y_n)

        The inner maximum is approached by `steps` steps of α sign(∂L/∂x), as in `pgd`.

    Shapes:
        x (N, ...) -> (N, classes)

    Args:
        model: a Keras model from images to one logit for each class. Its weights are trained. The
            images are made with the model in inference mode. Only the step on the images made
            changes moving means of a batch normalization.
        eps: ε, the most that a pixel may change.
        alpha: α, the length of a step; by default ε for one step, 2.5 ε / steps for more.
        steps: the number of steps. 1 is FGSM, and costs one more gradient for each step of
            training.
        random_start: whether to begin at a random point of the ball. With several steps this makes
            the images more varied.
        from_logits: False if the model gives probabilities.
        bounds: the lowest and the highest value of a pixel.
        seed: draws the random starts.

    Compile it with a loss of integer labels. The metrics of `fit` are those of the images as they
    were given, in inference mode; the loss is that of the adversarial ones. `evaluate` and
    `predict` are those of the wrapped model.

    Raises:
        ValueError: eps is negative, alpha is not positive, or steps is not a positive integer.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
        >>> robust = AdversarialTraining(net, eps=0.1)
        >>> loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> robust.compile("adam", loss)
        >>> x, y = np.array([[0.2, 0.8], [0.7, 0.3]]), np.array([0, 1])
        >>> _ = robust.fit(x, y, epochs=2, verbose=0)
        >>> robust.predict(x, verbose=0).shape
        (2, 2)

    Source: A. Madry, A. Makelov, L. Schmidt, D. Tsipras, A. Vladu, Towards Deep Learning Models
    Resistant to Adversarial Attacks, 2018.
    """

    def __init__(
        self,
        model: Any,
        eps: float,
        alpha: float | None = None,
        steps: int = 1,
        *,
        random_start: bool = False,
        from_logits: bool = True,
        bounds: tuple[float, float] = (0.0, 1.0),
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if eps < 0:
            raise ValueError(f"AdversarialTraining: eps is {eps}; it must not be negative.")
        if steps < 1:
            raise ValueError(f"AdversarialTraining: steps is {steps}; it must be at least 1.")
        self.model, self.eps, self.alpha, self.steps = model, eps, alpha, steps
        one = alpha is None and steps == 1
        self.step = eps if one else steps_of("AdversarialTraining", eps, alpha, steps)
        self.random_start, self.from_logits = random_start, from_logits
        self.bounds, self.seed = tuple(bounds), seed
        self.draws = keras.random.SeedGenerator(seed)

    def call(self, x: Any, training: bool = False) -> Any:
        # In inference mode also while training: the batch normalization counts no image twice.
        return self.model(x, training=False)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        if training:
            y_pred = self.model(self.attack(x, y), training=True)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def attack(self, x: Any, y: Any) -> Any:
        """The adversarial images of a batch of tensors, against the weights as they are."""
        x = ops.cast(x, "float32")
        found = x
        if self.random_start:
            start = keras.random.uniform(ops.shape(x), -self.eps, self.eps, seed=self.draws)
            found = self._within(x + start, x)
        for _ in range(self.steps):
            slope = gradient(lambda z: losses(self.model, z, y, self.from_logits), found)
            found = self._within(found + self.step * ops.sign(slope), x)
        return ops.stop_gradient(found)

    def _within(self, z: Any, x: Any) -> Any:
        return ops.clip(ops.clip(z, x - self.eps, x + self.eps), *self.bounds)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "model": keras.saving.serialize_keras_object(self.model),
            "eps": self.eps,
            "alpha": self.alpha,
            "steps": self.steps,
            "random_start": self.random_start,
            "from_logits": self.from_logits,
            "bounds": list(self.bounds),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> AdversarialTraining:
        model = keras.saving.deserialize_keras_object(config.pop("model"))
        return cls(model, **config)
