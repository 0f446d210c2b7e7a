/* What "usable" means, decided here and nowhere else: an MX host that is a name, and has at least one public address in
 * a settled answer. A public address proves it whatever became of the other question; its absence is proved only by two
 * settled answers. Judges ask here, and so does who stores it: the name's part with the host, the whole with the host's
 * history. Reports read both; of a host without a history they know the name's part alone (reports/data/facts.c).
 *
 * Spec       @rfc{5321,5.1}; words: docs/manual.md, "What the words mean"
 * Threads    Any. Pure
 */
#ifndef MXS_MODEL_USABLE_H
#define MXS_MODEL_USABLE_H

#include "model/facts.h"
#include "model/verdict.h"

/* False for an IP literal, localhost and the root of a null MX: mail cannot go there whatever the DNS says. */
bool mxs_usable_name(struct mxs_text name);
/* True when the address counts: public, and its question is answered. */
bool mxs_usable_address(const struct mxs_host_facts *host, const struct mxs_address *address);
/* Of a host by its addresses; by its name too, see above. MXS_UNKNOWN: not asked, or not settled. */
enum mxs_tri mxs_usable_host(const struct mxs_host_facts *host);
/* One of its answers was asked for and is not settled. */
bool mxs_usable_in_doubt(const struct mxs_host_facts *host);

#endif
