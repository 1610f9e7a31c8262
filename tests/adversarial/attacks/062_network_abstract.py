# family = "network"
# tries = "asks a server on an abstract Unix socket, which has no place in any folder"
# points = 0
# says = "refused"
import socket


def match_score(patch, filt):
    try:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect("\0@ABSTRACT@")
        answer = float(sock.recv(100))
    except OSError as error:
        raise OSError(f"refused: {type(error).__name__}") from None
    return answer
