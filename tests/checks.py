"""The checks of a script, which goes on after one that fails."""

import sys

passed = failed = 0


def check(what: str, condition: object, seen: object = "") -> None:
    global passed
    if condition:
        passed += 1
        print(f"ok: {what}")
    else:
        fail(what)
        print(seen)


def fail(what: str) -> None:
    global failed
    failed += 1
    print(f"FAILED: {what}")


def finish() -> None:
    """Ends the script."""
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)
