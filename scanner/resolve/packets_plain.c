#include "base/err.h"
#include "scanner/resolve/internal/packets.h"

bool mxs_packets_joined(void) { return false; }

bool mxs_packets_cut(int fd, uint16_t size_bytes)
{
    (void)fd, (void)size_bytes;
    MXS_ASSERT(false); /* nobody joins here */
    return false;
}

int mxs_packets_read(int fd, struct mxs_packet *packets, unsigned count)
{
    unsigned taken = 0;
    while (taken < count) {
        ssize_t size = recvmsg(fd, &packets[taken].header, MSG_DONTWAIT);
        if (size < 0)
            break;
        packets[taken++].size_bytes = (unsigned)size;
    }
    return taken > 0 ? (int)taken : -1;
}
