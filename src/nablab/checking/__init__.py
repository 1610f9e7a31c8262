"""The functions that a lab's checks and hidden suite are written with.

    from nablab.checking import check, close

    @check("hand")
    def test_the_worked_x_gives_the_map_of_the_text(student):
        '''The worked 9×9 X gives the map of the text.'''
        close(student.correlate_valid(X, DIAGONAL), MAP)

The same check runs in the student's notebook and at grading. In the notebook `student` is the
notebook's own namespace; at grading it is a proxy for a process in the jail.
"""

from nablab.checking.contract import contract, left_alone
from nablab.checking.expect import (
    Mismatch,
    SuiteFault,
    close,
    equal,
    holds,
    is_array,
    refuses,
    rounding,
)
from nablab.checking.mark import STAGES, check, mutant, variant
from nablab.sandbox.student import each, generator, once

__all__ = [
    "STAGES",
    "Mismatch",
    "SuiteFault",
    "check",
    "close",
    "contract",
    "each",
    "equal",
    "generator",
    "holds",
    "is_array",
    "left_alone",
    "mutant",
    "once",
    "refuses",
    "rounding",
    "variant",
]
