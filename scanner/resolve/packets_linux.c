/* Each datagram by itself walks the whole way down. The kernel takes several of one length as one packet, and cuts it
 * up again as late as it can (UDP_SEGMENT, Linux 4.18): below us in the card's queue, on loopback only at the
 * receiver's socket. Each is a datagram of its own on the wire, with its own checksum.
 *
 * The length is an option of the socket and the packet leaves by writev. sendmmsg takes the length with each packet and
 * many packets at once, but an address with each, too, where no sandbox can see it (scanner/run/walls_linux.c). */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stddef.h>

#include "scanner/resolve/internal/packets.h"

#ifndef UDP_SEGMENT /* newer than some C libraries' headers */
#define UDP_SEGMENT 103
#endif

_Static_assert(sizeof(struct mxs_packet) == sizeof(struct mmsghdr), "a packet is laid out as the kernel wants it");

bool mxs_packets_joined(void) { return true; }

bool mxs_packets_cut(int fd, uint16_t size_bytes)
{
    int size = size_bytes;
    return setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) == 0;
}

int mxs_packets_read(int fd, struct mxs_packet *packets, unsigned count)
{
    return recvmmsg(fd, (struct mmsghdr *)packets, count, MSG_DONTWAIT, NULL);
}
