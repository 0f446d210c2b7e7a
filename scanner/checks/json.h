/* Records hold whatever a stranger wrote: every byte that is not printable ASCII becomes an escape, so the JSON is
 * valid and plain.
 *
 * Spec       @rfc{7489,6.3} @rfc{6376,3.6.1}
 * In         Packed policies of a domain
 * Out        What its DMARC and DKIM records say, as JSON for the database
 * Units      Bits
 * Limits     JSON_MAX bytes: what does not fit is left out whole
 * Errors     data NULL: there is nothing, or no memory
 * Ownership  Texts in the arena
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CHECKS_JSON_H
#define MXS_SCANNER_CHECKS_JSON_H

#include "base/arena.h"
#include "scanner/checks/content.h"

/* [{"selector":"google","type":"rsa","bits":2048,"reason":"ok","target":null}, ...] */
struct mxs_text mxs_policy_dkim_text(struct mxs_bytes content, struct mxs_arena *arena);
/* Of the record that holds for the domain: {"subdomain_policy":null,"percent":100,"dkim_alignment":"relaxed",
 * "spf_alignment":"strict","rua":[...],"ruf":[...],"unauthorised":[...],"tree":null}. unauthorised: domains of report
 * addresses that did not agree; tree: where the walk up the tree finds another record. */
struct mxs_text mxs_policy_dmarc_text(struct mxs_bytes content, struct mxs_arena *arena);

#endif
