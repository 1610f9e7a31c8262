"""The pictures of the labs, one module per lab.

    from nablab.show import filters as show

Every function draws one picture, with colour limits that do not depend on the data. It returns a
description in words, for readers who cannot see the picture. If it needs a function that the
student has not written yet, it says which one to write first. matplotlib is imported when the
first picture is drawn.
"""
