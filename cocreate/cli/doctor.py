"""`cocreate doctor`: what is installed, where, and whether it can work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from cocreate.cli.context import Context
from cocreate.doctor import Finding, examine
from cocreate.errors import DONE, FAILED

MARKS = {"fine": " ", "warning": "!", "broken": "x"}


def run(context: Context) -> int:
    """Print every finding; 1 when something is broken."""
    found = examine(context.resolve, context.args.home, context.environ, deep=context.args.deep)
    if context.args.json:
        findings = list(found)
        context.print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        findings = _printed(context, found)
    return FAILED if any(finding.level == "broken" for finding in findings) else DONE


def _printed(context: Context, found: Iterator[Finding]) -> list[Finding]:
    section = ""
    findings: list[Finding] = []
    for finding in found:
        if finding.section != section:
            section = finding.section
            context.print(section)
        context.print(f" {MARKS[finding.level]} {finding.name:<22} {finding.value}")
        if finding.next_step:
            context.print(f"   {'':<22} {finding.next_step}")
        findings.append(finding)
    bad = sum(finding.level != "fine" for finding in findings)
    context.note(f"{bad} of {len(findings)} findings need a look." if bad else "All is well.")
    return findings
