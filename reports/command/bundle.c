#include "reports/command/internal/bundle.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/command/summary.h"
#include "reports/record/export.h"
#include "reports/page/browse.h"
#include "reports/page/page_section.h"
#include "reports/record/document.h"

#define PATH_SIZE 4096
#define FILES_MAX 64

struct bundle {
    mxs_store *store;
    const struct mxs_run *run;
    struct mxs_snapshot snapshot;
    const struct mxs_catalog_entry *entry; /* of the table about to be written */
    char folder[PATH_SIZE];                /* the temporary one */
    char files[FILES_MAX][64];             /* written so far, for the checksums */
    size_t count;
    struct mxs_detail *detail;
};

typedef enum mxs_err write_file(struct bundle *bundle, mxs_out *out);

static enum mxs_err path_of(const struct bundle *bundle, const char *name, char *path)
{
    if (snprintf(path, PATH_SIZE, "%s/%s", bundle->folder, name) >= PATH_SIZE)
        return mxs_err_set(bundle->detail, MXS_ERR_INPUT, "the name of the folder is too long");
    return MXS_OK;
}

static enum mxs_err put_file(struct bundle *bundle, const char *name, write_file *write)
{
    mxs_out out;
    char path[PATH_SIZE];
    enum mxs_err err = path_of(bundle, name, path);
    if (err == MXS_OK)
        err = mxs_out_open(&out, path, bundle->detail);
    if (err != MXS_OK)
        return err;
    err = write(bundle, &out);
    if (err != MXS_OK) {
        mxs_out_abandon(&out);
        return err;
    }
    MXS_ASSERT(bundle->count < FILES_MAX);
    snprintf(bundle->files[bundle->count++], sizeof bundle->files[0], "%s", name);
    return mxs_out_finish(&out, bundle->detail);
}

static enum mxs_err write_domains(struct bundle *bundle, mxs_out *out)
{
    static const struct mxs_export_options all = {.form = MXS_RECORD_JSON};
    return mxs_export_write(bundle->store, bundle->run, &all, out, bundle->detail);
}

static enum mxs_err write_table(struct bundle *bundle, mxs_out *out)
{
    return mxs_summary_write_table(&bundle->snapshot, bundle->entry, -1, MXS_FORMAT_CSV, NULL, out, bundle->detail);
}

static enum mxs_err write_json(struct bundle *bundle, mxs_out *out)
{
    return mxs_document_write_report(&bundle->snapshot, out, bundle->detail);
}

static enum mxs_err write_page(struct bundle *bundle, mxs_out *out)
{
    return mxs_page_write(&bundle->snapshot, out, bundle->detail);
}

static enum mxs_err write_browse(struct bundle *bundle, mxs_out *out)
{
    return mxs_browse_write(bundle->store, bundle->run, out, bundle->detail);
}

static enum mxs_err write_run(struct bundle *bundle, mxs_out *out)
{
    return mxs_document_write_run(bundle->store, bundle->run->id, out, bundle->detail);
}

static enum mxs_err write_rules(struct bundle *bundle, mxs_out *out)
{
    struct mxs_query query;
    mxs_out_text(out, "# pattern\tprovider\tkind\tcountry\tsource\tdate\n");
    mxs_query_open(&query, bundle->store,
                   "SELECT pattern, provider, kind, country, source, date FROM rule ORDER BY id");
    while (mxs_query_next(&query))
        for (int i = 0; i < 6; i++) {
            size_t size_bytes;
            const char *text = mxs_query_column_text(&query, i, &size_bytes);
            mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, text, size_bytes); /* no tab or newline comes through */
            mxs_out_text(out, i < 5 ? "\t" : "\n");
        }
    return mxs_query_finish(&query, bundle->detail);
}

static enum mxs_err write_queries(struct bundle *bundle, mxs_out *out)
{
    mxs_out_format(
        out,
        "-- The queries behind tables/, over the public views of the database. ?1 is the run, here %lld; ?2 the number "
        "of"
        " rows, here -1: all.\n-- sqlite3 survey.db \".param init\" \".param set ?1 %lld\" \".param set ?2 -1\" \".read"
        " queries.sql\"\n",
        (long long)bundle->run->id, (long long)bundle->run->id);
    for (size_t i = 0; i < mxs_catalog_count; i++) {
        mxs_out_format(out, "\n-- %s: %s\n", mxs_catalog[i].name, mxs_catalog[i].question);
        mxs_out_text(out, mxs_catalog[i].sql);
        mxs_out_text(out, ";\n");
    }
    return MXS_OK;
}

static void put_definitions(mxs_out *out, const struct mxs_run *run)
{
    mxs_out_text(out, "## What the words mean\n\n");
    for (size_t i = 0; i < mxs_definition_count; i++) {
        if (!mxs_definition_holds(&mxs_definitions[i], run))
            continue;
        mxs_out_text(out, "- **");
        mxs_out_text(out, mxs_definitions[i].word); /* our own words: nothing to escape */
        mxs_out_text(out, "**: ");
        mxs_out_text(out, mxs_definitions[i].meaning);
        mxs_out_text(out, "\n");
    }
}

static enum mxs_err write_readme(struct bundle *bundle, mxs_out *out)
{
    char time[MXS_CELL_TEXT_SIZE], count[32];
    mxs_section_time(bundle->run->started_at, time);
    mxs_count_text(bundle->snapshot.bases[MXS_BASE_ACCEPTED], count, sizeof count);
    mxs_out_format(out, "# How %s domains receive mail\n\nA survey of MX records by mxsurvey " MXS_VERSION ": list ",
                   count);
    mxs_out_escaped(out, MXS_ESCAPE_MARKDOWN, bundle->run->list, strlen(bundle->run->list));
    mxs_out_format(out, ", run %lld, %s, checks %s.\n\n", (long long)bundle->run->id, time, bundle->run->checks);
    mxs_out_text(out, "| file | what |\n| --- | --- |\n"
                      "| `domains.jsonl` | one record per domain |\n"
                      "| `tables/*.csv` | every table of the report, all rows |\n"
                      "| `report.html`, `report.json` | the report, for people and for programs |\n"
                      "| `domains.html` | every domain, to search and filter in a browser (up to 250,000) |\n"
                      "| `run.json` | how it was asked: options, seed, versions, digest of the list |\n"
                      "| `rules.tsv` | the rules that name providers |\n"
                      "| `queries.sql` | the query behind each table |\n"
                      "| `SHA256SUMS` | `sha256sum -c SHA256SUMS` checks them all |\n\n");
    put_definitions(out, bundle->run);
    mxs_out_format(out, "\n## How to cite\n\nmxsurvey " MXS_VERSION ": how the %s domains of the list \"", count);
    mxs_out_escaped(out, MXS_ESCAPE_MARKDOWN, bundle->run->list, strlen(bundle->run->list));
    mxs_out_format(out, "\" receive mail. Survey run %lld, %s. The SHA-256 of `SHA256SUMS` names this bundle.\n",
                   (long long)bundle->run->id, time);
    return MXS_OK;
}

static enum mxs_err put_sum(struct bundle *bundle, mxs_out *out, const char *name)
{
    char path[PATH_SIZE];
    struct sha256_ctx context;
    uint8_t block[65536], digest[SHA256_DIGEST_SIZE];
    enum mxs_err err = path_of(bundle, name, path);
    if (err != MXS_OK)
        return err;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return mxs_err_set(bundle->detail, MXS_ERR_IO, "%s: cannot be read again: %s", path, strerror(errno));
    sha256_init(&context);
    for (size_t size; (size = fread(block, 1, sizeof block, file)) > 0;)
        sha256_update(&context, size, block);
    bool whole = !ferror(file);
    fclose(file);
    sha256_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        mxs_out_format(out, "%02x", digest[i]);
    mxs_out_format(out, "  %s\n", name);
    return whole ? MXS_OK : mxs_err_set(bundle->detail, MXS_ERR_IO, "%s: cannot be read again", path);
}

static enum mxs_err write_sums(struct bundle *bundle, mxs_out *out)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; i < bundle->count && err == MXS_OK; i++)
        err = put_sum(bundle, out, bundle->files[i]);
    return err;
}

/* The tables need the snapshot; the page closes it; the records take a snapshot of their own. */
static enum mxs_err put_files(struct bundle *bundle)
{
    static const struct {
        const char *name;
        write_file *write;
    } files[] = {{"README.md", write_readme},    {"report.json", write_json},      {"run.json", write_run},
                 {"rules.tsv", write_rules},     {"queries.sql", write_queries},   {"report.html", write_page},
                 {"domains.html", write_browse}, {"domains.jsonl", write_domains}, {"SHA256SUMS", write_sums}};
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; i < mxs_catalog_count && err == MXS_OK; i++) {
        char name[64];
        bundle->entry = &mxs_catalog[i];
        snprintf(name, sizeof name, "tables/%.40s.csv", mxs_catalog[i].name);
        err = put_file(bundle, name, write_table);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files && err == MXS_OK; i++)
        if (files[i].write != write_browse || bundle->snapshot.bases[MXS_BASE_ACCEPTED] <= MXS_BROWSE_DOMAINS)
            err = put_file(bundle, files[i].name, files[i].write);
    return err;
}

static enum mxs_err make_folder(struct bundle *bundle, const char *folder)
{
    char tables[PATH_SIZE];
    struct stat there;
    if (stat(folder, &there) == 0)
        return mxs_err_set(bundle->detail, MXS_ERR_INPUT, "%s: already exists: name a folder that does not", folder);
    if (snprintf(bundle->folder, sizeof bundle->folder, "%s.XXXXXX", folder) >= (int)sizeof bundle->folder - 64)
        return mxs_err_set(bundle->detail, MXS_ERR_INPUT, "the name of the folder is too long");
    if (mkdtemp(bundle->folder) == NULL)
        return mxs_err_set(bundle->detail, MXS_ERR_IO,
                           "%s: cannot be created: %s: check that the folder above it exists and is"
                           " writable",
                           folder, strerror(errno));
    enum mxs_err err = path_of(bundle, "tables", tables);
    if (err == MXS_OK && mkdir(tables, 0777) != 0)
        err = mxs_err_set(bundle->detail, MXS_ERR_IO, "%s: cannot be created: %s", tables, strerror(errno));
    return err;
}

/* Only what put_file wrote: nothing else is ever in there. */
static void remove_folder(const struct bundle *bundle)
{
    char path[PATH_SIZE + 128];
    for (size_t i = 0; i < bundle->count; i++) {
        snprintf(path, sizeof path, "%s/%s", bundle->folder, bundle->files[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/tables", bundle->folder);
    rmdir(path);
    rmdir(bundle->folder);
}

static enum mxs_err name_folder(struct bundle *bundle, const char *folder)
{
    mode_t mask = umask(0);
    umask(mask);
    if (chmod(bundle->folder, 0777 & ~mask) != 0 || rename(bundle->folder, folder) != 0)
        return mxs_err_set(bundle->detail, MXS_ERR_IO, "%s: cannot be created: %s", folder, strerror(errno));
    bundle->folder[0] = '\0'; /* under its own name: whole, and nothing to remove */
    if (!mxs_out_sync_folder(folder))
        return mxs_err_set(bundle->detail, MXS_ERR_IO, "%s: the folder it is in cannot be written: %s", folder,
                           strerror(errno));
    return MXS_OK;
}

enum mxs_err mxs_bundle_write(mxs_store *store, const struct mxs_run *run, const char *folder,
                              struct mxs_detail *detail)
{
    struct bundle *bundle = calloc(1, sizeof *bundle);
    if (bundle == NULL)
        return mxs_err_memory(detail, NULL);
    bundle->store = store;
    bundle->run = run;
    bundle->detail = detail;
    char name[PATH_SIZE];
    snprintf(name, sizeof name, "%s", folder);
    for (size_t size = strlen(name); size > 1 && name[size - 1] == '/'; size--)
        name[size - 1] = '\0';
    enum mxs_err err = make_folder(bundle, name);
    if (err == MXS_OK)
        err = mxs_snapshot_open(&bundle->snapshot, store, run, detail);
    if (err == MXS_OK)
        err = put_files(bundle);
    mxs_snapshot_close(&bundle->snapshot);
    if (err == MXS_OK)
        err = name_folder(bundle, name);
    if (err != MXS_OK && bundle->folder[0] != '\0')
        remove_folder(bundle);
    free(bundle);
    return err;
}
