/* What the terms of a policy cover together: ip4:0.0.0.0/0 lets the whole internet send as "+all" does, and so do two
 * halves; "?ip4:0.0.0.0/0" refuses nobody, as "?all" does.
 *
 * Spec       @rfc{7208,5} @rfc{7208,4.6.2}
 * In         A domain's policy, and what is known of the names it leads to: a walk has ended well
 * Out        Whether every address of IPv4, or of IPv6, passes, or is at least neutral
 * Limits     Blocks of a /16: longer prefixes are passed over
 * Errors     MXS_SPF_COVER_SOME without memory
 * Bugs       Of a and mx only /0 counts
 */
#ifndef MXS_SCANNER_PARSE_SPF_COVER_H
#define MXS_SCANNER_PARSE_SPF_COVER_H

#include "model/name.h"
#include "scanner/parse/spf_walk.h"

/* Stored: never renumber. */
enum mxs_spf_cover { MXS_SPF_COVER_SOME = 0, MXS_SPF_COVER_PASS = 1, MXS_SPF_COVER_NEUTRAL = 2 };

/* After a walk that ended well and found that much may pass (mxs_spf_verdict.wide). */
enum mxs_spf_cover mxs_spf_cover_read(struct mxs_text domain, struct mxs_arena *arena, mxs_spf_find find, void *arg);

#endif
