/* What a check needs to tell a column: members of JSON, and texts put together.
 *
 * Errors     Sticky in the sink
 * Ownership  Texts in the telling's arena
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CHECKS_TELL_H
#define MXS_SCANNER_CHECKS_TELL_H

#include "scanner/checks/check.h"

/* An entry's texts, parted by line ends; data NULL: none. */
struct mxs_text mxs_tell_join(struct mxs_check_telling *telling, const struct mxs_policy_entry *entry);
/* Of an entry NEARLY: its texts, or "CNAME" and where its alias leads. */
struct mxs_text mxs_tell_nearly(struct mxs_check_telling *telling, const struct mxs_policy_entry *entry);
struct mxs_text mxs_tell_append(struct mxs_check_telling *telling, struct mxs_text text, struct mxs_text more);
/* {"record":...,"result":...}, as small records are told; of an entry NEARLY the record is null, and "nearly" its text;
 * "limit": not all of the answer could be read.
 * mark: enum mxs_record_mark or MXS_POLICY_UNKNOWN. more: a member that is null here; NULL: none. */
void mxs_tell_record(struct mxs_check_telling *telling, uint8_t column, const struct mxs_policy_entry *entry,
                     uint8_t mark, const char *more);

#endif
