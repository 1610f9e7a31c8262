"""The pictures of the labs: one module a lab.

    from nablab.show import filters as show

Every function draws one picture, with colour limits that do not depend on the data, and returns
what is to be seen on it in words, for those who cannot see it. A function that is given a
student's unwritten function says which exercise to write first. matplotlib is imported when the
first picture is drawn.
"""
