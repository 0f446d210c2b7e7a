/* The world a test server speaks of: a text file, or a generator, or both (the file wins).
 *
 * One record a line, `#` or `;` begins a comment:
 *     NAME TYPE [TTL] RDATA...        A AAAA MX TXT CNAME SRV TLSA NS; master-file order (NAME [TTL] [IN] TYPE RDATA)
 * too NAME STATUS [TYPE]              NXDOMAIN NODATA SERVFAIL REFUSED NOTIMP FORMERR DROP TRUNCATE A name `*.suffix`
 * answers for what lies below suffix and is not there itself. What stands above a name exists and is empty. Names end
 * with or without a dot; there is no origin.
 */
#ifndef MXS_TESTS_ZONE_H
#define MXS_TESTS_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "generate.h"
#include "wire.h"

enum { CONTENT_ITEMS_MAX = 8192, CONTENT_SCRATCH = 1024 };

/* What the world says to one question. */
struct content {
    unsigned rcode;
    bool drop, truncate;
    uint32_t count;
    struct item items[CONTENT_ITEMS_MAX];
    uint8_t scratch[CONTENT_SCRATCH];
};

struct zone;

struct zone *zone_create(void);
void zone_destroy(struct zone *zone);
/* False: error (up to 200 bytes) names the line. */
bool zone_load(struct zone *zone, const char *path, char *error);
/* Names the zone does not hold: answered with this rcode, or by the generator when it is on. */
void zone_set_default(struct zone *zone, unsigned rcode);
void zone_set_generator(struct zone *zone, const struct generator *generator);
void zone_find(const struct zone *zone, const struct question *question, struct content *out);
/* The authority's SOA that every negative answer carries. */
extern const struct item zone_soa;

#endif
