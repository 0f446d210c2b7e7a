/* What domains publish beside their MX, made from the name alone, for the benchmark of the checks auth and transport.
 *
 * By hash of the domain: 80 % have SPF (includes of 2,000 senders, 80 % of them of twenty; each sender's record
 * includes one more; a fifth name addresses of their own, a third lists `mx`), 40 % a verification token, 55 % DMARC
 * (half of it with reports to one of 50 other domains, which agree), 60 % have _domainkey, 35 % a key of 2048 bits of
 * their own, 25 % an alias at selector1, 20 % autodiscover, 3 % MTA-STS, 3 % TLS reporting, 1 % BIMI; 3 % of the MX
 * hosts have TLSA. What is not published does not exist. MX hosts are those of server/generate.h.
 */
#ifndef MXS_TESTS_POLICIES_H
#define MXS_TESTS_POLICIES_H

#include "server/wire.h"

enum { POLICIES_ANSWER_MAX = 640 };

/* Writes the records behind the question; returns their size, sets their count and the rcode. Answers everything but MX
 * and the addresses of MX hosts. */
uint32_t policies_put(const struct question *question, uint8_t *out, uint16_t *count, unsigned *rcode);

#endif
