"""What Linux alone has stands in NAME_linux.c, each with a NAME_plain.c beside it that defines the same functions."""
import re

import law

# Headers and names that other POSIX systems do not have. In comments and in texts for people they may be named.
LINUX = re.compile(r"""<linux/|<sys/(prctl|vfs|statfs|epoll|eventfd|signalfd|sysinfo|timex|syscall|auxv|random)\.h>|<malloc\.h>|<seccomp\.h>|"/(proc|sys)/
    |\b(prctl|syscall|recvmmsg|sendmmsg|mmsghdr|memfd_create|close_range|copy_file_range|getrandom|adjtimex|mallopt|malloc_trim|sched_getaffinity
    |statfs|epoll_\w+|signalfd|eventfd|timerfd_\w+|renameat2|sync_file_range|SYS_\w+|SCMP_\w+|UDP_SEGMENT|UDP_GRO|O_TMPFILE|O_PATH|F_SETPIPE_SZ
    |PR_[A-Z_]+)\b""", re.X)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
DEFINED = re.compile(r"^(?!static)[a-zA-Z][^;={}()#]*?\b(mxs_\w+)\([^;{]*\)\s*\{", re.M)


def main():
    wrong, pairs = [], 0
    for room in law.rooms():
        for path in room.files:
            where, text = path.relative_to(law.SOURCE), path.read_text(errors="replace")
            if path.name.endswith(("_linux.c", "_plain.c")):
                other = path.with_name(path.name.replace("_linux.c", "_plain.c") if path.name.endswith("_linux.c")
                                       else path.name.replace("_plain.c", "_linux.c"))
                pairs += 1
                if not other.exists():
                    wrong.append(f"{where} has no {other.name} beside it")
                elif set(DEFINED.findall(text)) != set(DEFINED.findall(other.read_text())):
                    wrong.append(f"{where} and {other.name} do not define the same functions")
            if path.name.endswith("_linux.c"):
                continue
            bare = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
            for match in LINUX.finditer(bare):
                line = bare.count("\n", 0, match.start()) + 1
                wrong.append(f"{where}:{line}: {match[0]} is Linux' own: put it into a NAME_linux.c, with what others have in NAME_plain.c")
    law.finish(wrong, f"{pairs // 2} pairs of files; nowhere else is anything of Linux alone")


main()
