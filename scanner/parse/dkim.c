/* The length of a key is in its bytes: p is base64 of a SubjectPublicKeyInfo (what every tool writes) or of a bare
 * RSAPublicKey (what @rfc{6376,3.6.1} says). Both begin with a DER sequence; its first element tells them apart: a
 * sequence (the algorithm) or an integer (the modulus). For Ed25519 it is the 32 bytes of the key @rfc{8463,4}. */
#include "scanner/parse/dkim.h"

#include <nettle/base64.h>

#include "scanner/parse/words.h"

#define KEY_BITS_MAX 16384
#define KEY_BYTES_MAX (KEY_BITS_MAX / 8 + 256) /* the modulus and what is wrapped round it */
#define BASE64_MAX (KEY_BYTES_MAX / 3 * 4 + 512) /* white space may stand in it */

const char *mxs_dkim_reason_text(enum mxs_dkim_reason reason)
{
    static const char *const texts[MXS_DKIM_REASON_COUNT] = {
        "ok", "no_record", "revoked", "bad_tags", "tag_twice", "bad_version", "no_key", "unknown_type", "bad_base64",
        "bad_key", "limit", "no_sha256"};
    MXS_ASSERT(reason < MXS_DKIM_REASON_COUNT);
    return texts[reason];
}

const char *mxs_dkim_type_text(enum mxs_dkim_type type)
{
    static const char *const texts[] = {"rsa", "ed25519", "other"};
    MXS_ASSERT(type <= MXS_DKIM_OTHER);
    return texts[type];
}

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OID = 0x06, DER_SEQUENCE = 0x30 };

/* Takes the element at the head of *rest when its tag is tag; *content is what it holds. */
static bool der_take(struct mxs_bytes *rest, uint8_t tag, struct mxs_bytes *content)
{
    if (rest->size_bytes < 2 || rest->data[0] != tag)
        return false;
    uint32_t size_bytes = rest->data[1], header = 2;
    if (size_bytes > 0x80 && size_bytes <= 0x82) { /* the next one or two octets are the length */
        header += size_bytes & 0x7f;
        if (rest->size_bytes < header)
            return false;
        size_bytes = header == 3 ? rest->data[2] : (uint32_t)(rest->data[2] << 8 | rest->data[3]);
    } else if (size_bytes >= 0x80) {
        return false;
    }
    if (rest->size_bytes - header < size_bytes)
        return false;
    *content = (struct mxs_bytes){rest->data + header, size_bytes};
    *rest = (struct mxs_bytes){rest->data + header + size_bytes, rest->size_bytes - header - size_bytes};
    return true;
}

/* modulus, exponent. */
static uint32_t rsa_public_key_bits(struct mxs_bytes sequence)
{
    struct mxs_bytes modulus, exponent;
    if (!der_take(&sequence, DER_INTEGER, &modulus) || !der_take(&sequence, DER_INTEGER, &exponent) ||
        exponent.size_bytes == 0 || sequence.size_bytes != 0)
        return 0;
    while (modulus.size_bytes > 0 && modulus.data[0] == 0)
        modulus = (struct mxs_bytes){modulus.data + 1, modulus.size_bytes - 1};
    if (modulus.size_bytes == 0)
        return 0;
    uint32_t bits = modulus.size_bytes * 8;
    for (uint8_t top = modulus.data[0]; (top & 0x80) == 0; top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

/* 0: no RSA key. */
static uint32_t rsa_bits(struct mxs_bytes der)
{
    static const uint8_t rsa_encryption[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
    struct mxs_bytes outer, algorithm, oid, key;
    if (!der_take(&der, DER_SEQUENCE, &outer) || der.size_bytes != 0)
        return 0;
    struct mxs_bytes rest = outer;
    if (!der_take(&rest, DER_SEQUENCE, &algorithm))
        return rsa_public_key_bits(outer);
    if (!der_take(&algorithm, DER_OID, &oid) || oid.size_bytes != sizeof rsa_encryption ||
        memcmp(oid.data, rsa_encryption, sizeof rsa_encryption) != 0 || !der_take(&rest, DER_BIT_STRING, &key) ||
        rest.size_bytes != 0 || key.size_bytes == 0 || key.data[0] != 0)
        return 0;
    key = (struct mxs_bytes){key.data + 1, key.size_bytes - 1}; /* the count of unused bits */
    struct mxs_bytes sequence;
    return der_take(&key, DER_SEQUENCE, &sequence) && key.size_bytes == 0 ? rsa_public_key_bits(sequence) : 0;
}

static enum mxs_dkim_reason read_key(struct mxs_text base64, struct mxs_arena *scratch, struct mxs_dkim *out)
{
    if (base64.size_bytes > BASE64_MAX)
        return MXS_DKIM_LIMIT;
    struct base64_decode_ctx decode;
    size_t size_bytes = 0;
    uint8_t *der = mxs_arena_take(scratch, BASE64_DECODE_LENGTH(base64.size_bytes));
    if (der == NULL)
        return MXS_DKIM_LIMIT;
    base64_decode_init(&decode);
    if (!base64_decode_update(&decode, &size_bytes, der, base64.size_bytes, base64.data))
        return MXS_DKIM_BAD_BASE64;
    bool padded = base64_decode_final(&decode), whole = padded;
    for (int i = 0; i < 2 && !whole; i++) { /* the grammar lets "=" be left out @rfc{6376,2.10} */
        size_t none = 0;
        whole = base64_decode_update(&decode, &none, der + size_bytes, 1, "=") && base64_decode_final(&decode);
    }
    if (!whole)
        return MXS_DKIM_BAD_BASE64;
    if (out->type == MXS_DKIM_ED25519)
        out->bits = size_bytes == 32 ? 256 : 0;
    else
        out->bits = rsa_bits((struct mxs_bytes){der, (uint32_t)size_bytes});
    if (out->bits > KEY_BITS_MAX) {
        out->bits = 0;
        return MXS_DKIM_LIMIT;
    }
    return out->bits != 0 ? MXS_DKIM_OK : padded ? MXS_DKIM_BAD_KEY : MXS_DKIM_BAD_BASE64;
}

/* Whether a colon-separated list holds word. */
static bool list_holds(struct mxs_text list, struct mxs_text word)
{
    for (struct mxs_text piece; mxs_text_next(&list, ':', &piece);)
        if (mxs_text_equal(mxs_text_strip(piece), word))
            return true;
    return false;
}

struct tags_read { struct mxs_text key; bool key_given; bool version_bad; };

static void read_tag(struct mxs_text name, struct mxs_text value, bool first, struct tags_read *read,
                     struct mxs_dkim *out)
{
    if (mxs_text_equal(name, MXS_TEXT("v"))) {
        out->version_given = true;
        read->version_bad = !first || !mxs_text_equal(value, MXS_TEXT("DKIM1"));
    } else if (mxs_text_equal(name, MXS_TEXT("p"))) {
        read->key = value;
        read->key_given = true;
    } else if (mxs_text_equal(name, MXS_TEXT("k"))) {
        out->type = mxs_text_equal(value, MXS_TEXT("rsa"))       ? MXS_DKIM_RSA
                    : mxs_text_equal(value, MXS_TEXT("ed25519")) ? MXS_DKIM_ED25519
                                                                 : MXS_DKIM_OTHER;
    } else if (mxs_text_equal(name, MXS_TEXT("h"))) {
        out->sha1 = list_holds(value, MXS_TEXT("sha1"));
        out->sha256 = list_holds(value, MXS_TEXT("sha256"));
    } else if (mxs_text_equal(name, MXS_TEXT("s"))) {
        out->email = list_holds(value, MXS_TEXT("*")) || list_holds(value, MXS_TEXT("email"));
    } else if (mxs_text_equal(name, MXS_TEXT("t"))) {
        out->testing = list_holds(value, MXS_TEXT("y"));
        out->strict = list_holds(value, MXS_TEXT("s"));
    } else if (mxs_text_equal(name, MXS_TEXT("n"))) {
        out->notes = true;
    } else {
        out->unknown_tags++;
    }
}

/* Whether it says what kind of record it is. other: of another kind, as a wildcard with DMARC does. */
static bool names_kind(struct mxs_text record, bool *other)
{
    uint32_t equals = mxs_text_find(record, '=');
    struct mxs_text name = mxs_text_strip(mxs_text_cut(record, 0, equals));
    struct mxs_text value =
        equals == record.size_bytes ? MXS_TEXT("") : mxs_text_strip(mxs_text_from(record, equals + 1));
    *other = !(value.size_bytes >= 4 && mxs_text_same(mxs_text_cut(value, 0, 4), MXS_TEXT("dkim")));
    return mxs_text_same(name, MXS_TEXT("v"));
}

bool mxs_dkim_is(struct mxs_text record)
{
    bool other;
    if (names_kind(record, &other))
        return !other;
    for (struct mxs_text piece; mxs_text_next(&record, ';', &piece);) {
        uint32_t equals = mxs_text_find(piece, '=');
        if (equals < piece.size_bytes && mxs_text_equal(mxs_text_strip(mxs_text_cut(piece, 0, equals)), MXS_TEXT("p")))
            return true;
    }
    return false;
}

void mxs_dkim_parse(struct mxs_text record, struct mxs_arena *scratch, struct mxs_dkim *out)
{
    *out = (struct mxs_dkim){.record = record, .sha1 = true, .sha256 = true, .email = true, .record_count = 1};
    struct tags_read read = {.key = {NULL, 0}};
    struct mxs_tags tags;
    mxs_tags_init(&tags, record);
    for (struct mxs_text name, value; mxs_tags_next(&tags, &name, &value);)
        read_tag(name, value, tags.count == 1, &read, out);
    if (tags.bad)
        out->reason = MXS_DKIM_BAD_TAGS;
    else if (tags.twice)
        out->reason = MXS_DKIM_TAG_TWICE;
    else if (read.version_bad)
        out->reason = MXS_DKIM_BAD_VERSION;
    else if (!read.key_given)
        out->reason = MXS_DKIM_NO_KEY;
    else if (read.key.size_bytes == 0)
        out->reason = MXS_DKIM_REVOKED;
    else if (out->type == MXS_DKIM_OTHER)
        out->reason = MXS_DKIM_UNKNOWN_TYPE;
    else if (!out->sha256)
        out->reason = MXS_DKIM_NO_SHA256;
    else
        out->reason = read_key(read.key, scratch, out);
}

void mxs_dkim_read(const struct mxs_record *records, uint32_t count, struct mxs_arena *scratch, struct mxs_dkim *out)
{
    uint32_t found = 0;
    struct mxs_dkim first = {.reason = MXS_DKIM_NO_RECORD};
    for (uint32_t i = 0; i < count; i++) {
        if (!mxs_dkim_is(mxs_record_text(&records[i])))
            continue;
        if (found++ == 0 || first.reason != MXS_DKIM_OK || !first.email) {
            struct mxs_dkim read;
            mxs_dkim_parse(mxs_record_text(&records[i]), scratch, &read);
            if (found == 1 || (read.reason == MXS_DKIM_OK && (first.reason != MXS_DKIM_OK || read.email)))
                first = read;
        }
    }
    *out = first;
    out->record_count = found;
}
