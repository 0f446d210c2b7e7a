/* mxs_names COUNT [FIRST]: distinct names of realistic length, one a line, the same ones always (names.h).
 *
 * Nothing here is meant to exist; they are asked of loopback servers only.
 */
#include <stdio.h>
#include <stdlib.h>

#include "names.h"

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fputs("usage: mxs_names COUNT [FIRST]\n", stderr);
        return 2;
    }
    uint64_t count = strtoull(argv[1], NULL, 10), first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    char line[64];
    for (uint64_t i = 0; i < count; i++) {
        int size = names_make(first + i, line);
        line[size++] = '\n';
        if (fwrite(line, 1, (size_t)size, stdout) != (size_t)size)
            return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
