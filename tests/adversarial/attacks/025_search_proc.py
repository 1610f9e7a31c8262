# family = "searching"
# tries = "reads the memory, the files, the roots and the folders of other processes through /proc"
# points = 0
# says = "reached: []"
import os


def match_score(patch, filt):
    own = os.path.basename(os.path.realpath("/proc/self"))
    reached = []
    for pid in sorted(name for name in os.listdir("/proc") if name.isdecimal() and name != own):
        for what in ("mem", "maps", "root/etc/passwd", "cwd/.", "fd/3", "fd/0"):
            try:
                with open(f"/proc/{pid}/{what}", "rb") as file:
                    file.read(1)
                reached.append((pid, what))
            except OSError:
                pass
    raise ValueError(f"reached: {reached}")
