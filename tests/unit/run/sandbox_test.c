/* The sandbox is for a whole process and for ever, so every case runs in a child of its own and tells by exit code. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

static uint16_t allowed_port; /* that may be connected to */
static bool needs_ports;

enum { HELD = 10, BROKEN = 11, NO_KERNEL = 12, SETUP = 13 };

/* Runs deed inside the sandbox in a child; its exit code. */
static int sandboxed(int (*deed)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct mxs_sandbox_state state;
        const char *folders[] = {inside};
        const struct mxs_sandbox_limits limits = {folders, 1, &allowed_port, 1};
        if (mxs_sandbox_enter(MXS_SANDBOX_AUTO, &limits, &state, NULL) != MXS_OK)
            _exit(SETUP);
        if (!state.files || (needs_ports && !state.ports))
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
        cr_skip_test("this kernel has no landlock, or one that knows no ports: the sandbox cannot be tested here");
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
static int threads_and_sockets(void)
{
    pthread_t thread;
    void *got = NULL;
    int token = 0;
    if (pthread_create(&thread, NULL, answer, &token) != 0 || pthread_join(thread, &got) != 0 || got != &token)
        return BROKEN;
    int raw = socket(AF_PACKET, SOCK_RAW, 0);
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 && socket(AF_INET6, SOCK_STREAM, 0) >= 0 && raw < 0 ? HELD : BROKEN;
}
Test(base_sandbox, threads_and_internet_sockets_go_on_working) { expect_held(threads_and_sockets); }

/* --- ports: two listeners of this test, on loopback, one of them named --- */

static struct sockaddr_in others[2];

static int begin_listener(struct sockaddr_in *at)
{
    socklen_t size = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)at, sizeof *at) == 0 && listen(fd, 4) == 0 &&
              getsockname(fd, (struct sockaddr *)at, &size) == 0);
    return fd;
}

static int code_of_connect(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int code = connect(fd, (const struct sockaddr *)to, sizeof *to) == 0 ? 0 : errno;
    close(fd);
    return code;
}

static int connect_to_both(void)
{
    return code_of_connect(&others[0]) == 0 && code_of_connect(&others[1]) == EACCES ? HELD : BROKEN;
}

static int bind_any(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return bind(fd, (struct sockaddr *)&any, sizeof any) != 0 && errno == EACCES ? HELD : BROKEN;
}

static void expect_ports_held(int (*deed)(void))
{
    int fds[] = {begin_listener(&others[0]), begin_listener(&others[1])};
    needs_ports = true;
    allowed_port = ntohs(others[0].sin_port);
    expect_held(deed);
    close(fds[0]);
    close(fds[1]);
}

Test(base_sandbox, tcp_reaches_the_named_port_and_no_other) { expect_ports_held(connect_to_both); }
Test(base_sandbox, no_tcp_port_can_be_bound) { expect_ports_held(bind_any); }

static int listen_unbound(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return listen(fd, 1) != 0 && errno == EPERM && accept(fd, NULL, NULL) < 0 && errno == EPERM ? HELD : BROKEN;
}
Test(base_sandbox, nobody_can_be_let_in) { expect_held(listen_unbound); }

/* No kernel limits datagrams by address: what is not held is said so (sandbox.h). */
static int send_datagram(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return sendto(fd, "x", 1, 0, (struct sockaddr *)&others[1], sizeof others[1]) == 1 ? HELD : BROKEN;
}
Test(base_sandbox, datagrams_are_not_limited) { expect_ports_held(send_datagram); }

Test(base_sandbox, what_can_be_had_is_what_is_had)
{
    struct mxs_sandbox_state wanted;
    mxs_sandbox_find(&wanted);
    pid_t pid = fork();
    if (pid == 0) {
        struct mxs_sandbox_state got;
        const struct mxs_sandbox_limits none = {0};
        _exit(mxs_sandbox_enter(MXS_SANDBOX_AUTO, &none, &got, NULL) == MXS_OK && got.files == wanted.files &&
                      got.ports == wanted.ports && got.calls == wanted.calls
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
    cr_assert(!state.files && !state.ports && !state.calls);
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
