"""What every plugin may use, whatever it is granted.

The capabilities (`patchbay_sdk.http`, `patchbay_sdk.kv`, ...) are modules of their own: a component imports from the
host what its modules import, and the host refuses what was not granted. Import them at the top of a module: when a
component runs, there is no file to import from.
"""

from . import log
from .analyzer import Diagnosis, error_analyzer
from .config import config
from .errors import PluginError, SendError
from .notifier import notifier
from .routing import Decision, Exhausted, routing_policy
from .skill import Outcome, skill_adapter
from .source import Item, Page, task_source
from .strategy import FixPlan, Step, fix_strategy

__all__ = [
    "Decision",
    "Diagnosis",
    "Exhausted",
    "FixPlan",
    "Item",
    "Outcome",
    "Page",
    "PluginError",
    "SendError",
    "Step",
    "config",
    "error_analyzer",
    "fix_strategy",
    "log",
    "notifier",
    "routing_policy",
    "skill_adapter",
    "task_source",
]
