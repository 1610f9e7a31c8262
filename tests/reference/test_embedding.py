"""Embedding: a table looked up, and the gradient that goes back into it."""

import numpy as np

from nablab.reference.embedding import embedding, embedding_gradient


def test_an_embedding_is_the_product_of_one_hot_vectors_with_the_table():
    ids, E = np.array([[3, 0], [1, 3]]), np.random.default_rng(0).normal(size=(4, 2))
    np.testing.assert_allclose(embedding(ids, E), np.eye(4)[ids] @ E)


def test_the_gradient_of_an_embedding_is_central_differences():
    rng = np.random.default_rng(1)
    ids, E, dy = np.array([[3, 0], [1, 3]]), rng.normal(size=(4, 2)), rng.normal(size=(2, 2, 2))
    got = embedding_gradient(ids, 4, dy)
    for place in np.ndindex(*E.shape):
        step = np.zeros_like(E)
        step[place] = 1e-6
        up, down = (np.sum(embedding(ids, moved) * dy) for moved in (E + step, E - step))
        assert abs((up - down) / 2e-6 - got[place]) < 1e-8


def test_a_row_that_no_id_names_has_no_gradient():
    assert not embedding_gradient([0, 1], 3, np.ones((2, 5)))[2].any()
