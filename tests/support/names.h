/* Distinct names of realistic length, the same ones always: about 15 characters under a mix of top-level domains as
 * lists have them; pronounceable syllables and a number in base 26 that makes them distinct. */
#ifndef MXS_TESTS_NAMES_H
#define MXS_TESTS_NAMES_H

#include <stdint.h>

enum { NAMES_ROOM = 48 };

/* Writes the name of a number, ended by 0; returns its length. */
int names_make(uint64_t number, char *out /* NAMES_ROOM bytes */);

#endif
