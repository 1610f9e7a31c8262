"""`python -m tests.benchmarks.layers [--backend jax] [--device gpu]`: nablab beside Keras.

It measures every layer of nablab.layers that Keras has too, with the same weights, forward and
forward+backward; one step of every optimizer on 10 million weights; and a graph convolution with a
matrix, with a list of edges beside a naive scatter, and with a sparse matrix beside the backend's
own product. Both sides are compiled and run in turn; a pair that was disturbed or is beyond LIMIT is
measured again. The numbers are ratios of medians, ours to the other's: below 1 is faster. It fails
if a layer takes more than LIMIT times as long as Keras's, if the layers take longer on average, or
if a graph convolution takes more than its own LIMIT_OF_GRAPHS.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import os
import platform
import subprocess
import sys
from pathlib import Path

LIMIT = 1.3
LIMIT_OF_GRAPHS = {"edges": 1.0, "sparse": 1.2}
IMAGES, SEQUENCES = (32, 32, 32, 64), (32, 64, 128)
MOMENT = (256, 128)  # a batch at one time step
WIDE = (32, 64, 64, 64)  # the input of pooling layers


def recurrent(name):
    return lambda layers: {"layer": getattr(layers, name)(128, return_sequences=True)}


# For each layer: its arguments (or a function of the library that returns them) and the shapes of
# its inputs. A layer with an `input_dim` reads integers below it.
SIZES = {
    "AdditiveAttention": ({}, [(16, 64, 64), (16, 64, 64)]),
    "AveragePool1D": ({"pool_size": 2}, [(32, 4096, 64)]),
    "AveragePool2D": ({"pool_size": 2}, [WIDE]),
    "AveragePool3D": ({"pool_size": 2}, [(8, 16, 32, 32, 64)]),
    "BatchNormalization": ({}, [IMAGES]),
    "Bidirectional": (recurrent("LSTM"), [SEQUENCES]),
    "Conv1D": ({"filters": 128, "kernel_size": 5}, [(32, 256, 128)]),
    "Conv1DTranspose": ({"filters": 128, "kernel_size": 4, "strides": 2}, [(32, 128, 128)]),
    "Conv2D": ({"filters": 64, "kernel_size": 3}, [IMAGES]),
    "Conv2DTranspose": ({"filters": 64, "kernel_size": 4, "strides": 2}, [(32, 16, 16, 64)]),
    "Conv3D": ({"filters": 32, "kernel_size": 3}, [(8, 16, 16, 16, 32)]),
    "Dense": ({"units": 512}, [(256, 512)]),
    "DepthwiseConv2D": ({"kernel_size": 3}, [IMAGES]),
    "Dropout": ({"rate": 0.5}, [IMAGES]),
    "Embedding": ({"input_dim": 10_000, "output_dim": 128}, [(64, 128)]),
    "GELU": ({}, [IMAGES]),
    "GRU": ({"units": 128}, [SEQUENCES]),
    "GRUCell": ({"units": 128}, [MOMENT, MOMENT]),
    "GlobalAveragePool": ({}, [WIDE]),
    "GlobalGraphPool": ({}, [(32, 1000, 64)]),
    "GlobalMaxPool": ({}, [WIDE]),
    "GroupNormalization": ({"groups": 8}, [IMAGES]),
    "InstanceNormalization": ({}, [IMAGES]),
    "LSTM": ({"units": 128}, [SEQUENCES]),
    "LSTMCell": ({"units": 128}, [MOMENT, MOMENT, MOMENT]),
    "LayerNormalization": ({}, [IMAGES]),
    "MaxPool1D": ({"pool_size": 2}, [(32, 4096, 64)]),
    "MaxPool2D": ({"pool_size": 2}, [WIDE]),
    "MaxPool3D": ({"pool_size": 2}, [(8, 16, 32, 32, 64)]),
    "MultiHeadAttention": ({"num_heads": 8, "key_dim": 32}, [(16, 128, 256), (16, 128, 256)]),
    "RMSNormalization": ({}, [IMAGES]),
    "ReLU": ({}, [IMAGES]),
    "SeparableConv2D": ({"filters": 64, "kernel_size": 3}, [IMAGES]),
    "SimpleRNN": ({"units": 128}, [SEQUENCES]),
    "SimpleRNNCell": ({"units": 128}, [MOMENT, MOMENT]),
    "Softmax": ({}, [(32, 256, 256)]),
    "SpatialDropout": ({"rate": 0.5}, [IMAGES]),
    "TiledConv2D": ({"filters": 64, "kernel_size": 3, "tiles": 1}, [IMAGES]),
}
# Keras's name for a layer, if it differs; and its arguments, if they differ.
KERAS = {
    "AveragePool1D": ("AveragePooling1D",),
    "AveragePool2D": ("AveragePooling2D",),
    "AveragePool3D": ("AveragePooling3D",),
    "BatchNormalization": ("BatchNormalization",),
    "GELU": ("Activation", {"activation": "gelu"}),
    "GlobalAveragePool": ("GlobalAveragePooling2D",),
    "GlobalGraphPool": ("GlobalAveragePooling1D",),
    "GlobalMaxPool": ("GlobalMaxPooling2D",),
    "GroupNormalization": ("GroupNormalization",),
    "InstanceNormalization": ("GroupNormalization", {"groups": -1}),
    "LayerNormalization": ("LayerNormalization",),
    "MaxPool1D": ("MaxPooling1D",),
    "MaxPool2D": ("MaxPooling2D",),
    "MaxPool3D": ("MaxPooling3D",),
    "RMSNormalization": ("RMSNormalization",),
    "SpatialDropout": ("SpatialDropout2D",),
    "TiledConv2D": ("Conv2D", {"filters": 64, "kernel_size": 3}),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--backend", choices=("tensorflow", "jax", "torch"))
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--repeats", type=int, default=15, help="rounds, at least")
    parser.add_argument("--only", nargs="*", help='layers, "optimizers" or "graphs"')
    parser.add_argument("--save", action="store_true", help="keep the ratios for the layers' page")
    options = parser.parse_args()
    if options.backend:
        os.environ["KERAS_BACKEND"] = options.backend  # read when keras is imported
    import keras

    with keras.device(f"{options.device}:0"):
        print(f"keras {keras.__version__} on {keras.backend.backend()}, {options.device}")
        failed = layers(options)
        if not options.only or "optimizers" in options.only:
            optimizers(options)
    if not options.only or "graphs" in options.only:
        failed += graphs(options)
    for sentence in failed:
        print(sentence)
    return 1 if failed else 0


# Layers


def layers(options):
    """Prints the table; returns one sentence for each thing that is wrong."""
    import nablab.layers

    peers = {name: example_of(getattr(nablab.layers, name)) for name in nablab.layers.__all__}
    peers = {name: example for name, example in peers.items() if example}
    failed = [
        f"{name} has a Keras layer in its EXAMPLES but no row in SIZES: add one."
        for name in peers
        if name not in SIZES
    ]
    ratios = {}
    print(f"\n{'layer':<22}{'forward':>10}{'forward+backward':>20}")
    for name, example in peers.items():
        if name in SIZES and (not options.only or name in options.only):
            ratios[name] = ratios_of(name, example.nest, options.repeats)
            print(f"{name:<22}{ratios[name][0]:>10.2f}{ratios[name][1]:>20.2f}", flush=True)
    if options.save:
        save(ratios, options.device)
    return [*failed, *judged(ratios)]


def save(ratios, device):
    """Writes the ratios for tools/layers_page.py."""
    import keras

    machine = (
        f"keras {keras.__version__} on {keras.backend.backend()}, {device}, {platform.machine()} "
        f"with {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    rounded = {name: [round(ratio, 2) for ratio in both] for name, both in ratios.items()}
    text = json.dumps({"machine": machine, "ratios": rounded}, indent=1)
    Path(__file__).with_name("layers.json").write_text(f"{text}\n", encoding="utf-8")


def example_of(layer):
    """The first of its EXAMPLES that has a Keras layer; None if there is none."""
    from tests.layers.example import examples_of

    return next((example for example in examples_of(layer).values() if example.keras), None)


def ratios_of(name, nest, repeats):
    """Ours to Keras's, forward and forward+backward. A ratio above LIMIT is measured again on layers
    made anew, and then that counts: AveragePool2D, which calls the same operation as Keras's, once
    took 2.3 times as long through a whole measurement, and 1.1 and 1.05 times after."""
    from tests.benchmarks import measure

    ratios = []
    for kind in (measure.forward, measure.forward_backward):
        for _ in range(2):
            ours, theirs, inputs = pair(name, nest)
            runs = kind(ours, inputs, nest), kind(theirs, inputs, nest)
            mine, other = measure.calm(*runs, repeats)
            if mine <= LIMIT * other:
                break
        ratios.append(mine / other)
    return ratios


def pair(name, nest):
    """Our layer and Keras's, checked to compute the same with the same weights, and inputs."""
    import keras
    import numpy as np

    import nablab.layers

    arguments, shapes = SIZES[name]
    keras_name, *others = KERAS.get(name, (name,))
    ours = made(nablab.layers, name, arguments)
    theirs = made(keras.layers, keras_name, others[0] if others else arguments)
    inputs = [keras.ops.convert_to_tensor(x) for x in arrays(arguments, shapes)]
    ours(*nest(*inputs)), theirs(*nest(*inputs))  # makes the weights
    copy_weights(ours, theirs)
    both = (keras.tree.flatten(layer(*nest(*inputs))) for layer in (ours, theirs))
    for mine, other in zip(*both, strict=True):
        mine, other = (keras.ops.convert_to_numpy(y) for y in (mine, other))
        difference = np.abs(mine - other).max()
        if not difference <= 1e-2 * max(1, np.abs(other).max()):  # a GPU's products are coarse
            raise SystemExit(f"{name} and Keras's differ by {difference} on the same weights.")
    return ours, theirs, inputs


def arrays(arguments, shapes):
    import numpy as np

    rng = np.random.default_rng(0)
    below = None if callable(arguments) else arguments.get("input_dim")
    if below:
        return [rng.integers(below, size=shape).astype("int32") for shape in shapes]
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def made(library, name, arguments):
    arguments = arguments(library) if callable(arguments) else arguments
    return getattr(library, name)(**arguments)


def copy_weights(ours, theirs):
    """Copies our weights to Keras's layer, in its shapes, which may split an axis in two."""
    import keras

    for mine, other in zip(ours.trainable_variables, theirs.trainable_variables, strict=True):
        other.assign(keras.ops.reshape(mine, other.shape))


def judged(ratios):
    """Prints the geometric means; returns a sentence for each that is too slow. Means are rounded
    to two decimals, because the third changes from run to run."""
    failed = []
    for place, what in enumerate(("forward", "forward+backward")):
        taken = [both[place] for both in ratios.values()]
        if not taken:
            continue
        mean = math.exp(sum(map(math.log, taken)) / len(taken))
        print(f"{'geometric mean, ' + what:<40}{mean:>12.2f}")
        if round(mean, 2) > 1:
            failed.append(f"On average {what} takes {mean:.2f} times as long as with Keras.")
        failed += [
            f"{name}: {what} takes {both[place]:.2f} times as long as with Keras."
            for name, both in ratios.items()
            if both[place] > LIMIT
        ]
    return failed


# Optimizers


def optimizers(options):
    """Prints the time of one step on ten arrays of a million weights."""
    import keras
    import numpy as np

    import nablab.optimizers
    from tests.benchmarks import measure
    from tests.optimizers.example import examples_of

    rng = np.random.default_rng(0)
    start = [rng.normal(size=(1000, 1000)).astype("float32") for _ in range(10)]
    gradients = [keras.ops.convert_to_tensor(0.01 * x) for x in start]
    print(f"\n{'one step on 10 million weights':<50}{'ours':>10}{'ratio':>8}")
    for name in nablab.optimizers.__all__:
        made = getattr(nablab.optimizers, name)
        is_one = inspect.isclass(made) and issubclass(made, keras.optimizers.Optimizer)
        examples = examples_of(made) if is_one else {}
        for title, example in examples.items():
            if example.keras:
                both = [made(1e-3, **example.arguments), example.keras(1e-3)]
                runs = [
                    measure.step(optimizer, [keras.Variable(x) for x in start], gradients)
                    for optimizer in both
                ]
                mine, other = measure.calm(*runs, options.repeats)
                print(f"{name + ', ' + title:<50}{1e3 * mine:>7.1f} ms{mine / other:>8.2f}")


# Graphs


def graphs(options):
    """Runs each in its own process, so that its memory can be measured separately. Returns a
    sentence for each that is too slow."""
    import keras

    failed = []
    print(
        f"\n{'a graph convolution, 64 features -> 64':<42}{'forward':>20}{'forward+backward':>20}"
    )
    for form, nodes, edges in (
        ("adjacency", 10_000, 100_000),
        ("edges", 10_000, 100_000),
        ("edges", 50_000, 1_000_000),
        ("sparse", 10_000, 100_000),
        ("sparse", 50_000, 1_000_000),
    ):
        if form == "sparse" and keras.backend.backend() == "torch":
            continue  # Keras has no sparse tensors there
        got = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.graph", form, str(nodes), str(edges)]
            + ["--device", options.device, "--repeats", str(options.repeats)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        used = json.loads(got.stdout.splitlines()[-1])
        what = f"{form}, {nodes:,} nodes, {edges:,} edges"
        cells = ""
        for kind, (mine, other) in zip(("forward", "forward+backward"), used["times"], strict=True):
            ratio = mine / other
            beside = f"{ratio:>8.2f}" if form in LIMIT_OF_GRAPHS else " " * 8
            cells += f"{1e3 * mine:>9.0f} ms{beside}"
            if round(ratio, 2) > LIMIT_OF_GRAPHS.get(form, ratio):
                failed.append(f"{what}: {kind} takes {ratio:.2f} times as long as beside it.")
        print(f"{what:<42}{cells}{used['mb']:>8.0f} MB", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
