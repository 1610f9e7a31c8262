"""Class activation maps of a net that ends in a global mean and a dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret import _maps, _targets
from nablab.interpret._batches import in_batches
from nablab.interpret._graph import Graph, Step
from nablab.interpret.attribution._own_classes import own_classes


def cam(model, x, classes=None, *, resize=True, batch_size=32):
    """How much each place of the last map adds to a logit.

    If a net ends in a global mean and a dense layer, its logit is a mean over places. So no
    gradient is needed, and nothing is approximated: the map's mean and the bias are the logit.

    Maths:
        M_n[i, j] = Σ_k W[k, c] F_n[i, j, k]
        mean of M_n over i, j + b[c] = S_c(x_n)

        F is what the global mean reads, W and b are the weights of the dense layer.

    Shapes:
        x (n, H, W, channels) -> M (n, H, W), float32; with resize=False (n, h, w), as F has it

    Args:
        model: a Sequential or functional model that ends in GlobalAveragePooling2D and Dense, with
            nothing between them but dropout or a flattening, and after them but a softmax.
        x, classes, batch_size: as in `input_gradient`.
        resize: whether to interpolate the map to the size of the input, bilinearly.

    Raises:
        ValueError: as in `input_gradient`, or the model does not end so: `grad_cam` reads any.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer=lambda s, dtype: [[2.0]])
        >>> pool = keras.layers.GlobalAveragePooling2D()
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), pool, dense])
        >>> cam(model, np.array([1.0, 2, 3, 4]).reshape(1, 2, 2, 1), classes=0)
        array([[[2., 4.],
                [6., 8.]]], dtype=float32)

    Source: B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, Learning Deep Features for
    Discriminative Localization, 2016, https://arxiv.org/abs/1512.04150.
    """
    x = _targets.inputs("cam", model, x)
    place, dense = _ending(Graph(model, "cam"))
    classes = own_classes("cam", model, x, classes, batch_size)
    maps = in_batches("cam", model, _features, [x], batch_size, place=place)
    weights = dense.get_weights()[0][:, classes]  # (k, n)
    found = np.einsum("nhwk,kn->nhw", maps, weights).astype("float32")
    return _maps.resized(found, *x.shape[1:3]) if resize else found


def _features(model: Any, x: Any, *, place: int) -> Any:
    graph = Graph(model)
    return graph.run({graph.input: x}, place)[place]


def _ending(graph: Graph) -> tuple[int, Any]:
    """What the global mean reads, and the dense layer."""
    step = graph.step_of(graph.logits)
    dense = step.operation if step else None
    if hasattr(dense, "kernel") and type(dense).__name__ == "Dense":
        step = _before(graph, step)
        while step and type(step.operation).__name__ in ("Dropout", "Flatten", "Reshape"):
            step = _before(graph, step)
        mean = ("GlobalAveragePooling2D", "GlobalAveragePool")
        if step and type(step.operation).__name__ in mean:
            return next(iter(step.inputs.values())), dense
    raise ValueError(
        f"cam: model {graph.name!r} does not end in GlobalAveragePooling2D and Dense; use "
        "grad_cam, which reads any model."
    )


def _before(graph: Graph, step: Step | None) -> Step | None:
    return graph.step_of(next(iter(step.inputs.values()))) if step else None
