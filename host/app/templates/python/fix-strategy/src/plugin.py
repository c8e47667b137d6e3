"""Proposes to try again, later each time, and gives up after some tries."""

from patchbay_sdk import FixPlan, Step, config, fix_strategy


def propose(problem):
    """Answers None when it has no idea: then the next strategy is asked. The host decides, acts and checks."""
    settings = config(tries=3, first_wait_ms=10_000)
    if problem.fixes_tried >= settings["tries"]:
        return None
    wait_ms = settings["first_wait_ms"] * 2**problem.fixes_tried
    return FixPlan(
        title=f"try again, try {problem.fixes_tried + 1} of {settings['tries']}",
        reason="many failures pass by themselves",
        actions=[Step("retry", {"after_ms": wait_ms})],
        confidence=0.5,
    )


# The name that the build looks for.
Strategy = fix_strategy(propose)
