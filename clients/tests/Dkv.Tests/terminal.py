"""Runs a program in a pseudo-terminal: terminal.py STEPS COMMAND...

STEPS is a JSON list of [expected, sent]: it waits until the terminal shows the one, and then types the other. "(hidden)" waits until the
terminal no longer shows what is typed.
"""
import json, os, pty, select, sys, termios, time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
master, slave = pty.openpty()
child = os.fork()
if child == 0:
    os.close(master)
    os.login_tty(slave) if hasattr(os, "login_tty") else (
        os.setsid(), __import__("fcntl").ioctl(slave, termios.TIOCSCTTY, 0), [os.dup2(slave, fd) for fd in range(3)])
    os.execvp(command[0], command)

screen, seen, deadline = b"", 0, time.monotonic() + 60
status = None
while time.monotonic() < deadline:
    if select.select([master], [], [], 0.01)[0]:
        screen += os.read(master, 65536)
        continue
    if steps:
        if steps[0][0] == "(hidden)":
            if not termios.tcgetattr(slave)[3] & termios.ECHO:
                os.write(master, steps.pop(0)[1].encode())
            continue
        at = screen.find(steps[0][0].encode(), seen)
        if at >= 0:
            seen = at + len(steps[0][0].encode())
            os.write(master, steps.pop(0)[1].encode())
            continue
    if status is not None:
        break
    ended, code = os.waitpid(child, os.WNOHANG)
    if ended:
        status = code
if status is None:
    os.kill(child, 9)
    sys.exit("The program did not end. It showed: " + repr(screen.decode(errors="replace")))
if steps:
    sys.exit("The program ended early. It showed: " + repr(screen.decode(errors="replace")))

print(json.dumps({
    "ExitCode": os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status),
    "Screen": screen.decode(errors="replace"),
    "Echo": bool(termios.tcgetattr(slave)[3] & termios.ECHO),
}))
