/* One rule: which operator stands behind the host names of a suffix.
 *
 * Spec       providers.tsv: see its head
 * Ownership  Texts are views into the rule file's text
 */
#ifndef MXS_SCANNER_CLASSIFY_RULE_H
#define MXS_SCANNER_CLASSIFY_RULE_H

#include "base/bytes.h"
#include "model/vocabulary.h"

struct mxs_rule {
    uint32_t id;              /* 1, 2, 3 ... in file order */
    struct mxs_text pattern;  /* as written */
    struct mxs_text provider;
    enum mxs_kind kind;
    bool one_mx_host;        /* the provider gives one MX host per domain: judged by addresses, not hosts */
    struct mxs_text country, source, date; /* "-" where a short form leaves them out */
    uint32_t line;            /* of the file, for messages */
};

#endif
