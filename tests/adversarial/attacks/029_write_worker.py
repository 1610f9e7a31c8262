# family = "writing"
# tries = "attaches to the warm worker and to its siblings, and writes to their memory"
# points = 0
# says = "reached: []"
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206


def match_score(patch, filt):
    own = int(os.path.basename(os.path.realpath("/proc/self")))
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal() and int(name) != own]
    reached = []
    for pid in {0, 1, 2, *pids} - {os.getpid(), own}:
        for call in (PTRACE_ATTACH, PTRACE_SEIZE):
            if libc.ptrace(call, pid, 0, 0) == 0:
                reached.append((pid, call))
        if libc.process_vm_writev(pid, None, 0, None, 0, 0) == 0 and pid in pids and pid > 2:
            reached.append((pid, "vm"))
        try:
            open(f"/proc/{pid}/mem", "r+b").close()
            reached.append((pid, "mem"))
        except OSError:
            pass
    raise ValueError(f"reached: {reached}")
