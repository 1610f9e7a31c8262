"""Every error that a person may read: what happened, what was expected, how to fix it.

A `NablabError` is the reader's to mend, so the command line prints its one sentence and exits
with `exit_code`; anything else that escapes is a fault of nablab's own and keeps its traceback.
"""

from __future__ import annotations


class NablabError(Exception):
    """A mistake that the reader can mend. The message is a whole sentence."""

    exit_code = 1


class CourseNotFound(NablabError):
    """No folder with a course where one was looked for."""

    exit_code = 2


class LabNotFound(NablabError):
    """The course has no such lab or exercise."""

    exit_code = 2


class BadLab(NablabError):
    """A lab's own files contradict each other or miss something: its author's to mend."""


class BuildFailed(NablabError):
    """A lab could not be built, or what was built is not fit to be handed out."""


class NoJail(NablabError):
    """Nothing on this machine can run unknown code safely."""

    exit_code = 2


class UnreadableSubmission(NablabError):
    """A submitted file that cannot be read as a notebook of this lab."""


class NoSubmissions(NablabError):
    """The place named as submissions holds none, or cannot be read."""

    exit_code = 2


class ClusterError(NablabError):
    """A cluster that cannot be reached, or whose workers cannot grade."""

    exit_code = 2


class GradingBusy(NablabError):
    """Another process is writing the same results."""


class GradebookError(NablabError):
    """The gradebook cannot be used: locked, of another course, or of another schema."""


class CannotWrite(NablabError):
    """Results cannot be written: a full disk, or a folder that is not ours to write."""
