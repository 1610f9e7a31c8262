"""What a check is made of: the words that `checks.py` and the hidden suites are written in.

    from nablab.checking import close, contract, exercise

    @exercise("1.2", stage="hand")
    def test_the_worked_x_gives_the_map_of_the_text(student):
        '''The worked 9×9 X gives the map of the text.'''
        close(student.correlate_valid(X, DIAGONAL), MAP)

The same function judges in the student's notebook, where `student` is the notebook's own
namespace, and at grading, where it is a proxy for a process in the jail.
"""

from nablab.checking.expect import (
    Mismatch,
    SuiteFault,
    close,
    contract,
    equal,
    holds,
    is_array,
    refuses,
    rounding,
)
from nablab.checking.mark import STAGES, exercise, mutant, variant
from nablab.sandbox.student import each, generator, once

__all__ = [
    "STAGES",
    "Mismatch",
    "SuiteFault",
    "close",
    "contract",
    "each",
    "equal",
    "exercise",
    "generator",
    "holds",
    "is_array",
    "mutant",
    "once",
    "refuses",
    "rounding",
    "variant",
]
