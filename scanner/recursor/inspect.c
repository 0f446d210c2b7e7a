/* An Unbound tells its version when it is asked for version.bind, unless it was told to hide it. Its settings it tells
 * nobody, but unbound-checkconf tells them of a file: of the one that a running unbound was started with and that names
 * the port. */
#include "scanner/recursor/inspect.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/recursor/internal/child.h"

#define PACKAGED_FILE "/etc/unbound/unbound.conf"
#define WAIT_MS 1000
#define FILES_MAX 16

static const uint8_t question[] = {0x4d, 0x58, 0,   0,   0,   1, 0,   0,   0,   0,   0, 0, 7,  'v', 'e',
                                   'r',  's',  'i', 'o', 'n', 4, 'b', 'i', 'n', 'd', 0, 0, 16, 0,   3};
/* of the answer: pointer or name again, type, class, TTL, length, length of the text */
#define TEXT_AT (sizeof question + 2 + 2 + 2 + 4 + 2)

static void read_version(const uint8_t *answer, size_t size, char *out, size_t room)
{
    if (size < TEXT_AT + 1 || answer[0] != question[0] || answer[1] != question[1] || answer[7] == 0 ||
        answer[sizeof question] < 0xc0)
        return;
    size_t length = answer[TEXT_AT];
    if (length >= room || TEXT_AT + 1 + length > size || length < 8 || memcmp(answer + TEXT_AT + 1, "unbound ", 8) != 0)
        return;
    for (size_t i = 0; i < length; i++)
        out[i] = isprint(answer[TEXT_AT + 1 + i]) ? (char)answer[TEXT_AT + 1 + i] : '?';
    out[length] = 0;
}

static void ask_version(const struct sockaddr *address, socklen_t size, char *out, size_t room)
{
    uint8_t answer[1024];
    int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd wait = {fd, POLLIN, 0};
    if (fd >= 0 && connect(fd, address, size) == 0 &&
        send(fd, question, sizeof question, MSG_NOSIGNAL) == sizeof question && poll(&wait, 1, WAIT_MS) > 0) {
        ssize_t got = recv(fd, answer, sizeof answer, 0);
        read_version(answer, got > 0 ? (size_t)got : 0, out, room);
    }
    if (fd >= 0)
        close(fd);
}

/* ---- its file ---- */

struct looker {
    char checker[MXS_CHILD_PATH_MAX];
    struct mxs_child_user user;
};

/* What the checker says of a key of a file; false: nothing. */
static bool value_of(struct looker *looker, char *file, const char *key, char *out, size_t room)
{
    char name[40];
    snprintf(name, sizeof name, "%s", key);
    char *const words[] = {looker->checker, (char[]){"-o"}, name, file, NULL};
    bool said = mxs_child_hear(words, "", 0, &looker->user, out, room) == 0;
    for (char *end;
         said && (strncmp(out, "unbound-checkconf", 17) == 0 || out[0] == '[') && (end = strchr(out, '\n')) != NULL;)
        memmove(out, end + 1, strlen(end + 1) + 1); /* a warning */
    return said && out[0] != 0;
}

static int64_t number_of(struct looker *looker, char *file, const char *key)
{
    char text[256];
    char *end;
    if (!value_of(looker, file, key, text, sizeof text))
        return MXS_RECURSOR_NOT_KNOWN;
    if (strncmp(text, "yes", 3) == 0 || strncmp(text, "no", 2) == 0)
        return text[0] == 'y';
    long long value = strtoll(text, &end, 10);
    return end == text ? MXS_RECURSOR_NOT_KNOWN : value;
}

/* Whether that port is served by who was started with the file. */
static bool serves(struct looker *looker, char *file, uint16_t port)
{
    char text[4096], wanted[16];
    snprintf(wanted, sizeof wanted, "@%u", port);
    bool named = value_of(looker, file, "interface", text, sizeof text);
    for (char *at = named ? strchr(text, '@') : NULL; at != NULL; at = strchr(at + 1, '@'))
        if (strncmp(at, wanted, strlen(wanted)) == 0 && !isdigit((unsigned char)at[strlen(wanted)]))
            return true;
    return (!named || strchr(text, '@') == NULL) && number_of(looker, file, "port") == port;
}

/* The file that a process was started with; false: the process is no unbound. */
static bool file_of(const char *pid, char *out, size_t room)
{
    char words[2048];
    size_t size = mxs_process_words_read(pid, words, sizeof words - 1);
    if (size == 0)
        return false;
    words[size] = 0;
    const char *slash = strrchr(words, '/'), *name = slash == NULL ? words : slash + 1;
    if (strcmp(name, "unbound") != 0)
        return false;
    snprintf(out, room, "%s", PACKAGED_FILE);
    for (const char *at = words; at < words + size; at += strlen(at) + 1)
        if (strcmp(at, "-c") == 0 && at + 3 < words + size)
            snprintf(out, room, "%s", at + 3);
    return out[0] == '/' && strncmp(out, "/dev/", 5) != 0; /* ours is on a pipe */
}

static bool find_file(struct looker *looker, uint16_t port, char *out, size_t room)
{
    DIR *folder = mxs_processes_open();
    struct dirent *entry;
    bool found = false;
    int seen = 0;
    while (folder != NULL && !found && seen < FILES_MAX && (entry = readdir(folder)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]) || !file_of(entry->d_name, out, room))
            continue;
        seen++;
        found = serves(looker, out, port);
    }
    if (folder != NULL)
        closedir(folder);
    return found;
}

static void read_file(struct looker *looker, struct mxs_recursor_seen *out)
{
    int64_t messages = number_of(looker, out->file, "msg-cache-size"),
            sets = number_of(looker, out->file, "rrset-cache-size");
    out->discard_timeout_ms = number_of(looker, out->file, "discard-timeout");
    out->wait_limit = number_of(looker, out->file, "wait-limit");
    out->threads = number_of(looker, out->file, "num-threads");
    out->queries = number_of(looker, out->file, "num-queries-per-thread");
    out->serve_expired = number_of(looker, out->file, "serve-expired");
    out->cache_bytes = messages < 0 || sets < 0 ? MXS_RECURSOR_NOT_KNOWN : messages + sets;
}

enum mxs_err mxs_recursor_seen_find(const struct sockaddr *address, socklen_t size_bytes, bool local,
                                    struct mxs_recursor_seen *out, struct mxs_detail *detail)
{
    struct mxs_recursor_seen seen = {.discard_timeout_ms = MXS_RECURSOR_NOT_KNOWN, .wait_limit = MXS_RECURSOR_NOT_KNOWN,
                                     .threads = MXS_RECURSOR_NOT_KNOWN, .queries = MXS_RECURSOR_NOT_KNOWN,
                                     .cache_bytes = MXS_RECURSOR_NOT_KNOWN, .serve_expired = MXS_RECURSOR_NOT_KNOWN};
    struct looker looker;
    uint16_t port = 0;
    if (address->sa_family == AF_INET)
        port = ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
    else if (address->sa_family == AF_INET6)
        port = ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
    ask_version(address, size_bytes, seen.version, sizeof seen.version);
    bool looks = local && seen.version[0] != 0 && mxs_child_find("unbound-checkconf", looker.checker, detail) == MXS_OK;
    if (looks) {
        enum mxs_err err = mxs_child_user_find(&looker.user, detail);
        if (err != MXS_OK)
            return MXS_ERR_IO;
        if (find_file(&looker, port, seen.file, sizeof seen.file))
            read_file(&looker, &seen);
        else
            seen.file[0] = 0;
    }
    *out = seen;
    return MXS_OK;
}
