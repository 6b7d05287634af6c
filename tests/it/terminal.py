"""A command on a pseudo terminal of a given size, as a person sees it."""
import fcntl
import os
import pty
import struct
import subprocess
import termios


def on_terminal(command, columns=80, deadline=60, env=None):
    """(code, what the terminal got, lines ended by a newline alone). columns 0: the terminal does not say."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command, stdout=slave, stderr=slave, stdin=slave, env=env)
    os.close(slave)
    text = b""
    try:
        while True:
            piece = os.read(master, 65536)
            if not piece:
                break
            text += piece
    except OSError:
        pass                                         # the end of a terminal
    os.close(master)
    return process.wait(deadline), text.decode().replace("\r\n", "\n")
