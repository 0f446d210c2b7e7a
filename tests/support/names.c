#include "names.h"

#include <stdio.h>

#include "server/wire.h"

static const char *const tlds[] = {"com", "com", "com", "com",   "com", "com", "com", "net",
                                   "org", "de",  "de",  "co.uk", "nl",  "fr",  "it",  "info"};

/* Two or three syllables, then the number: distinct because the number is. */
int names_make(uint64_t number, char *out)
{
    static const char consonants[] = "bcdfghklmnprstvz", vowels[] = "aeiou";
    uint64_t draw = wire_mix(number);
    int used = 0;
    for (unsigned syllables = 2 + draw % 3 / 2; syllables > 0; syllables--, draw /= 80) {
        out[used++] = consonants[draw % 16];
        out[used++] = vowels[draw / 16 % 5];
    }
    out[used++] = 'x';
    for (uint64_t left = number;; left = left / 26 - 1) {
        out[used++] = (char)('a' + left % 26);
        if (left < 26)
            break;
    }
    return used + sprintf(out + used, ".%s", tlds[wire_mix(number + 1) % 16]);
}
