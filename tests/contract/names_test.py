"""No two types of one name anywhere, and no circle of files: what a module includes never leads back to it."""
import collections
import re

import law

TYPE = re.compile(r"^(?:typedef\s+)?(struct|enum|union)\s+(mxs_\w+)\s*\{", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def module_of(path):
    return re.sub(r"\.[ch]$", "", str(path)).replace("/internal/", "/")


def circles_of(edges):
    """The strongly connected components of more than one module (Tarjan)."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(module):
        index[module] = low[module] = len(index)
        stack.append(module)
        on_stack.add(module)
        for other in sorted(edges[module]):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in on_stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            component = []
            while not component or component[-1] != module:
                component.append(stack.pop())
                on_stack.discard(component[-1])
            if len(component) > 1:
                found.append(sorted(component))

    for module in sorted(edges):
        if module not in index:
            visit(module)
    return found


def main():
    wrong, places, edges = [], collections.defaultdict(list), collections.defaultdict(set)
    for room in law.rooms():
        for path in room.files:
            where, text = path.relative_to(law.SOURCE), path.read_text(errors="replace")
            for match in TYPE.finditer(text):
                places[match.group(2)].append(str(where))
            edges[module_of(where)] |= {module_of(other) for other in INCLUDE.findall(text)} - {module_of(where)}
    for name, files in sorted(places.items()):
        if len(files) > 1:
            wrong.append(f"{name} is a type of its own in {' and '.join(files)}")
    for circle in circles_of(collections.defaultdict(set, {key: set(value) for key, value in edges.items()})):
        wrong.append(f"a circle of files: {' '.join(circle)}")
    law.finish(wrong, f"{len(places)} types, {len(edges)} modules: each name once, and no circle")


main()
