#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

static void set_down(struct server *server, unsigned number, bool down)
{
    if (number >= 1 && number <= server->endpoint_count)
        server->endpoints[number - 1].told_down = down;
}

static void obey(struct server *server, char *line)
{
    char error[256] = "";
    if (strncmp(line, "down ", 5) == 0)
        set_down(server, (unsigned)atoi(line + 5), true);
    else if (strncmp(line, "up ", 3) == 0)
        set_down(server, (unsigned)atoi(line + 3), false);
    else if (strncmp(line, "rule ", 5) == 0)
        rules_read(server->rules, line + 5, error);
    else if (strcmp(line, "clear") == 0)
        server->rules->count = 0;
    else if (strcmp(line, "reset") == 0) {
        counts_reset(server->counts);
        counter_reset(&server->attempts);
        server->first_ns = 0;
    } else if (strcmp(line, "counters") == 0)
        counts_print(server->counts, stdout);
    else
        snprintf(error, sizeof error, "unknown command");
    if (strcmp(line, "counters") != 0) {
        printf("%s%s\n", *error ? "error " : "ok", error);
        fflush(stdout);
    }
}

bool control_ready(struct server *server)
{
    static char text[8192];
    static size_t used;
    ssize_t got = read(STDIN_FILENO, text + used, sizeof text - 1 - used);
    if (got <= 0)
        return false;
    used += (size_t)got;
    text[used] = 0;
    char *line = text, *end;
    while ((end = strchr(line, '\n')) != NULL) {
        *end = 0;
        obey(server, line);
        line = end + 1;
    }
    used -= (size_t)(line - text);
    memmove(text, line, used);
    return used < sizeof text - 1;
}
