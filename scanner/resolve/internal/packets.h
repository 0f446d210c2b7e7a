/* How datagrams pass into the kernel and out of it: many at once and several as one packet where Linux takes them so,
 * one by one elsewhere (packets_linux.c, packets_plain.c).
 *
 * In         A connected UDP socket that does not block
 * Errors     errno, as sendmsg and recvmsg set it
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_PACKETS_H
#define MXS_SCANNER_RESOLVE_INTERNAL_PACKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* As Linux lays out its struct mmsghdr. */
struct mxs_packet {
    struct msghdr header;
    unsigned size_bytes; /* of what arrived */
};

/* Where a packet says how long each of its datagrams is. */
union mxs_packet_segment {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
};

/* Whether one packet may hold several datagrams of one length. */
bool mxs_packets_joined(void);
/* The packet holds several: each of that length. */
void mxs_packets_put(struct mxs_packet *packet, union mxs_packet_segment *segment, uint16_t size_bytes);
/* How many came or went, at least one; -1 and errno: none. */
int mxs_packets_read(int fd, struct mxs_packet *packets, unsigned count);
int mxs_packets_write(int fd, struct mxs_packet *packets, unsigned count);

#endif
