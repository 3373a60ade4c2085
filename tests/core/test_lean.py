"""Settings of the allocators, in a process of its own: they hold for all of it."""

import subprocess
import sys

SCRIPT = """
import gc
from core.lean import YOUNG, be_lean
be_lean()
assert gc.get_freeze_count() > 1000
assert gc.get_threshold()[0] == YOUNG
class Node: pass
import weakref
node = Node(); node.itself = node; gone = weakref.ref(node)
del node
gc.collect()
assert gone() is None
"""


def test_what_was_loaded_is_not_looked_through_again_and_new_cycles_still_go():
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
