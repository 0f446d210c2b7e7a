/* One pass, two ways. The fast way reads a line as "owner [ttl] [class] type ..." and looks no further than the type:
 * most lines of a zone are NS and DS of one form, and nothing but the owner of NS is wanted. Whatever does not fit (a
 * bracket, a quote, a backslash) is gathered into one record and parsed by ldns, which knows them all.
 *
 * Which owners lie below the apex is known from the SOA record, the first of every whole zone. Where there is none the
 * apex can only be what all owners have in common at their end. That shrinks as the file is read, so at most one name
 * at a time may still turn out to be it: the one that equals it now. It is held back, and given when a later owner
 * shows that it was none. */
#include "scanner/input/internal/zone.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <strings.h>

#include "model/name.h"

enum kind { KIND_NONE, KIND_NS, KIND_SOA, KIND_OTHER };

struct record {
    struct mxs_text owner; /* size 0: that of the record before */
    enum kind kind;
};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The next word of a line; false: none, or a comment. */
static bool next_word(struct mxs_text *rest, struct mxs_text *out)
{
    const char *at = rest->data, *end = at + rest->size_bytes;
    while (at < end && is_blank(*at))
        at++;
    const char *start = at;
    if (at == end || *at == ';')
        return false;
    while (at < end && !is_blank(*at) && *at != ';')
        at++;
    *out = (struct mxs_text){start, (uint32_t)(at - start)};
    *rest = (struct mxs_text){at, (uint32_t)(end - at)};
    return true;
}

static bool is_word(struct mxs_text text, const char *word)
{
    return text.size_bytes == strlen(word) && strncasecmp(text.data, word, text.size_bytes) == 0;
}

/* "86400", "1d2h". */
static bool is_ttl(struct mxs_text text)
{
    if (text.data[0] < '0' || text.data[0] > '9')
        return false;
    for (uint32_t i = 1; i < text.size_bytes; i++)
        if ((text.data[i] < '0' || text.data[i] > '9') &&
            (text.data[i] == '\0' || strchr("smhdwSMHDW", text.data[i]) == NULL))
            return false;
    return true;
}

static bool is_class(struct mxs_text text)
{
    return is_word(text, "IN") || is_word(text, "CH") || is_word(text, "HS") || is_word(text, "CLASS1");
}

static enum kind kind_of(struct mxs_text type)
{
    char text[24];
    if (is_word(type, "NS"))
        return KIND_NS;
    if (is_word(type, "SOA"))
        return KIND_SOA;
    static const char *const USUAL[] = {"DS",    "A",    "AAAA", "RRSIG",
                                        "NSEC3", "NSEC", "TXT",  "MX"}; /* ldns looks through all it knows */
    for (size_t i = 0; i < sizeof USUAL / sizeof USUAL[0]; i++)
        if (is_word(type, USUAL[i]))
            return KIND_OTHER;
    if (type.size_bytes >= sizeof text)
        return KIND_NONE;
    memcpy(text, type.data, type.size_bytes);
    text[type.size_bytes] = '\0';
    return ldns_get_rr_type_by_name(text) != 0 ? KIND_OTHER : KIND_NONE;
}

/* "owner [ttl] [class] type": *marked says whether a TTL or a class stood there, or the whole is "owner NS host", which
 * no list of anything else has. */
static bool take_front(struct mxs_text line, struct record *out, bool *marked)
{
    struct mxs_text rest = line, word;
    *marked = false;
    out->owner = (struct mxs_text){line.data, 0};
    if (!is_blank(line.data[0]) && !next_word(&rest, &out->owner))
        return false;
    for (int i = 0; i < 3 && next_word(&rest, &word); i++) {
        if (is_ttl(word) || is_class(word)) {
            *marked = true;
            continue;
        }
        out->kind = kind_of(word);
        *marked |= out->kind == KIND_NS && out->owner.size_bytes != 0 && next_word(&rest, &word) &&
                   !next_word(&rest, &word);
        return out->kind != KIND_NONE;
    }
    return false;
}

static bool has_any(struct mxs_text line, const char *marks)
{
    for (; *marks != '\0'; marks++)
        if (memchr(line.data, *marks, line.size_bytes) != NULL)
            return true;
    return false;
}

void mxs_zone_look(const struct mxs_buffer *buffer, uint32_t *lines, uint32_t *records)
{
    const char *start = (const char *)buffer->buffer;
    int depth = 0;
    bool sure = false; /* a directive, an SOA or a bare NS was there: TTL and class may be left out from then on */
    *lines = *records = 0;
    for (size_t at = buffer->at, end; at < buffer->end && *lines < 200; at = end + 1) {
        for (end = at; end < buffer->end && !mxs_buffer_is_end((uint8_t)start[end]); end++)
            ;
        struct mxs_text line = {start + at, (uint32_t)(end - at)}, rest = line, word;
        if ((end == buffer->end && !buffer->ended) || !next_word(&rest, &word))
            continue;
        struct record record;
        bool marked;
        bool directive = is_word(word, "$ORIGIN") || is_word(word, "$TTL") || is_word(word, "$INCLUDE") ||
                         is_word(word, "$GENERATE");
        bool folded = depth > 0;
        for (uint32_t i = 0; i < line.size_bytes && line.data[i] != ';'; i++)
            depth += line.data[i] == '(' ? 1 : line.data[i] == ')' && depth > 0 ? -1 : 0;
        if (folded)
            continue; /* within an SOA of several lines */
        ++*lines;
        bool front = !directive && take_front(line, &record, &marked);
        sure |= directive || (front && (record.kind == KIND_SOA || (marked && record.kind == KIND_NS)));
        *records += directive || (front && (marked || sure));
    }
}

enum mxs_err mxs_zone_open(struct mxs_zone *zone, struct mxs_buffer *buffer, const char *path,
                           struct mxs_detail *detail)
{
    *zone = (struct mxs_zone){.buffer = buffer, .path = path};
    zone->record = malloc(MXS_LIST_LINE_MAX + 2);
    zone->origin.known = true;
    return zone->record != NULL ? MXS_OK
                                : mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to read a zone", path);
}

void mxs_zone_finish(struct mxs_zone *zone)
{
    free(zone->record);
    zone->record = NULL;
}

static void refuse(struct mxs_zone *zone, struct mxs_text text, const char *reason, char *name, struct mxs_entry *out)
{
    name[0] = '\0';
    *out = (struct mxs_entry){.line = zone->line, .name = {name, 0}, .reason = reason, .text = mxs_line_cut(text)};
}

/* A plain owner, absolute or below the origin; false: ldns must look at it. */
static bool take_owner(const struct mxs_zone *zone, struct mxs_text owner, struct mxs_zone_name *out)
{
    uint32_t used = 0, label = 0;
    if (owner.size_bytes == 0)
        return false;
    if (owner.size_bytes == 1 && owner.data[0] == '@') {
        *out = zone->origin;
        return true;
    }
    if (owner.size_bytes == 1 && owner.data[0] == '.') {
        *out = (struct mxs_zone_name){.known = true};
        return true;
    }
    for (uint32_t i = 0; i < owner.size_bytes; i++) {
        char c = owner.data[i];
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            if (i + 1 < owner.size_bytes)
                out->text[used++] = '.';
            continue;
        }
        c = mxs_name_plain[(uint8_t)c];
        if (c == 0 || ++label > MXS_LABEL_MAX || used >= MXS_HOSTNAME_MAX)
            return false;
        out->text[used++] = c;
    }
    if (owner.data[owner.size_bytes - 1] != '.' && zone->origin.size != 0) {
        if (used + 1 + zone->origin.size > MXS_HOSTNAME_MAX)
            return false;
        out->text[used++] = '.';
        memcpy(out->text + used, zone->origin.text, zone->origin.size);
        used += zone->origin.size;
    }
    out->text[used] = '\0';
    out->size = used;
    out->known = true;
    return true;
}

static struct mxs_text text_of(const struct mxs_zone_name *name) { return (struct mxs_text){name->text, name->size}; }

/* --- the apex --- */

/* Shortens the apex to what it and owner both end in, by whole labels. */
static void share_apex(struct mxs_zone *zone, struct mxs_text owner)
{
    struct mxs_text apex = text_of(&zone->apex);
    if (!zone->apex.known) {
        zone->apex = (struct mxs_zone_name){.size = owner.size_bytes, .known = true};
        memcpy(zone->apex.text, owner.data, owner.size_bytes);
        zone->apex.text[owner.size_bytes] = '\0';
        return;
    }
    if (mxs_name_within(owner, apex))
        return;
    while (apex.size_bytes != 0 && !mxs_name_within(owner, apex))
        apex = mxs_name_parent(apex);
    memmove(zone->apex.text, apex.data, apex.size_bytes);
    zone->apex.text[apex.size_bytes] = '\0';
    zone->apex.size = apex.size_bytes;
}

static void give(struct mxs_zone *zone, const struct mxs_zone_name *owner, uint64_t line, char *name,
                 struct mxs_entry *out)
{
    memcpy(name, owner->text, owner->size + 1);
    memmove(zone->last.text, owner->text, owner->size + 1);
    zone->last.size = owner->size;
    zone->last.known = true;
    *out = (struct mxs_entry){.line = line, .name = {name, owner->size}, .text = {name, owner->size}};
    if (!mxs_name_is_hostname(out->name)) {
        out->reason = "bad_character";
        out->name.size_bytes = 0;
        out->text = mxs_line_cut(text_of(&zone->last));
        name[0] = '\0';
    }
}

/* True: *out is the name that the record delegates. */
static bool take_record(struct mxs_zone *zone, enum kind kind, char *name, struct mxs_entry *out)
{
    struct mxs_text owner = text_of(&zone->owner);
    zone->records++;
    if (kind == KIND_SOA && !zone->has_soa) {
        zone->has_soa = true;
        zone->apex = zone->owner;
    } else if (!zone->has_soa) {
        share_apex(zone, owner);
    }
    if (kind != KIND_NS) {
        zone->passed_over++;
    } else if (mxs_text_equal(owner, text_of(&zone->apex)) && zone->apex.size == zone->owner.size) {
        if (!zone->has_soa && !zone->held.known) {
            zone->held = zone->owner;
            zone->held_line = zone->line;
        } else {
            zone->passed_over++;
        }
    } else if (!mxs_name_within(owner, text_of(&zone->apex)) ||
               (zone->last.known && mxs_text_equal(owner, text_of(&zone->last)))) {
        zone->passed_over++;
    } else {
        give(zone, &zone->owner, zone->line, name, out);
        return true;
    }
    return false;
}

/* The name that was held back, when it has turned out to lie below the apex. */
static bool take_held(struct mxs_zone *zone, char *name, struct mxs_entry *out)
{
    if (!zone->held.known ||
        (zone->held.size == zone->apex.size && mxs_text_equal(text_of(&zone->held), text_of(&zone->apex))))
        return false;
    zone->held.known = false;
    if (!mxs_name_within(text_of(&zone->held), text_of(&zone->apex))) {
        zone->passed_over++;
        return false;
    }
    struct mxs_zone_name held = zone->held, last = zone->last;
    give(zone, &held, zone->held_line, name, out);
    if (last.known)
        zone->last = last;
    return true;
}

/* --- records --- */

/* Brackets opened and not closed, outside quotes and comments. */
static int count_depth(struct mxs_text line, int depth)
{
    bool quoted = false;
    for (uint32_t i = 0; i < line.size_bytes; i++) {
        char c = line.data[i];
        if (c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ';' && !quoted)
            break;
        else if (!quoted)
            depth += c == '(' ? 1 : c == ')' && depth > 0 ? -1 : 0;
    }
    return depth;
}

/* A line without its comment, and a blank behind it. */
static bool put_line(struct mxs_zone *zone, uint32_t *used, struct mxs_text line)
{
    bool quoted = false;
    for (uint32_t i = 0; i < line.size_bytes; i++) {
        char c = line.data[i];
        if (*used + 3 > MXS_LIST_LINE_MAX)
            return false;
        if (c == '\\' && i + 1 < line.size_bytes) {
            zone->record[(*used)++] = c;
            c = line.data[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == ';') {
            break;
        } else if (!quoted && (c == '(' || c == ')')) {
            c = ' ';
        }
        zone->record[(*used)++] = c == '\0' ? '?' : c;
    }
    zone->record[(*used)++] = ' ';
    zone->record[*used] = '\0';
    return true;
}

/* Looks for the lines that close the brackets of a record, and takes them only when it has found them: one bracket that
 * nobody closes must not cost the records behind it. False: it is not closed. */
static bool take_folded(struct mxs_zone *zone, uint32_t *used, int depth, bool *fits)
{
    struct mxs_buffer *buffer = zone->buffer;
    size_t from = 0, end = 0;
    if (buffer->at == buffer->end && !buffer->ended)
        mxs_buffer_fill(buffer);
    mxs_buffer_join(buffer);
    for (uint32_t lines = 0; zone->rescans < MXS_ZONE_RESCANS; lines++) {
        end = mxs_buffer_peek(buffer, from, MXS_LIST_LINE_MAX);
        bool last = end != MXS_BUFFER_TOO_LONG && buffer->ended && buffer->at + end == buffer->end;
        if (end == MXS_BUFFER_TOO_LONG || end < from || (last && buffer->err != MXS_OK))
            break;
        struct mxs_text line = {(const char *)buffer->buffer + buffer->at + from, (uint32_t)(end - from)};
        depth = count_depth(line, depth);
        *fits = *fits && put_line(zone, used, line);
        if (depth == 0) {
            buffer->line += lines;
            mxs_buffer_take(buffer, end);
            return true;
        }
        if (last)
            break;
        from = mxs_buffer_after(buffer, end);
    }
    zone->rescans += zone->rescans < MXS_ZONE_RESCANS;
    return false;
}

/* The gathered record by ldns. */
static const char *parse_record(struct mxs_zone *zone, enum kind *kind)
{
    ldns_rdf *origin = NULL, *before = NULL;
    ldns_rr *rr = NULL;
    char dotted[MXS_NAME_TEXT_MAX + 2];
    const char *reason = NULL;
    snprintf(dotted, sizeof dotted, "%s.", zone->origin.text);
    origin = ldns_dname_new_frm_str(dotted);
    snprintf(dotted, sizeof dotted, "%s.", zone->owner.text);
    before = ldns_dname_new_frm_str(dotted);
    if (ldns_rr_new_frm_str(&rr, zone->record, 3600, origin, &before) != LDNS_STATUS_OK) {
        reason = "zone_syntax";
    } else {
        ldns_rdf *owner = ldns_rr_owner(rr);
        if (ldns_rdf_size(owner) > MXS_NAME_WIRE_MAX) {
            reason = "name_too_long";
        } else {
            zone->owner.size = mxs_name_from_wire(ldns_rdf_data(owner), zone->owner.text);
            zone->owner.known = true;
            *kind = ldns_rr_get_type(rr) == LDNS_RR_TYPE_NS    ? KIND_NS
                    : ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA ? KIND_SOA
                                                               : KIND_OTHER;
        }
    }
    ldns_rr_free(rr);
    ldns_rdf_deep_free(origin);
    ldns_rdf_deep_free(before);
    return reason;
}

/* The record that begins on this line and that only ldns can read. A reason, or NULL. */
static const char *gather(struct mxs_zone *zone, struct mxs_text line, enum kind *kind)
{
    uint32_t used = 0;
    int depth = count_depth(line, 0);
    bool fits = put_line(zone, &used, line), orphan = is_blank(line.data[0]) && !zone->owner.known;
    if (depth > 0) {
        struct mxs_text first = mxs_line_cut(line); /* kept: looking on moves the buffer */
        memcpy(zone->long_text, first.data, first.size_bytes);
        zone->shown = (struct mxs_text){zone->long_text, first.size_bytes};
        if (!take_folded(zone, &used, depth, &fits)) {
            zone->owner.known = false; /* what follows without an owner may be the rest of this record */
            return "zone_syntax";
        }
    }
    zone->shown = (struct mxs_text){zone->record, used};
    return !fits ? "line_too_long" : orphan ? "zone_syntax" : parse_record(zone, kind);
}

/* --- directives --- */

static bool take_range(struct mxs_zone *zone, struct mxs_text range)
{
    char text[64], *end;
    if (range.size_bytes >= sizeof text || range.data[0] < '0' || range.data[0] > '9')
        return false;
    memcpy(text, range.data, range.size_bytes);
    text[range.size_bytes] = '\0';
    zone->generate.at = strtoull(text, &end, 10);
    if (*end++ != '-' || *end < '0' || *end > '9')
        return false;
    zone->generate.stop = strtoull(end, &end, 10);
    zone->generate.step = 1;
    if (*end == '/')
        zone->generate.step = strtoull(end + 1, &end, 10);
    return *end == '\0' && zone->generate.step != 0 && zone->generate.stop >= zone->generate.at;
}

/* "$GENERATE 1-100[/2] left [ttl] [class] type right". A reason, or NULL. */
static const char *take_generate(struct mxs_zone *zone, struct mxs_text rest)
{
    struct mxs_text range, left, word = {NULL, 0};
    if (!next_word(&rest, &range) || !next_word(&rest, &left) || left.size_bytes >= sizeof zone->generate.left ||
        !take_range(zone, range))
        return "zone_syntax";
    do {
        if (!next_word(&rest, &word))
            return "zone_syntax";
    } while (is_ttl(word) || is_class(word));
    if (!is_word(word, "NS")) {
        zone->passed_over++;
        return NULL;
    }
    if ((zone->generate.stop - zone->generate.at) / zone->generate.step >= MXS_ZONE_GENERATED)
        return "generate_too_large";
    memcpy(zone->generate.left, left.data, left.size_bytes);
    zone->generate.left[left.size_bytes] = '\0';
    zone->generate.active = true;
    return NULL;
}

/* "${offset,width,base}" behind its dollar; *at moves behind it. */
static bool put_number(uint64_t number, const char **at, char *out, size_t size)
{
    long long offset = 0;
    int width = 0;
    char base = 'd';
    if (**at == '{') {
        int used = 0;
        if (sscanf(*at, "{%lld,%3d,%c}%n", &offset, &width, &base, &used) != 3 || used == 0) {
            base = 'd';
            if ((sscanf(*at, "{%lld,%3d}%n", &offset, &width, &used) != 2 || used == 0) &&
                (sscanf(*at, "{%lld}%n", &offset, &used) != 1 || used == 0))
                return false;
        }
        *at += used;
    }
    if (strchr("doxX", base) == NULL || width < 0 || width > 60)
        return false;
    unsigned long long value = number + (unsigned long long)offset;
    int count = base == 'o'   ? snprintf(out, size, "%0*llo", width, value)
                : base == 'x' ? snprintf(out, size, "%0*llx", width, value)
                : base == 'X' ? snprintf(out, size, "%0*llX", width, value)
                              : snprintf(out, size, "%0*llu", width, value);
    return count > 0 && (size_t)count < size;
}

static const char *next_generated(struct mxs_zone *zone)
{
    char text[512];
    size_t used = 0;
    const char *at = zone->generate.left;
    uint64_t number = zone->generate.at;
    zone->generate.active = zone->generate.stop - number >= zone->generate.step;
    zone->generate.at += zone->generate.step;
    while (*at != '\0' && used < sizeof text - 64) {
        if (*at == '$' && at[1] == '$') {
            text[used++] = '$';
            at += 2;
        } else if (*at == '$') {
            at++;
            if (!put_number(number, &at, text + used, sizeof text - used))
                return "zone_syntax";
            used += strlen(text + used);
        } else {
            text[used++] = *at++;
        }
    }
    struct mxs_zone_name owner = {.known = false};
    if (!take_owner(zone, (struct mxs_text){text, (uint32_t)used}, &owner))
        return "bad_character";
    zone->owner = owner;
    return NULL;
}

/* A line that begins with a dollar. MXS_OK: *reason says what is wrong, if anything. */
static enum mxs_err take_directive(struct mxs_zone *zone, struct mxs_text line, const char **reason,
                                   struct mxs_detail *detail)
{
    struct mxs_text rest = line, word, value;
    struct mxs_zone_name origin = {.known = false};
    next_word(&rest, &word);
    *reason = NULL;
    if (is_word(word, "$INCLUDE")) {
        mxs_err_set(detail, MXS_ERR_INPUT,
                    "%.200s: line %llu: $INCLUDE names another file, and only the file that was given is read; put its"
                    " records in its place",
                    zone->path, (unsigned long long)zone->line);
        if (detail != NULL)
            detail->line = zone->line;
        return MXS_ERR_INPUT;
    }
    if (is_word(word, "$TTL")) {
        zone->passed_over++;
    } else if (is_word(word, "$ORIGIN") && next_word(&rest, &value) && take_owner(zone, value, &origin)) {
        zone->origin = origin;
        zone->passed_over++;
    } else if (is_word(word, "$GENERATE")) {
        *reason = take_generate(zone, rest);
    } else {
        *reason = "zone_syntax";
    }
    return MXS_OK;
}

/* The record that begins on this line. */
static const char *take_line(struct mxs_zone *zone, struct mxs_text line, enum kind *kind)
{
    struct record record;
    bool marked;
    if (has_any(line, "(\"\\") || !take_front(line, &record, &marked))
        return gather(zone, line, kind);
    *kind = record.kind;
    if (record.owner.size_bytes == 0)
        return zone->owner.known ? NULL : "zone_syntax";
    struct mxs_zone_name owner;
    if (!take_owner(zone, record.owner, &owner))
        return gather(zone, line, kind);
    zone->owner.size = owner.size;
    zone->owner.known = true;
    memcpy(zone->owner.text, owner.text, owner.size + 1);
    return NULL;
}

enum mxs_err mxs_zone_next(struct mxs_zone *zone, char *name, struct mxs_entry *out, struct mxs_detail *detail)
{
    struct mxs_text line, word, rest;
    for (;;) {
        if (take_held(zone, name, out))
            return MXS_OK;
        enum kind kind = KIND_NS;
        const char *reason = NULL;
        zone->shown = (struct mxs_text){NULL, 0};
        if (zone->generate.active) {
            line = mxs_text_of(zone->generate.left);
            reason = next_generated(zone);
        } else {
            enum mxs_err err = mxs_buffer_next(zone->buffer, &line, zone->long_text);
            zone->line = zone->buffer->line;
            if (err == MXS_ERR_END)
                return err;
            rest = line;
            if (err == MXS_OK && !next_word(&rest, &word))
                continue;
            if (err == MXS_OK && line.data[0] == '$') {
                err = take_directive(zone, line, &reason, detail);
                if (err != MXS_OK)
                    return err;
                if (reason == NULL)
                    continue;
            } else {
                reason = err == MXS_ERR_FULL ? "line_too_long" : take_line(zone, line, &kind);
            }
        }
        if (reason != NULL) {
            refuse(zone, zone->shown.data != NULL ? zone->shown : line, reason, name, out);
            return MXS_OK;
        }
        if (take_record(zone, kind, name, out))
            return MXS_OK;
    }
}
