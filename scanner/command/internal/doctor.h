/* What the parts of doctor share: lines of what is fine and what is not.
 *
 * In         Sentences
 * Out        Lines on standard output; how many problems there were
 * Threads    The main thread
 */
#ifndef MXS_SCANNER_COMMAND_INTERNAL_DOCTOR_H
#define MXS_SCANNER_COMMAND_INTERNAL_DOCTOR_H

#include "scanner/recursor/recursor.h"
#include "scanner/run/settings.h"

struct mxs_doctor {
    int problems;
};

void mxs_doctor_put_fine(const struct mxs_doctor *doctor, const char *format, ...) MXS_PRINTF(2, 3);
/* what: the problem; remedy: what to do. */
void mxs_doctor_put_problem(struct mxs_doctor *doctor, const char *what, const char *remedy);

/* Whether --recursor can work here, and one that runs, if it can (*own stays NULL otherwise). An error is no problem of
 * the machine but ours. */
MXS_CHECK enum mxs_err mxs_doctor_open_recursor(struct mxs_doctor *doctor, const struct mxs_settings *settings,
                                                mxs_recursor **own, struct mxs_detail *detail);
/* What a resolver that is an Unbound is set to, as far as it can be known. in_flight: what a scan has open at most. */
void mxs_doctor_read_unbound(struct mxs_doctor *doctor, const char *address, uint32_t in_flight);

#endif
