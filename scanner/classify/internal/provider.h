/* The label comes from the first level with a usable MX host (the first level when addresses were not
 * asked), credited in equal parts to its providers; later levels are backup. Each kind of rule has a role
 * and a confidence, in one table.
 *
 * Spec       Words: docs/manual.md, "What the words mean"
 * In         A domain's plan with providers named
 * Out        Labels: who filters, who holds the mail, who stands by
 * Units      shares in 1/10,000; confidence in percent
 * Limits     MXS_MAILBOXES_MAX labels a role; more are a finding
 * Ownership  Labels look into rules and arena
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_PROVIDER_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_PROVIDER_H

#include "scanner/classify/internal/delivery.h"

/* Writes labels, label_count, open_mailbox, and the finding where labels were left out. */
void mxs_provider_label(const struct mxs_delivery_plan *plan, struct mxs_verdict *out);

#endif
