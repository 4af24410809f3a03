"""report.py LEFT_OUT <RESULTS: what became of each test, from a subunit stream, and a closing line with the counts.

LEFT_OUT is a file of lines "reason :: regular expression of a test's name": such a test may be skipped and is then not counted.
A stream in which no test passed is a failure.
"""

import re
import sys

import subunit
import testtools

TRACEBACK_LINES = 12


def left_out(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    pairs = [line.split(" :: ") for line in lines if line and not line.startswith("#")]
    return {re.compile(pattern): reason for reason, pattern in pairs}


def detail(test, name):
    return "".join(content.as_text() for key, content in test["details"].items() if key.startswith(name)).strip()


def read_results():
    """What was said last of each test, by its name without attributes."""
    tests = []
    source = testtools.StreamToDict(tests.append)
    source.startTestRun()
    subunit.ByteStreamToStreamResult(sys.stdin.buffer, non_subunit_name="stdout").run(source)
    source.stopTestRun()
    results = {}
    for test in tests:
        name = re.sub(r"\[.*?\]", "", test["id"])
        # A test is announced ("exists") before it is run.
        if name != "stdout" and (test["status"] != "exists" or name not in results):
            results[name] = test
    # A class that is skipped leaves its tests as they were announced.
    for name, test in list(results.items()):
        whole_class = re.fullmatch(r"setUpClass \((.*)\)", name)
        if whole_class and test["status"] == "skip":
            del results[name]
            for member in results:
                if member.startswith(whole_class[1] + ".") and results[member]["status"] == "exists":
                    results[member] = test
    return results


def main():
    reasons = left_out(sys.argv[1])
    passed = failed = skipped = expected = 0
    for name, test in sorted(read_results().items()):
        if test["status"] in ("success", "xfail"):
            passed += 1
        elif test["status"] == "skip":
            reason = next((reason for pattern, reason in reasons.items() if pattern.search(name)), None)
            if reason:
                expected += 1
                print(f"left out  {name}: {reason}")
            else:
                skipped += 1
                print(f"skip  {name}: {detail(test, 'reason')}")
        else:
            # "fail", or "exists" or "inprogress" where the time ran out.
            failed += 1
            print(f"FAIL  {name} ({test['status']})")
            for line in detail(test, "traceback").splitlines()[-TRACEBACK_LINES:]:
                print("      " + line)
    print(f"{expected} left out on purpose")
    if passed == 0:
        failed += 1
        print("FAIL  no test passed: did any run?")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


main()
