"""Changes the letters of a text: what a skill looks like."""

from patchbay_sdk import Outcome, PluginError, job, skill_adapter
from patchbay_sdk.skill import Skill as One


def run(given, _invocation):
    """`given` is read from its JSON. An outcome says what came of the work; an error, that it could not be tried."""
    if not isinstance(given.get("text"), str):
        raise PluginError("bad-input", 'the input has no "text"')
    job.log_line(f"{len(given['text'])} letters")
    return Outcome("made the letters large", output={"text": given["text"].upper()})


SCHEMA = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}

# The name that the build looks for.
Skill = skill_adapter({"{{name}}": One(run, "Makes the letters of a text large", SCHEMA)})
