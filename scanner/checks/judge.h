/* From a stored content to facts, a verdict's addition, and columns: each check reads, judges and tells its own part.
 * What a domain publishes changes neither its state nor its redundancy. It adds findings and measures, and where its MX
 * names no mailbox host, it may name who holds the mailbox.
 *
 * Spec       @rfc{7208,4.6} @rfc{7208,11.1} @rfc{7489,6.3} @rfc{8301,3.2} @rfc{8461,3} @rfc{7672,2.2} @rfc{7505,4.2}
 * In         Packed contents; the verdict of a domain from its MX
 * Out        Facts; the verdict with measures, findings and the mailbox behind; columns for people
 * Units      shares in 1/10,000; confidence in percent
 * Limits     Those of model/policy.h
 * Errors     False: no memory
 * Ownership  Views of the content, and copies in the arena; a label may look into the evidence's provider
 * Threads    Any. Pure
 * Bugs       DKIM keys are those of known selectors: that none was found proves nothing, and finds nothing
 */
#ifndef MXS_SCANNER_CHECKS_JUDGE_H
#define MXS_SCANNER_CHECKS_JUDGE_H

#include "base/out.h"
#include "model/policy.h"
#include "model/verdict.h"
#include "scanner/checks/content.h"
#include "scanner/classify/evidence.h"
#include "scanner/write/batch.h"

/* options: which checks the run had (scanner/checks/registry.h). Sets all of facts but dane. */
MXS_CHECK bool mxs_policy_read(struct mxs_bytes content, unsigned options, struct mxs_arena *arena,
                               struct mxs_policy_facts *facts);

/* True when no rule names the MX hosts that the label comes from: what their servers call themselves may stand in for
 * it. */
bool mxs_policy_names_nobody(const struct mxs_verdict *verdict);

/* behind may be NULL. Every byte of *out is set, so that it can be compared up to mailbox. */
void mxs_policy_judge(const struct mxs_verdict *verdict, const struct mxs_policy_facts *facts,
                      const struct mxs_evidence_verdict *behind, struct mxs_policy_addition *out);
void mxs_policy_add(struct mxs_verdict *verdict, const struct mxs_policy_addition *addition);

/* The columns of a content into the row, texts in the arena. out: for scratch. hosts: it is an MX host's. */
MXS_CHECK bool mxs_policy_tell(struct mxs_bytes content, bool hosts, struct mxs_arena *arena, mxs_out *out,
                               struct mxs_policy_row *row);

#endif
