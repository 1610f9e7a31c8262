# family = "network"
# tries = "asks a TCP server on this machine for the answer"
# points = 0
# says = "refused"
import socket


def match_score(patch, filt):
    try:
        with socket.create_connection(("127.0.0.1", int("@TCP@")), 0.5) as sock:
            sock.sendall(repr((patch.tolist(), filt.tolist())).encode())
            answer = float(sock.recv(100))
    except OSError as error:
        raise OSError(f"refused: {type(error).__name__}") from None
    return answer
