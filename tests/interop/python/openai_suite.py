"""The own test-suite of OpenAI's Python SDK: first against a mock of the API, then through Patchbay to the same mock.
What passes directly has to pass through the gateway, and the mock has to be asked the same.

    python openai_suite.py PATCHBAY CACHE [PYTEST ARGUMENT…]

CACHE is the folder that install.sh has filled; the Python that runs this is the one in it. Status 1 if anything
differs that is not named in EXCEPTIONS."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "openai_suite"))

import spec  # noqa: E402
from host import Host, environment  # noqa: E402
from mock import mock  # noqa: E402

SUITE_SECONDS = 1200
# The most differences that are printed.
SHOWN_MAX = 50
CONFIG = """
[routing]
pass_through = ["*"]
"""
MODEL = re.compile(r"""["']?model["']?\s*[=:]\s*"([^"]+)\"""")

NO_MODEL = "a response without a model (of a stored prompt) is refused with 400: the gateway cannot tell who has it"
MODELS = "the gateway answers for models itself: it lists those of its providers, and deletes none"

# Tests that may fail through the gateway although they pass directly, and requests that the mock may be asked
# otherwise, each by a pattern of how its name begins and with its reason.
EXCEPTIONS = {
    r"test_models\.\w+\.test_\w+_delete\[": MODELS,
    r"(GET|DELETE) /v1/models/": MODELS,
    r"(beta\.)?test_responses\.\w+\.test_(method|raw_response|streaming_response)_create_overload_[12]\[": NO_MODEL,
    r"POST /v1/responses(\?beta=true)? ": NO_MODEL,
}


def models(suite):
    """All models that the suite names: the gateway sends a request only to a provider that has its model."""
    files = (suite / "tests/api_resources").rglob("test_*.py")
    return sorted({name for file in files for name in MODEL.findall(file.read_text())})


def run(suite, url, report, arguments, key=None):
    """The outcome of each test."""
    more = {"TEST_API_BASE_URL": url, "DEFER_PYDANTIC_BUILD": "false", "PYTHONDONTWRITEBYTECODE": "1"}
    plugin = ["-p", "gateway_key"] if key else []
    if key:
        more |= {"PATCHBAY_TEST_KEY": key, "PYTHONPATH": str(HERE / "openai_suite")}
    options = ["-q", "-p", "no:cacheprovider", "-o", "addopts=", "-o", "filterwarnings=", f"--junitxml={report}"]
    command = [sys.executable, "-m", "pytest", *plugin, *options, *(arguments or ["tests/api_resources"])]
    with open(report.with_suffix(".log"), "w") as log:
        subprocess.run(command, cwd=suite, env=environment(**more), stdout=log, stderr=log, timeout=SUITE_SECONDS)
    return dict(outcomes(report))


def outcomes(report):
    for test in xml.etree.ElementTree.parse(report).iter("testcase"):
        bad = [child for child in test if child.tag in ("failure", "error")]
        skipped = test.find("skipped") is not None
        name = f"{test.get('classname').removeprefix('tests.api_resources.')}.{test.get('name')}"
        yield name, ("failed", bad[0].get("message")) if bad else ("skipped", "") if skipped else ("passed", "")


def through_gateway(binary, suite, url, report, arguments):
    with Host(binary, CONFIG) as host:
        named = [word for model in models(suite) for word in ("--model", model)]
        options = ("--no-key", "--api", "openai-responses", "--rpm", "1000000")
        host.cli("provider", "add", "mock", "--url", url, *options, *named)
        return run(suite, host.url, report, arguments, host.key("suite"))


def unexpected(direct, through):
    """Tests that the gateway broke, with what they said."""
    for name, (outcome, _) in direct.items():
        now, said = through.get(name, ("missing", ""))
        if outcome != now and outcome != "failed":
            yield name, f"{now}: {said[:300]}"


def differently_asked(before, after):
    for line in sorted(before | after):
        if before[line] != after[line]:
            yield line, f"asked {before[line]} times directly, {after[line]} times through the gateway"


def summary(results):
    count = collections.Counter(outcome for outcome, _ in results.values())
    return ", ".join(f"{count[word]} {word}" for word in ("passed", "failed", "skipped"))


def judge(found, whole):
    """Prints what is not excepted, and counts it; and in a whole run, what is excepted without need."""
    excepted = collections.Counter()
    bad = 0
    for name, said in found:
        pattern = next((pattern for pattern in EXCEPTIONS if re.match(pattern, name)), None)
        excepted[pattern] += 1
        if pattern is None:
            bad += 1
            print(f"  {name}: {said}") if bad <= SHOWN_MAX else None
    print(f"  … and {bad - SHOWN_MAX} more") if bad > SHOWN_MAX else None
    for pattern, reason in EXCEPTIONS.items():
        print(f"  excepted: {excepted[pattern]} of {pattern}: {reason}")
        bad += whole and not excepted[pattern]
    return bad


def main(binary, cache, *arguments):
    cache = pathlib.Path(cache).resolve()
    suite = next((cache / "src").glob("openai-*"))
    program = cache / "node/node_modules/@stdy/cli-linux-x64/bin/steady"
    document = spec.write(cache / "openai.json")
    with mock(program, document) as (url, asked):
        direct = run(suite, url, cache / "direct.xml", arguments)
        before = asked()
        print("directly:           ", summary(direct), f"({sum(before.values())} requests)")
        through = through_gateway(os.path.abspath(binary), suite, url, cache / "gateway.xml", arguments)
        after = asked() - before
        print("through the gateway:", summary(through), f"({sum(after.values())} requests)")
    if not before:
        raise SystemExit("the mock's log names no request: what was asked cannot be compared; see `LOG` in mock.py")
    bad = judge([*unexpected(direct, through), *differently_asked(before, after)], whole=not arguments)
    passed = sum(outcome == "passed" for outcome, _ in through.values())
    print(f"{passed} passed, {bad} failed")
    return 1 if bad or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
