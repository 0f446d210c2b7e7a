#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

#define LINE_SIZE 1024
#define ERASE "\r\033[K"

static enum mxs_log_level shown = MXS_LOG_NOTE;

void mxs_log_level_set(enum mxs_log_level level) { shown = level; }

static atomic_bool over;

void mxs_log_over(bool stands) { over = stands; }

void mxs_log(enum mxs_log_level level, const char *format, ...)
{
    if (level > shown)
        return;
    char raw[LINE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    char line[4 * LINE_SIZE + 16];
    size_t size = (size_t)snprintf(line, sizeof line, "%smxsurvey: %s", over ? ERASE : "",
                                   level == MXS_LOG_ERROR ? "error: " : "");
    size += mxs_utf8_show(line + size, sizeof line - size, raw);
    line[size++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written; /* nobody is left to be told */
}
