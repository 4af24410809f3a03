"""Answers what oslo.policy decides: a JSON case a line in, true, false or the name of an exception a line out."""
import json
import logging
import sys

from oslo_policy import _checks
from oslo_policy import _parser

logging.disable(logging.CRITICAL)


class Enforcer:
    rules = {}


for line in sys.stdin:
    case = json.loads(line)
    try:
        Enforcer.rules = {
            name: _parser.parse_rule(text) for name, text in case["rules"].items()
        }
        met = _checks._check(
            _parser.parse_rule(case["check"]), case["target"], case["creds"], Enforcer, None
        )
        print("true" if met else "false")
    except Exception as error:
        print(type(error).__name__)
