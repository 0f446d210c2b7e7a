#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "scanner/recursor/internal/machine.h"

/* The first number of a file; 0 without one. */
static uint64_t number_in(const char *path)
{
    unsigned long long value = 0;
    FILE *file = fopen(path, "re");
    if (file != NULL && fscanf(file, "%llu", &value) != 1)
        value = 0;
    if (file != NULL)
        fclose(file);
    return value;
}

/* The control group that we are in, "" for the topmost or where there are none; each group above it limits us, too. */
static void read_group(char *out, size_t size)
{
    char line[512];
    FILE *file = fopen("/proc/self/cgroup", "re");
    out[0] = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "0::/", 4) == 0)
            snprintf(out, size, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    if (file != NULL)
        fclose(file);
}

/* Goes up one group; false: there is none above. */
static bool go_up(char *group)
{
    char *slash = strrchr(group, '/');
    if (slash == NULL)
        return false;
    *slash = 0;
    return true;
}

/* What a service or a container allows counts, where it allows less. */
uint64_t mxs_machine_memory_read(void)
{
    struct sysinfo machine; /* a hardened service sees no /proc/meminfo */
    uint64_t all = sysinfo(&machine) == 0 ? (uint64_t)machine.totalram * machine.mem_unit : 0;
    struct rlimit limit;
    char group[512], path[600];
    read_group(group, sizeof group);
    do {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
        uint64_t allowed = number_in(path);
        if (allowed > 0 && allowed < all)
            all = allowed;
    } while (go_up(group));
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < all)
        all = limit.rlim_cur;
    return all;
}

uint32_t mxs_machine_cores_read(void)
{
    cpu_set_t set;
    unsigned long long quota, period;
    uint32_t count = sched_getaffinity(0, sizeof set, &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
    char group[512], path[600];
    read_group(group, sizeof group);
    do {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group);
        FILE *file = fopen(path, "re");
        if (file != NULL && fscanf(file, "%llu %llu", &quota, &period) == 2 && period > 0 &&
            (quota + period - 1) / period < count)
            count = (uint32_t)((quota + period - 1) / period);
        if (file != NULL)
            fclose(file);
    } while (go_up(group));
    return count == 0 ? 1 : count;
}
