"""The console in the terminal emulator pyte, while the terminal is resized and exchanges run.

Drawing sends only the cells that changed. After each burst of resizes, the screen must equal the one after a redraw
of every cell; a difference is a drawing error. SEED in the environment reproduces a run.
"""

import fcntl
import os
import pty
import random
import select
import struct
import termios
import time

import pyte
from checks import check, finish

ROUNDS = 12
QUIET = 0.3
REDRAW, FREEZE, FILTER, ESCAPE = b"\x0c", b"Z", b"/", b"\x1b"
# The time limit for the response to a key, in seconds; a debug build on a busy machine needs most of it.
TIME_LIMIT = 60


class Console:
    """A console on a pseudo-terminal, whose output pyte interprets."""

    def __init__(self, columns, rows):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            # pyte emulates the Linux console, without repetition of characters (REP), which xterm's terminfo entry has.
            variables = os.environ | {"TERM": "linux", "LC_ALL": "C.UTF-8"}
            os.execve(variables["CAMBIST"], ["cambist", "console"], variables)
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys):
        os.write(self.terminal, keys)

    def read(self, seconds):
        """Reads for some time; returns False if nothing arrived."""
        ready, _, _ = select.select([self.terminal], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # The console has ended.
            return False
        self.stream.feed(data)
        return True

    def read_for(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def settle(self):
        """Opens and closes the filter, then reads until the console is silent; returns False if it did not respond.

        The filter's prompt covers only the last line, so it hides no drawing error. A frozen screen shows nothing else.
        """
        self.press(FILTER)
        opened = self.wait_until(self.is_filtering)
        self.press(ESCAPE)
        closed = self.wait_until(lambda: not self.is_filtering())
        while self.read(QUIET):
            pass
        return opened and closed

    def is_filtering(self):
        """Whether the last line is the filter's prompt and not the footer, whose first key can be /."""
        line = self.screen.display[-1]
        return line.startswith(" /") and not line.startswith(" / filter")

    def wait_until(self, condition, limit=TIME_LIMIT):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                return False
            self.read(0.2)
        return True

    def wait_for(self, text):
        return self.wait_until(lambda: any(text in line for line in self.screen.display))

    def cells(self):
        """Returns every cell: its character and its attributes."""
        buffer = self.screen.buffer
        return [
            [(buffer[row][column].data, *buffer[row][column][1:]) for column in range(self.screen.columns)]
            for row in range(self.screen.lines)
        ]


def difference(before, after):
    """Describes the first lines that differ."""
    pairs = zip(before, after)
    rows = [row for row, (old, new) in enumerate(pairs) if old != new][:3]
    text = lambda line: "".join(cell[0] for cell in line).rstrip()
    return "; ".join(f"row {row}: {text(before[row])!r} instead of {text(after[row])!r}" for row in rows)


seed = int(os.environ.get("SEED") or time.time())
rng = random.Random(seed)
console = Console(100, 30)
check("the mappings show", console.wait_for("idle") or console.wait_for("live"), console.screen.display)
console.press(b"R")
console.read_for(0.3)
console.press(b"y")
check("the exchanges run", console.wait_for("exchanging"), console.screen.display)
for number in range(ROUNDS):
    for _ in range(rng.randint(1, 6)):
        console.resize(rng.randint(20, 120), rng.randint(5, 40))
        console.read_for(rng.choice([0, 0.01, 0.05, 0.2]))
        console.press(rng.choice([b"", b"j", b"G", b"g", b"2", b"1", b"4", b"8", b"L"]))
    console.read_for(0.2)
    size = f"{console.screen.columns}x{console.screen.lines}"
    console.press(FREEZE)
    check(f"the console responds in storm {number}", console.settle(), f"seed {seed}, {size}: {console.screen.display}")
    before = console.cells()
    console.press(REDRAW)
    console.settle()
    after = console.cells()
    check(f"no drawing error after storm {number}", before == after, f"seed {seed}, {size}: {difference(before, after)}")
    console.press(FREEZE)
console.press(b"Q")
console.wait_until(lambda: not console.read(QUIET))
_, status = os.waitpid(console.process, 0)
check("the console exits with status 0", os.waitstatus_to_exitcode(status) == 0, f"seed {seed}: {status}")
finish()
