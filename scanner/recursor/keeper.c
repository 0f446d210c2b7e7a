/* Unbound dies with this process (internal/process.h), this process with the scan: by the same signal, and because the
 * socket closes. So nothing is left behind whichever of the three is killed, and with what. */
#include "scanner/recursor/internal/keeper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define PORTS_TRIED 8
#define READY_NS (10 * MXS_NS_PER_S)
#define ASK_NS (5 * MXS_NS_PER_MS)
#define GRACE_NS (400 * MXS_NS_PER_MS)
#define LOG_MAX (4u << 20)
#define LINE_MAX_BYTES 256

struct kept {
    const struct mxs_keeper *of;
    struct mxs_child child;
    uint16_t port;
    bool lives, restarted;
    int status;              /* of the last one that died */
    uint64_t logged;
    char line[LINE_MAX_BYTES], last[LINE_MAX_BYTES],
        worst[LINE_MAX_BYTES]; /* being read; the last; the last that says error */
    size_t line_used;
};

static void tell(const struct kept *kept, enum mxs_keeper_event event, const char *text)
{
    struct mxs_keeper_message message = {.event = event, .port = kept->port};
    snprintf(message.text, sizeof message.text, "%.*s", (int)sizeof message.text - 1, text);
    if (send(kept->of->socket, &message, sizeof message, MSG_NOSIGNAL) < 0) {
        /* the scan is gone, which the next poll tells */
    }
}

/* ---- what it says ---- */

static void end_line(struct kept *kept)
{
    kept->line[kept->line_used] = 0;
    kept->line_used = 0;
    if (kept->line[0] == 0)
        return;
    memcpy(kept->last, kept->line, sizeof kept->last);
    if (strstr(kept->line, "error") != NULL || strstr(kept->line, "cannot") != NULL ||
        strstr(kept->line, "alloc") != NULL)
        memcpy(kept->worst, kept->line, sizeof kept->worst);
}

/* False: it has closed its end. */
static bool read_words(struct kept *kept)
{
    char data[4096];
    ssize_t got = read(kept->child.said, data, sizeof data);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    if (kept->of->log >= 0 && kept->logged < LOG_MAX) {
        kept->logged += (uint64_t)got;
        if (write(kept->of->log, data, (size_t)got) < 0)
            kept->logged = LOG_MAX; /* a full disk is the scan's to notice */
    }
    for (ssize_t i = 0; i < got; i++) {
        if (data[i] == '\n')
            end_line(kept);
        else if (kept->line_used < sizeof kept->line - 1)
            kept->line[kept->line_used++] = data[i];
    }
    return true;
}

static void write_end(const struct kept *kept, char *out, size_t size)
{
    const char *said = kept->worst[0] != 0 ? kept->worst : kept->last;
    if (WIFSIGNALED(kept->status))
        snprintf(out, size, "was ended by signal %d%s%s%.180s", WTERMSIG(kept->status),
                 WTERMSIG(kept->status) == SIGKILL ? " (by hand, or because memory ran out)" : "",
                 said[0] != 0 ? "; it said: " : "", said);
    else
        snprintf(out, size, "ended with exit code %d%s%.200s", WEXITSTATUS(kept->status),
                 said[0] != 0 ? "; it said: " : "", said);
}

/* ---- its life ---- */

static void bury(struct kept *kept)
{
    while (waitpid(kept->child.pid, &kept->status, 0) < 0 && errno == EINTR)
        ;
    mxs_child_close(&kept->child);
    kept->lives = false;
}

/* True: it is dead and buried. */
static bool has_died(struct kept *kept, bool silent)
{
    int status;
    if (silent)
        kill(kept->child.pid,
             SIGKILL); /* on its way out already: this changes nothing, and it cannot keep us waiting */
    if (waitpid(kept->child.pid, &status, silent ? 0 : WNOHANG) != kept->child.pid)
        return false;
    struct pollfd rest = {kept->child.said, POLLIN, 0};
    while (!silent && poll(&rest, 1, 0) > 0 && read_words(kept))
        ; /* its last words */
    end_line(kept);
    mxs_child_close(&kept->child);
    kept->status = status;
    kept->lives = false;
    return true;
}

static void end_it(struct kept *kept)
{
    uint64_t end_ns = mxs_clock_ns() + GRACE_NS;
    if (!kept->lives)
        return;
    kill(kept->child.pid, SIGTERM); /* it then says how much it was asked */
    while (mxs_clock_ns() < end_ns) {
        struct pollfd words = {kept->child.said, POLLIN, 0};
        if (poll(&words, 1, 10) > 0 && !read_words(kept))
            break;
        if (has_died(kept, false))
            return;
    }
    kill(kept->child.pid, SIGKILL);
    bury(kept);
}

static uint16_t free_port(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool both = udp >= 0 && tcp >= 0 && bind(udp, (struct sockaddr *)&here, sizeof here) == 0 &&
                getsockname(udp, (struct sockaddr *)&here, &size) == 0 &&
                bind(tcp, (struct sockaddr *)&here, sizeof here) == 0;
    if (udp >= 0)
        close(udp);
    if (tcp >= 0)
        close(tcp);
    return both ? ntohs(here.sin_port) : 0;
}

/* `localhost` it knows by itself: the answer says that it serves, and nothing of the world. */
static int open_question(uint16_t port)
{
    struct sockaddr_in peer = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&peer, sizeof peer) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool wait_ready(struct kept *kept)
{
    static const uint8_t question[] = {0x4d, 0x58, 1,   0,   0,   1,   0,   0,   0, 0, 0, 0, 9, 'l',
                                       'o',  'c',  'a', 'l', 'h', 'o', 's', 't', 0, 0, 1, 0, 1};
    uint64_t end_ns = mxs_clock_ns() + READY_NS, ask_ns = 0;
    int fd = open_question(kept->port);
    bool ready = false;
    while (fd >= 0 && !ready && mxs_clock_ns() < end_ns) {
        uint8_t answer[512];
        struct pollfd waits[] = {{fd, POLLIN, 0}, {kept->child.said, POLLIN, 0}};
        if (mxs_clock_ns() >= ask_ns) {
            ask_ns = mxs_clock_ns() + ASK_NS;
            if (send(fd, question, sizeof question, MSG_NOSIGNAL) < 0) {
                /* not there yet */
            }
        }
        if (poll(waits, 2, 5) > 0 && waits[1].revents != 0 && !read_words(kept) && has_died(kept, true))
            break;
        ready = recv(fd, answer, sizeof answer, 0) >= 12 && answer[0] == question[0] && answer[1] == question[1] &&
                (answer[2] & 0x80);
    }
    if (fd >= 0)
        close(fd);
    return ready;
}

/* One try. False: text says why. */
static bool start(struct kept *kept, char *text, size_t size)
{
    static char config[MXS_RECURSOR_TEXT_SIZE];
    char *const words[] = {(char *)(uintptr_t)kept->of->program, (char[]){"-d"}, (char[]){"-c"}, (char[]){"/dev/stdin"},
                           NULL};
    struct mxs_detail detail = {0};
    kept->worst[0] = kept->last[0] = 0;
    size_t used = mxs_recursor_config_text(kept->of->config, kept->port, config);
    if (mxs_child_open(&kept->child, words, config, used, &kept->of->user, &detail) != MXS_OK) {
        snprintf(text, size, "%s", detail.text);
        return false;
    }
    kept->lives = true;
    if (wait_ready(kept))
        return true;
    if (kept->lives) {
        kill(kept->child.pid, SIGKILL);
        bury(kept);
        snprintf(text, size, "does not answer within %llu s", READY_NS / MXS_NS_PER_S);
    } else {
        write_end(kept, text, size);
    }
    return false;
}

static void start_first(struct kept *kept)
{
    char text[MXS_RECURSOR_NEWS_SIZE] = "finds no free port on loopback";
    for (int tries = 0; tries < PORTS_TRIED; tries++) {
        kept->port = free_port();
        if (kept->port == 0)
            continue; /* UDP's is taken in TCP: another may be free in both */
        if (start(kept, text, sizeof text)) {
            tell(kept, MXS_KEEPER_READY, "");
            return;
        }
        if (strstr(kept->worst, "in use") == NULL)
            break; /* nobody was quicker than we: another port would not help */
    }
    tell(kept, MXS_KEEPER_FAILED, text);
}

/* The port must be the same: the scan asks there. */
static void start_again(struct kept *kept)
{
    char why[MXS_RECURSOR_NEWS_SIZE], text[2 * MXS_RECURSOR_NEWS_SIZE];
    write_end(kept, why, sizeof why);
    if (kept->restarted) {
        tell(kept, MXS_KEEPER_GONE, why);
        return;
    }
    kept->restarted = true;
    if (start(kept, text, sizeof text)) {
        tell(kept, MXS_KEEPER_RESTARTED, why);
        return;
    }
    char both[2 * MXS_RECURSOR_NEWS_SIZE];
    snprintf(both, sizeof both, "%.150s; started once more, it %.200s", why, text);
    tell(kept, MXS_KEEPER_GONE, both);
}

_Noreturn void mxs_keeper_run(const struct mxs_keeper *keeper, pid_t scan)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGXFSZ};
    struct kept kept = {.of = keeper};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN); /* the scan decides when it is over */
    signal(SIGCHLD, SIG_DFL);
    if (!mxs_process_bind(scan, NULL))
        _exit(0);
    start_first(&kept);
    for (;;) {
        struct pollfd waits[] = {{keeper->socket, POLLIN, 0}, {kept.lives ? kept.child.said : -1, POLLIN, 0}};
        if (poll(waits, 2, -1) < 0)
            continue;
        if (waits[0].revents != 0)
            break; /* the scan says nothing: it is over */
        if (waits[1].revents != 0 && !read_words(&kept) && has_died(&kept, true))
            start_again(&kept);
    }
    end_it(&kept);
    _exit(0);
}
