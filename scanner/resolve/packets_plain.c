#include <errno.h>

#include "base/err.h"
#include "scanner/resolve/internal/packets.h"

bool mxs_packets_joined(void) { return false; }

void mxs_packets_put(struct mxs_packet *packet, union mxs_packet_segment *segment, uint16_t size_bytes)
{
    (void)packet, (void)segment, (void)size_bytes;
    MXS_ASSERT(false); /* nobody joins here */
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

int mxs_packets_write(int fd, struct mxs_packet *packets, unsigned count)
{
    unsigned sent = 0;
    while (sent < count && sendmsg(fd, &packets[sent].header, MSG_DONTWAIT) >= 0)
        sent++;
    return sent > 0 ? (int)sent : -1;
}
