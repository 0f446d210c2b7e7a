/* The sandbox is for a whole process and for ever, so every case runs in a child of its own and tells by exit code. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/outside/outside.h"
#include "scanner/run/sandbox.h"

static char inside[64], outside[64];

static void set_up(void)
{
    strcpy(inside, "/tmp/mxs-inside-XXXXXX");
    strcpy(outside, "/tmp/mxs-outside-XXXXXX");
    cr_assert(mkdtemp(inside) != NULL && mkdtemp(outside) != NULL);
}

static void tear_down(void)
{
    char path[100];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/file", i ? inside : outside);
        unlink(path);
        snprintf(path, sizeof path, "%s/moved", i ? inside : outside);
        unlink(path);
    }
    rmdir(inside);
    rmdir(outside);
}
TestSuite(base_sandbox, .init = set_up, .fini = tear_down);

static struct mxs_outside_rule allowed; /* whom the process may reach */
static size_t rule_count;

enum { HELD = 10, BROKEN = 11, NO_KERNEL = 12, SETUP = 13 };

/* Runs deed inside the sandbox in a child; its exit code. */
static int sandboxed(int (*deed)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct mxs_sandbox_state state;
        const char *folders[] = {inside};
        const struct mxs_sandbox_limits limits = {folders, 1, &allowed, rule_count};
        if (mxs_sandbox_enter(MXS_SANDBOX_AUTO, &limits, &state, NULL) != MXS_OK)
            _exit(SETUP);
        if (!state.files || !state.calls)
            _exit(NO_KERNEL);
        _exit(deed());
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void expect_held(int (*deed)(void))
{
    int code = sandboxed(deed);
    if (code == NO_KERNEL)
        cr_skip_test("this kernel has no landlock: the sandbox cannot be tested here");
    cr_assert_eq(code, HELD, "got %d", code);
}

static int open_in(const char *folder, int flags)
{
    char path[100];
    snprintf(path, sizeof path, "%s/file", folder);
    return open(path, flags, 0600);
}

static int planted_execve(void)
{
    char *const argv[] = {(char *)(uintptr_t)"true", NULL}, *const none[] = {NULL};
    execve("/bin/true", argv, none);
    return errno == EPERM || errno == EACCES ? HELD : BROKEN;
}
Test(base_sandbox, a_planted_execve_is_refused) { expect_held(planted_execve); }

static int planted_execveat(void)
{
    char *const argv[] = {(char *)(uintptr_t)"true", NULL}, *const none[] = {NULL};
    int fd = (int)syscall(SYS_memfd_create, "x", 0);
    if (fd < 0)
        return SETUP;
    syscall(SYS_execveat, fd, "", argv, none, AT_EMPTY_PATH);
    return errno == EPERM || errno == EACCES ? HELD : BROKEN;
}
Test(base_sandbox, a_planted_execveat_of_memory_is_refused) { expect_held(planted_execveat); }

static int planted_fork(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return HELD; /* the leak check is a process: allowed there, and said so in sandbox.h */
#else
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid < 0 && errno == EPERM ? HELD : BROKEN;
#endif
}
Test(base_sandbox, a_planted_fork_is_refused) { expect_held(planted_fork); }

static int write_outside(void)
{
    if (open_in(outside, O_WRONLY | O_CREAT) >= 0 || errno != EACCES)
        return BROKEN;
    return open("/etc/mxsurvey-planted", O_WRONLY | O_CREAT, 0600) < 0 ? HELD : BROKEN;
}
Test(base_sandbox, a_write_outside_is_refused) { expect_held(write_outside); }

static int change_outside(void)
{
    char from[100], to[100];
    snprintf(from, sizeof from, "%s/file", outside);
    snprintf(to, sizeof to, "%s/moved", inside);
    if (unlink(from) == 0 || rename(from, to) == 0 || link(from, to) == 0)
        return BROKEN;
    snprintf(to, sizeof to, "%s/sub", outside);
    if (mkdir(to, 0700) == 0 || symlink("/etc/passwd", to) == 0)
        return BROKEN;
    return open(from, O_WRONLY | O_TRUNC) < 0 && open(from, O_RDONLY) >= 0 ? HELD : BROKEN;
}
Test(base_sandbox, a_file_outside_can_be_read_but_not_changed)
{
    int fd = open_in(outside, O_WRONLY | O_CREAT);
    cr_assert_geq(fd, 0);
    close(fd);
    expect_held(change_outside);
}

static int write_inside(void)
{
    char from[100], to[100];
    int fd = open_in(inside, O_WRONLY | O_CREAT);
    if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0 || ftruncate(fd, 0) != 0)
        return BROKEN;
    snprintf(from, sizeof from, "%s/file", inside);
    snprintf(to, sizeof to, "%s/moved", inside);
    if (rename(from, to) != 0 || unlink(to) != 0)
        return BROKEN;
    return open("/dev/null", O_WRONLY) >= 0 ? HELD : BROKEN;
}
Test(base_sandbox, the_named_folder_can_be_used) { expect_held(write_inside); }

static void *answer(void *arg) { return arg; }
static int threads(void)
{
    pthread_t thread;
    void *got = NULL;
    int token = 0;
    return pthread_create(&thread, NULL, answer, &token) == 0 && pthread_join(thread, &got) == 0 && got == &token
               ? HELD
               : BROKEN;
}
Test(base_sandbox, threads_go_on_working) { expect_held(threads); }

/* --- the network: on loopback, a resolver that a rule names and one that none does --- */

static int listen_unbound(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return SETUP;
    return listen(pair[0], 1) != 0 && errno == EPERM && accept(pair[0], NULL, NULL) < 0 && errno == EPERM ? HELD
                                                                                                          : BROKEN;
}
Test(base_sandbox, nobody_can_be_let_in) { expect_held(listen_unbound); }

/* Also with bits where the kernel does not look, and a filter may. */
static int every_socket(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_PACKET},
                     protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, 132 /* SCTP */, 262 /* MPTCP */};
    for (long family = 0; family < 70; family++)
        for (size_t type = 0; type < sizeof types / sizeof *types; type++)
            for (size_t protocol = 0; protocol < sizeof protocols / sizeof *protocols; protocol++)
                if (syscall(SYS_socket, family | (long)type << 40, types[type], protocols[protocol]) >= 0)
                    return BROKEN;
    return HELD;
}
Test(base_sandbox, no_socket_can_be_made) { expect_held(every_socket); }

static union mxs_outside_address named, other; /* what hears there */
static int hears_named, hears_other;           /* UDP */

static int hear(union mxs_outside_address *at, int type)
{
    socklen_t size = sizeof at->v4;
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    memset(at, 0, sizeof *at);
    at->v4.sin_family = AF_INET;
    at->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert(fd >= 0 && bind(fd, &at->any, size) == 0 && getsockname(fd, &at->any, &size) == 0);
    cr_assert(type != SOCK_STREAM || listen(fd, 4) == 0);
    return fd;
}

static void expect_network_held(int type, int (*deed)(void))
{
    hears_named = hear(&named, type);
    hears_other = hear(&other, type);
    const struct mxs_outside_rule rule = {.address = named, .datagrams = true};
    allowed = rule;
    rule_count = 1;
    expect_held(deed);
    char got;
    cr_expect_eq(type == SOCK_DGRAM ? recv(hears_other, &got, 1, 0) : accept(hears_other, NULL, NULL), -1,
                 "somebody came whom no rule lets through");
    close(hears_named);
    close(hears_other);
}

static bool sends(int fd, struct msghdr *header)
{
    struct mmsghdr several = {.msg_hdr = *header};
    return sendmsg(fd, header, 0) >= 0 || sendmmsg(fd, &several, 1, 0) >= 0;
}

/* Every call that takes an address with a datagram, on a socket that may send. */
static int datagrams_with_an_address(void)
{
    char byte = 'x';
    union mxs_outside_address to = other;
    struct iovec vector = {&byte, 1};
    struct msghdr with = {.msg_name = &to, .msg_namelen = sizeof to.v4, .msg_iov = &vector, .msg_iovlen = 1},
                  without = {.msg_iov = &vector, .msg_iovlen = 1};
    int fd = mxs_outside_open(SOCK_DGRAM, &named.any);
    if (fd < 0)
        return SETUP;
    if (sendto(fd, &byte, 1, 0, &to.any, sizeof to.v4) >= 0 || sends(fd, &with) || sends(fd, &without))
        return BROKEN;
    if (sendto(fd, &byte, 1, MSG_FASTOPEN, &to.any, sizeof to.v4) >= 0 || sendto(fd, &byte, 1, 0, &to.any, 0) >= 0)
        return BROKEN;
    return send(fd, &byte, 1, 0) == 1 && write(fd, &byte, 1) == 1 && recv(hears_named, &byte, 1, 0) == 1 ? HELD
                                                                                                         : BROKEN;
}
Test(base_sandbox, a_datagram_takes_no_address) { expect_network_held(SOCK_DGRAM, datagrams_with_an_address); }

/* connect says that it has begun, and nothing has: what is sent still goes to the first. */
static int turned_elsewhere(void)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    union mxs_outside_address to = other, any = {.v4 = {.sin_family = AF_INET}}, peer;
    socklen_t size = sizeof peer;
    char byte = 'x';
    int fd = mxs_outside_open(SOCK_DGRAM, &named.any), copy = fd < 0 ? -1 : dup2(fd, 100);
    if (copy < 0)
        return SETUP;
    if (connect(fd, &nobody, sizeof nobody) == 0 || connect(copy, &to.any, sizeof to.v4) == 0 ||
        syscall(SYS_connect, fd | 1L << 40, &to, sizeof to.v4) == 0 || bind(fd, &any.any, sizeof any.v4) == 0)
        return BROKEN;
    if (send(copy, &byte, 1, 0) != 1 || recv(hears_named, &byte, 1, 0) != 1)
        return BROKEN;
    return getpeername(fd, &peer.any, &size) == 0 && peer.v4.sin_port == named.v4.sin_port ? HELD : BROKEN;
}
Test(base_sandbox, a_socket_cannot_be_turned_elsewhere) { expect_network_held(SOCK_DGRAM, turned_elsewhere); }

/* A source route is an address: the datagram goes to its first stop, which may be anybody. */
static int routed_elsewhere(void)
{
    static const unsigned char loose[] = {0x83, 7, 4, 127, 0, 0, 2, 0};
    int fd = mxs_outside_open(SOCK_DGRAM, &named.any);
    struct {
        char name[16], rest[240];
    } interface = {"lo", ""};
    if (fd < 0)
        return SETUP;
    for (long high = 0; high < 2; high++)
        for (int option = 0; option < 256; option++)
            if (syscall(SYS_setsockopt, fd, IPPROTO_IP | high << 33, option, loose, sizeof loose) == 0 ||
                syscall(SYS_setsockopt, fd, IPPROTO_IPV6 | high << 33, option, loose, sizeof loose) == 0)
                return BROKEN;
    for (int call = 0x8900; call < 0x8a00; call++) /* routes, addresses, interfaces: what root may change */
        if (ioctl(fd, (unsigned long)call, &interface) == 0)
            return BROKEN;
    return HELD;
}
Test(base_sandbox, no_route_can_be_named) { expect_network_held(SOCK_DGRAM, routed_elsewhere); }

static ssize_t read_memory(pid_t pid, char *room)
{
    struct iovec here = {room, 1}, there = {room, 1};
    return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

static int past_the_filter(void)
{
    char room[256] = {0};
    int fd = mxs_outside_open(SOCK_DGRAM, &named.any);
    if (fd < 0 || syscall(SYS_io_uring_setup, 4, room) >= 0 || syscall(SYS_pidfd_getfd, 0, 0, 0) >= 0)
        return BROKEN;
    return ptrace(PTRACE_SEIZE, getppid(), 0, 0) != 0 && read_memory(getppid(), room) < 0 ? HELD : BROKEN;
}
Test(base_sandbox, nobody_else_is_made_to_send) { expect_network_held(SOCK_DGRAM, past_the_filter); }

#if defined(__x86_64__)
/* The calls of other tables have other numbers: whoever makes one is ended. */
static int other_table(void)
{
    long code = 102, what = 1; /* socketcall(SYS_SOCKET) of 32 bits */
    unsigned words[] = {AF_INET, SOCK_DGRAM, 0};
    __asm__ volatile("int $0x80" : "+a"(code) : "b"(what), "c"(words) : "memory");
    return code >= 0 ? BROKEN : HELD;
}

/* A kernel without calls of 32 bits ends who makes one as it ends any other bad instruction. */
static bool kernel_has_other_table(void)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* no report of AddressSanitizer's */
        _exit(other_table());
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status);
}

static int other_numbers(void) { return syscall(0x40000000 | 41, AF_INET, SOCK_DGRAM, 0) >= 0 ? BROKEN : HELD; }

static void expect_ended(int (*deed)(void))
{
    int code = sandboxed(deed);
    if (code == NO_KERNEL)
        cr_skip_test("this kernel has no landlock: the sandbox cannot be tested here");
    cr_assert(code == HELD || code == 1000 + SIGSYS, "got %d", code);
}
Test(base_sandbox, calls_of_32_bits_are_no_way_round)
{
    if (!kernel_has_other_table())
        cr_skip_test("this kernel has no calls of 32 bits");
    expect_ended(other_table);
}
Test(base_sandbox, calls_of_x32_are_no_way_round) { expect_ended(other_numbers); }
#endif

/* By TCP, as libuv and libcurl do it: connect answers that it has begun, then the socket can be written. */
static int by_tcp(void)
{
    int fd = mxs_outside_open(SOCK_STREAM, &named.any), code = -1;
    socklen_t size = sizeof code;
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    if (fd < 0 || connect(fd, &named.any, sizeof named.v4) == 0 || errno != EINPROGRESS || poll(&wait, 1, 5000) != 1)
        return BROKEN;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0 || code != 0 || send(fd, "x", 1, MSG_NOSIGNAL) != 1)
        return BROKEN;
    return HELD;
}
Test(base_sandbox, tcp_reaches_whom_a_rule_names) { expect_network_held(SOCK_STREAM, by_tcp); }

/* Who asks the broker for somebody else is stopped: this process is not the scan any more, or the scan has a bug. */
static int of_somebody_else(void)
{
    (void)mxs_outside_open(SOCK_STREAM, &other.any);
    return BROKEN;
}
static int datagrams_of_somebody_else(void)
{
    (void)mxs_outside_open(SOCK_DGRAM, &other.any);
    return BROKEN;
}
static void expect_stopped(int type, int (*deed)(void))
{
    hears_named = hear(&named, type);
    hears_other = hear(&other, type);
    allowed = (struct mxs_outside_rule){.address = named, .datagrams = true};
    rule_count = 1;
    int code = sandboxed(deed);
    if (code == NO_KERNEL)
        cr_skip_test("this kernel has no landlock: the sandbox cannot be tested here");
    cr_assert_eq(code, 1000 + SIGABRT, "got %d", code);
    char got;
    cr_expect_eq(type == SOCK_DGRAM ? recv(hears_other, &got, 1, 0) : accept(hears_other, NULL, NULL), -1);
    close(hears_named);
    close(hears_other);
}
Test(base_sandbox, the_broker_connects_to_nobody_else) { expect_stopped(SOCK_STREAM, of_somebody_else); }
Test(base_sandbox, the_broker_sends_to_nobody_else) { expect_stopped(SOCK_DGRAM, datagrams_of_somebody_else); }

Test(base_sandbox, what_can_be_had_is_what_is_had)
{
    struct mxs_sandbox_state wanted;
    mxs_sandbox_find(&wanted);
    pid_t pid = fork();
    if (pid == 0) {
        struct mxs_sandbox_state got;
        const struct mxs_sandbox_limits none = {0};
        _exit(mxs_sandbox_enter(MXS_SANDBOX_AUTO, &none, &got, NULL) == MXS_OK && got.files == wanted.files &&
                      got.calls == wanted.calls
                  ? HELD
                  : BROKEN);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == HELD);
}

Test(base_sandbox, a_folder_that_is_none_is_an_error_in_every_mode)
{
    for (int mode = MXS_SANDBOX_REQUIRE; mode <= MXS_SANDBOX_OFF; mode++) {
        struct mxs_sandbox_state state = {.landlock = 77};
        struct mxs_detail detail = {0};
        const char *folders[] = {"/nonexistent/folder"};
        const struct mxs_sandbox_limits limits = {.folders = folders, .folder_count = 1};
        cr_assert_eq(mxs_sandbox_enter((enum mxs_sandbox_mode)mode, &limits, &state, &detail), MXS_ERR_INPUT);
        cr_assert_eq(state.landlock, 77);
        cr_assert_not_null(strstr(detail.text, "/nonexistent/folder: No such file"));
    }
}

Test(base_sandbox, off_changes_nothing)
{
    struct mxs_sandbox_state state;
    const struct mxs_sandbox_limits none = {0};
    cr_assert_eq(mxs_sandbox_enter(MXS_SANDBOX_OFF, &none, &state, NULL), MXS_OK);
    cr_assert(!state.files && !state.calls);
    cr_assert_str_eq(mxs_sandbox_text(&state), "none");
    int fd = open_in(outside, O_WRONLY | O_CREAT);
    cr_assert_geq(fd, 0);
    close(fd);
}

Test(base_sandbox, modes_are_a_closed_list)
{
    enum mxs_sandbox_mode mode = MXS_SANDBOX_OFF;
    cr_assert_not(mxs_sandbox_mode_parse("", &mode));
    cr_assert_not(mxs_sandbox_mode_parse("Require", &mode));
    cr_assert_eq(mode, MXS_SANDBOX_OFF);
    cr_assert(mxs_sandbox_mode_parse("require", &mode));
    cr_assert_eq(mode, MXS_SANDBOX_REQUIRE);
    const char *plain = getenv("MXS_PLAIN");
    if (plain != NULL && strcmp(plain, "ON") == 0)
        cr_assert_str_eq(mxs_sandbox_seccomp_version(), "none");
    else
        cr_assert_not_null(strchr(mxs_sandbox_seccomp_version(), '.'));
}
