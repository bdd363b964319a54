"""The completion scripts in real shells: commands, values, and the configured mappings."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

from checks import check, finish
from lab import configuration

mappings = sorted(configuration()["mappings"])
Path("bin").mkdir()
Path("bin/cambist").symlink_to(os.environ["CAMBIST"])
os.environ["PATH"] = f"{Path('bin').resolve()}:{os.environ['PATH']}"


def script(shell):
    """Writes the shell's completion script to a file and returns its path."""
    text = subprocess.run(["cambist", "--generate-completion-script", shell], capture_output=True, text=True, check=True).stdout
    file = Path(f"completion.{shell}").resolve()
    file.write_text(text)
    return file


def bash(*words):
    line = " ".join(words)
    code = (
        f"source {script('bash')}; COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}; "
        f"COMP_LINE={line!r}; COMP_POINT={len(line)}; _cambist cambist {words[-1]!r} {words[-2]!r}; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    return subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, timeout=60).stdout.split()


def typed(command, setup, keys):
    """Returns the output of an interactive shell in a terminal after some keys."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="dumb", PS1="> ", COLUMNS="400", LINES="60")
        os.execvp(command[0], command)
    os.write(terminal, f"{setup}; echo pre''pared\n".encode())
    seen, sent, end = "", False, time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536).decode(errors="replace")
        elif sent:
            break
        if not sent and "prepared" in seen:
            seen, sent = "", True
            os.write(terminal, keys.encode())
    os.close(terminal)
    os.waitpid(process, 0)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>][0-9A-Za-z]?|\r", " ", seen).split()


def fish(*words):
    return typed(["fish", "-N", "-i"], f"source {script('fish')}", f"complete -C '{' '.join(words)}'\n")


def zsh(*words):
    setup = "unsetopt zle_bracketed_paste; LISTMAX=1000; autoload -U compinit; compinit -D -u"
    return typed(["zsh", "-f", "-i"], f"{setup}; source {script('zsh')}; compdef _cambist cambist", " ".join(words) + "\t\t")


for name, complete in {"bash": bash, "fish": fish, "zsh": zsh}.items():
    if not shutil.which(name):
        print(f"note: {name} is not installed")
        continue
    found = complete("cambist", "exchange", "")
    check(f"{name} completes the mappings' names", set(mappings) <= set(found), found[:20])
    found = complete("cambist", "config", "aws-profile", "pay")
    check(f"{name} completes the rest of a name", any(word.endswith("payroll") for word in found) and "audit" not in found, found[:20])
    found = complete("cambist", "exchange", "--format", "")
    check(f"{name} completes values", {"json", "env", "fish", "powershell", "credentials-file"} <= set(found), found[:20])
    found = complete("cambist", "")
    check(f"{name} completes commands", {"exchange", "sign-in", "credential-process"} <= set(found), found[:20])
    os.environ["CAMBIST_CONFIG"], kept = "/nowhere/config.yaml", os.environ["CAMBIST_CONFIG"]
    found = complete("cambist", "exchange", "")
    check(f"{name} completes no mappings without a configuration", not set(mappings) & set(found), found[:20])
    os.environ["CAMBIST_CONFIG"] = kept
finish()
