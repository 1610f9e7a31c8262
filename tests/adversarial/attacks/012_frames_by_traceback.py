# family = "frames"
# tries = "raises, and looks at the frames of the traceback above its own"
# at_most = 1.2
def match_score(patch, filt):
    try:
        raise ValueError
    except ValueError as error:
        frame = error.__traceback__.tb_frame
    found = {}
    while frame is not None:
        found.update(frame.f_locals)
        found.update(frame.f_globals)
        frame = frame.f_back
    return found.get("expected", found.get("reference", 1.0))
