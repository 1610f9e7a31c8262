"""What the hidden checks of N.3 and N.4 share: networks with seeds of their own."""


def networks(rng, count, *settings):
    """Calls for `logs_of` with these settings: depth, width, act, scale; one for each network."""
    return [(*settings, int(rng.integers(1 << 30))) for _ in range(count)]
