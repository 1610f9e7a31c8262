"""Speed and memory, measured beside a peer in the same run. No test asserts a time."""
