/* Messages no honest server sends. Each is built from the question alone, so that it does not depend on the zone.
 *
 * malformed: pointer-self pointer-loop pointer-forward counts cut rdata-long rdata-short label-type name-long
 *            (`random`: any of them but pointer-loop and rdata-short) · qdcount0 qdcount2 question-cut short
 * bomb:      pointer-chain long-name counts mx4000 txt64k cname-chain
 */
#ifndef MXS_TESTS_MANGLE_H
#define MXS_TESTS_MANGLE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

bool mangle_kind(const char *word, unsigned *out);
bool bomb_kind(const char *word, unsigned *out);
/* Each writes into data[WIRE_MESSAGE_MAX] and returns the size. */
uint32_t mangle_malformed(unsigned kind, uint64_t draw, const struct question *question, uint8_t *data);
uint32_t mangle_bomb(unsigned kind, const struct question *question, uint8_t *data);
/* A whole answer that says what the zone never says (MX 0 forged.attacker.test, A 66.66.66.66 ...). */
uint32_t mangle_poison(const struct question *question, uint8_t *data);

#endif
