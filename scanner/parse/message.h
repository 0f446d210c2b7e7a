/* Reads a whole message with the C library's decoder. Owner names are checked along the CNAME chain inside
 * the packet; beside an answer, records of other owners are ignored. TC is read before anything else: a truncated
 * message is outcome "truncated" and never "malformed" or "nodata". An empty answer is "nodata" or "nxdomain" only
 * where its sender could know: not from a referral, a chain cut off, a contradiction, or a filter
 * (docs/manual.md, "What the words mean").
 *
 * Spec       @rfc{1035,4.1} @rfc{2181,5.4} @rfc{2181,10.1} @rfc{2308,2.2} @rfc{6840,5.7}
 *            @rfc{6891,6.1} @rfc{8914,4}
 * In         A question and the bytes that came back
 * Out        struct mxs_answer: outcome, records of the asked type, TTL, alias
 * Units      ttl_s seconds
 * Limits     MXS_RECORDS_MAX records, MXS_CHAIN_MAX aliases, 127 pointers in a name and as many in a message as it has
 *            bytes; work is linear in the message
 * Errors     None: what cannot be read is outcome "malformed"
 * Ownership  Records and texts are taken from the arena given; wire is a view of the input
 * Threads    Any. Pure: no I/O, no state
 */
#ifndef MXS_SCANNER_PARSE_MESSAGE_H
#define MXS_SCANNER_PARSE_MESSAGE_H

#include "base/arena.h"
#include "model/answer.h"

/* What the first look at a datagram says, before anybody believes it. */
enum mxs_inspection {
    MXS_INSPECT_WHOLE,     /* header, counts and question agree with what was asked */
    MXS_INSPECT_TRAILED,   /* whole, and bytes behind its last record that are no records: odd, and no reason to lose it
                            */
    MXS_INSPECT_TRUNCATED, /* ours, with TC set */
    MXS_INSPECT_NO_QUESTION, /* QR = 1, rcode is an error (not NXDOMAIN), question and answer empty: the guard, which
                               has compared the id, restores the question */
    MXS_INSPECT_MALFORMED,   /* ours by its header (QR = 1, long enough) but cannot be walked to its end */
    MXS_INSPECT_FORGED,      /* answers no such question: QR = 0, other question, shorter than a header */
};
enum mxs_inspection mxs_message_inspect(struct mxs_bytes wire, const uint8_t *question_wire,
                                        uint32_t question_wire_size);

/* Reads wire as the answer to (name, type). Sets every field of *out. */
void mxs_message_read(struct mxs_bytes wire, struct mxs_text name, uint16_t type, struct mxs_arena *arena,
                      struct mxs_answer *out);

/* What the reader of a message knows beside it. */
enum {
    MXS_HINT_WALKED = 1,  /* a glance at these bytes found them whole: they need not be walked to their end again */
    MXS_HINT_RECURSOR = 2, /* who sent it recurses (RA) in other answers: one without RA is a filter's */
    MXS_HINT_CACHE = 4 /* and is not their authority (AA): an answer with both is of data that it holds itself */
};

/* Those that an answer gives for the others of its sender: MXS_HINT_RECURSOR, MXS_HINT_CACHE. */
unsigned mxs_message_read_hints(struct mxs_bytes wire);

/* The same for a question as it stands on the wire: canonical name, type, class. hints: MXS_HINT_. */
void mxs_message_read_question(struct mxs_bytes wire, const uint8_t *question_wire, uint32_t question_wire_size,
                               unsigned hints, struct mxs_arena *arena, struct mxs_answer *out);

/* Writes a query: header with id, RD, one question, and an OPT with payload_size when it is not 0. dnssec_ok: DO, or
 * without OPT the AD bit, which asks for no more than whether the answer was validated. out must hold 512 bytes.
 * Returns the length; the question section lies at out + 12, *question_size long. */
uint32_t mxs_message_write(uint16_t id, const uint8_t *name_wire, uint32_t name_wire_size, uint16_t type,
                           uint16_t payload_size, bool dnssec_ok, uint8_t *out, uint32_t *question_size);

#endif
