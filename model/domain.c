/* libpsl answers "is this a public suffix, by the ICANN part alone"; what it does not offer is the registrable domain
 * by that part alone, so the walk is ours: from the left, the first name that is a public suffix is the longest one,
 * and the registrable domain is one label more. No ICANN rule has more than SUFFIX_LABELS_MAX labels (the deepest of
 * 2023 has 4), so the walk begins there: its cost does not depend on how many labels a stranger put in front.
 *
 * A walk costs 0.3 to 1.6 us, and a survey asks for the same few MX hosts a million times. So results are remembered in
 * a small table, a word for each: 54 bits of a hash of the name and, in the other 10, the size of its registrable
 * domain. Words are read and written whole, so threads need no lock, and a newer name takes the place of an older one.
 * The hash has a random key; the word that a name meets is another's by one chance in 2^51, so memory itself errs more
 * often. */
#include "model/domain.h"

#include <errno.h>
#include <libpsl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/intern.h"
#include "model/name.h"

#define SUFFIX_LABELS_MAX 6
#define TEXT_SIZE 320
#define MEMORY_WORDS 8192
#define SIZE_BITS 10
#define SIZE_MASK ((1ull << SIZE_BITS) - 1)

struct mxs_suffixes {
    const psl_ctx_t *psl;
    psl_ctx_t *owned; /* NULL for the built-in list */
    char text[TEXT_SIZE], digest[17];
    uint64_t hash_key[2];
    _Atomic uint64_t *memory; /* MEMORY_WORDS */
};

static void write_text(mxs_suffixes *list, const char *source, time_t when)
{
    struct tm tm;
    char date[16] = "date unknown";
    if (when > 0 && gmtime_r(&when, &tm) != NULL)
        strftime(date, sizeof date, "%Y-%m-%d", &tm);
    snprintf(list->text, sizeof list->text, "%.256s, %s", source, date);
}

static time_t file_time(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_mtime : 0;
}

/* False: it cannot be read any more. */
static bool write_digest(mxs_suffixes *list, const char *path)
{
    static const uint64_t key[2] = {0, 0};
    uint8_t chunk[16384 + sizeof(uint64_t)]; /* the hash so far, then the next piece */
    uint64_t hash = 0;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    for (size_t count; (count = fread(chunk + sizeof hash, 1, sizeof chunk - sizeof hash, file)) > 0;) {
        memcpy(chunk, &hash, sizeof hash);
        hash = mxs_hash(key, chunk, sizeof hash + count);
    }
    bool read = !ferror(file);
    fclose(file);
    snprintf(list->digest, sizeof list->digest, "%016llx", (unsigned long long)hash);
    return read;
}

/* A file that libpsl could read is not yet a list: any text file parses as a list without rules. com is in every list.
 */
static bool is_a_list(const psl_ctx_t *psl)
{
    return psl_is_public_suffix2(psl, "com", PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

static enum mxs_err load_file(mxs_suffixes *list, const char *path, struct mxs_detail *detail)
{
    struct stat info;
    bool there = stat(path, &info) == 0;
    if (!there || !S_ISREG(info.st_mode))
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "%s: %s; give a public suffix list (text or dafsa) or leave the option out", path,
                           !there && errno == ENOENT ? "there is no such file" : "it cannot be read as a file");
    list->owned = psl_load_file(path);
    if (list->owned == NULL || !is_a_list(list->owned) || !write_digest(list, path))
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: this is not a public suffix list; get one from "
                           "https://publicsuffix.org/list/public_suffix_list.dat or leave the option out", path);
    list->psl = list->owned;
    write_text(list, path, info.st_mtime);
    return MXS_OK;
}

static enum mxs_err load_newest(mxs_suffixes *list, struct mxs_detail *detail)
{
    psl_ctx_t *newest = psl_latest(NULL);
    if (newest == NULL || !is_a_list(newest)) {
        psl_free(newest);
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "no public suffix list is installed; install the package publicsuffix or name a file");
    }
    list->psl = newest;
    if (newest == psl_builtin()) {
        write_text(list, "built in", psl_builtin_file_time());
        snprintf(list->digest, sizeof list->digest, "%.16s", psl_builtin_sha1sum());
        return MXS_OK;
    }
    list->owned = newest;
    if (!write_digest(list, psl_dist_filename()))
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: it cannot be read: name another public suffix list",
                           psl_dist_filename());
    write_text(list, psl_dist_filename(), file_time(psl_dist_filename()));
    return MXS_OK;
}

enum mxs_err mxs_suffixes_create(mxs_suffixes **out, const char *path, struct mxs_detail *detail)
{
    mxs_suffixes *list = calloc(1, sizeof *list);
    if (list != NULL)
        list->memory = calloc(MEMORY_WORDS, sizeof *list->memory);
    if (list == NULL || list->memory == NULL) {
        free(list);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the public suffix list");
    }
    mxs_hash_key(list->hash_key);
    enum mxs_err err = path != NULL ? load_file(list, path, detail) : load_newest(list, detail);
    if (err != MXS_OK) {
        mxs_suffixes_destroy(&list);
        return err;
    }
    *out = list;
    return MXS_OK;
}

void mxs_suffixes_destroy(mxs_suffixes **list)
{
    if (*list == NULL)
        return;
    psl_free((*list)->owned);
    free((*list)->memory);
    free(*list);
    *list = NULL;
}

const char *mxs_suffixes_text(const mxs_suffixes *list) { return list->text; }

const char *mxs_suffixes_digest(const mxs_suffixes *list) { return list->digest; }

static struct mxs_text walk_up(const mxs_suffixes *list, struct mxs_text name)
{
    struct mxs_text walk[MXS_NAME_WIRE_MAX / 2]; /* the name and its parents; a label costs two wire bytes */
    unsigned count = 0;
    for (struct mxs_text at = name; at.size_bytes != 0; at = mxs_name_parent(at)) {
        MXS_ASSERT(count < sizeof walk / sizeof walk[0]);
        walk[count++] = at;
    }
    if (count < 2)
        return name;
    unsigned first = count > SUFFIX_LABELS_MAX ? count - SUFFIX_LABELS_MAX : 0;
    char text[MXS_NAME_TEXT_MAX + 1]; /* libpsl wants a NUL at the end */
    MXS_ASSERT(walk[first].size_bytes <= MXS_NAME_TEXT_MAX);
    memcpy(text, walk[first].data, walk[first].size_bytes);
    text[walk[first].size_bytes] = '\0';
    for (unsigned i = first; i + 1 < count; i++)
        if (psl_is_public_suffix2(list->psl, text + (walk[i].data - walk[first].data), PSL_TYPE_ICANN))
            return i == 0 ? name : walk[i - 1];
    return walk[count - 2]; /* the last label alone is always a suffix */
}

struct mxs_text mxs_domain_registrable(const mxs_suffixes *list, struct mxs_text name)
{
    MXS_ASSERT(name.size_bytes <= MXS_NAME_TEXT_MAX);
    uint64_t hash = mxs_hash(list->hash_key, name.data, name.size_bytes);
    _Atomic uint64_t *word = &list->memory[hash % MEMORY_WORDS];
    uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
    /* The hash's upper bits tell names apart, its lower ones chose the word. An unused word has size 0, which no name
     * but the root has. */
    if (seen >> SIZE_BITS == hash >> SIZE_BITS) {
        uint32_t size = (uint32_t)(seen & SIZE_MASK);
        if (size != 0 && size <= name.size_bytes)
            return (struct mxs_text){name.data + name.size_bytes - size, size};
    }
    struct mxs_text found = walk_up(list, name);
    atomic_store_explicit(word, (hash & ~SIZE_MASK) | found.size_bytes, memory_order_relaxed);
    return found;
}

/* Whether the list names this suffix in that part of it. */
static bool is_listed(const mxs_suffixes *list, struct mxs_text name, int part)
{
    char text[MXS_NAME_TEXT_MAX + 1];
    MXS_ASSERT(name.size_bytes <= MXS_NAME_TEXT_MAX);
    memcpy(text, name.data, name.size_bytes);
    text[name.size_bytes] = '\0';
    return psl_is_public_suffix2(list->psl, text, part | PSL_TYPE_NO_STAR_RULE) == 1;
}

bool mxs_domain_is_let(const mxs_suffixes *list, struct mxs_text name)
{
    bool let = false;
    for (struct mxs_text at = name; at.size_bytes != 0 && !let; at = mxs_name_parent(at))
        let = is_listed(list, at, PSL_TYPE_PRIVATE);
    return let;
}

bool mxs_domain_is_sold(const mxs_suffixes *list, struct mxs_text registrable)
{
    struct mxs_text suffix = mxs_name_parent(registrable);
    if (suffix.size_bytes == 0)
        return false;
    if (mxs_text_equal(suffix, MXS_TEXT("example")) || mxs_text_equal(suffix, MXS_TEXT("test")))
        return true; /* reserved, and written for ordinary names everywhere @rfc{2606,2} */
    return is_listed(list, suffix, PSL_TYPE_ICANN) && !is_listed(list, registrable, PSL_TYPE_ICANN);
}

bool mxs_domain_is_suffix(const mxs_suffixes *list, struct mxs_text name)
{
    return name.size_bytes != 0 && is_listed(list, name, PSL_TYPE_ICANN);
}

struct mxs_text mxs_domain_tld(struct mxs_text name) { return mxs_name_last(name); }
