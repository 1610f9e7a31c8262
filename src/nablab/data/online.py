"""Larger data sets that are fetched when somebody asks for them; no lab needs one."""

from __future__ import annotations

from typing import Any
from urllib.request import urlopen

HOME = "https://www.tensorflow.org"
SETS = ("mnist", "fashion_mnist", "cifar10")


def online(name: str) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """A data set from the network: `(x_train, y_train), (x_test, y_test)`.

    tensorflow-datasets fetches it at the first call and keeps it in `~/tensorflow_datasets`; later
    calls need no network.

    Args:
        name: "mnist" or "fashion_mnist", x (N, 28, 28, 1); "cifar10", x (N, 32, 32, 3).

    Returns:
        x uint8 from 0 to 255, y (N,) int64, each for training and for testing.

    Raises:
        ValueError: there is no set of that name.
        ConnectionError: it is not on this machine yet and cannot be fetched.
    """
    if name not in SETS:
        raise ValueError(f"there is no data set {name!r}: there are {', '.join(SETS)}")
    import tensorflow_datasets as tfds

    try:
        if not tfds.builder(name).data_path.exists():
            urlopen(HOME, timeout=10).close()  # else every file is tried for a minute
        parts = tfds.load(name, split=["train", "test"], batch_size=-1, as_supervised=True)
    except Exception as error:  # whatever its downloader and file system raise
        raise ConnectionError(
            f"{name} could not be fetched ({type(error).__name__}): it needs the network once. "
            "Every lab works without it, on data.digits() and data.placed_digits()."
        ) from error
    train, test = (tuple(part) for part in tfds.as_numpy(parts))
    return train, test
