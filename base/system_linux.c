#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/system.h"

int mxs_system_scratch_open(const char *folder)
{
    char path[4096];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && snprintf(path, sizeof path, "%s/mxsurvey-sort-XXXXXX", folder) < (int)sizeof path) {
        fd = mkostemp(path, O_CLOEXEC); /* a file system without files that have no name */
        if (fd >= 0)
            unlink(path);
    }
    return fd;
}

const char *mxs_system_network_find(const char *folder)
{
    static const struct {
        unsigned long type;
        const char *name;
    } networks[] = {{0x6969, "NFS"},       {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"},  {0x517b, "SMB"},
                    {0x0bd00bd0, "Lustre"}, {0x01021997, "9p"},   {0x5346414f, "AFS"},  {0x47504653, "GPFS"},
                    {0x00c36400, "Ceph"},   {0x19830326, "BeeGFS"}, {0x65735546, "FUSE"}};
    struct statfs info;
    if (statfs(folder, &info) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if (networks[i].type == ((unsigned long)info.f_type & 0xffffffffu))
            return networks[i].name;
    return NULL;
}

ssize_t mxs_system_copy_write(int from, int to, size_t size_bytes)
{
    return copy_file_range(from, NULL, to, NULL, size_bytes, 0);
}

/* Left to itself, glibc keeps up to 32 MB of what one thread has freed, as soon as one large block was, and then other
 * threads cannot use it. musl gives large blocks back by itself. */
void mxs_system_large_blocks_reset(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

int64_t mxs_system_socket_limit_read(const char *name)
{
    char path[96];
    long long value = -1;
    snprintf(path, sizeof path, "/proc/sys/net/core/%s", name);
    FILE *file = fopen(path, "re");
    if (file != NULL && fscanf(file, "%lld", &value) != 1)
        value = -1;
    if (file != NULL)
        fclose(file);
    return value;
}

enum mxs_clock_care mxs_system_clock_read(void)
{
    struct timex state = {0};
    int status = adjtimex(&state);
    if (status == TIME_ERROR || (state.status & STA_UNSYNC))
        return MXS_CLOCK_NOT_KEPT;
    return status < 0 ? MXS_CLOCK_NOT_TOLD : MXS_CLOCK_KEPT; /* refused, in a container */
}
