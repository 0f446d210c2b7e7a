/* "name=value; name=value" is the form of DKIM, DMARC, MTA-STS, TLS-RPT and BIMI records. One cursor reads it; its
 * trouble is kept to the end.
 *
 * Spec       @rfc{6376,3.2} @rfc{8461,3.1} @rfc{8460,3}
 * In         The text of a policy record
 * Out        Its tags, and the small questions every record grammar asks of a character
 * Limits     MXS_TAGS_MAX tags in a list
 * Errors     In struct mxs_tags: bad, twice, spaced
 * Ownership  Views of the record
 */
#ifndef MXS_SCANNER_PARSE_WORDS_H
#define MXS_SCANNER_PARSE_WORDS_H

#include "base/bytes.h"
#include "model/answer.h"

#define MXS_TAGS_MAX 64

static inline bool mxs_is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline bool mxs_is_alnum(char c) { return mxs_is_digit(c) || mxs_is_alpha(c); }
static inline bool mxs_is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
static inline char mxs_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

/* Nothing (data NULL) may be cut too, at 0. */
static inline struct mxs_text mxs_text_cut(struct mxs_text text, uint32_t from, uint32_t to)
{
    return (struct mxs_text){from == 0 ? text.data : text.data + from, to - from};
}
static inline struct mxs_text mxs_text_from(struct mxs_text text, uint32_t from)
{
    return mxs_text_cut(text, from, text.size_bytes);
}
static inline struct mxs_text mxs_record_text(const struct mxs_record *record)
{
    return (struct mxs_text){(const char *)record->data.data, record->data.size_bytes};
}

/* Equal but for the case of ASCII letters. */
bool mxs_text_same(struct mxs_text a, struct mxs_text b);
bool mxs_text_begins(struct mxs_text text, struct mxs_text prefix);
/* Without white space at both ends. */
struct mxs_text mxs_text_strip(struct mxs_text text);
/* The position of c, or size_bytes. */
uint32_t mxs_text_find(struct mxs_text text, char c);
/* Cuts the next piece up to separator off *rest; false when nothing is left (data NULL). "a,,b" has three pieces,
 * "a," two, "" one. */
bool mxs_text_next(struct mxs_text *rest, char separator, struct mxs_text *piece);
/* A whole number in decimal digits up to max; false: it is none, or greater. */
bool mxs_text_number(struct mxs_text text, uint64_t max, uint64_t *out);
/* Only printable ASCII and space. */
bool mxs_text_printable(struct mxs_text text);

struct mxs_tags {
    struct mxs_text rest;
    struct mxs_text names[MXS_TAGS_MAX]; /* seen so far */
    uint32_t count;
    bool bad;   /* not a tag list, or more than MXS_TAGS_MAX tags */
    bool twice; /* a name stands twice */
    bool spaced; /* white space stands beside a '=' */
    bool fields; /* names as mxs_fields_init says */
};

void mxs_tags_init(struct mxs_tags *tags, struct mxs_text record);
/* For the fields of MTA-STS and TLS-RPT, whose names are up to 32 letters, digits, '_', '-' and '.'. */
void mxs_fields_init(struct mxs_tags *tags, struct mxs_text record);
/* The next tag, name and value without the white space around them. False at the end, or when bad. */
bool mxs_tags_next(struct mxs_tags *tags, struct mxs_text *name, struct mxs_text *value);
/* Whether a field that nobody knows yet may have this value. */
bool mxs_fields_is_extension(struct mxs_text value);
/* Whether the record's first tag is v with exactly this value: what makes it a record of that kind. */
bool mxs_tags_version(struct mxs_text record, struct mxs_text version);

#endif
