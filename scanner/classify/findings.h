/* Room       scanner/classify
 * Spec       None
 * In         A finding's code
 * Out        Its name, severity, sentence and advice
 * Units      None
 * Limits     MXS_FINDINGS_MAX codes
 * Errors     None
 * Ownership  Static
 * Threads    Any
 * Bugs       None
 *
 * The closed list of what an audit can find. Codes are stored: append, never renumber.
 */
#ifndef MXS_SCANNER_CLASSIFY_FINDINGS_H
#define MXS_SCANNER_CLASSIFY_FINDINGS_H

#include "scanner/model/verdict.h"

struct mxs_finding {
    unsigned code;
    const char *name;     /* "single_host" */
    enum mxs_severity severity;
    const char *sentence; /* what is so: "All mail goes to one host." */
    const char *advice;   /* what to do */
};

extern const struct mxs_finding mxs_findings[];
extern const unsigned mxs_findings_count;

#endif
