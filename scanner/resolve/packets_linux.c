/* sendmmsg saves the system call, but each datagram still walks the whole way down by itself. The kernel takes several
 * of one length as one packet, and cuts it up again as late as it can (UDP_SEGMENT, Linux 4.18): below us in the
 * card's queue, on loopback only at the receiver's socket. Each is a datagram of its own on the wire, with its own
 * checksum. */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "scanner/resolve/internal/packets.h"

#ifndef UDP_SEGMENT /* newer than some C libraries' headers */
#define UDP_SEGMENT 103
#endif

_Static_assert(sizeof(struct mxs_packet) == sizeof(struct mmsghdr), "a packet is laid out as the kernel wants it");

bool mxs_packets_joined(void) { return true; }

void mxs_packets_put(struct mxs_packet *packet, union mxs_packet_segment *segment, uint16_t size_bytes)
{
    segment->header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof size_bytes), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
    memcpy(CMSG_DATA(&segment->header), &size_bytes, sizeof size_bytes);
    packet->header.msg_control = segment;
    packet->header.msg_controllen = sizeof segment->bytes;
}

int mxs_packets_read(int fd, struct mxs_packet *packets, unsigned count)
{
    return recvmmsg(fd, (struct mmsghdr *)packets, count, MSG_DONTWAIT, NULL);
}

int mxs_packets_write(int fd, struct mxs_packet *packets, unsigned count)
{
    return sendmmsg(fd, (struct mmsghdr *)packets, count, MSG_DONTWAIT);
}
