"""Counts the checks of a peer script: prints one line per check and ends with the matching exit status.

    from checks import check, finish, refused

    check("the role exists", role["Arn"] == arn, role["Arn"])
    refused("another subject", "AccessDenied", "Not authorized to perform", lambda: sts.assume_role(...))
    finish()

A script's environment has the variables of the lab's --env-file, CAMBIST (the program's path), CAMBIST_CONFIG (the
scenario's configuration), and HOME, an empty directory that is also the working directory.
"""

import sys
import traceback

_passed = 0
_failed = 0


def check(name, condition, detail=""):
    """Counts one check; a failure prints `detail`, the value seen, which must not be a secret."""
    global _passed, _failed
    if condition:
        _passed += 1
        print(f"ok    {name}", flush=True)
    else:
        _failed += 1
        print(f"FAIL  {name}: {detail}", flush=True)
    return bool(condition)


def refused(name, code, text, call):
    """Checks that `call` raises botocore's ClientError with this code and this text in its message."""
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        answer = error.response["Error"]
        seen = f"{answer.get('Code')}: {answer.get('Message')}"
        return check(name, answer.get("Code") == code and text in answer.get("Message", ""), seen)
    return check(name, False, "was not refused")


def raised(name, kind, text, call):
    """Checks that `call` raises an error of this class whose message contains this text."""
    try:
        call()
    except kind as error:
        return check(name, text in str(error), f"{type(error).__name__}: {error}")
    return check(name, False, "was not refused")


def finish():
    """Ends the script with 0 if there was at least one check and all passed, otherwise with 1."""
    sys.exit(0 if _passed and not _failed else 1)


def _unexpected(kind, error, trace):
    """Counts an unexpected error as a failed check and prints its location."""
    place = traceback.extract_tb(trace)[-1]
    check(f"no error at {place.name}, line {place.lineno}", False, f"{kind.__name__}: {error}")
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _unexpected
