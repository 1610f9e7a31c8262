# family = "honest"
# tries = "names its variables in Greek and its helpers in Cyrillic"
# base = "solved"
# points = 100
import numpy as np

µ, Σ = np.mean, "déjà vu ✓ 滤波器"


def среднее(α, β):
    """Ähnlichkeit: ∑ αβ / n."""
    return float(µ(np.asarray(α, float) * np.asarray(β, float)))


def match_score(patch, filt):
    return среднее(patch, filt)
