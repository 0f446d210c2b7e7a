/* All ports of a resolver are used, but not all at once: a few take turns for some batches, then the next few, so that
 * what a socket needs, here, in c-ares and in the kernel, stays in the processor's cache. When much is in flight all
 * take part.
 *
 * Spec       @rfc{5452,9.2}
 * In         The channels of a resolver, and the batches they have sent
 * Out        The channel of the next batch
 * Limits     MXS_CHANNEL_OPEN_MAX questions open on a channel
 * Errors     NULL: all channels are full
 * Ownership  Plain values; zeroed, it begins
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_ROTATION_H
#define MXS_SCANNER_RESOLVE_INTERNAL_ROTATION_H

#include "scanner/resolve/internal/channel.h"

struct mxs_rotation {
    uint32_t first;   /* of the set in use */
    uint32_t batches; /* it has sent */
    uint32_t current; /* number of the last channel given */
};

/* A batch of count datagrams has left. */
void mxs_rotation_sent(struct mxs_rotation *rotation, uint32_t count);
/* Sets turns->current as well. */
mxs_channel *mxs_rotation_next(struct mxs_rotation *rotation, mxs_channel *const *channels, uint32_t count);

#endif
