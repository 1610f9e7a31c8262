"""Larger data sets that are downloaded on request; no lab needs one."""

from __future__ import annotations

from typing import Any
from urllib.request import urlopen

HOME = "https://www.tensorflow.org"
SETS = ("mnist", "fashion_mnist", "cifar10")


def online(name: str) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """A data set from the network: `(x_train, y_train), (x_test, y_test)`.

    tensorflow-datasets downloads it at the first call to `~/tensorflow_datasets`. Later calls need
    no network.

    Args:
        name: "mnist" or "fashion_mnist", x (N, 28, 28, 1); "cifar10", x (N, 32, 32, 3).

    Returns:
        x uint8 from 0 to 255 and y (N,) int64, for training and for testing.

    Raises:
        ValueError: there is no set of that name.
        ConnectionError: it is not on this machine yet and cannot be downloaded.
    """
    if name not in SETS:
        raise ValueError(f"there is no data set {name!r}; expected one of {', '.join(SETS)}")
    import tensorflow_datasets as tfds

    try:
        if not tfds.builder(name).data_path.exists():
            urlopen(HOME, timeout=10).close()  # otherwise every file is retried for a minute
        parts = tfds.load(name, split=["train", "test"], batch_size=-1, as_supervised=True)
    except Exception as error:  # whatever the downloader and the file system raise
        raise ConnectionError(
            f"{name} could not be downloaded ({type(error).__name__}): the first call needs the "
            "network. Every lab works without it, on data.digits() and data.placed_digits()."
        ) from error
    train, test = (tuple(part) for part in tfds.as_numpy(parts))
    return train, test
