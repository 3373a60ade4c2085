"""Make the virtual environment and install the pinned packages; does nothing when they are there.

Run by `make` with the system's Python, so only the standard library, and words an old Python 3 understands.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
LOG = os.path.join(ROOT, "var", "install.log")
NEEDED = (3, 11)


def main(names):
    if sys.version_info < NEEDED:
        fail(
            "Postroom needs Python 3.11 or newer; this is %d.%d. Install a newer one, or name it: "
            "make run PYTHON=/path/to/python3.12" % sys.version_info[:2]
        )
    os.makedirs(os.path.dirname(LOG), exist_ok=True)
    files = [os.path.join(ROOT, "requirements", name + ".txt") for name in names]
    stamp = os.path.join(VENV, "installed-" + "-".join(names))
    wanted = fingerprint(files)
    python = os.path.join(VENV, "bin", "python")
    if read(stamp) == wanted and works(python):
        return
    if not works(python):
        print("Making the virtual environment …", flush=True)
        run(
            [sys.executable, "-m", "venv", "--clear", VENV],
            "The virtual environment could not be made. On Debian and Ubuntu: sudo apt-get install python3-venv.",
        )
    print("Installing packages (a minute the first time) …", flush=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for file in files:
        command += ["-r", file]
    run(command, "The packages could not be installed. Is the package index reachable from here?")
    with open(stamp, "w") as handle:
        handle.write(wanted)


def fingerprint(files):
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        with open(file, "rb") as handle:
            digest.update(handle.read())
    return digest.hexdigest()


def read(path):
    try:
        with open(path) as handle:
            return handle.read()
    except OSError:
        return ""


def works(python):
    """Whether this interpreter runs, is new enough and stands where it was made (a folder may be moved)."""
    code = "import sys, pip; sys.exit(sys.version_info < (3, 11) or sys.prefix != %r)" % VENV
    try:
        return subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def run(command, sentence):
    with open(LOG, "w") as log:
        code = subprocess.call(command, stdout=log, stderr=log)
    if code:
        fail("%s What was printed is in var/install.log." % sentence)


def fail(sentence):
    sys.exit("postroom: " + sentence)


if __name__ == "__main__":
    main(sys.argv[1:] or ["base"])
