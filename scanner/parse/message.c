/* From the bytes of a message to what they say about one question.
 *
 * Two readers stand here. The glance runs on every datagram before anybody believes it: is it ours, is it whole.
 * The reading runs once for each accepted answer and takes it apart.
 *
 * TC comes before everything but the question, in both: a server may cut a message anywhere, and then the counts
 * of its header speak of records that are not there. That is no fault of the message, only a reason to ask by TCP.
 *
 * An empty answer is judged last. @rfc{2308,2.2}: who sends NS and no SOA knows somebody who may know; who neither
 * recurses nor is the authority knows nothing; who shows the SOA of another zone, or is the authority of what it
 * recurses for otherwise and shows none, made it up; a chain without SOA or
 * records at its end was cut on the way; and records that nobody asked for say that this is no answer to the question
 * at all. None of that is "there is nothing".
 *
 * The CNAME chain is followed from the name asked, inside the packet, whatever the order of the records. Servers
 * write the chain in order, so that one pass finds all of it; a pass is repeated only after it moved, at most
 * MXS_CHAIN_MAX times. A loop is a chain over its limit and needs no case of its own. */
#include "scanner/parse/message.h"

#include <arpa/nameser.h>
#include <resolv.h>

#include "model/address.h"
#include "scanner/parse/internal/proof.h"
#include "scanner/parse/internal/rrset.h"
#include "scanner/parse/internal/wire.h"

/* The flags word of the header. */
enum { FLAG_QR = 0x8000, FLAG_OPCODE = 0x7800, FLAG_AA = 0x0400, FLAG_TC = 0x0200, FLAG_RD = 0x0100, FLAG_RA = 0x0080,
       FLAG_AD = 0x0020, RCODE = 0x000f };
enum { AT_FLAGS = 2, AT_QUESTIONS = 4, AT_ANSWERS = 6, AT_AUTHORITIES = 8, AT_ADDITIONALS = 10 };
#define OPT_DNSSEC_OK 0x8000
enum { TYPE_DNAME = 39, TYPE_RRSIG = 46, TYPE_NSEC = 47, TYPE_NSEC3 = 50 };

static bool question_same(const uint8_t *a, const uint8_t *b, uint32_t size_bytes)
{
    uint32_t name_size = size_bytes - NS_QFIXEDSZ;
    return memcmp(a + name_size, b + name_size, NS_QFIXEDSZ) == 0 && mxs_wire_fold_equal(a, b, name_size);
}

/* Where the counts of the header say that the message ends; NULL: it cannot be walked so far. */
static const uint8_t *end_of(struct mxs_bytes wire)
{
    const uint8_t *at = wire.data + NS_HFIXEDSZ, *end = wire.data + wire.size_bytes;
    if (wire.size_bytes > NS_MAXMSG)
        return NULL;
    for (int section = ns_s_qd; section < ns_s_max; section++) {
        int size = ns_skiprr(at, end, (ns_sect)section, mxs_wire_u16(wire.data + AT_QUESTIONS + 2 * section));
        if (size < 0)
            return NULL;
        at += size;
    }
    return at;
}

/* Bytes behind the end that are records themselves: the counts of the header are wrong, and what was counted is not
 * all. Zeros are padding, and no record. */
static bool holds_records(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        int name_size = dn_skipname(at, end);
        if (name_size < 0 || end - at < name_size + NS_RRFIXEDSZ || mxs_wire_u16(at + name_size) == 0)
            return false;
        int size = ns_skiprr(at, end, ns_s_an, 1);
        if (size < 0)
            return false;
        at += size;
    }
    return true;
}

static bool rcode_fails(unsigned rcode) { return rcode != ns_r_noerror && rcode != ns_r_nxdomain; }

/* The end that the header's counts tell, of a message that holds what they say and no more records; else NULL. */
static const uint8_t *whole_until(struct mxs_bytes wire)
{
    const uint8_t *end = end_of(wire);
    return end == NULL || (end != wire.data + wire.size_bytes && holds_records(end, wire.data + wire.size_bytes)) ? NULL
                                                                                                                  : end;
}

enum mxs_inspection mxs_message_inspect(struct mxs_bytes wire, const uint8_t *question_wire,
                                        uint32_t question_wire_size)
{
    MXS_ASSERT(question_wire_size > NS_QFIXEDSZ);
    if (wire.size_bytes < NS_HFIXEDSZ)
        return MXS_INSPECT_FORGED;
    uint16_t flags = mxs_wire_u16(wire.data + AT_FLAGS);
    if ((flags & FLAG_QR) == 0 || (flags & FLAG_OPCODE) != 0)
        return MXS_INSPECT_FORGED;
    uint16_t questions = mxs_wire_u16(wire.data + AT_QUESTIONS);
    if (questions == 0)
        return rcode_fails(flags & RCODE) && mxs_wire_u16(wire.data + AT_ANSWERS) == 0 ? MXS_INSPECT_NO_QUESTION
                                                                                      : MXS_INSPECT_FORGED;
    if (questions != 1 || wire.size_bytes - NS_HFIXEDSZ < question_wire_size ||
        !question_same(wire.data + NS_HFIXEDSZ, question_wire, question_wire_size))
        return MXS_INSPECT_FORGED;
    if ((flags & FLAG_TC) != 0)
        return MXS_INSPECT_TRUNCATED;
    const uint8_t *end = whole_until(wire);
    if (end == NULL)
        return MXS_INSPECT_MALFORMED;
    return end == wire.data + wire.size_bytes ? MXS_INSPECT_WHOLE : MXS_INSPECT_TRAILED;
}

/* One reading, from header to last record. */
struct reading {
    struct mxs_wire wire;
    const uint8_t *answers;     /* the answer section */
    uint16_t answer_count;
    struct mxs_wire_name owner; /* whose records count: the name asked, then the targets of its chain */
    uint32_t links;
    uint32_t ttl_s;
    uint16_t type;
    unsigned hints;             /* MXS_HINT_ */
    struct mxs_wire_name chain[MXS_CHAIN_MAX]; /* the names left behind on the way to owner */
    struct mxs_arena *arena;
    struct mxs_answer *out;
};

/* REFUSED, NOTAUTH and NOTIMP say "not by me"; every other failure says "not now". @rfc{6891,6.1.3} */
static enum mxs_outcome outcome_of_rcode(unsigned rcode)
{
    switch (rcode) {
    case ns_r_noerror:
        return MXS_NODATA;
    case ns_r_nxdomain:
        return MXS_NXDOMAIN;
    case ns_r_refused:
    case ns_r_notauth:
    case ns_r_notimpl:
        return MXS_REFUSED;
    default:
        return MXS_SERVFAIL;
    }
}

/* Whether the section holds the question asked, whose name is the first owner; sets where the answers begin. */
static bool read_question(struct reading *reading)
{
    const struct mxs_wire_name *owner = &reading->owner;
    const uint8_t *asked = reading->wire.start + NS_HFIXEDSZ;
    if (owner->size_bytes == 0 || reading->wire.end - asked < (ptrdiff_t)owner->size_bytes + NS_QFIXEDSZ ||
        !mxs_wire_fold_equal(asked, owner->bytes, owner->size_bytes) ||
        mxs_wire_u16(asked + owner->size_bytes) != reading->type ||
        mxs_wire_u16(asked + owner->size_bytes + NS_INT16SZ) != ns_c_in)
        return false;
    reading->owner.position = asked;
    reading->answers = asked + owner->size_bytes + NS_QFIXEDSZ;
    return true;
}

static void lower_ttl(struct reading *reading, uint32_t ttl_raw)
{
    uint32_t ttl_s = mxs_wire_ttl_s(ttl_raw);
    if (ttl_s < reading->ttl_s)
        reading->ttl_s = ttl_s;
}

/* One pass over the answers along the chain; *moved when it took a link. MXS_NODATA: nothing to object. */
static enum mxs_outcome follow_once(struct reading *reading, bool *moved)
{
    struct mxs_wire_record record;
    reading->wire.at = reading->answers;
    *moved = false;
    for (uint32_t i = 0; i < reading->answer_count; i++) {
        if (!mxs_wire_next(&reading->wire, &record))
            return MXS_MALFORMED;
        if (record.type != ns_t_cname || record.class != ns_c_in)
            continue;
        bool ok;
        const uint8_t *after;
        if (!mxs_wire_same(&reading->wire, record.owner, &reading->owner, &ok)) {
            if (!ok)
                return MXS_MALFORMED;
            continue;
        }
        if (reading->links == MXS_CHAIN_MAX)
            return MXS_LIMIT;
        reading->chain[reading->links] = reading->owner;
        if (record.rdata_size == 0 || !mxs_wire_unpack(&reading->wire, record.rdata, &reading->owner, &after) ||
            after != record.rdata + record.rdata_size)
            return MXS_MALFORMED;
        lower_ttl(reading, record.ttl_raw);
        reading->links++;
        *moved = true;
    }
    return MXS_NODATA;
}

/* Moves the owner to the end of the chain and names it in the answer. */
static enum mxs_outcome follow(struct reading *reading)
{
    bool moved = reading->type != MXS_TYPE_CNAME;
    while (moved) {
        enum mxs_outcome outcome = follow_once(reading, &moved);
        if (outcome != MXS_NODATA)
            return outcome;
    }
    if (reading->links == 0)
        return MXS_NODATA;
    char text[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes = mxs_name_from_wire(reading->owner.bytes, text);
    reading->out->alias = mxs_arena_text(reading->arena, (struct mxs_text){text, size_bytes});
    return reading->out->alias.data == NULL ? MXS_LIMIT : MXS_NODATA;
}

static enum mxs_rdata read_rdata(struct reading *reading, const struct mxs_wire_record *record, struct mxs_record *out)
{
    *out = (struct mxs_record){0};
    switch (reading->type) {
    case MXS_TYPE_MX:
        return mxs_mx_read(&reading->wire, record, reading->arena, out);
    case MXS_TYPE_A:
    case MXS_TYPE_AAAA:
        return mxs_address_read(&reading->wire, record, reading->arena, out);
    case MXS_TYPE_TXT:
        return mxs_txt_read(&reading->wire, record, reading->arena, out);
    case MXS_TYPE_CNAME:
    case MXS_TYPE_PTR: /* one name, too */
        return mxs_cname_read(&reading->wire, record, reading->arena, out);
    case MXS_TYPE_SRV:
        return mxs_srv_read(&reading->wire, record, reading->arena, out);
    default:
        return mxs_opaque_read(&reading->wire, record, reading->arena, out);
    }
}

/* Takes the records of the type at the end of the chain. */
static enum mxs_outcome collect(struct reading *reading)
{
    struct mxs_answer *out = reading->out;
    struct mxs_wire_record record;
    struct mxs_rrset set;
    if (!mxs_rrset_init(&set, reading->arena, reading->answer_count))
        return MXS_LIMIT;
    reading->wire.at = reading->answers;
    for (uint32_t i = 0; i < reading->answer_count; i++) {
        if (!mxs_wire_next(&reading->wire, &record))
            return MXS_MALFORMED;
        if (record.type != reading->type || record.class != ns_c_in)
            continue;
        bool ok;
        if (!mxs_wire_same(&reading->wire, record.owner, &reading->owner, &ok)) {
            if (!ok)
                return MXS_MALFORMED;
            continue;
        }
        const struct mxs_arena_place before = mxs_arena_place(reading->arena);
        struct mxs_record read;
        enum mxs_rdata rdata = read_rdata(reading, &record, &read);
        if (rdata != MXS_RDATA_READ) /* none of them is told then: which were read hangs on their order */
            return rdata == MXS_RDATA_FULL ? MXS_LIMIT : MXS_MALFORMED;
        lower_ttl(reading, record.ttl_raw);
        if (!mxs_rrset_put(&set, &read))
            mxs_arena_reset_to(reading->arena, before);
    }
    mxs_rrset_finish(&set);
    out->records = set.records;
    out->record_count = set.count;
    return set.cut ? MXS_LIMIT : set.count == 0 ? MXS_NODATA : MXS_ANSWERED;
}

/* ---- what is no answer ---- */

/* What stands in the answer section beside the chain and the records at its end. */
enum beside { BESIDE_NOTHING, BESIDE_STRANGE, BESIDE_CONTRADICTION };

/* Signatures, proofs and what a CNAME was made from belong to an answer. @rfc{4035,3.1} @rfc{6672,3.1} */
static bool is_companion(uint16_t type)
{
    return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_NSEC3 || type == TYPE_DNAME;
}

/* At a name of the chain only its CNAME may stand, and only one. @rfc{1034,3.6.2} @rfc{2181,10.1} */
static enum beside look_at_link(struct reading *reading, const struct mxs_wire_record *record, uint32_t link)
{
    const struct mxs_wire_name *next = link + 1 < reading->links ? &reading->chain[link + 1] : &reading->owner;
    bool ok;
    reading->out->alias_beside |= record->type == reading->type && record->type != ns_t_cname;
    if (record->type != ns_t_cname)
        return record->type == reading->type ? BESIDE_CONTRADICTION : BESIDE_STRANGE;
    return record->rdata_size != 0 && mxs_wire_same(&reading->wire, record->rdata, next, &ok) ? BESIDE_NOTHING
                                                                                              : BESIDE_CONTRADICTION;
}

/* What is signed there is, whether it stands there or not. */
static bool signs_the_type(const struct reading *reading, const struct mxs_wire_record *record)
{
    return record->type == TYPE_RRSIG && record->rdata_size >= 2 && mxs_wire_u16(record->rdata) == reading->type;
}

/* A DNAME above the end of the chain: no name stays below it, and the CNAME that says where this one went is missing.
 * @rfc{6672,2.3} @rfc{6672,3.1} */
static bool leads_away(struct reading *reading, const struct mxs_wire_record *record)
{
    const struct mxs_wire_name *owner = &reading->owner;
    struct mxs_wire_name above;
    const uint8_t *after;
    if (record->type != TYPE_DNAME || record->class != ns_c_in ||
        !mxs_wire_unpack(&reading->wire, record->owner, &above, &after))
        return false;
    uint32_t at = owner->size_bytes > 1 ? owner->bytes[0] + 1u : owner->size_bytes; /* the name itself stays */
    while (at < owner->size_bytes && owner->size_bytes - at > above.size_bytes)
        at += owner->bytes[at] + 1u;
    return at < owner->size_bytes && owner->size_bytes - at == above.size_bytes &&
           mxs_wire_fold_equal(owner->bytes + at, above.bytes, above.size_bytes);
}

static enum beside look_at_record(struct reading *reading, const struct mxs_wire_record *record)
{
    bool ok;
    if (is_companion(record->type))
        return signs_the_type(reading, record) || leads_away(reading, record) ? BESIDE_STRANGE : BESIDE_NOTHING;
    if (record->class != ns_c_in)
        return BESIDE_STRANGE;
    for (uint32_t link = 0; link < reading->links; link++)
        if (mxs_wire_same(&reading->wire, record->owner, &reading->chain[link], &ok))
            return look_at_link(reading, record, link);
    bool ours = record->type == reading->type && mxs_wire_same(&reading->wire, record->owner, &reading->owner, &ok);
    return ours ? BESIDE_NOTHING : BESIDE_STRANGE;
}

static enum beside look_beside(struct reading *reading)
{
    enum beside worst = BESIDE_NOTHING;
    struct mxs_wire_record record;
    reading->wire.at = reading->answers;
    for (uint32_t i = 0; i < reading->answer_count && worst != BESIDE_CONTRADICTION; i++) {
        enum beside beside =
            mxs_wire_next(&reading->wire, &record) ? look_at_record(reading, &record) : BESIDE_CONTRADICTION;
        worst = beside > worst ? beside : worst;
    }
    return worst;
}

static enum mxs_outcome lack(struct reading *reading, enum mxs_lack lack)
{
    reading->out->lack = lack;
    return MXS_REFUSED;
}

/* Data of a resolver's own: a filter's, or a zone that it is the authority of, too. */
static bool holds_itself(const struct reading *reading, uint16_t flags)
{
    return (reading->hints & MXS_HINT_CACHE) != 0 && (flags & (FLAG_AA | FLAG_RA)) == (FLAG_AA | FLAG_RA);
}

/* Addresses that no name on the internet should have, and that filters write: 0.0.0.0, loopback, a walled garden. */
static bool none_is_public(const struct reading *reading)
{
    const struct mxs_answer *answer = reading->out;
    if (reading->type != ns_t_a && reading->type != ns_t_aaaa)
        return false;
    for (uint32_t i = 0; i < answer->record_count; i++) {
        struct mxs_address address = {.family = reading->type == ns_t_a ? 4 : 6};
        memcpy(address.bytes, answer->records[i].data.data, reading->type == ns_t_a ? 4 : 16);
        if (mxs_address_public(&address))
            return false;
    }
    return true;
}

/* No record of the type at the end of the chain: whether that is so, or only said by who cannot know. */
static enum mxs_outcome judge_denial(struct reading *reading, const struct mxs_proof *proof, unsigned rcode,
                                     uint16_t flags)
{
    bool recursive = (flags & FLAG_RA) != 0, authority = (flags & FLAG_AA) != 0;
    bool soa = mxs_proof_covers(proof, &reading->wire, &reading->owner, rcode != ns_r_nxdomain);
    bool marked = !recursive && !soa && (reading->hints & MXS_HINT_RECURSOR) != 0; /* who recurses otherwise */
    if (rcode == ns_r_nxdomain && marked)
        return MXS_FILTERED; /* so a blocker marks what it blocks */
    if (rcode == ns_r_noerror && proof->ns && !soa)
        return lack(reading, MXS_LACK_REFERRAL);
    if (!recursive && !authority)
        return lack(reading, MXS_LACK_RECURSION);
    if (rcode == ns_r_noerror && reading->links != 0 && !soa)
        return MXS_MALFORMED; /* the chain ends in the air */
    if (marked || (proof->soa == NULL && holds_itself(reading, flags)))
        return MXS_FILTERED; /* a blocker that denies in the authority's stead, which would show its SOA */
    if (proof->ignorant && !soa)
        return MXS_SERVFAIL; /* it says itself that it could not ask, or is not the authority */
    if (proof->soa != NULL && !soa)
        return reading->links != 0 ? MXS_MALFORMED : MXS_FILTERED; /* of another zone: a filter's own */
    return rcode == ns_r_nxdomain ? MXS_NXDOMAIN : MXS_NODATA;
}

static enum mxs_outcome read_content(struct reading *reading, const struct mxs_proof *proof, unsigned rcode,
                                     uint16_t flags)
{
    enum mxs_outcome outcome = follow(reading);
    if (outcome != MXS_NODATA)
        return outcome;
    outcome = collect(reading);
    bool found = reading->out->record_count != 0;
    if (outcome == MXS_MALFORMED || (found && rcode == ns_r_nxdomain))
        return MXS_MALFORMED;
    if (found && reading->links == 0)
        return outcome;
    enum beside beside = look_beside(reading);
    if (beside == BESIDE_CONTRADICTION || (beside == BESIDE_STRANGE && !found))
        return MXS_MALFORMED; /* it answers what nobody asked, or two things at once */
    return outcome == MXS_NODATA ? judge_denial(reading, proof, rcode, flags) : outcome;
}

static enum mxs_outcome read_message(struct reading *reading)
{
    const uint8_t *header = reading->wire.start;
    ptrdiff_t size_bytes = reading->wire.end - header;
    if (size_bytes < NS_HFIXEDSZ || size_bytes > NS_MAXMSG)
        return MXS_MALFORMED;
    uint16_t flags = mxs_wire_u16(header + AT_FLAGS);
    unsigned rcode = flags & RCODE;
    reading->out->rcode = (uint8_t)rcode;
    reading->out->authenticated = (flags & FLAG_AD) != 0;
    reading->out->truncated = (flags & FLAG_TC) != 0;
    if ((flags & FLAG_QR) == 0)
        return MXS_MALFORMED;
    if (reading->out->truncated)
        return MXS_TRUNCATED;
    if ((reading->hints & MXS_HINT_WALKED) == 0 &&
        whole_until((struct mxs_bytes){header, (uint32_t)size_bytes}) == NULL)
        return MXS_MALFORMED;
    uint16_t questions = mxs_wire_u16(header + AT_QUESTIONS);
    if (questions == 0 && rcode_fails(rcode))
        return outcome_of_rcode(rcode);
    if (questions != 1 || !read_question(reading))
        return MXS_MALFORMED;
    struct mxs_proof proof;
    reading->answer_count = mxs_wire_u16(header + AT_ANSWERS);
    reading->wire.at = reading->answers;
    mxs_proof_read(&reading->wire, reading->answer_count, mxs_wire_u16(header + AT_AUTHORITIES),
                   mxs_wire_u16(header + AT_ADDITIONALS), &proof);
    reading->out->ede = proof.ede;
    rcode |= proof.rcode_high << 4;
    if (proof.filtered || proof.rewritten || (proof.prohibited && !rcode_fails(rcode)))
        return MXS_FILTERED;
    if (rcode_fails(rcode))
        return outcome_of_rcode(rcode);
    enum mxs_outcome outcome = read_content(reading, &proof, rcode, flags);
    reading->out->doubtful = outcome == MXS_ANSWERED && (holds_itself(reading, flags) || none_is_public(reading));
    return outcome;
}

/* reading->owner is the name asked; of size 0 when it was none. */
static void read_as(struct reading *reading, struct mxs_bytes wire, uint16_t type, struct mxs_arena *arena,
                    struct mxs_answer *out)
{
    *out = (struct mxs_answer){.wire = wire};
    reading->wire = (struct mxs_wire){.start = wire.data, .end = wire.data + wire.size_bytes};
    reading->links = 0;
    reading->ttl_s = UINT32_MAX;
    reading->type = type;
    reading->arena = arena;
    reading->out = out;
    out->outcome = read_message(reading);
    if (out->outcome != MXS_ANSWERED && out->outcome != MXS_LIMIT)
        out->record_count = 0; /* half an RRset is no fact; the bytes are kept */
    if (out->record_count != 0)
        out->ttl_s = reading->ttl_s;
    else
        out->records = NULL;
}

void mxs_message_read(struct mxs_bytes wire, struct mxs_text name, uint16_t type, struct mxs_arena *arena,
                      struct mxs_answer *out)
{
    struct reading reading;
    if (mxs_name_to_wire(name, reading.owner.bytes, &reading.owner.size_bytes) != MXS_OK)
        reading.owner.size_bytes = 0;
    reading.hints = 0;
    read_as(&reading, wire, type, arena, out);
}

unsigned mxs_message_read_hints(struct mxs_bytes wire)
{
    uint16_t flags = mxs_wire_u16(wire.data + AT_FLAGS);
    if ((flags & FLAG_RA) == 0)
        return 0;
    return (flags & FLAG_AA) != 0 ? MXS_HINT_RECURSOR : MXS_HINT_RECURSOR | MXS_HINT_CACHE;
}

void mxs_message_read_question(struct mxs_bytes wire, const uint8_t *question_wire, uint32_t question_wire_size,
                               unsigned hints, struct mxs_arena *arena, struct mxs_answer *out)
{
    struct reading reading;
    MXS_ASSERT(question_wire_size > NS_QFIXEDSZ && question_wire_size <= MXS_NAME_WIRE_MAX + NS_QFIXEDSZ);
    reading.owner.size_bytes = question_wire_size - NS_QFIXEDSZ;
    memcpy(reading.owner.bytes, question_wire, reading.owner.size_bytes);
    reading.hints = hints;
    read_as(&reading, wire, mxs_wire_u16(question_wire + reading.owner.size_bytes), arena, out);
}

static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

uint32_t mxs_message_write(uint16_t id, const uint8_t *name_wire, uint32_t name_wire_size, uint16_t type,
                           uint16_t payload_size, bool dnssec_ok, uint8_t *out, uint32_t *question_size)
{
    MXS_ASSERT(name_wire_size >= 1 && name_wire_size <= MXS_NAME_WIRE_MAX);
    uint8_t *at = put_u16(out, id);
    at = put_u16(at, dnssec_ok && payload_size == 0 ? FLAG_RD | FLAG_AD : FLAG_RD); /* @rfc{6840,5.7} */
    at = put_u16(at, 1);
    at = put_u16(at, 0);
    at = put_u16(at, 0);
    at = put_u16(at, payload_size != 0 ? 1 : 0);
    memcpy(at, name_wire, name_wire_size);
    at = put_u16(at + name_wire_size, type);
    at = put_u16(at, ns_c_in);
    *question_size = name_wire_size + NS_QFIXEDSZ;
    if (payload_size != 0) { /* OPT @rfc{6891,6.1.2}: root, type, payload as class, flags as TTL, no options */
        *at++ = 0;
        at = put_u16(at, ns_t_opt);
        at = put_u16(at, payload_size);
        at = put_u16(at, 0);
        at = put_u16(at, dnssec_ok ? OPT_DNSSEC_OK : 0);
        at = put_u16(at, 0);
    }
    return (uint32_t)(at - out);
}
