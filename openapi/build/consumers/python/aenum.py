"""What generated clients take from aenum, which Debian has no package of: the standard enum, and a mark of keyword arguments."""
from enum import *  # noqa: F403

no_arg = object()
