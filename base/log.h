/* Used by scanner/run alone (rooms below it never log). Bytes that are not
 * printable are shown as \xNN: what strangers wrote must not steer a terminal.
 *
 * In         printf formats
 * Out        Lines on stderr
 * Limits     A line is cut at 1,024 bytes
 * Errors     None: a log line that cannot be written is lost
 * Threads    Any; one write call per line
 */
#ifndef MXS_BASE_LOG_H
#define MXS_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum mxs_log_level { MXS_LOG_ERROR, MXS_LOG_NOTE, MXS_LOG_DEBUG };

/* Lines above this level are dropped. Default MXS_LOG_NOTE. */
void mxs_log_level_set(enum mxs_log_level level);
void mxs_log(enum mxs_log_level level, const char *format, ...) MXS_PRINTF(2, 3);
/* Whether a line without an end stands on the terminal, to be written over: the next message takes its place. */
void mxs_log_over(bool stands);

#endif
