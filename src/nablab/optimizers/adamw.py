"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.optimizers.adam import Adam


@keras.saving.register_keras_serializable(package="nablab")
class AdamW(Adam):
    """Adam with weight decay outside of its gradient.

    Smaller weights mean a smoother function and less overfitting. In Adam, a penalty in the loss
    does not do that evenly, so the decay is a step of its own.

    Maths:
        w ← w - lr λ w, then Adam's step with the gradient of the loss alone

        A penalty λ/2 |w|² in the loss would add λ w to g, and Adam would divide it by √v̂: weights
        with large gradients would hardly shrink. Here all weights shrink by the same factor. The
        decay is multiplied by lr, as in Keras. In the paper, λ is multiplied by the factor of the
        schedule only, so the paper's λ is lr λ here.

        keras.optimizers.Optimizer applies the decay before it calls Adam's `update_step`, to every
        variable except those of `exclude_from_weight_decay`.

    Args:
        learning_rate: lr, a number or a schedule.
        weight_decay: λ, at least 0; 0 gives Adam.
        beta_1: as in Adam.
        beta_2: as in Adam.
        epsilon: as in Adam.
        amsgrad: as in Adam.
        epsilon_form: as in Adam.
        **kwargs: the arguments of keras.optimizers.Optimizer: clipnorm, use_ema, ...

    Raises:
        ValueError: `weight_decay` is negative or None, or another argument is not valid for Adam.

    Example:
        >>> w = keras.Variable([1.0, -2.0], dtype="float32")
        >>> AdamW(learning_rate=0.5, weight_decay=0.1).apply([np.array([0.0, 0.0])], [w])
        >>> w.numpy()
        array([ 0.95, -1.9 ], dtype=float32)

    Source: I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, 2019.
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        **kwargs,
    ):
        weight_decay = arguments.at_least("AdamW", 0, weight_decay=weight_decay)
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **kwargs
        )
