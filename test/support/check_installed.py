"""Looks at the packages that this interpreter sees, as its own code finds them, and says what is wrong with them.

Arguments are the requirements that were asked for; their extras count as wanted. Checked are

- what `pip check` checks: every Requires-Dist that applies here is met,
- every file that a RECORD names is there, with its size and hash,
- every file in site-packages is named by a RECORD, and by one only; bytecode and the app's own .pth apart.

One line for each problem, and exit status 1; else one line with the numbers of packages and files. It knows the
versions and markers that real packages use, not all of PEP 440 and PEP 508.
"""

import base64
import hashlib
import os
import platform
import re
import sys
import sysconfig
from importlib.metadata import distributions

REQUIREMENT = re.compile(r"\s*([\w.-]+)\s*(?:\[([^]]*)\])?\s*\(?([^;()]*)\)?\s*(?:;(.*))?$", re.S)
CLAUSE = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>)\s*(\S+?)\s*$")
VERSION = re.compile(r"(?:(\d+)!)?(\d+(?:\.\d+)*)(.*)$")
PHASE = re.compile(r"(dev|alpha|a|beta|b|rc|c|post)[.-]?(\d*)")
OPERAND = r"""("[^"]*"|'[^']*'|[a-z_]+)"""
COMPARISON = re.compile(OPERAND + r"\s*(===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b)\s*" + OPERAND)
RANKS = {"dev": -4, "alpha": -3, "a": -3, "beta": -2, "b": -2, "rc": -1, "c": -1, "post": 1}

ENVIRONMENT = {
    "implementation_name": sys.implementation.name,
    "implementation_version": platform.python_version(),
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_release": platform.release(),
    "platform_system": platform.system(),
    "platform_version": platform.version(),
    "python_full_version": platform.python_version(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "sys_platform": sys.platform,
}


def release(version):
    epoch, numbers, _ = VERSION.match(version.lower()).groups()
    return int(epoch or 0), [int(number) for number in numbers.split(".")]


def key(version):
    """Orders versions. What stands behind `+` does not count."""
    public = version.lower().partition("+")[0]
    epoch, numbers = release(public)
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    phases = [(RANKS[name], int(number or 0)) for name, number in PHASE.findall(VERSION.match(public).group(3))]
    return epoch, numbers, [*phases, (0, 0)]


def is_below(version, prefix):
    """Whether the version begins with the numbers of the prefix."""
    (epoch, numbers), (other, wanted) = release(version), release(prefix)
    return epoch == other and (numbers + [0] * len(wanted))[: len(wanted)] == wanted


def meets(version, operator, wanted):
    if operator == "===":
        return version == wanted
    if wanted.endswith(".*"):
        return is_below(version, wanted[:-2]) == (operator == "==")
    if operator == "~=":
        return key(version) >= key(wanted) and is_below(version, re.match(r"(.*\d)\.\d+", wanted).group(1))
    own, other = key(version), key(wanted)
    return {
        "==": own == other,
        "!=": own != other,
        "<=": own <= other,
        ">=": own >= other,
        "<": own < other,
        ">": own > other,
    }[operator]


def applies(marker, extra):
    environment = {**ENVIRONMENT, "extra": extra}

    def value(operand):
        return operand[1:-1] if operand[0] in "\"'" else environment[operand]

    def answer(match):
        left, operator, right = match.groups()
        ours, theirs = value(left), value(right)
        if operator.endswith("in"):
            return str((ours in theirs) == (operator == "in"))
        if "version" in left and VERSION.match(theirs):
            return str(meets(ours, operator, theirs))
        if left == "extra":
            theirs = normalized(theirs)
        return str(meets_text(ours, operator, theirs))

    return eval(COMPARISON.sub(answer, marker.strip()), {"__builtins__": {}})


def meets_text(ours, operator, theirs):
    return {"==": ours == theirs, "!=": ours != theirs}[operator]


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(requirement):
    name, extras, clauses, marker = REQUIREMENT.match(requirement).groups()
    names = [normalized(extra.strip()) for extra in (extras or "").split(",") if extra.strip()]
    return normalized(name), names, [CLAUSE.match(clause).groups() for clause in clauses.split(",") if clause.strip()], marker


def unmet(installed, asked):
    """Requirements that apply and that nothing meets, those of the wanted extras among them."""
    seen = set()
    queue = [(name, "") for name in installed]
    wanted = [("what was asked for", text, "") for text in asked]
    while wanted or queue:
        for requirer, text, for_extra in wanted:
            name, extras, clauses, marker = parse(text)
            if marker is not None and not applies(marker, for_extra):
                continue
            found = installed.get(name)
            if found is None:
                yield f"{requirer} requires {text}, which is not installed"
                continue
            if not all(meets(found.version, *clause) for clause in clauses):
                yield f"{requirer} requires {text}, but {found.version} is installed"
            queue += [(name, extra) for extra in extras]
        wanted = []
        for name, extra in queue:
            if (name, extra) not in seen:
                seen.add((name, extra))
                wanted += [(name, text, extra) for text in installed[name].requires or []]
        queue = []


def wrong_files(installed, owners):
    """Files that are not as their RECORD says; fills `owners` with the paths that it saw."""
    for name, distribution in installed.items():
        for file in distribution.files:
            place = os.path.normpath(file.locate())
            if place in owners:
                yield f"{place} is of {owners[place]} and of {name}"
            owners[place] = name
            if not os.path.isfile(place):
                yield f"{name} lacks {place}"
            elif file.hash is None:
                if file.name != "RECORD":
                    yield f"{name} has no hash for {place}"
            else:
                with open(place, "rb") as stream:
                    content = stream.read()
                digest = hashlib.new(file.hash.mode, content).digest()
                if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                    yield f"{name} has another hash for {place}"
                if len(content) != file.size:
                    yield f"{name} has another size for {place}"


def unowned(owners):
    for folder, _, names in os.walk(sysconfig.get_path("purelib")):
        for name in names:
            place = os.path.join(folder, name)
            if place not in owners and not name.endswith(".pyc") and name != "_pycontainer_app.pth":
                yield f"no package has {place}"


def main(asked):
    found = list(distributions())
    installed = {normalized(distribution.metadata["Name"]): distribution for distribution in found}
    owners = {}
    problems = [*unmet(installed, asked), *wrong_files(installed, owners), *unowned(owners)]
    if len(installed) < len(found):
        problems.append("a package is there twice")
    problems += [f"{place} is looked into" for place in sys.path if "dist-packages" in place]
    print("\n".join(dict.fromkeys(problems)) or f"{len(installed)} packages with {len(owners)} files are right")
    return len(problems) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
