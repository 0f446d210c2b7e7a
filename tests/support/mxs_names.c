/* mxs_names COUNT [FIRST]: distinct names of realistic length, one a line, the same ones always.
 *
 * About 15 characters under a mix of top-level domains as lists have them: pronounceable syllables and a number in base
 * 26 that makes them distinct. Nothing here is meant to exist; they are asked of loopback servers only.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tlds[] = {"com", "com", "com", "com", "com", "com", "com", "net", "org", "de", "de", "co.uk", "nl",
                                   "fr", "it", "info"};

static uint64_t mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

/* Two or three syllables, then the number: distinct because the number is. */
static int make_name(uint64_t number, char *out)
{
    static const char consonants[] = "bcdfghklmnprstvz", vowels[] = "aeiou";
    uint64_t draw = mix(number);
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
    return used + sprintf(out + used, ".%s\n", tlds[mix(number + 1) % 16]);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fputs("usage: mxs_names COUNT [FIRST]\n", stderr);
        return 2;
    }
    uint64_t count = strtoull(argv[1], NULL, 10), first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    char line[64];
    for (uint64_t i = 0; i < count; i++) {
        int size = make_name(first + i, line);
        if (fwrite(line, 1, (size_t)size, stdout) != (size_t)size)
            return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
