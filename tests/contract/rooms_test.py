"""The room law: an include reaches only rooms above, only foreign headers the room's line names, and never tests/.

What is neither a room's file nor a foreign header must be a header of C, POSIX or Linux on the list below.
"""
import re

import law

SYSTEM = set("""
assert.h complex.h ctype.h errno.h float.h inttypes.h limits.h locale.h math.h signal.h stdalign.h stdarg.h stdatomic.h
stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h strings.h time.h wchar.h
arpa/inet.h dirent.h fcntl.h fnmatch.h getopt.h glob.h grp.h langinfo.h libgen.h net/if.h netdb.h netinet/in.h
netinet/tcp.h netinet/udp.h poll.h pthread.h pwd.h sched.h spawn.h syslog.h termios.h unistd.h
sys/file.h sys/ioctl.h sys/mman.h sys/random.h sys/resource.h sys/select.h sys/socket.h sys/stat.h sys/statvfs.h
sys/time.h sys/types.h sys/uio.h sys/un.h sys/utsname.h sys/wait.h
malloc.h sys/auxv.h sys/epoll.h sys/eventfd.h sys/prctl.h sys/signalfd.h sys/statfs.h sys/syscall.h sys/sysinfo.h sys/timex.h
sys/vfs.h linux/audit.h linux/close_range.h linux/filter.h linux/landlock.h linux/magic.h linux/seccomp.h
""".split())

# The front door stands outside the rooms: what it may name.
FRONT_DOOR = {"base", "db", "options", "scanner/input/list.h", "scanner/run/confine.h", "scanner/command", "reports/command"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.M)


def allowed(path, own, uses):
    """Whether one of our headers may be included by the room `own`: its own, a used room's, or a used header."""
    room, _, _ = path.rpartition("/")
    if room.endswith("/internal"):
        return room == own + "/internal"
    return room == own or room in uses or path[:-2] in uses or path in uses


def breaches_of(path, own, uses, foreign, names):
    text = path.read_text(errors="replace")
    where = path.relative_to(law.SOURCE)
    for match in INCLUDE.finditer(text):
        ours, theirs = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        if ours and ours.startswith("tests/"):
            yield f"{where}:{line}: nothing sees tests/"
        elif ours and not (law.SOURCE / ours).is_file():
            yield f"{where}:{line}: \"{ours}\" is not a full path from the root"
        elif ours and ours.rpartition("/")[0].removesuffix("/internal") not in names:
            yield f"{where}:{line}: \"{ours}\" is in no room"
        elif ours and not allowed(ours, own, uses):
            yield f"{where}:{line}: {own or 'the front door'} may not use \"{ours}\""
        elif theirs and theirs not in SYSTEM and theirs not in foreign:
            yield f"{where}:{line}: {own or 'the front door'} may not use <{theirs}>"


def main():
    rooms, wrong, above = law.rooms(), [], []
    names = {room.name for room in rooms}
    files = 0
    for room in rooms:
        for used in room.uses:
            if used not in above and used.rpartition("/")[0] not in above:
                wrong.append(f"CMakeLists.txt: {room.name} uses {used}, which is not above it")
        for path in room.files:
            wrong += breaches_of(path, room.name, room.uses, room.foreign, names)
            files += 1
        above.append(room.name)
    wrong += breaches_of(law.SOURCE / "mxsurvey.c", "", FRONT_DOOR, set(), names)
    law.finish(wrong, f"{len(rooms)} rooms, {files} files: every include is lawful")


main()
