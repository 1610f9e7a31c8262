"""`python -m tests.benchmarks.interpret`: nablab.interpret beside xplique, tf-keras-vis and itself.

On a small net (64 × 64 × 3) and on MobileNetV2 (96 × 96 × 3), both with random weights, it measures
occlusion at 225 positions beside xplique; Grad-CAM on 16 images beside xplique and tf-keras-vis; and
the visualisation of 16 units in 50 steps beside the same, one unit after the other. Both sides of a
pair get the same model and inputs and run in turn; the maps of occlusion and Grad-CAM are compared
first. It fails if a ratio of medians, ours to the other's, is above LIMITS.

The peers are no dependency of the project. `--install` puts them into build/peers, beside this
environment's own TensorFlow and Keras.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).resolve().parents[2] / "build" / "peers"
# xplique and tf-keras-vis with what they import, but without a second TensorFlow.
PACKAGES = (
    *("xplique==2.0.2", "tf-keras-vis==0.8.7", "deprecated", "wrapt", "imageio"),
    *("opencv-python-headless", "tensorflow-probability", "tf-keras", "dm-tree", "cloudpickle"),
    *("decorator", "scikit-image", "tifffile", "lazy-loader"),
)
LIMITS = {
    "occlusion": {"xplique": 0.55},
    "Grad-CAM": {"xplique": 0.3, "tf-keras-vis": 0.15},
    "16 units": {"one by one": 0.4},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--install", action="store_true", help="install the peers and stop")
    parser.add_argument("--repeats", type=int, default=9, help="rounds, at least")
    parser.add_argument("--only", nargs="*", choices=tuple(LIMITS), default=tuple(LIMITS))
    parser.add_argument("--nets", nargs="*", choices=("small", "MobileNetV2"))
    options = parser.parse_args()
    if options.install:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--upgrade",
            "--target",
            str(PEERS),
        ]
        return subprocess.run([*command, *PACKAGES], check=False).returncode
    if not PEERS.is_dir():
        raise SystemExit("The peers are missing: python -m tests.benchmarks.interpret --install")
    sys.path.append(str(PEERS))
    import keras

    print(f"keras {keras.__version__}, {platform.machine()}, Python {platform.python_version()}")
    print(f"\n{'':<14}{'':<14}{'ours':>10}  {'beside':<14}{'theirs':>10}{'ratio':>8}{'limit':>8}")
    failed = []
    for net in options.nets or ("small", "MobileNetV2"):
        model = {"small": small, "MobileNetV2": mobile}[net]()
        for what in options.only:
            run = {"occlusion": occlusion, "Grad-CAM": grad_cam, "16 units": units}[what]
            for peer, mine, other in run(model, options.repeats):
                limit, ratio = LIMITS[what][peer], mine / other
                print(
                    f"{net:<14}{what:<14}{1e3 * mine:>7.1f} ms  {peer:<14}{1e3 * other:>7.1f} ms"
                    f"{ratio:>8.2f}{limit:>8.2f}",
                    flush=True,
                )
                if round(ratio, 2) > limit:
                    failed.append(
                        f"{net}: {what} takes {ratio:.2f} of {peer}'s time; limit {limit}."
                    )
    for sentence in failed:
        print(sentence)
    return 1 if failed else 0


def small():
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    x = entry = keras.Input((64, 64, 3))
    for number, filters in enumerate((12, 24, 48), 1):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{number}")(x)
        x = layers.MaxPooling2D(2)(x) if number < 3 else x
    return keras.Model(entry, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def mobile():
    import keras

    keras.utils.set_random_seed(0)
    make = keras.applications.MobileNetV2
    return make(weights=None, input_shape=(96, 96, 3), classes=10, classifier_activation=None)


def images(model, n):
    import numpy as np

    return np.random.default_rng(0).random((n, *model.input_shape[1:])).astype("float32")


def last_map(model):
    return next(layer.name for layer in reversed(model.layers) if len(layer.output.shape) == 4)


def alike(mine, other):
    """Stops if two maps are not about the same up to their scale."""
    import numpy as np

    correlation = np.corrcoef(np.ravel(mine), np.ravel(other))[0, 1]
    if not correlation > 0.99:
        raise SystemExit(f"The maps of the two sides correlate by {correlation:.2f} only.")


def occlusion(model, repeats):
    import numpy as np
    import tensorflow as tf
    from xplique.attributions import Occlusion

    from nablab.interpret import attribution
    from tests.benchmarks import measure

    x, batch = images(model, 1), 64
    stride = (model.input_shape[1] - 8) // 14
    size = model.input_shape[1] - 14 * stride  # 15 positions each way
    label = np.eye(10, dtype="float32")[[3]]
    theirs = Occlusion(
        model, batch_size=batch, patch_size=size, patch_stride=stride, occlusion_value=0.0
    )
    more = {"size": size, "strides": stride, "fill": "black", "batch_size": batch}

    def ours():
        return attribution.occlusion(model, x, 3, **more)

    assert attribution.occlusion(model, x, 3, positions=True, **more).shape == (1, 15, 15)
    squares = np.add.outer(np.arange(15) * stride, np.arange(size))
    count = np.bincount(squares.ravel(), minlength=x.shape[1])
    alike(ours() * np.outer(count, count), theirs(tf.constant(x), label))
    yield "xplique", *measure.calm(ours, lambda: theirs(tf.constant(x), label), repeats)


def grad_cam(model, repeats):
    import numpy as np
    import tensorflow as tf
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore
    from xplique.attributions import GradCAM

    from nablab.interpret import attribution
    from tests.benchmarks import measure

    x, layer, classes = images(model, 16), last_map(model), [n % 10 for n in range(16)]
    label = np.eye(10, dtype="float32")[classes]
    first = GradCAM(model, batch_size=16, conv_layer=layer)
    second, score = Gradcam(model, clone=False), CategoricalScore(classes)
    place = [found.name for found in model.layers].index(layer)

    def ours():
        return attribution.grad_cam(model, x, classes, layer=layer)

    def xplique():
        return first(tf.constant(x), label)

    def keras_vis():
        return second(score, x, penultimate_layer=place, seek_penultimate_conv_layer=False)

    alike(ours(), xplique())
    yield "xplique", *measure.calm(ours, xplique, repeats)
    keras_vis()
    yield "tf-keras-vis", *measure.calm(ours, keras_vis, repeats)


def units(model, repeats):
    from nablab.interpret import features
    from tests.benchmarks import measure

    layer = "conv3" if model.name.startswith("functional") else "block_6_expand_relu"
    more = {"steps": 50, "batch_size": 16}

    def together():
        return features.visualize_units(model, layer, range(16), **more)

    def one_by_one():
        return [features.visualize_units(model, layer, [u], **more) for u in range(16)]

    yield "one by one", *measure.calm(together, one_by_one, min(repeats, 3))


if __name__ == "__main__":
    sys.exit(main())
