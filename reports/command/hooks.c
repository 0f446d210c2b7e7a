#include "reports/command/hooks.h"

#include <stdio.h>
#include <string.h>

#include "base/shell.h"
#include "reports/command/internal/session.h"
#include "reports/command/summary.h"
#include "reports/record/document.h"
#include "reports/record/explain.h"
#include "reports/record/export.h"

int mxs_hooks_write_scan(mxs_store *store, int64_t run_id, int argc, char *const *names, const mxs_values *values)
{
    (void)argc;
    (void)names;
    struct mxs_detail detail;
    if (mxs_summary_write_scan(store, run_id, stdout, &detail) != MXS_OK) {
        mxs_session_write_error(detail.text);
        return MXS_EXIT_FAILED;
    }
    printf("\nNext: mxsurvey report %s\n", MXS_SHELL_WORD(mxs_values_text(values, "db")));
    return MXS_EXIT_DONE;
}

static int end_code(enum mxs_err err, const struct mxs_detail *detail)
{
    if (err == MXS_OK || err == MXS_ERR_STOPPED) /* `| head` has seen enough */
        return MXS_EXIT_DONE;
    mxs_session_write_error(detail->text);
    return MXS_EXIT_FAILED;
}

/* The run holds the names of the lookup and no others. */
static int write_records(mxs_store *store, int64_t run_id)
{
    static const struct mxs_export_options all = {.form = MXS_RECORD_JSON};
    struct mxs_run run;
    struct mxs_detail detail;
    mxs_out out;
    enum mxs_err err = mxs_run_find(store, run_id, NULL, &run, &detail);
    if (err != MXS_OK)
        return end_code(err, &detail);
    mxs_out_attach(&out, stdout);
    err = mxs_export_write(store, &run, &all, &out, &detail);
    if (err == MXS_OK)
        err = mxs_out_finish(&out, &detail);
    else
        mxs_out_abandon(&out);
    return end_code(err, &detail);
}

int mxs_hooks_write_lookup(mxs_store *store, int64_t run_id, int argc, char *const *names, const mxs_values *values)
{
    const char *format = mxs_values_text(values, "format");
    int code = MXS_EXIT_DONE;
    if (format != NULL && strcmp(format, "json") == 0)
        return write_records(store, run_id);
    for (int i = 0; i < argc; i++) {
        struct mxs_detail detail;
        if (i > 0)
            putchar('\n');
        enum mxs_err err = mxs_explain_asked(store, run_id, names[i], stdout, &detail);
        if (err == MXS_ERR_STOPPED)
            return MXS_EXIT_DONE;
        int one = end_code(err, &detail);
        code = one != MXS_EXIT_DONE ? one : code;
    }
    return code;
}

/* What a collecting sink holds becomes the hook's. */
static enum mxs_err take_text(mxs_out *out, enum mxs_err err, char **text, size_t *size_bytes,
                              struct mxs_detail *detail)
{
    if (err == MXS_OK)
        err = mxs_out_check(out, detail);
    char *copy = err == MXS_OK ? strndup(out->buffer, out->used) : NULL;
    if (err == MXS_OK && copy == NULL)
        err = mxs_err_memory(detail, NULL);
    if (err == MXS_OK) {
        *text = copy;
        *size_bytes = out->used;
    }
    mxs_out_abandon(out);
    return err;
}

enum mxs_err mxs_hooks_read_run(mxs_store *store, int64_t run_id, char **text, size_t *size_bytes,
                                struct mxs_detail *detail)
{
    struct mxs_run run;
    struct mxs_snapshot snapshot;
    mxs_out out;
    enum mxs_err err = mxs_run_find(store, run_id, NULL, &run, detail);
    if (err == MXS_OK)
        err = mxs_snapshot_open(&snapshot, store, &run, detail);
    if (err != MXS_OK)
        return err;
    mxs_out_attach(&out, NULL);
    err = mxs_document_write_report(&snapshot, &out, detail);
    mxs_snapshot_close(&snapshot);
    return take_text(&out, err, text, size_bytes, detail);
}

enum mxs_err mxs_hooks_read_changes(mxs_store *store, int64_t run_id, char **text, size_t *size_bytes,
                                    struct mxs_detail *detail)
{
    struct mxs_run from, to;
    struct mxs_diff diff;
    mxs_out out;
    enum mxs_err err = mxs_run_find(store, run_id, NULL, &to, detail);
    if (err != MXS_OK || to.previous == 0)
        return err;
    err = mxs_run_find(store, to.previous, NULL, &from, detail);
    if (err == MXS_OK)
        err = mxs_diff_open(&diff, store, &from, &to, &(struct mxs_diff_options){0}, detail);
    if (err != MXS_OK)
        return err;
    if (diff.changed > 0) {
        mxs_out_attach(&out, NULL);
        err = mxs_document_write_diff(&diff, &out, detail);
        err = take_text(&out, err, text, size_bytes, detail);
    }
    mxs_diff_close(&diff);
    return err;
}
