import re
import tomllib

from tests.house.tree import ROOT, texts, tracked

CODE = texts(".py", ".js", ".css", ".html")
WORDS = texts(".py", ".js", ".css", ".html", ".md", ".toml", ".ini", ".yaml", ".txt", ".in", "")
LONGEST = 400
# The brackets keep this file from matching its own pattern.
ELSEWHERE = re.compile(r"/wo[r]k/|/roo[t]/|\.\./share[d]|/hom[e]/\w")

GENERATED = {f"clients/python/src/creator_client/{name}.py" for name in ("models", "calls")}
"""From docs/openapi.json."""


def test_no_file_is_too_long():
    """What is generated is exempt, such as migrations; any other file can be split by topic."""
    written = {
        name: text for name, text in CODE.items() if "/migrations/" not in name and name not in GENERATED
    }
    lengths = {name: len(text.splitlines()) for name, text in written.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_names_a_path_of_a_machine():
    found = {name: ELSEWHERE.findall(text) for name, text in WORDS.items()}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_licence_is_mit():
    licence = (ROOT / "LICENSE").read_text()
    assert licence.startswith("MIT License\n\nCopyright (c) 2026 Creator contributors\n")


def test_packages_say_what_lives_in_them():
    packages = [name for name in CODE if name.startswith("jobs/") and name.endswith("/__init__.py")]
    silent = [name for name in packages if not CODE[name].startswith('"""') and CODE[name].strip()]
    assert silent == []


def test_nothing_that_is_made_at_run_time_is_tracked():
    assert [
        path for path in tracked() if path.parts[0] in {"var", ".venv", "staticfiles"} or path.name == ".env"
    ] == []


def test_hooks_are_local_and_their_tools_pinned():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    pinned = (ROOT / "requirements/dev.txt").read_text()
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    tools = set(re.findall(r"\.venv/bin/([a-z-]+)", hooks)) - {"python", "pre-commit"}
    packages = {"lint-imports": "import-linter"}
    assert [tool for tool in tools if f"\n{packages.get(tool, tool)}==" not in pinned] == []


def test_python_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    said = (
        project["project"]["requires-python"],
        project["tool"]["ruff"]["target-version"],
        project["tool"]["mypy"],
    )
    assert (said[0], said[1], said[2]["python_version"]) == (">=3.11", "py311", "3.11")
    assert "Python 3.11" in (ROOT / "README.md").read_text()
