"""Says what a failure is, by words in its message."""

from patchbay_sdk import Diagnosis, config, error_analyzer

KNOWN = {"out of memory": "out-of-memory", "permission denied": "permission-denied", "timed out": "timeout"}
"""By what a message has in it, in lower case."""


def analyze(failure):
    """Answers None when it does not know: then the next analyzer is asked."""
    words = KNOWN | config(words={})["words"]
    message = failure.message.lower()
    for word, name in words.items():
        if word in message:
            return Diagnosis(name, cause=f'the message says "{word}"', confidence=0.8)
    return None


# The name that the build looks for.
Analyzer = error_analyzer(analyze)
