"""What ResidualBlock is held to."""

from tests.layers.example import Example, Input

from nablab import reference


def _at_inference(w, name):
    """The reference's batch normalisation at inference, with the weights of one in the block."""
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = [w[f"{name}/{kind}"] for kind in names]
    return lambda h: reference.normalization.batch_norm(h, *weights)


def _in_training(w, name):
    gamma, beta = w[f"{name}/gamma"], w[f"{name}/beta"]
    return lambda h: reference.normalization.batch_norm_training(h, gamma, beta)


def _projected(w, x):
    return reference.convolution_layers.conv_nd(x, w["kernel_shortcut"], strides=2, padding="same")


EXAMPLES = {
    "with the identity": Example(
        {"filters": 3},
        (Input((2, 5, 4, 3), unknown=(1, 2)),),
        lambda w, x: reference.blocks.residual_block(
            x, w["kernel1"], w["kernel2"], _at_inference(w, "norm1"), _at_inference(w, "norm2")
        ),
        wrong=(("filters", 0), ("strides", (1, 1)), ("pre_activation", "yes")),
        training=True,
        couples_batch=True,
    ),
    "with a projection, in training": Example(
        {"filters": 4, "strides": 2},
        (Input((3, 5, 6, 3), unknown=(1, 2)),),
        lambda w, x: reference.blocks.residual_block(
            x,
            w["kernel1"],
            w["kernel2"],
            _in_training(w, "norm1"),
            _in_training(w, "norm2"),
            shortcut=lambda x: _in_training(w, "norm_shortcut")(_projected(w, x)),
            stride=2,
        ),
        call={"training": True},
        training=True,
        couples_batch=True,
    ),
    "activated before, with a projection": Example(
        {"filters": 4, "strides": 2, "pre_activation": True},
        (Input((2, 4, 5, 3), unknown=(1, 2)),),
        lambda w, x: reference.blocks.pre_activation_block(
            x,
            w["kernel1"],
            w["kernel2"],
            _at_inference(w, "norm1"),
            _at_inference(w, "norm2"),
            shortcut=lambda a: _projected(w, a),
            stride=2,
        ),
        training=True,
        couples_batch=True,
    ),
}
