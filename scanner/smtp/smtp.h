/* One polite connection to each of many mail servers: greeting, EHLO, STARTTLS where it is offered, EHLO again, QUIT.
 * Never MAIL, never RCPT. Whoever calls says which addresses; when each is met, and how often again, is decided here.
 *
 * Spec       @rfc{5321,3.1} @rfc{5321,4.5.3.2} @rfc{3207,4} @rfc{7672,3}
 * In         Addresses, each with its network and provider; the name and TLSA records when its turn comes
 * Out        One answer for each, or the word that this network cannot tell
 * Units      rate in new connections a second, timeout_ms, retry_s
 * Limits     Each server is met once, and where it was not settled up to twice more; one that answered perhaps again,
 *            as a control. `concurrency` open at once; of one network (/24, /48) and of one provider 4, and one new in
 *            500 ms
 * Errors     MXS_ERR_MEMORY; MXS_ERR_INPUT: ca_file cannot be read. What servers do is an answer
 * Ownership  create/destroy; views of an answer live for the call
 * Threads    The loop's
 * Bugs       How many a server allows is not known: a 421 or a refused connection makes us slower there, up to 8 s
 *            between two
 */
#ifndef MXS_SCANNER_SMTP_SMTP_H
#define MXS_SCANNER_SMTP_SMTP_H

#include <uv.h>

#include "model/facts.h"
#include "model/smtp.h"
#include "scanner/smtp/chain.h"

#define MXS_SMTP_SILENCE_S 600 /* over which three attempts must have met nobody */

/* What is to be known when a connection begins. Views, valid until the answer to the connection. */
struct mxs_smtp_tlsa {
    const struct mxs_bytes *records; /* rdata; only such as may be believed */
    uint32_t record_count;
    const char *names[3]; /* base domain, MX host, next hop: what a certificate of usage 2 may be for; NULL ends */
};
struct mxs_smtp_target {
    const char *host; /* sent as SNI, NUL-terminated */
    struct mxs_smtp_tlsa tlsa;
};

/* What is the matter with the network we ask from: then nothing it told is kept. */
enum mxs_smtp_network_word {
    MXS_SMTP_NETWORK_OPEN,
    MXS_SMTP_NETWORK_UNDECIDED,
    MXS_SMTP_NETWORK_BLOCKED,  /* nobody anywhere answers on port 25 */
    MXS_SMTP_NETWORK_MIDDLEBOX, /* one box answers for all */
};

struct mxs_smtp_options {
    const char *helo;
    const char *ca_file;  /* PEM; NULL: the authorities the system trusts */
    uint32_t rate;        /* 0: none */
    uint32_t concurrency; /* at least 1 */
    uint32_t timeout_ms;
    uint32_t retry_s;     /* 0: every server is met once */
    uint64_t seed;
};

struct mxs_smtp_counts {
    uint64_t put, done, connections, retries;
    uint32_t open, open_peak;
    uint64_t outcomes[MXS_SMTP_OUTCOME_COUNT]; /* of what is done */
};

typedef struct mxs_smtp mxs_smtp;

struct mxs_smtp_host {
    uv_loop_t *loop;
    /* A connection to the address `subject` begins. False: it is no longer wanted; nothing is called back. */
    bool (*begin)(void *arg, uint32_t subject, struct mxs_smtp_target *out);
    /* Once for each address; chain is NULL where no certificate was seen. */
    void (*done)(void *arg, uint32_t subject, const struct mxs_smtp_answer *answer, const mxs_smtp_chain *chain);
    /* BLOCKED or MIDDLEBOX, of one address family: none of its addresses is called back from now on, nor was any
     * before. */
    void (*network)(void *arg, uint8_t family, enum mxs_smtp_network_word word, uint32_t networks);
    /* Nothing is left. */
    void (*idle)(void *arg);
    void (*closed)(void *arg); /* after destroy: every handle is closed */
    void *arg;
};

MXS_CHECK enum mxs_err mxs_smtp_create(mxs_smtp **out, const struct mxs_smtp_host *host,
                                       const struct mxs_smtp_options *options, struct mxs_detail *detail);
/* What is under way ends without a callback. From idle, or from outside our callbacks. */
void mxs_smtp_destroy(mxs_smtp **smtp);
/* One address, once. Nothing is called back before the loop runs. */
MXS_CHECK enum mxs_err mxs_smtp_put(mxs_smtp *smtp, uint32_t subject, const struct mxs_address *address,
                                    uint32_t provider);
/* From now on connections begin; all that is put later must be put from a callback of ours. */
void mxs_smtp_open(mxs_smtp *smtp);
/* No further first attempt and no retry begins; what is open goes on to its QUIT. */
void mxs_smtp_close(mxs_smtp *smtp);
/* Sticky: MXS_ERR_MEMORY, and answers were lost; those are as if they had not been asked. */
MXS_CHECK enum mxs_err mxs_smtp_error(const mxs_smtp *smtp);
const struct mxs_smtp_counts *mxs_smtp_counts_of(const mxs_smtp *smtp);

/* Whether this machine has a way to public addresses of the family (4 or 6) at all. Sends nothing. */
bool mxs_smtp_has_family(uint8_t family);

#endif
