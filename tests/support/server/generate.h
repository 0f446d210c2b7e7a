/* A world without a file: an answer for any name, from the name alone.
 *
 * MX of any name: two MX hosts mx1.mailN.test and mx2.mailN.test of pair N; 80 % of the names share 1 % of the pairs.
 * MX hosts have an A in 20.0.0.0/8, every third pair an AAAA as well. `mixed` adds, by hash of the name: 3 % NXDOMAIN,
 * 3 % MX nodata with an A, 2 % with nothing, 2 % null MX, 10 % one MX host, 5 % equal preferences.
 * Below `invalid` nothing exists: a resolver that says otherwise would be taken for a liar.
 */
#ifndef MXS_TESTS_GENERATE_H
#define MXS_TESTS_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

struct content;

struct generator {
    uint32_t pairs;
    bool mixed;
    uint64_t seed;
};

enum { GENERATE_HOST_MAX = 32 };

/* The top-level domain of the MX hosts, `test` at first; another one for who asks through a recursor, which knows that
 * `test` does not exist. Four letters. */
extern uint8_t generate_tld[6];

uint32_t generate_pair(const struct generator *generator, uint64_t name_hash);
/* The wire name of an MX host (which: 1 or 2). Returns its size. */
uint32_t generate_host(uint32_t pair, unsigned which, uint8_t *out);
/* True when the name is an MX host; *pair and *which tell it. */
bool generate_host_find(const uint8_t *name, uint32_t name_size, uint32_t *pair, unsigned *which);
/* True for names below `invalid`. */
bool generate_absent(const uint8_t *name, uint32_t name_size);
void generate_a(uint32_t pair, unsigned which, uint8_t out[4]);
bool generate_aaaa(uint32_t pair, unsigned which, uint8_t out[16]);

void generate_content(const struct generator *generator, const struct question *question, struct content *out);

#endif
