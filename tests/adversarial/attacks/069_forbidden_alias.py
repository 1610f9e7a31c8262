# family = "forbidden"
# tries = "imports it under another name, inside a function"
# points = 0
# says = "uses scipy.signal"
# %% 1.2
def correlate_valid(img, filt):
    import scipy.signal as linear_algebra

    return linear_algebra.correlate2d(img, filt, "valid")
