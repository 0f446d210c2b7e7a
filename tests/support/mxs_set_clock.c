/* Preloaded into a program, it sets the wall clock as an operator might: MXS_CLOCK_SHIFT_S seconds (below 0: back) once
 * the program has run for MXS_CLOCK_AFTER_MS. The monotonic clocks go on as they do. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

typedef int (*reader)(clockid_t clock, struct timespec *out);

static reader real(void)
{
    static reader found;
    if (found == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "clock_gettime");
        *(void **)&found = symbol;
    }
    return found;
}

static long number(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    static long began_ms = -1;
    struct timespec now;
    int result = real()(clock, out);
    if (real()(CLOCK_MONOTONIC, &now) != 0 || result != 0)
        return result;
    long now_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (began_ms < 0)
        began_ms = now_ms;
    if (clock == CLOCK_REALTIME && now_ms - began_ms >= number("MXS_CLOCK_AFTER_MS"))
        out->tv_sec += number("MXS_CLOCK_SHIFT_S");
    return 0;
}
