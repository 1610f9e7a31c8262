"""`python -m tests.adversarial [NAME…]`: grades the attacks and prints the result of each, beside the
score of the honest submission graded after it. A second table sums up each family of attacks."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.adversarial.attack import attacks
from tests.adversarial.batch import broken_promises, grade


def main(names: list[str]) -> int:
    chosen = [one for one in attacks() if not names or any(name in one.name for name in names)]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nablab-adversarial-") as folder:
        batch = grade(chosen, Path(folder), workers=1)
    if len(batch.records) != 2 * len(chosen):
        print(batch.said)
        print(f"{len(batch.records)} of {2 * len(chosen)} submissions were counted.")
        return 1
    broken = 0
    families: dict[str, list[bool]] = {}
    points: dict[str, list[tuple[float, float]]] = {}
    print("| attack | family | expected | result | honest neighbour | for a person to judge |")
    print("|---|---|---|---|---|---|")
    for attack in chosen:
        record, neighbour = batch.of(attack), batch.neighbour_of(attack)
        got = f"{record['points']:g}" if record["state"] == "graded" else record["state"]
        full = f"{neighbour['points']:g} of {neighbour['out_of']:g}"
        marked = "yes" if record.get("suspicious") else ""
        row = (attack.name, attack.family, attack.verdict, got, full, marked)
        print(f"| {' | '.join(row)} |")
        wrong = broken_promises(attack, batch)
        broken += len(wrong)
        families.setdefault(attack.family, []).append(not wrong)
        points.setdefault(attack.family, []).append((neighbour["points"], neighbour["out_of"]))
        for sentence in wrong:
            print(f"  WRONG: {sentence}")
    print("\n| family | tried | held | their honest neighbours' points |")
    print("|---|---|---|---|")
    for family, held in sorted(families.items()):
        earned, out_of = (sum(column) for column in zip(*points[family], strict=True))
        print(f"| {family} | {len(held)} | {sum(held)} | {earned:g} of {out_of:g} |")
    print(
        f"\n{len(chosen)} attacks and as many honest submissions, all counted; {broken} broken "
        f"promises; reached outside the jail: {', '.join(batch.reached) or 'nothing'}; "
        f"{time.monotonic() - begun:.0f} s."
    )
    return 1 if broken or batch.reached or batch.status else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
