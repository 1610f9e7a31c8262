"""The dense layer's equation, and its gradients against central differences."""

import numpy as np

from nablab.reference.dense import dense, dense_gradients


def test_a_case_by_hand():
    """Two inputs, two units: 1·3 + 2·5 + 10 and 1·4 + 2·6 + 20."""
    assert dense([[1, 2]], [[3, 4], [5, 6]], [10, 20]).tolist() == [[23, 36]]


def test_the_gradients_are_central_differences():
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(3, 2, 4)), rng.normal(size=(4, 5)), rng.normal(size=5)
    dy = rng.normal(size=(3, 2, 5))
    for number, gradient in enumerate(dense_gradients(x, W, dy)):
        for place in np.ndindex(gradient.shape):
            moved = [[a.copy() for a in (x, W, b)] for _ in range(2)]
            moved[0][number][place] += 1e-6
            moved[1][number][place] -= 1e-6
            up, down = (np.sum(dense(*arguments) * dy) for arguments in moved)
            assert abs((up - down) / 2e-6 - gradient[place]) < 1e-7
