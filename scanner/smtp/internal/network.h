/* Whether this network lets us see mail servers at all. Most access networks block port 25; some put a box in between
 * that answers for everybody. What is seen through either is no fact about any server.
 *
 * In         The first connection to each network, as it begins and as it ends
 * Out        A word about the network we ask from, as soon as it is sure
 * Limits     The first MXS_SMTP_NETWORKS_LOOKED_AT networks decide, in the order they are tried: in that of their ends
 *            who refuses would be ahead of who greets late
 * Threads    One at a time. Pure
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_NETWORK_H
#define MXS_SCANNER_SMTP_INTERNAL_NETWORK_H

#include "model/smtp.h"
#include "scanner/smtp/smtp.h"

#define MXS_SMTP_NETWORKS_LOOKED_AT 50u

struct mxs_smtp_network {
    enum mxs_smtp_network_word reach, box; /* UNDECIDED at first */
    uint32_t tried, ended, answered;
    uint32_t networks[MXS_SMTP_NETWORKS_LOOKED_AT];  /* tried */
    uint32_t answering[MXS_SMTP_NETWORKS_LOOKED_AT]; /* of any, tried later, too */
    bool over[MXS_SMTP_NETWORKS_LOOKED_AT];          /* of those tried */
    /* of servers that spoke, one for each provider */
    uint32_t spoke, masked;
    uint32_t providers[MXS_SMTP_NETWORKS_LOOKED_AT];
    uint64_t banners[MXS_SMTP_NETWORKS_LOOKED_AT];
};

void mxs_smtp_network_init(struct mxs_smtp_network *network);
/* A first connection to a server of the network begins. */
void mxs_smtp_network_begin(struct mxs_smtp_network *network, uint32_t net);
/* It has ended. heard: the server said anything. */
void mxs_smtp_network_put(struct mxs_smtp_network *network, uint32_t net, uint32_t provider, bool heard,
                          struct mxs_text banner, bool masked);
/* Nothing more will be put: what is undecided is decided from what there is. */
void mxs_smtp_network_finish(struct mxs_smtp_network *network);
enum mxs_smtp_network_word mxs_smtp_network_find(const struct mxs_smtp_network *network);

#endif
