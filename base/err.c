#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum mxs_err mxs_err_set(struct mxs_detail *detail, enum mxs_err err, const char *format, ...)
{
    if (detail == NULL)
        return err;
    detail->err = err;
    detail->line = 0;
    detail->column = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(detail->text, sizeof detail->text, format, args);
    va_end(args);
    return err;
}

enum mxs_err mxs_err_memory(struct mxs_detail *detail, const char *doing)
{
    return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory%s%s", doing != NULL ? " while " : "",
                       doing != NULL ? doing : "");
}

const char *mxs_err_text(enum mxs_err err)
{
    switch (err) {
    case MXS_OK: return "ok";
    case MXS_ERR_END: return "end";
    case MXS_ERR_MEMORY: return "memory";
    case MXS_ERR_FULL: return "full";
    case MXS_ERR_INPUT: return "input";
    case MXS_ERR_IO: return "io";
    case MXS_ERR_DISK: return "disk";
    case MXS_ERR_DB: return "database";
    case MXS_ERR_FOREIGN_DB: return "foreign database";
    case MXS_ERR_BUSY: return "busy";
    case MXS_ERR_STOPPED: return "stopped";
    }
    return "unknown";
}

_Noreturn void mxs_assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "mxsurvey: bug: %s:%d: expected %s\n", file, line, expression);
    abort();
}
