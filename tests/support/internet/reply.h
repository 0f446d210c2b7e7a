/* What the servers of the small internet say: referrals, contents, denials. Contents are a function of the name:
 *
 * of 1,000 domains 20 do not exist, 40 have no MX and an address, 20 nothing, 20 a null MX, 200 MX hosts of their own,
 * 3 eighty MX hosts (more than a datagram takes), the others one or two of a pool of 10,000 (server/generate.h, under
 * `info`); what they publish beside is in policies.h.
 */
#ifndef MXS_TESTS_INTERNET_REPLY_H
#define MXS_TESTS_INTERNET_REPLY_H

#include "world.h"

enum { REPLY_ROOM = 16384 };

/* Once, before anything is asked. */
void reply_init(void);
/* The answer of a healthy server to the question, in out; returns its size. most: what the asker takes, else TC. */
uint32_t reply_authority(const struct world *world, const struct host *host, const struct question *question,
                         uint32_t most, uint8_t out[REPLY_ROOM]);
/* The answer of somebody who knows everything at once, as a recursor says it. */
uint32_t reply_truth(const struct world *world, const struct question *question, uint32_t most,
                     uint8_t out[REPLY_ROOM]);
/* No records: rcode alone, or TC. */
uint32_t reply_empty(const struct question *question, unsigned rcode, bool truncated, bool edns,
                     uint8_t out[REPLY_ROOM]);

#endif
