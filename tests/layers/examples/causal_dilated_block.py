"""What CausalDilatedBlock is held to."""

from tests.layers.example import Example, Input

from nablab import reference


def _expected(w, x, dilation):
    F = w["kernel"].shape[-1] // 2
    return reference.blocks.causal_dilated_block(
        x,
        w["kernel"][..., :F],
        w["bias"][:F],
        w["kernel"][..., F:],
        w["bias"][F:],
        w["residual_kernel"],
        w["residual_bias"],
        w["skip_kernel"],
        w["skip_bias"],
        dilation,
    )


EXAMPLES = {
    "plain": Example(
        {"filters": 4},
        (Input((2, 5, 3), unknown=(1,)),),
        lambda w, x: _expected(w, x, 1),
        wrong=(("filters", 0), ("kernel_size", 0), ("dilation_rate", 1.5), ("skip_filters", -1)),
    ),
    "dilated, with a skip of its own size": Example(
        {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "skip_filters": 5},
        (Input((3, 8, 3), unknown=(1,)),),
        lambda w, x: _expected(w, x, 2),
        mask="time",
        padded=True,
    ),
}
