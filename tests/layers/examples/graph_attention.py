"""What GraphAttention is held to."""

from tests.layers.each_graph import each
from tests.layers.example import Example, Input

from nablab import reference


def expected(merge):
    def layers(w, x, A, node_mask=None):
        weights = w["kernel"], w["a_self"], w["a_neighbour"], w.get("bias"), merge
        return each(lambda x, A: reference.graph.graph_attention(x, A, *weights), x, A, node_mask)

    return layers


EXAMPLES = {
    "two heads side by side": Example(
        {"units": 3, "num_heads": 2},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 5), "graph", unknown=(1, 2))),
        expected("concat"),
        wrong=(("units", 0), ("num_heads", 0), ("merge", "sum")),
    ),
    "mean of three heads, on some of the nodes": Example(
        {"units": 2, "num_heads": 3, "merge": "mean", "use_bias": False},
        (
            Input((2, 6, 3), unknown=(1,)),
            Input((2, 6, 6), "graph", unknown=(1, 2)),
            Input((2, 6), "mask", unknown=(1,)),
        ),
        expected("mean"),
    ),
}
