"""Settings of the allocators, in a process of its own: they hold for all of it."""

import subprocess
import sys

SCRIPT = """
import gc
from core.lean import YOUNG, be_lean
be_lean()
class Node: pass
import weakref
node = Node(); node.itself = node; gone = weakref.ref(node)
del node
gc.collect()
print(gc.get_freeze_count() > 1000, gc.get_threshold()[0] == YOUNG, gone() is None)
"""


def test_what_was_loaded_is_not_looked_through_again_and_new_cycles_still_go():
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * 3
