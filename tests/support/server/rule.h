/* Faults as a script: one rule a line, `MATCH... -> ACTION`, `#` begins a comment. The first rule that matches wins
 * within its class; classes combine (a delayed, forged, duplicated SERVFAIL is three rules).
 *
 * Match, all must hold (none: everything):
 *     name=GLOB  suffix=NAME  type=TYPE  server=N (from 1)  transport=udp|tcp  edns  noedns
 *     share=P%   by hash of (seed, rule, name, type, attempt); with `sticky` the attempt is left out
 *     first=N    the first N attempts at this name and type;  attempt=N  only that one (from 1)
 *     every=N    every Nth matching question, in order of arrival
 *     after=S until=S   seconds since the first question
 *
 * Action:
 *     delay  MS | A..B | f18                                                                       (class delay)
 *     drop | servfail | refused | formerr | notimp | nxdomain | rcode N | header N (12 bytes, no question) |
 *     empty | hijack ADDRESS [HOST] | mx HOST | truncate | edns-formerr | edns-notimp | malformed KIND | bomb KIND |
 *     corrupt | referral ZONE (its NS and nothing else) | cut (a chain without its end, and no SOA) |
 *     beside CNAME (a CNAME to there beside the records) | foreign (the records, at a name nobody asked for) |
 *     rotate N (N records of the set, others at each attempt) | dns64 PREFIX (AAAA made from A)    (class impact)
 *     ede CODE [TEXT]                          an extended error, where the question has EDNS      (class ede)
 *     trailing [N]                             N bytes behind the answer                           (class trail)
 *     flags [ra|aa]                            exactly these of RA and AA; without rule: RA        (class flags)
 *     bare  |  own-soa                         no SOA; one of the name itself, as of a filter      (class soa)
 *     forge  id|question|qr|address|port|late|all                                                  (class forge)
 *     duplicate [N]  |  reorder MS                                                          (classes copy, order)
 *     tcp    close|bytes|silent|refuse|cut                                                         (class tcp)
 *     capacity N [drop|refuse|servfail]        answers a second, per server                        (class capacity)
 *     down                                     with server=, after=, until=: its sockets are closed (class down)
 *
 * Everything but every=, after=, until= and capacity depends on (seed, name, type, attempt) only, never on timing.
 */
#ifndef MXS_TESTS_RULE_H
#define MXS_TESTS_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

enum { RULES_MAX = 128, SERVERS_MAX = 64, RULE_TEXT = 256 };

enum rule_class {
    CLASS_DELAY,
    CLASS_IMPACT,
    CLASS_FORGE,
    CLASS_COPY,
    CLASS_ORDER,
    CLASS_TCP,
    CLASS_CAPACITY,
    CLASS_DOWN,
    CLASS_EDE,
    CLASS_TRAIL,
    CLASS_FLAGS,
    CLASS_SOA,
    CLASS_COUNT
};
enum impact {
    FATE_NONE,
    FATE_DROP,
    FATE_RCODE,
    FATE_HEADER,
    FATE_EMPTY,
    FATE_HIJACK,
    FATE_MX,
    FATE_TRUNCATE,
    FATE_EDNS_FORMERR,
    FATE_MALFORMED,
    FATE_BOMB,
    FATE_CORRUPT,
    FATE_REFERRAL,
    FATE_CUT,
    FATE_BESIDE,
    FATE_FOREIGN,
    FATE_ROTATE,
    FATE_DNS64,
    FATE_COUNT
};
enum tcp_fault { STREAM_NORMAL, STREAM_CLOSE, STREAM_BYTES, STREAM_SILENT, STREAM_REFUSE, STREAM_CUT };
enum forge { FORGE_ID = 1, FORGE_QUESTION = 2, FORGE_QR = 4, FORGE_ADDRESS = 8, FORGE_PORT = 16, FORGE_LATE = 32 };

struct rule {
    /* match */
    char glob[RULE_TEXT];
    uint8_t suffix[WIRE_NAME_MAX];
    uint32_t suffix_size; /* 0: any */
    uint16_t type;
    unsigned server;      /* 0: any */
    int tcp, edns;        /* -1: any */
    double share;         /* below 0: any */
    bool sticky;
    uint32_t first, attempt, every;
    double after_s, until_s;
    /* action */
    enum rule_class class;
    enum impact impact;
    enum tcp_fault fault;
    unsigned number;      /* rcode, kind, mask, copies, per second */
    double low_ms, high_ms;
    bool mixture;
    uint8_t address[4], prefix[16], host[WIRE_NAME_MAX];
    char text[64];        /* of an extended error */
    uint32_t host_size;
    /* state */
    uint64_t hits;
    struct { double tokens; uint64_t at_ns; } bucket[SERVERS_MAX];
};

struct rules {
    uint64_t seed;
    unsigned count;
    bool needs_text;
    struct rule rules[RULES_MAX];
};

struct asked {
    const struct question *question;
    uint64_t hash;     /* of name and type */
    uint32_t attempt;  /* from 1 */
    unsigned server;   /* from 0 */
    bool tcp;
    uint64_t now_ns;   /* monotonic */
    double second;     /* since the first question */
};

struct plan {
    const struct rule *by_class[CLASS_COUNT];
    uint64_t delay_ns;
    uint64_t draw; /* for choices inside an action */
};

/* Adds the rules of a text; false: error (200 bytes) says which line. */
bool rules_read(struct rules *rules, const char *text, char *error);
bool rules_load(struct rules *rules, const char *path, char *error);
void rules_decide(struct rules *rules, const struct asked *asked, struct plan *out);
/* Whether a server is down at this second; and how a TCP connection is met before anything is asked on it. */
bool rules_down(const struct rules *rules, unsigned server, double second);
bool rules_refuse(const struct rules *rules, unsigned server);
/* Takes a token; false: over capacity. */
bool rules_take(struct rules *rules, const struct rule *capacity, unsigned server, uint64_t now_ns);

#endif
