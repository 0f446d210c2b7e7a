/* What a registrable domain holds. */
#ifndef MXS_TESTS_INTERNET_CONTENT_H
#define MXS_TESTS_INTERNET_CONTENT_H

#include "world.h"

enum { CONTENT_ROOM = 8192 };

/* The records of the question, uncompressed, each owned by a pointer to the question's name (which stands at 12). */
struct records {
    unsigned rcode;
    uint16_t count;
    uint32_t size;
    uint8_t data[CONTENT_ROOM];
};

void content_find(const struct world *world, const struct position *position, const struct question *question,
                  struct records *out);
/* One more record of the question's name. */
void content_put(struct records *out, uint16_t type, const void *data, uint32_t size);
/* The rdata of the SOA of a zone (wire name); returns its size. */
uint32_t content_soa(const uint8_t *zone, uint32_t zone_size, uint8_t *out /* 300 bytes */);

#endif
