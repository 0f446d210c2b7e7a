/* The most memory a test program has taken: VmHWM, in KB; 0 where there is none. What getrusage says of a process holds
 * what its parent took before exec. */
#ifndef MXS_SUPPORT_PEAK_H
#define MXS_SUPPORT_PEAK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline long peak_kb(void)
{
    char line[128];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            peak = strtol(line + 6, NULL, 10);
    if (status != NULL)
        fclose(status);
    return peak;
}

#endif
