/* The grammar of a rule, apart from how rules are kept.
 *
 * Spec       providers.tsv: see its head
 * In         One line of a rule file
 * Out        The rule it states, or what is wrong and where
 * Units      column counts bytes from 1
 * Limits     Suffix 253 characters, provider id 63
 * Errors     false, with a fault
 * Ownership  The rule looks into the line
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_RULES_LINE_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_RULES_LINE_H

#include "base/err.h"
#include "scanner/classify/rule.h"

struct mxs_line_fault {
    uint32_t column;
    const char *text; /* static */
};

/* Sets all of rule but id and line. The line is neither blank nor a comment. */
MXS_CHECK bool mxs_rules_line_parse(struct mxs_text line, struct mxs_rule *rule, struct mxs_line_fault *fault);

#endif
