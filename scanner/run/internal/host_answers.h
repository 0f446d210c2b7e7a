/* What the check of an MX host (TLSA) rests on: whether it has an address, where its name leads, and whether all of
 * that was validated; an insecure address spoils a secure TLSA.
 *
 * In         Answers to A and AAAA of MX hosts
 * Out        Per host what is known
 * Limits     Four bits per host, 16 bytes more up to the highest host that is an alias
 * Errors     False from put: out of memory
 * Ownership  Zeroed at the start; finish. An alias lives until then
 * Threads    The loop thread; read while the writer is at rest
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_HOST_ANSWERS_H
#define MXS_SCANNER_RUN_INTERNAL_HOST_ANSWERS_H

#include "base/arena.h"
#include "base/bits.h"
#include "model/answer.h"
#include "scanner/write/dictionary.h"

struct mxs_host_answers {
    struct mxs_bits known[2]; /* A, AAAA: an answer is there, or that there is none */
    struct mxs_bits chosen;   /* it has an address */
    struct mxs_bits insecure; /* some answer about its addresses was not validated */
    struct mxs_text *aliases; /* by host */
    size_t alias_count;
    struct mxs_arena arena;
};

/* From the journal of the run. */
MXS_CHECK enum mxs_err mxs_host_answers_read(struct mxs_host_answers *answers, mxs_store *store, int64_t run,
                                             const struct mxs_dictionary *dictionary, struct mxs_detail *detail);
MXS_CHECK bool mxs_host_answers_put(struct mxs_host_answers *answers, const struct mxs_question *question,
                                    const struct mxs_answer *answer);
void mxs_host_answers_finish(struct mxs_host_answers *answers);

static inline bool mxs_host_answers_is_whole(const struct mxs_host_answers *answers, uint32_t host)
{
    return mxs_bits_has(&answers->known[0], host) && mxs_bits_has(&answers->known[1], host);
}
static inline bool mxs_host_answers_is_chosen(const struct mxs_host_answers *answers, uint32_t host)
{
    return mxs_bits_has(&answers->chosen, host);
}
static inline bool mxs_host_answers_is_secure(const struct mxs_host_answers *answers, uint32_t host)
{
    return !mxs_bits_has(&answers->insecure, host);
}
/* data NULL: the name leads nowhere else. */
static inline struct mxs_text mxs_host_answers_alias(const struct mxs_host_answers *answers, uint32_t host)
{
    return host < answers->alias_count ? answers->aliases[host] : (struct mxs_text){NULL, 0};
}

#endif
