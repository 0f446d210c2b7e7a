/* What the content of an MX host says of its TLSA records: the judge of a domain takes all its MX hosts together.
 *
 * Out        Counts; secure: the records and the addresses were validated
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CHECKS_TLSA_H
#define MXS_SCANNER_CHECKS_TLSA_H

#include "base/bytes.h"

struct mxs_check_tlsa {
    uint8_t outcome; /* enum mxs_outcome; MXS_NODATA: settled, there are none */
    uint32_t usable, unusable;
    bool secure;
};

void mxs_check_tlsa_read(struct mxs_bytes content, struct mxs_check_tlsa *out);

#endif
