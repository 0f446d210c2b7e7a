#include "base/system.h"

#include <unistd.h>

#define ENTROPY_MAX 256u /* of one call */

bool mxs_system_random_read(void *out, size_t size_bytes)
{
    unsigned char *at = out;
    while (size_bytes > 0) {
        size_t part = size_bytes < ENTROPY_MAX ? size_bytes : ENTROPY_MAX;
        if (getentropy(at, part) != 0)
            return false;
        at += part;
        size_bytes -= part;
    }
    return true;
}
