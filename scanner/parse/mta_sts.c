#include "scanner/parse/mta_sts.h"

#include "model/name.h"
#include "scanner/parse/words.h"

/* "v=STSv1" comes first, without white space in it, and a semicolon behind it. */
bool mxs_mta_sts_is(struct mxs_text record)
{
    struct mxs_text version = MXS_TEXT("v=STSv1");
    return mxs_text_begins(record, version) &&
           mxs_text_begins(mxs_text_strip(mxs_text_from(record, version.size_bytes)), MXS_TEXT(";"));
}

static bool is_id(struct mxs_text id)
{
    for (uint32_t i = 0; i < id.size_bytes; i++)
        if (!mxs_is_alnum(id.data[i]))
            return false;
    return id.size_bytes >= 1 && id.size_bytes <= 32;
}

void mxs_mta_sts_parse(struct mxs_text record, struct mxs_mta_sts *out)
{
    MXS_ASSERT(mxs_mta_sts_is(record));
    *out = (struct mxs_mta_sts){.record = record};
    struct mxs_tags tags;
    bool good = true;
    mxs_fields_init(&tags, record);
    for (struct mxs_text name, value; mxs_tags_next(&tags, &name, &value);) {
        if (tags.count == 1)
            continue;
        if (!mxs_text_equal(name, MXS_TEXT("id"))) {
            out->unknown_fields++;
            good &= mxs_fields_is_extension(value);
        } else if (out->id.data == NULL) { /* the first one counts @rfc{8461,3.1} */
            out->id = value;
        }
    }
    if (tags.bad || tags.spaced || !good)
        out->reason = MXS_MTA_STS_BAD_RECORD;
    else if (!is_id(out->id))
        out->reason = MXS_MTA_STS_BAD_ID;
}

void mxs_mta_sts_read(const struct mxs_record *records, uint32_t count, struct mxs_mta_sts *out)
{
    const struct mxs_record *chosen = NULL;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        if (mxs_mta_sts_is(mxs_record_text(&records[i]))) {
            chosen = &records[i];
            found++;
        }
    if (found == 1)
        mxs_mta_sts_parse(mxs_record_text(chosen), out);
    else
        *out = (struct mxs_mta_sts){.reason = found == 0 ? MXS_MTA_STS_NO_RECORD : MXS_MTA_STS_MANY_RECORDS};
}

/* The policy while it is read. */
struct reading {
    struct mxs_arena *arena;
    struct mxs_text *mx;
    bool version, mode, age; /* seen; a second one is ignored @rfc{8461,3.2} */
    struct mxs_mta_sts_policy *out;
};

/* Labels of letters, digits and hyphens, with a hyphen at neither end. */
static bool is_domain(struct mxs_text name)
{
    struct mxs_text label;
    while (mxs_text_next(&name, '.', &label)) {
        for (uint32_t i = 0; i < label.size_bytes; i++)
            if (!mxs_is_alnum(label.data[i]) && (label.data[i] != '-' || i == 0 || i + 1 == label.size_bytes))
                return false;
        if (label.size_bytes == 0 || label.size_bytes > MXS_LABEL_MAX)
            return false;
    }
    return true;
}

/* A pattern is "*." or nothing, and a Domain as in @rfc{5321,4.1.2}, which ends in no dot @rfc{8461,3.2}; kept in lower
 * case. */
static enum mxs_mta_sts_reason put_mx(struct reading *reading, struct mxs_text value)
{
    if (value.size_bytes > 1 && value.data[value.size_bytes - 1] == '.' && value.data[value.size_bytes - 2] != '*')
        return MXS_MTA_STS_DOT_MX;
    if (value.size_bytes == 0 || value.size_bytes > MXS_NAME_WIRE_MAX)
        return MXS_MTA_STS_BAD_MX;
    if (reading->out->mx_count == MXS_MTA_STS_MX_MAX)
        return MXS_MTA_STS_LIMIT;
    char *lower = mxs_arena_take(reading->arena, value.size_bytes);
    if (lower == NULL)
        return MXS_MTA_STS_LIMIT;
    for (uint32_t i = 0; i < value.size_bytes; i++)
        lower[i] = mxs_lower(value.data[i]);
    struct mxs_text pattern = {lower, value.size_bytes};
    uint32_t host = mxs_text_begins(pattern, MXS_TEXT("*.")) ? 2 : 0;
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t wire_size;
    if (!is_domain(mxs_text_from(pattern, host)) ||
        mxs_name_to_wire(mxs_text_from(pattern, host), wire, &wire_size) != MXS_OK)
        return MXS_MTA_STS_BAD_MX;
    reading->mx[reading->out->mx_count++] = pattern;
    return MXS_MTA_STS_OK;
}

static enum mxs_mta_sts_reason put_mode(struct reading *reading, struct mxs_text value)
{
    for (enum mxs_mta_sts_mode mode = MXS_MTA_STS_NONE; mode <= MXS_MTA_STS_ENFORCE; mode++)
        if (mxs_text_equal(value, mxs_text_of(mxs_mta_sts_mode_text(mode)))) {
            reading->out->mode = mode;
            reading->mode = true;
            return MXS_MTA_STS_OK;
        }
    return MXS_MTA_STS_BAD_MODE;
}

static enum mxs_mta_sts_reason put_age(struct reading *reading, struct mxs_text value)
{
    uint64_t age;
    if (value.size_bytes > 10 || !mxs_text_number(value, MXS_MTA_STS_AGE_MAX, &age))
        return MXS_MTA_STS_BAD_AGE;
    reading->out->max_age_s = (uint32_t)age;
    reading->age = true;
    return MXS_MTA_STS_OK;
}

static bool is_key(struct mxs_text key)
{
    for (uint32_t i = 0; i < key.size_bytes; i++)
        if (!mxs_is_alnum(key.data[i]) && (i == 0 || strchr("_-.", key.data[i]) == NULL || key.data[i] == '\0'))
            return false;
    return key.size_bytes >= 1 && key.size_bytes <= 32;
}

static enum mxs_mta_sts_reason read_line(struct reading *reading, struct mxs_text line)
{
    uint32_t colon = mxs_text_find(line, ':');
    struct mxs_text key = mxs_text_cut(line, 0, colon);
    if (colon == line.size_bytes || !is_key(key))
        return MXS_MTA_STS_BAD_LINE;
    struct mxs_text value = mxs_text_strip(mxs_text_from(line, colon + 1));
    if (mxs_text_equal(key, MXS_TEXT("mx")))
        return put_mx(reading, value);
    if (mxs_text_equal(key, MXS_TEXT("mode")))
        return reading->mode ? MXS_MTA_STS_OK : put_mode(reading, value);
    if (mxs_text_equal(key, MXS_TEXT("max_age")))
        return reading->age ? MXS_MTA_STS_OK : put_age(reading, value);
    if (mxs_text_equal(key, MXS_TEXT("version"))) {
        bool right = reading->version || mxs_text_equal(value, MXS_TEXT("STSv1"));
        reading->version = true;
        return right ? MXS_MTA_STS_OK : MXS_MTA_STS_BAD_VERSION;
    }
    reading->out->unknown_keys++;
    return MXS_MTA_STS_OK;
}

static enum mxs_mta_sts_reason read_file(struct mxs_text file, struct reading *reading)
{
    if (file.size_bytes > MXS_MTA_STS_POLICY_MAX)
        return MXS_MTA_STS_LIMIT;
    reading->mx = mxs_arena_take(reading->arena, MXS_MTA_STS_MX_MAX * sizeof *reading->mx);
    if (reading->mx == NULL)
        return MXS_MTA_STS_LIMIT;
    reading->out->mx = reading->mx;
    for (struct mxs_text line; mxs_text_next(&file, '\n', &line);) {
        if (line.size_bytes > 0 && line.data[line.size_bytes - 1] == '\r')
            line.size_bytes--;
        if (line.size_bytes == 0 && mxs_text_strip(file).size_bytes == 0)
            break;
        enum mxs_mta_sts_reason reason = read_line(reading, line);
        if (reason != MXS_MTA_STS_OK)
            return reason;
    }
    if (!reading->version)
        return MXS_MTA_STS_BAD_VERSION;
    if (!reading->mode)
        return MXS_MTA_STS_BAD_MODE;
    if (!reading->age)
        return MXS_MTA_STS_BAD_AGE;
    return reading->out->mode != MXS_MTA_STS_NONE && reading->out->mx_count == 0 ? MXS_MTA_STS_NO_MX : MXS_MTA_STS_OK;
}

void mxs_mta_sts_policy_parse(struct mxs_text file, struct mxs_arena *arena, struct mxs_mta_sts_policy *out)
{
    *out = (struct mxs_mta_sts_policy){.reason = MXS_MTA_STS_OK};
    struct reading reading = {.arena = arena, .out = out};
    out->reason = read_file(file, &reading);
    if (out->reason != MXS_MTA_STS_OK)
        out->mx_count = 0;
}

bool mxs_mta_sts_policy_find(const struct mxs_mta_sts_policy *policy, struct mxs_text host)
{
    uint32_t first = mxs_text_find(host, '.');
    for (uint32_t i = 0; i < policy->mx_count; i++) {
        struct mxs_text pattern = policy->mx[i];
        if (mxs_text_equal(pattern, host))
            return true;
        if (mxs_text_begins(pattern, MXS_TEXT("*.")) && first < host.size_bytes && first > 0 &&
            mxs_text_equal(mxs_text_from(pattern, 1), mxs_text_from(host, first)))
            return true;
    }
    return false;
}
