/* What the terms of a policy cover together: ip4:0.0.0.0/0 lets the whole internet send as "+all" does, and so do two
 * halves; "?ip4:0.0.0.0/0" refuses nobody, as "?all" does.
 *
 * Spec       @rfc{7208,5} @rfc{7208,4.6.2}
 * In         A domain's policy, and what is known of the names it leads to: a walk has ended well
 * Out        Whether every address of IPv4, of IPv6, or of both passes; else whether "+all" lets others pass; else
 *            whether all of one are at least neutral
 * Limits     Blocks of a /16: longer prefixes are passed over
 * Errors     MXS_SPF_COVER_SOME without memory
 * Bugs       Of a and mx the addresses of MXS_SPF_ADDRESSES_MAX blocks of a name and family count, the lowest;
 *            what exists and ptr match of some senders alone does not
 */
#ifndef MXS_SCANNER_PARSE_SPF_COVER_H
#define MXS_SCANNER_PARSE_SPF_COVER_H

#include "model/name.h"
#include "scanner/parse/spf_walk.h"

/* Stored: never renumber. */
enum mxs_spf_cover {
    MXS_SPF_COVER_SOME = 0,
    MXS_SPF_COVER_PASS = 1, /* of a family, it was not kept which: no more written */
    MXS_SPF_COVER_NEUTRAL = 2,
    MXS_SPF_COVER_PASS_ALL = 3,
    MXS_SPF_COVER_PASS_IPV4 = 4,
    MXS_SPF_COVER_PASS_IPV6 = 5,
    MXS_SPF_COVER_NONE = 6,    /* nobody passes in a block of a /16 */
    MXS_SPF_COVER_DECIDED = 7, /* none of them is known to be left for "+all", "?all" or the lack of an end */
};
static inline bool mxs_spf_cover_passes(unsigned cover)
{
    return cover == MXS_SPF_COVER_PASS || (cover >= MXS_SPF_COVER_PASS_ALL && cover <= MXS_SPF_COVER_PASS_IPV6);
}

/* After a walk that ended well and found that much may pass (mxs_spf_verdict.wide). */
enum mxs_spf_cover mxs_spf_cover_read(struct mxs_text domain, struct mxs_arena *arena, mxs_spf_find find, void *arg);

#endif
