"""What SpatialTransformer is held to."""

import numpy as np
from tests.layers.example import Example, Input

from nablab import reference
from nablab.layers.spatial_transformer import CELLS


def _default_network(w, x, size):
    means = reference.pooling.averagepool_to(x, CELLS).reshape(len(x), -1)
    hidden = np.maximum(reference.dense.dense(means, w["hidden/kernel"], w["hidden/bias"]), 0)
    theta = reference.dense.dense(hidden, w["theta/kernel"], w["theta/bias"])
    return reference.sampling.bilinear_sample(
        x, reference.sampling.affine_grid(theta.reshape(-1, 2, 3), *size)
    )


EXAMPLES = {
    "as large as the image": Example(
        {},
        (Input((2, 6, 5, 2), unknown=(1, 2)),),
        lambda w, x: _default_network(w, x, (6, 5)),
        wrong=(("localization", 3), ("output_size", (4, 0))),
    ),
    "smaller": Example(
        {"output_size": (3, 4)},
        (Input((3, 5, 6, 1)),),
        lambda w, x: _default_network(w, x, (3, 4)),
    ),
}
