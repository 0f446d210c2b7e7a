/* Two walls, because each leaves open what the other closes. Landlock knows paths: it refuses every write, creation,
 * removal and execution below a folder that is not named. seccomp knows calls: it refuses what a survey never does,
 * also on files already open or made in memory (execveat of a memfd).
 *
 * To landlock a network is TCP ports, and to seccomp an address is a pointer. So no call that takes an address is left:
 * no socket is made or connected here (scanner/outside/outside.h), and what goes out of one that is there goes to whom
 * it was connected to. connect answers as for a connection that has begun, since the broker has begun it: libuv and
 * libcurl then wait, as ever. Options of IP are refused because a source route is an address, and sendmsg and sendmmsg
 * because their address, and such options, stand in memory. Landlock's ports stay as a second wall, the broker's own.
 *
 * The filter is a list of what is refused, not of what is allowed: the C library, libuv and SQLite change the calls
 * they make from release to release, and a scan that dies in the fifth hour because of a new one helps nobody.
 * clone3 and io_uring answer ENOSYS: the first hides its flags from a filter, the second runs calls beside it; callers
 * fall back to clone and to plain calls. */
#include "scanner/run/internal/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scanner/outside/rule.h"
#include "scanner/run/sandbox.h"

/* Newer than Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define RULE_NET_PORT 2
struct ruleset {
    uint64_t files, net;
};
struct net_port {
    uint64_t rights, port;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

int mxs_walls_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

/* Everything that changes a file system; what an older kernel does not know is left out. */
static uint64_t writing_rights(int version)
{
    uint64_t rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                      LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                      LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                      LANDLOCK_ACCESS_FS_MAKE_SYM;
    if (version >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return rights;
}

static enum mxs_err allow(int rules, const char *path, int flags, uint64_t rights, struct mxs_detail *detail)
{
    int fd = open(path, O_PATH | O_CLOEXEC | flags);
    if (fd < 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "output folder %.300s: %s", path, strerror(errno));
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = fd};
    long failed = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    int code = errno;
    close(fd);
    return failed
               ? mxs_err_set(detail, MXS_ERR_INPUT, "output folder %.300s cannot be allowed: %s", path, strerror(code))
               : MXS_OK;
}

static enum mxs_err allow_port(int rules, uint16_t port, struct mxs_detail *detail)
{
    struct net_port rule = {NET_CONNECT_TCP, port};
    if (syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0) == 0)
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT, "TCP port %u cannot be allowed: %s", port, strerror(errno));
}

static enum mxs_err allow_ports(int rules, const struct mxs_sandbox_limits *limits, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; i < limits->rule_count && err == MXS_OK; i++) {
        const union mxs_outside_address *address = &limits->rules[i].address;
        uint16_t port = limits->rules[i].port;
        if (address->any.sa_family != AF_UNSPEC)
            port = ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
        err = allow_port(rules, port, detail);
    }
    return err;
}

enum mxs_err mxs_walls_files_put(const struct mxs_sandbox_limits *limits, struct mxs_detail *detail)
{
    int version = mxs_walls_version();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || version == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "this kernel has no landlock");
    uint64_t rights = writing_rights(version);
    struct ruleset attributes = {rights | LANDLOCK_ACCESS_FS_EXECUTE,
                                 version >= MXS_WALLS_PORTS_SINCE ? NET_BIND_TCP | NET_CONNECT_TCP : 0};
    size_t size = version >= MXS_WALLS_PORTS_SINCE ? sizeof attributes
                                         : sizeof attributes.files; /* an older kernel knows the first alone */
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (rules < 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "landlock: %s", strerror(errno));
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; i < limits->folder_count && err == MXS_OK; i++)
        err = allow(rules, limits->folders[i], O_DIRECTORY, rights, detail);
    if (err == MXS_OK)
        err = allow(rules, "/dev/null", 0, LANDLOCK_ACCESS_FS_WRITE_FILE | (rights & LANDLOCK_ACCESS_FS_TRUNCATE),
                    detail);
    if (err == MXS_OK && version >= MXS_WALLS_PORTS_SINCE)
        err = allow_ports(rules, limits, detail);
    if (err == MXS_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        err = mxs_err_set(detail, MXS_ERR_INPUT, "landlock: %s", strerror(errno));
    close(rules);
    return err;
}

static const int refused_calls[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat),
    /* other processes and namespaces */
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd), SCMP_SYS(personality),
    /* whoever would come in */
    SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
    /* the machine */
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(open_by_handle_at),
    SCMP_SYS(move_mount), SCMP_SYS(fsopen), SCMP_SYS(open_tree), SCMP_SYS(swapon), SCMP_SYS(swapoff),
    SCMP_SYS(reboot), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(init_module),
    SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    /* corners of the kernel with a history */
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key),
    SCMP_SYS(request_key), SCMP_SYS(vmsplice), SCMP_SYS(lookup_dcookie), SCMP_SYS(modify_ldt),
};

/* The kernel looks at the lower half of an int, a filter at the whole register. */
#define INT 0xffffffffu
#define SIOC 0x8900u /* ioctls of sockets: routes, addresses, interfaces */

static int refuse_network(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
#ifdef __NR_socketcall
                                SCMP_SYS(socketcall), /* all of them behind a pointer */
#endif
    };
    static const unsigned levels[] = {IPPROTO_IP, IPPROTO_IPV6};
    int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINPROGRESS), SCMP_SYS(connect), 0);
    for (size_t i = 0; i < sizeof calls / sizeof *calls && code == 0; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), calls[i], 0);
    for (size_t i = 0; i < sizeof levels / sizeof *levels && code == 0; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(setsockopt), 1,
                                SCMP_A1(SCMP_CMP_MASKED_EQ, INT, levels[i]));
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(sendto), 1, SCMP_A4(SCMP_CMP_NE, 0));
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(ioctl), 1,
                                SCMP_A1(SCMP_CMP_MASKED_EQ, INT & ~0xffu, SIOC));
    return code;
}

static int refuse_processes(scmp_filter_ctx filter)
{
    int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0);
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fork), 0);
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(vfork), 0);
    if (code == 0) /* a thread has CLONE_THREAD set, a process has not */
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    return code;
}

static int fill(scmp_filter_ctx filter, bool network)
{
    int code = 0;
    for (size_t i = 0; i < sizeof refused_calls / sizeof *refused_calls && code == 0; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused_calls[i], 0);
    if (code == 0 && network)
        code = refuse_network(filter);
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0);
    if (code == 0 && !UNDER_SANITIZER)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (code == 0 && !UNDER_SANITIZER)
        code = refuse_processes(filter);
    return code;
}

enum mxs_err mxs_walls_calls_put(bool network, struct mxs_detail *detail)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the seccomp filter");
    int code = fill(filter, network);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    return code == 0 ? MXS_OK : mxs_err_set(detail, MXS_ERR_INPUT, "seccomp: %s", strerror(-code));
}

bool mxs_walls_calls_known(void) { return prctl(PR_GET_SECCOMP) >= 0; }

const char *mxs_sandbox_seccomp_version(void)
{
    static char text[32];
    const struct scmp_version *version = seccomp_version();
    snprintf(text, sizeof text, "%u.%u.%u", version->major, version->minor, version->micro);
    return text;
}
