/* What a domain publishes changes neither its state nor its redundancy. It adds findings, and where its MX names no mailbox
 * host, it may name who holds the mailbox.
 *
 * Spec       @rfc{7208,4.6} @rfc{7208,11.1} @rfc{7489,6.3} @rfc{8301,3.2} @rfc{8461,3} @rfc{7672,2.2} @rfc{7505,4.2}
 * In         The verdict of a domain from its MX, and what it publishes beside it
 * Out        The verdict with policies, posture, findings, and the mailbox behind
 * Units      shares in 1/10,000; confidence in percent
 * Ownership  A label may look into the evidence's provider
 * Threads    Any. Pure
 * Bugs       DKIM keys are those of known selectors: that none was found proves nothing, and finds nothing
 */
#ifndef MXS_SCANNER_CLASSIFY_AUDIT_POLICY_H
#define MXS_SCANNER_CLASSIFY_AUDIT_POLICY_H

#include "scanner/classify/evidence.h"
#include "model/verdict.h"

/* What policies add to a verdict: comparable, so that a domain that adds the same to the same verdict is not judged twice. */
struct mxs_policy_addition {
    struct mxs_policy_verdict policy;
    uint8_t confidence;      /* of the mailbox behind; 0: none is named */
    uint64_t findings;       /* codes 64 to 127 */
    struct mxs_text mailbox; /* data NULL: none */
};

/* behind may be NULL. Every byte of *out is set, so that it can be compared up to mailbox. */
void mxs_policy_judge(const struct mxs_verdict *verdict, const struct mxs_policy_facts *facts, const struct mxs_behind *behind,
                      struct mxs_policy_addition *out);
void mxs_policy_add(struct mxs_verdict *verdict, const struct mxs_policy_addition *addition);

#endif
