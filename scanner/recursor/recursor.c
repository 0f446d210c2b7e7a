#include "scanner/recursor/recursor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/recursor/internal/keeper.h"

#define CHECKER_SAYS_MAX 16384

struct mxs_recursor {
    int socket;
    pid_t keeper;
    char address[32];
};

/* ---- the checker ---- */

/* Lines like `/dev/stdin:12: error: unknown keyword 'x'`. True: something was left out. first: what cannot be. */
static bool leave_out(struct mxs_recursor_config *config, char *said, char *first, size_t size)
{
    bool left_out = false;
    char *rest = NULL;
    uint32_t last = 0;
    first[0] = 0;
    for (char *line = strtok_r(said, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        const char *error = strstr(line, ": error: ");
        const char *number = error;
        while (number != NULL && number > line && number[-1] >= '0' && number[-1] <= '9')
            number--;
        uint32_t at = error != NULL && number < error ? (uint32_t)strtoul(number, NULL, 10) : 0;
        if (at != 0 && (at == last || mxs_recursor_config_take(config, at))) {
            left_out = true;
            last = at;
        } else if (first[0] == 0 && strstr(line, "warning") == NULL) {
            snprintf(first, size, "%s", line);
        }
    }
    return left_out;
}

enum mxs_err mxs_recursor_check(struct mxs_recursor_config *config, struct mxs_detail *detail)
{
    char program[MXS_CHILD_PATH_MAX], text[MXS_RECURSOR_TEXT_SIZE], said[CHECKER_SAYS_MAX], first[200];
    struct mxs_child_user user;
    enum mxs_err err = mxs_child_find("unbound-checkconf", program, detail);
    if (err == MXS_OK)
        err = mxs_child_user_find(&user, detail);
    for (uint32_t round = 0; err == MXS_OK && round <= config->line_count; round++) {
        char *const words[] = {program, (char[]){"/dev/stdin"}, NULL};
        size_t size = mxs_recursor_config_text(config, 53, text);
        if (mxs_child_hear(words, text, size, &user, said, sizeof said) == 0)
            return MXS_OK;
        if (!leave_out(config, said, first, sizeof first))
            break;
    }
    if (err != MXS_OK)
        return err;
    return mxs_err_set(detail, MXS_ERR_IO,
                       "--recursor: Unbound's own checker (%.100s) refuses the configuration: %s: look at it with"
                       " `mxsurvey recursor`, or scan without --recursor",
                       program, first[0] != 0 ? first : "it says nothing");
}

/* ---- the process ---- */

static enum mxs_err open_log(const char *path, int *fd, struct mxs_detail *detail)
{
    *fd = -1;
    if (path == NULL)
        return MXS_OK;
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    return *fd >= 0 ? MXS_OK
                    : mxs_err_set(detail, MXS_ERR_IO, "--recursor: its log %.300s cannot be written: %s", path,
                                  strerror(errno));
}

static enum mxs_err fork_keeper(mxs_recursor *recursor, struct mxs_keeper *keeper, struct mxs_detail *detail)
{
    int ends[2];
    pid_t scan = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return mxs_err_set(detail, MXS_ERR_IO, "--recursor: the process that keeps Unbound: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        keeper->socket = ends[1];
        mxs_keeper_run(keeper, scan);
    }
    int code = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return mxs_err_set(detail, MXS_ERR_IO, "--recursor: the process that keeps Unbound: %s", strerror(code));
    }
    recursor->socket = ends[0];
    recursor->keeper = pid;
    return MXS_OK;
}

static bool take(mxs_recursor *recursor, struct mxs_keeper_message *message, int flags)
{
    ssize_t got;
    do
        got = recv(recursor->socket, message, sizeof *message, flags);
    while (got < 0 && errno == EINTR);
    if (got == sizeof *message) {
        message->text[sizeof message->text - 1] = 0;
        return true;
    }
    *message = (struct mxs_keeper_message){.event = MXS_KEEPER_GONE,
                                           .text = "cannot be watched any more: the process that keeps it has ended"};
    return got == 0; /* else: no news */
}

static enum mxs_err await(mxs_recursor *recursor, const char *log, struct mxs_detail *detail)
{
    struct mxs_keeper_message message;
    (void)take(recursor, &message, 0);
    if (message.event == MXS_KEEPER_READY) {
        snprintf(recursor->address, sizeof recursor->address, "127.0.0.1:%u", message.port);
        return MXS_OK;
    }
    return mxs_err_set(detail, MXS_ERR_IO, "--recursor: Unbound %.300s%s%.100s; fix that, or scan without --recursor",
                       message.text, log == NULL ? "" : "; its log is ", log == NULL ? "" : log);
}

enum mxs_err mxs_recursor_open(mxs_recursor **out, struct mxs_recursor_config *config, const char *log,
                               struct mxs_detail *detail)
{
    struct mxs_keeper keeper = {.config = config, .log = -1};
    enum mxs_err err = mxs_child_find("unbound", keeper.program, detail);
    if (err == MXS_OK)
        err = mxs_child_user_find(&keeper.user, detail);
    if (err == MXS_OK)
        err = mxs_recursor_check(config, detail);
    if (err == MXS_OK)
        err = open_log(log, &keeper.log, detail);
    if (err != MXS_OK)
        return err;
    mxs_recursor *recursor = calloc(1, sizeof *recursor);
    if (recursor == NULL)
        err = mxs_err_memory(detail, NULL);
    if (err == MXS_OK)
        err = fork_keeper(recursor, &keeper, detail);
    if (keeper.log >= 0)
        close(keeper.log); /* the keeper has its own */
    if (err != MXS_OK) {
        free(recursor);
        return err;
    }
    err = await(recursor, log, detail);
    if (err != MXS_OK) {
        mxs_recursor_close(&recursor);
        return err;
    }
    *out = recursor;
    return MXS_OK;
}

const char *mxs_recursor_address(const mxs_recursor *recursor) { return recursor->address; }

int mxs_recursor_handle(const mxs_recursor *recursor) { return recursor->socket; }

enum mxs_recursor_news mxs_recursor_next(mxs_recursor *recursor, char text[MXS_RECURSOR_NEWS_SIZE])
{
    struct mxs_keeper_message message;
    if (!take(recursor, &message, MSG_DONTWAIT))
        return MXS_RECURSOR_NONE;
    memcpy(text, message.text, sizeof message.text);
    return message.event == MXS_KEEPER_RESTARTED ? MXS_RECURSOR_RESTARTED : MXS_RECURSOR_GONE;
}

void mxs_recursor_close(mxs_recursor **recursor)
{
    mxs_recursor *gone = *recursor;
    *recursor = NULL;
    if (gone == NULL)
        return;
    close(gone->socket);
    while (waitpid(gone->keeper, NULL, 0) < 0 && errno == EINTR)
        ;
    free(gone);
}
