"""Made-up syllables as spectrograms: a steady low tone, and a high one that rises, falls or bends.

They imitate what tells "b", "d" and "g" apart, the way the second formant moves (Waibel and others,
1989). They are computed, not recorded, and belong to nobody (CC0).
"""

from __future__ import annotations

import numpy as np

SYLLABLES = ("rise", "fall", "bend")
STEPS, BANDS = 24, 16  # time steps and frequency bands of a spectrogram
LENGTH = 9  # time steps of a syllable
LAST_ONSET = STEPS - LENGTH
NOISE = 0.25


def draw(
    kind: int | str,
    onset: int,
    *,
    pitch: float = 0.0,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """One syllable as a spectrogram: (STEPS, BANDS) float64, loudness by time and frequency.

    Args:
        kind: a name of `SYLLABLES`, or its number.
        onset: the time step at which it begins, from 0 to `LAST_ONSET`.
        pitch: how many bands both tones are moved up.
        noise: standard deviation of normal noise on every entry; needs `rng`.

    Maths:
        The low tone is in band 3. In the LENGTH = 9 steps of the syllable, u = -1 … 1, the high one
        is in band 10 + 3u (rise), 10 - 3u (fall) or 13 - 6|u| (bend). A tone in band f has
        loudness exp(-(band - f - pitch)² / 2), and outside the syllable there is silence.
    """
    if isinstance(kind, str):
        if kind not in SYLLABLES:
            raise ValueError(f"kind is {kind!r}; expected one of {', '.join(SYLLABLES)}")
        kind = SYLLABLES.index(kind)
    if not 0 <= onset <= LAST_ONSET:
        raise ValueError(f"onset is {onset}; expected 0 to {LAST_ONSET}")
    u = np.linspace(-1, 1, LENGTH)
    high = (10 + 3 * u, 10 - 3 * u, 13 - 6 * np.abs(u))[kind]
    bands = np.arange(BANDS)
    spectrogram = np.zeros((STEPS, BANDS))
    for tone in (np.full(LENGTH, 3.0), high):
        loudness = np.exp(-0.5 * (bands - tone[:, None] - pitch) ** 2)
        spectrogram[onset : onset + LENGTH] += loudness
    if noise:
        if rng is None:
            raise ValueError("noise needs rng: pass a numpy.random.Generator")
        spectrogram += noise * rng.standard_normal(spectrogram.shape)
    return spectrogram


def sample(
    n: int,
    rng: np.random.Generator,
    *,
    onset: int | None = None,
    noise: float = NOISE,
) -> tuple[np.ndarray, np.ndarray]:
    """`n` syllables of random kind and pitch, and the kind of each.

    Args:
        onset: the time step at which all begin; None draws one for each.
        noise: standard deviation of the noise.

    Returns:
        spectrograms (n, STEPS, BANDS) and labels (n,).
    """
    labels = rng.integers(0, len(SYLLABLES), size=n)
    x = np.empty((n, STEPS, BANDS))
    for i, label in enumerate(labels):
        begin = int(rng.integers(0, LAST_ONSET + 1)) if onset is None else onset
        x[i] = draw(int(label), begin, pitch=rng.uniform(-1.5, 1.5), noise=noise, rng=rng)
    return x, labels
