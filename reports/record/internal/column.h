/* The one list of what a record holds. JSON, CSV, the header of CSV, the JSON Schema and the tables of the
 * manual are walks over it: a new member of the record is a row of columns.c and a value where it is told (value.h,
 * value.c), which fragment.c or export.c reads from the database.
 *
 * A path is the place in JSON: "redundancy.hosts"; "mx[].a.addresses" stands in an object inside each element of an
 * array. Objects and arrays have rows of their own, above those of their members.
 *
 * Spec       docs/manual.md, "`export`"
 * In         What is known of one domain (struct mxs_record_source)
 * Out        The record, or any stretch of its columns: what many domains share is written once and copied
 * Units      As each column says
 * Errors     Sticky in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_COLUMN_H
#define MXS_REPORTS_RECORD_INTERNAL_COLUMN_H

#include "base/json.h"
#include "reports/data/kept.h"
#include "reports/record/form.h"

enum mxs_record_type {
    MXS_RECORD_OBJECT, /* the value's kind says only whether it is null */
    MXS_RECORD_ARRAY,  /* of objects, as many as the value's number; without members of its own: of values, until one is
                          END */
    MXS_RECORD_TEXT,
    MXS_RECORD_INTEGER,
    MXS_RECORD_NUMBER,
    MXS_RECORD_FLAG,
    MXS_RECORD_TEXTS,   /* a list of texts */
    MXS_RECORD_SHARES,  /* a list of pairs: a text and its share */
    MXS_RECORD_VALUE,   /* JSON as it is stored */
    MXS_RECORD_FACETS,  /* an object of lists; in CSV a cell for each column that was kept */
    MXS_RECORD_MEMBERS, /* JSON members as they are stored, which join those of the object */
};

enum mxs_record_value_kind {
    MXS_VALUE_NULL,
    MXS_VALUE_END,
    MXS_VALUE_INTEGER,
    MXS_VALUE_NUMBER,
    MXS_VALUE_FLAG,
    MXS_VALUE_TEXT,
    MXS_VALUE_JSON,
    MXS_VALUE_OPEN
};

struct mxs_record_value {
    enum mxs_record_value_kind kind;
    int64_t integer;
    double real;      /* a number; of a pair its share */
    const char *text;
    size_t size_bytes;
};

/* END: the list is over; of a single value: it is not there at all. OPEN: the value differs among domains that share
 * the rest; MXS_RECORD_MARK stands in its place until it is copied. */
#define MXS_RECORD_MARK '\x01'

/* Which of the parts a record is made of decides the column: what is decided by one of them alone is written once for
 * it. */
enum mxs_record_part { MXS_PART_OF_DOMAIN, MXS_PART_OF_VERDICT, MXS_PART_OF_SET, MXS_PART_OF_EVIDENCE };

struct mxs_record_source;
typedef void mxs_record_read(const struct mxs_record_source *from, int argument, size_t at,
                             struct mxs_record_value *out);

struct mxs_record_column {
    const char *path;
    enum mxs_record_type type;
    enum mxs_record_part part;
    const char *csv;       /* the header of its cell; "+": in the cell before it, after a blank; NULL: it has none */
    mxs_record_read *read; /* NULL: an object that is never null */
    int argument;
    unsigned flags;
    const char *meaning;   /* a sentence, for schema and manual */
};

enum {
    MXS_COLUMN_NULLABLE = 1,
    MXS_COLUMN_MEASURED = 2, /* differs between two scans of one world: left out of --content-only */
    MXS_COLUMN_OPTIONAL = 4, /* may be missing: its value is END */
    MXS_COLUMN_STORED = 8,   /* its JSON is stored whole: the rows below describe it, and are not walked. Its value is
                              * read by   enum mxs_record_stored */
};
enum mxs_record_stored { MXS_STORED_JSON, MXS_STORED_CELL, MXS_STORED_HEADER };

extern const struct mxs_record_column mxs_record_columns[];
extern const size_t mxs_record_column_count;

#define MXS_RECORD_COLUMNS_MAX 128

struct mxs_record_writer {
    enum mxs_record_form form;
    bool content_only;
    const struct mxs_kept *kept; /* NULL: no columns were kept */
    uint8_t parent[MXS_RECORD_COLUMNS_MAX]; /* the row of the object or array above; MXS_RECORD_COLUMNS_MAX: none */
    uint8_t end[MXS_RECORD_COLUMNS_MAX];    /* behind the row and what stands below it */
    const char *keys[MXS_RECORD_COLUMNS_MAX]; /* the last part of each path */
};

void mxs_record_writer_init(struct mxs_record_writer *writer, enum mxs_record_form form, bool content_only);
/* Where a run of columns of one part ends that begins at `first`. */
size_t mxs_record_next_part(size_t first);
/* The columns from first up to end, as they stand in a record between those before and those behind. */
void mxs_record_put(const struct mxs_record_writer *writer, mxs_out *out, const struct mxs_record_source *from,
                    size_t first, size_t end);
/* from: of its policies only, which name the cells of checks that are not described here. */
void mxs_record_put_header(mxs_out *out, const struct mxs_record_source *from, bool content_only,
                           const struct mxs_kept *kept);
/* The JSON Schema of a record. */
void mxs_record_put_schema(mxs_out *out);

#endif
