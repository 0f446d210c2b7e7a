/* Says whether an unfinished run was made from the same names in the same order. It does not depend on how the list was
 * written (case, comments, compression). Two lanes of mxs_hash run over blocks, each keyed by what came before.
 *
 * In         The accepted names of all inputs, canonical, in order
 * Out        32 hexadecimal digits
 * Ownership  The struct is the caller's; no memory is taken
 * Threads    One at a time
 * Bugs       Not for secrets: who knows the fixed keys can make two lists with one digest. A big-endian machine
 *            computes another (mxs_hash reads words as they lie)
 */
#ifndef MXS_SCANNER_INPUT_DIGEST_H
#define MXS_SCANNER_INPUT_DIGEST_H

#include "base/bytes.h"

#define MXS_DIGEST_TEXT_SIZE 33
#define MXS_DIGEST_BLOCK_BYTES 4096

struct mxs_digest {
    uint64_t lanes[2];
    uint32_t used; /* of block */
    uint8_t block[MXS_DIGEST_BLOCK_BYTES];
};

void mxs_digest_init(struct mxs_digest *digest);
void mxs_digest_put(struct mxs_digest *digest, struct mxs_text name);
/* The digest of what was put so far; more may be put afterwards. */
void mxs_digest_text(const struct mxs_digest *digest, char out[MXS_DIGEST_TEXT_SIZE]);

#endif
