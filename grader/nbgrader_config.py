"""nbgrader's settings for this course: run nbgrader, or JupyterLab with formgrader, in this folder.
Autograding happens in nablab's jail."""

from pathlib import Path

from nablab.grading.step import configure

configure(get_config(), Path(__file__).resolve().parent.parent)  # noqa: F821 (nbgrader's own)
