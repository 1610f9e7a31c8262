"""The results of proving a lab, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field

from nablab.course import Lab


@dataclass
class ExerciseProof:
    """The results for one exercise. They can be sent to another process and recorded."""

    exercise: str
    failures: list[str] = field(default_factory=list)
    mutants: int = 0
    caught_by_visible: int = 0
    caught_by_hidden: int = 0
    variants: int = 0
    accepted: int = 0
    cards: list[str] = field(default_factory=list)  # what the authors of wrong answers would read


@dataclass
class Proof:
    """The results for a lab."""

    lab: Lab
    exercise: str = ""  # set if only this exercise is proven
    failures: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    row: dict[str, str] = field(default_factory=dict)  # the lab's line in the table of all labs
    cards: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.failures

    def add(self, exercises: list[ExerciseProof]) -> None:
        """Add the results of the lab's exercises."""

        def total(name: str) -> int:
            return sum(getattr(one, name) for one in exercises)

        for one in exercises:
            self.failures += one.failures
            self.cards += one.cards
        visible, hidden = total("caught_by_visible"), total("caught_by_hidden")
        accepted = f"{total('accepted')} of {total('variants')}"
        self.facts["mutants"] = (
            f"{total('mutants')}: {visible} caught by visible checks, {hidden} by hidden ones"
        )
        self.facts["variants"] = f"{accepted} accepted"
        self.row["mutants"] = str(total("mutants"))
        self.row["caught by visible"], self.row["caught by hidden"] = str(visible), str(hidden)
        self.row["variants accepted"] = accepted

    def text(self) -> str:
        what = f"{self.lab.id}, {self.exercise}" if self.exercise else self.lab.id
        lines = [f"{what}: {'proven' if self.holds else 'NOT proven'}"]
        lines += [f"  {name:<12}{fact}" for name, fact in self.facts.items()]
        lines += [f"  WRONG       {failure}" for failure in self.failures]
        return "\n".join(lines)
