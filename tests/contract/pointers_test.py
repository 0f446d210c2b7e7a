"""What a comment sends its reader to is there: headers and sources named by their path, headings of the manual."""
import re

import law

PATH = re.compile(r"(?<![\w./])((?:base|model|db|options|scanner|reports|tests|scripts|docs)/[\w/]+\.(?:c|h|py|sql|tsv|sh|md))(?!\w)")
HEADING = re.compile(r'docs/manual\.md,?\s+(?:\* )?"([^"]+)"')
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def main():
    manual = (law.SOURCE / "docs" / "manual.md").read_text()
    headings = {line.lstrip("#").strip() for line in manual.splitlines() if line.startswith("#")}
    wrong, seen = [], 0
    for path in sorted(law.SOURCE.rglob("*.[ch]")):
        where = path.relative_to(law.SOURCE)
        if where.parts[0] in ("build", ".git"):
            continue
        for comment in COMMENT.findall(path.read_text(errors="replace")):
            for named in PATH.findall(comment):
                seen += 1
                if not (law.SOURCE / named).exists():
                    wrong.append(f"{where}: {named} is not there")
            for heading in HEADING.findall(re.sub(r"\s*\n\s*\*\s*", " ", comment)):
                seen += 1
                if heading not in headings:
                    wrong.append(f'{where}: docs/manual.md has no heading "{heading}"')
    if seen == 0:
        wrong.append("no comment names a path: this test sees nothing")
    law.finish(wrong, f"{seen} paths and headings named in comments")


main()
