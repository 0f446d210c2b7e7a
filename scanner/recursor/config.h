/* The configuration of an Unbound for a survey, made for this machine: a list of lines, each with its reason, so that
 * what is started and what a person reads are the same text.
 *
 * Spec       unbound.conf(5), Unbound 1.9 and later
 * In         What the machine has, what the scan wants; files of root servers and trust anchors
 * Out        Text that refers to no file: Debian's AppArmor profile lets Unbound read its own folders alone
 * Limits     MXS_RECURSOR_TEXT_SIZE, so that a pipe takes it whole; 64 root servers, 16 trust anchors
 * Errors     MXS_ERR_INPUT with a sentence: a file that names no root server, or no anchor
 * Ownership  The caller's struct
 * Threads    Any
 */
#ifndef MXS_SCANNER_RECURSOR_CONFIG_H
#define MXS_SCANNER_RECURSOR_CONFIG_H

#include <stddef.h>

#include "base/err.h"

#define MXS_RECURSOR_NEWS_SIZE 384

#define MXS_RECURSOR_TEXT_SIZE 49152
#define MXS_RECURSOR_LINES 56
#define MXS_RECURSOR_ROOTS 64
#define MXS_RECURSOR_ANCHORS 16
#define MXS_RECURSOR_ANCHOR_SIZE 1024

struct mxs_recursor_machine {
    uint32_t cores;             /* this process may use */
    uint64_t memory_bytes;      /* this process may use */
    uint64_t descriptors;       /* a process may open */
    uint64_t socket_bytes;      /* a socket's buffer may hold */
    bool ipv6;                  /* there is a way to the outside */
};
void mxs_recursor_machine_read(struct mxs_recursor_machine *out);

struct mxs_recursor_options {
    uint32_t threads;           /* 0: one less than there are cores, one at least */
    uint32_t in_flight;         /* questions the scan has open at most */
    bool validate;              /* a check needs AD; without an anchor not in a closed network */
    const char *hints, *anchor; /* files; NULL: the packaged ones */
};

struct mxs_recursor_line {
    const char *key, *why;
    char value[48];
    bool optional;              /* some versions do not know it */
    bool dropped;               /* this one does not */
    uint32_t number;            /* of the line in the text */
};

struct mxs_recursor_config {
    uint32_t threads, queries, outgoing;
    uint64_t cache_bytes, memory_bytes; /* of all caches; of the whole process at most, about */
    uint32_t names_per_s;               /* cold ones, about */
    bool closed;                        /* hints of one's own */
    struct mxs_recursor_line lines[MXS_RECURSOR_LINES];
    uint32_t line_count;
    char roots[MXS_RECURSOR_ROOTS][48];
    uint32_t root_count;
    char anchors[MXS_RECURSOR_ANCHORS][MXS_RECURSOR_ANCHOR_SIZE];
    uint32_t anchor_count;
};

MXS_CHECK enum mxs_err mxs_recursor_config_init(struct mxs_recursor_config *config,
                                                const struct mxs_recursor_machine *machine,
                                                const struct mxs_recursor_options *options, struct mxs_detail *detail);
/* port 0: for a service of one's own, which has its user, its log and its port from the package. Returns the size. */
size_t mxs_recursor_config_text(struct mxs_recursor_config *config, uint16_t port, char out[MXS_RECURSOR_TEXT_SIZE]);
/* Leaves out the optional line that stood there in the last text; false: there was none. */
bool mxs_recursor_config_take(struct mxs_recursor_config *config, uint32_t number);

#endif
