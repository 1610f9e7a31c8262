"""Every error that a person may read: what happened, what was expected, how to fix it.

The reader can fix a `NablabError`, so the command line prints its one sentence and exits with
`exit_code`. Any other error that escapes is a bug in nablab and keeps its traceback.
"""

from __future__ import annotations


class NablabError(Exception):
    """A mistake that the reader can fix. The message is a whole sentence."""

    exit_code = 1


class CourseNotFound(NablabError):
    """No course was found in the places that were searched."""

    exit_code = 2


class LabNotFound(NablabError):
    """The course has no such lab or exercise."""

    exit_code = 2


class BadLab(NablabError):
    """A lab's own files contradict each other or lack something. Its author must fix them."""


class BuildFailed(NablabError):
    """A lab could not be built, or the result is not fit to be handed out."""


class NoJail(NablabError):
    """Nothing on this machine can run unknown code safely."""

    exit_code = 2


class UnreadableSubmission(NablabError):
    """A submitted file that cannot be read as a notebook of this lab."""


class NoSubmissions(NablabError):
    """The given folder or zip holds no submissions, or cannot be read."""

    exit_code = 2


class ClusterError(NablabError):
    """A cluster that cannot be reached, or whose workers cannot grade."""

    exit_code = 2


class GradingBusy(NablabError):
    """Another process is writing the same results."""


class GradebookError(NablabError):
    """The gradebook cannot be used: it is locked, or has another course or another schema."""


class CannotWrite(NablabError):
    """Results cannot be written: the disk is full, or the folder is not writable."""
