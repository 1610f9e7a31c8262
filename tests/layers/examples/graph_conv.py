"""What GraphConv is held to."""

from tests.layers.each_graph import each
from tests.layers.example import Example, Input

from nablab import reference


def expected(aggregation):
    def layers(w, x, A, node_mask=None):
        weights = w["self_kernel"], w["neighbours_kernel"], w.get("bias"), aggregation
        return each(lambda x, A: reference.graph.graph_conv(x, A, *weights), x, A, node_mask)

    return layers


EXAMPLES = {
    "mean": Example(
        {"units": 3},
        (Input((2, 5, 4), unknown=(1,)), Input((2, 5, 5), "graph", unknown=(1, 2))),
        expected("mean"),
        wrong=(("units", 0), ("aggregation", "median")),
    ),
    "sum without bias, on some of the nodes": Example(
        {"units": 3, "aggregation": "sum", "use_bias": False},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 5), "graph", unknown=(1, 2)),
            Input((2, 5), "mask", unknown=(1,)),
        ),
        expected("sum"),
    ),
    "max, on some of the nodes": Example(
        {"units": 3, "aggregation": "max"},
        (
            Input((2, 5, 4), unknown=(1,)),
            Input((2, 5, 5), "graph", unknown=(1, 2)),
            Input((2, 5), "mask", unknown=(1,)),
        ),
        expected("max"),
    ),
}
