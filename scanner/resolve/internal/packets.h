/* How datagrams pass out of the kernel many at once, and into it several as one packet, where Linux has that
 * (packets_linux.c); one by one elsewhere (packets_plain.c).
 *
 * In         A connected UDP socket that does not block
 * Errors     errno, as setsockopt and recvmsg set it
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

/* Whether one packet may hold several datagrams of one length, the last of them a shorter one. */
bool mxs_packets_joined(void);
/* What is written to the socket from now on is cut into datagrams of that length; 0: it is one. False: errno. */
bool mxs_packets_cut(int fd, uint16_t size_bytes);
/* How many came, at least one; -1 and errno: none. */
int mxs_packets_read(int fd, struct mxs_packet *packets, unsigned count);

#endif
