# family = "network"
# tries = "asks a server on a Unix socket in a folder that all may read"
# points = 0
# says = "refused"
import socket


def match_score(patch, filt):
    try:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect("@UNIX@")
        answer = float(sock.recv(100))
    except OSError as error:
        raise OSError(f"refused: {type(error).__name__}") from None
    return answer
