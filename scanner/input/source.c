/* Three layers, each reading from the one before: stored bytes (read_stored, which first gives back what was read to
 * look at), decompressed bytes (read_decoded), text (mxs_source_read). A plain UTF-8 file falls through all of them in
 * one read(2). */
#include "scanner/input/internal/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "scanner/input/internal/utf16.h"

#define BLOCK_BYTES 65536
#define MAGIC_BYTES 10

struct range {
    size_t at, end;
};

struct mxs_source {
    int fd;
    bool regular;
    char *path;
    uint64_t size_bytes;
    uint64_t stored_bytes; /* taken of the file, what waits in stored not counted */
    struct archive *archive; /* NULL: plain */
    bool in_member, part_over, ended;
    bool decoded;            /* something came out of it */
    char member[MXS_SOURCE_MEMBER_SIZE]; /* of an archive; "" elsewhere */
    bool utf16;
    struct mxs_utf16 decoder;
    struct sha256_ctx sha256; /* of what can be read but once */
    struct range stored_left, chunk_left;
    uint8_t stored[BLOCK_BYTES]; /* as in the file */
    uint8_t chunk[BLOCK_BYTES];  /* decompressed */
};

static enum mxs_err refuse(const char *path, int code, struct mxs_detail *detail)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: there is no such file; check the path", path);
    case EACCES:
    case EPERM:
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "%.200s: reading it is not permitted; run as its owner, or chmod +r it", path);
    case EISDIR:
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: this is a directory; name the files in it, such as %.200s/*",
                           path, path);
    default:
        return mxs_err_set(detail, MXS_ERR_IO,
                           "%.200s: reading it failed (%s); check the disk, or try a copy of the file", path,
                           strerror(code));
    }
}

static enum mxs_err read_stored(mxs_source *source, uint8_t *out, size_t size_bytes, size_t *got,
                                struct mxs_detail *detail)
{
    size_t waiting = source->stored_left.end - source->stored_left.at;
    ssize_t count;
    if (waiting != 0) {
        count = (ssize_t)(waiting < size_bytes ? waiting : size_bytes);
        memmove(out, source->stored + source->stored_left.at, (size_t)count);
        source->stored_left.at += (size_t)count;
    } else {
        do
            count = read(source->fd, out, size_bytes);
        while (count < 0 && errno == EINTR);
        if (count < 0)
            return refuse(source->path, errno, detail);
        if (!source->regular)
            sha256_update(&source->sha256, (size_t)count, out);
    }
    source->stored_bytes += (uint64_t)count;
    *got = (size_t)count;
    return MXS_OK;
}

static la_ssize_t archive_take(struct archive *archive, void *arg, const void **out)
{
    mxs_source *source = arg;
    struct mxs_detail detail;
    size_t got;
    if (read_stored(source, source->stored, sizeof source->stored, &got, &detail) != MXS_OK) {
        archive_set_error(archive, EIO, "%s", detail.text);
        return -1;
    }
    *out = source->stored;
    return (la_ssize_t)got;
}

static la_int64_t archive_seek(struct archive *archive, void *arg, la_int64_t offset, int whence)
{
    (void)archive;
    mxs_source *source = arg;
    off_t at = lseek(source->fd, offset, whence);
    if (at >= 0)
        source->stored_bytes = (uint64_t)at;
    return at < 0 ? ARCHIVE_FATAL : (la_int64_t)at;
}

static enum mxs_err ends_early(const mxs_source *source, const char *why, struct mxs_detail *detail)
{
    return mxs_err_set(
        detail, MXS_ERR_INPUT,
        "%.200s: the compressed data is damaged or ends early%s (%.150s); fetch the file again, or decompress it by "
        "hand",
        source->path, source->decoded ? "" : ", before its first line", why);
}

static enum mxs_err damaged(const mxs_source *source, struct mxs_detail *detail)
{
    const char *why = archive_error_string(source->archive);
    if (archive_errno(source->archive) == ENOMEM)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to decompress it", source->path);
    if (archive_errno(source->archive) == EIO && why != NULL)
        return mxs_err_set(detail, MXS_ERR_IO, "%s", why); /* read_stored's own sentence */
    return ends_early(source, why == NULL ? "no reason given" : why, detail);
}

/* Also a file that ends within the mark, of which enough stands there to know it. */
static bool is_compressed(const uint8_t *head, size_t size_bytes)
{
    static const struct {
        const char *bytes;
        size_t size_bytes, least_bytes;
    } MAGIC[] = {{"\x1f\x8b", 2, 2},         {"\x28\xb5\x2f\xfd", 4, 2}, {"\xfd" "7zXZ\0", 6, 2},
                 {"PK\x03\x04", 4, 4},       {"PK\x05\x06", 4, 4}};
    for (size_t i = 0; i < sizeof MAGIC / sizeof MAGIC[0]; i++) {
        size_t size = size_bytes < MAGIC[i].size_bytes ? size_bytes : MAGIC[i].size_bytes;
        if (size >= MAGIC[i].least_bytes && memcmp(head, MAGIC[i].bytes, size) == 0)
            return true;
    }
    if (size_bytes >= 4 && (head[0] & 0xF0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", 3) == 0)
        return true; /* a zst that begins with a snapshot to skip */
    size_t block = size_bytes < 10 ? size_bytes - 4 : 6;
    return size_bytes >= 5 && memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9' &&
           (memcmp(head + 4, "1AY&SY", block) == 0 || memcmp(head + 4, "\x17\x72\x45\x38\x50\x90", block) == 0);
}

static enum mxs_err start_archive(mxs_source *source, struct mxs_detail *detail)
{
    struct archive *archive = archive_read_new();
    if (archive == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to decompress it", source->path);
    source->archive = archive;
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    if (source->regular && lseek(source->fd, 0, SEEK_SET) == 0) {
        source->stored_left = (struct range){0, 0};
        archive_read_support_format_zip(archive);
        archive_read_set_seek_callback(archive, archive_seek);
    } else {
        archive_read_support_format_zip_streamable(archive);
    }
    archive_read_set_read_callback(archive, archive_take);
    archive_read_set_callback_data(archive, source);
    return archive_read_open1(archive) == ARCHIVE_OK ? MXS_OK : damaged(source, detail);
}

static bool is_zip(const mxs_source *source)
{
    return source->archive != NULL && archive_format(source->archive) == ARCHIVE_FORMAT_ZIP;
}

/* libarchive stops without a word where the next bytes are no further member; names that stand there would be lost. */
static enum mxs_err end_archive(mxs_source *source, struct mxs_detail *detail)
{
    source->ended = true;
    if (is_zip(source))
        return MXS_OK; /* a zip says itself where it ends */
    size_t behind = (size_t)(source->stored_bytes - (uint64_t)archive_filter_bytes(source->archive, -1));
    if (behind == 0) {
        enum mxs_err err = read_stored(source, source->stored, sizeof source->stored, &behind, detail);
        if (err != MXS_OK || behind == 0)
            return err;
    }
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "%.200s: the compressed data is followed by data that is not compressed; "
                       "decompress it by hand and look at what follows",
                       source->path);
}

/* Moves to the next file of a zip; everything else has one. */
static enum mxs_err next_member(mxs_source *source, struct mxs_detail *detail)
{
    struct archive_entry *entry;
    int code = archive_read_next_header(source->archive, &entry);
    if (code == ARCHIVE_EOF)
        return end_archive(source, detail);
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
        return damaged(source, detail);
    if (!is_zip(source) && archive_filter_code(source->archive, 0) == ARCHIVE_FILTER_NONE)
        return ends_early(source, "there is no whole block", detail); /* libarchive would give it as it is */
    source->in_member = archive_entry_filetype(entry) == AE_IFREG;
    const char *name = is_zip(source) ? archive_entry_pathname(entry) : "";
    snprintf(source->member, sizeof source->member, "%s", name == NULL ? "?" : name);
    return MXS_OK;
}

static enum mxs_err read_decoded(mxs_source *source, uint8_t *out, size_t size_bytes, size_t *got,
                                 struct mxs_detail *detail)
{
    if (source->archive == NULL)
        return read_stored(source, out, size_bytes, got, detail);
    while (!source->ended && !source->part_over) {
        if (!source->in_member) {
            enum mxs_err err = next_member(source, detail);
            if (err != MXS_OK)
                return err;
            continue;
        }
        la_ssize_t count = archive_read_data(source->archive, out, size_bytes);
        if (count == ARCHIVE_RETRY)
            continue;
        if (count < 0)
            return damaged(source, detail);
        if (count > 0) {
            *got = (size_t)count;
            source->decoded = true;
            return MXS_OK;
        }
        source->in_member = false;
        source->part_over = is_zip(source);
    }
    *got = 0;
    return MXS_OK;
}

/* Fills chunk's beginning with at least want bytes, or all there are. */
static enum mxs_err fill_head(mxs_source *source, size_t want, struct mxs_detail *detail)
{
    size_t got = 1;
    while (source->chunk_left.end < want && got != 0) {
        enum mxs_err err = read_decoded(source, source->chunk + source->chunk_left.end,
                                        sizeof source->chunk - source->chunk_left.end, &got, detail);
        if (err != MXS_OK)
            return err;
        source->chunk_left.end += got;
    }
    return MXS_OK;
}

static void take_mark(mxs_source *source)
{
    const uint8_t *head = source->chunk;
    size_t size = source->chunk_left.end;
    if (size >= 2 && ((head[0] == 0xFF && head[1] == 0xFE) || (head[0] == 0xFE && head[1] == 0xFF))) {
        source->utf16 = true;
        source->decoder.big_endian = head[0] == 0xFE;
        source->chunk_left.at = 2;
    } else if (size >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) {
        source->chunk_left.at = 3;
    }
}

static enum mxs_err look_at_head(mxs_source *source, struct mxs_detail *detail)
{
    size_t got = 1;
    while (source->stored_left.end < MAGIC_BYTES && got != 0) {
        struct range none = {0, 0}, had = source->stored_left;
        source->stored_left = none; /* nothing waits as far as read_stored is concerned */
        enum mxs_err err = read_stored(source, source->stored + had.end, sizeof source->stored - had.end, &got, detail);
        if (err != MXS_OK)
            return err;
        source->stored_left.end = had.end + got;
    }
    source->stored_bytes = 0;
    if (is_compressed(source->stored, source->stored_left.end)) {
        enum mxs_err err = start_archive(source, detail);
        if (err != MXS_OK)
            return err;
    }
    enum mxs_err err = fill_head(source, 3, detail);
    if (err == MXS_OK)
        take_mark(source);
    return err;
}

enum mxs_err mxs_source_next(mxs_source *source, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    if (!is_zip(source))
        return MXS_ERR_END;
    source->part_over = false;
    source->in_member = false;
    while (err == MXS_OK && !source->ended && !source->in_member)
        err = next_member(source, detail);
    if (err != MXS_OK || source->ended)
        return err == MXS_OK ? MXS_ERR_END : err;
    source->utf16 = false;
    source->decoder = (struct mxs_utf16){0};
    source->chunk_left = (struct range){0, 0};
    err = fill_head(source, 3, detail);
    if (err == MXS_OK)
        take_mark(source);
    return err;
}

const char *mxs_source_member(const mxs_source *source) { return source->member; }

bool mxs_source_about(const mxs_source *source)
{
    static const char *const WORDS[] = {"readme",  "license",   "licence",   "copying", "notice",
                                        "authors", "copyright", "changelog", "changes", "contributors"};
    const char *slash = strrchr(source->member, '/'), *name = slash == NULL ? source->member : slash + 1;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        size_t size = strlen(WORDS[i]);
        if (strncasecmp(name, WORDS[i], size) == 0 && strchr(".-_", name[size]) != NULL) /* or it ends there */
            return true;
    }
    return false;
}

static enum mxs_err open_file(mxs_source *source, const char *path, struct mxs_detail *detail)
{
    struct stat info;
    bool standard = strcmp(path, "-") == 0;
    source->path = strdup(standard ? "standard input" : path);
    if (source->path == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to read it", path);
    source->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0 || fstat(source->fd, &info) != 0)
        return refuse(source->path, errno, detail);
    if (S_ISDIR(info.st_mode))
        return refuse(source->path, EISDIR, detail);
    /* Standard input may begin in the middle of a file: only a file of our own is sought in. */
    source->regular = !standard && S_ISREG(info.st_mode);
    source->size_bytes = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return look_at_head(source, detail);
}

enum mxs_err mxs_source_open(mxs_source **out, const char *path, struct mxs_detail *detail)
{
    mxs_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to read it", path);
    source->fd = -1;
    sha256_init(&source->sha256);
    enum mxs_err err = open_file(source, path, detail);
    if (err != MXS_OK) {
        mxs_source_close(&source);
        return err;
    }
    *out = source;
    return MXS_OK;
}

enum mxs_err mxs_source_digest(mxs_source *source, uint64_t *from_bytes, char out[MXS_SOURCE_DIGEST_SIZE],
                               struct mxs_detail *detail)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    ssize_t count = 0;
    if (source->regular) {
        do
            count = pread(source->fd, source->chunk, sizeof source->chunk, (off_t)*from_bytes);
        while (count < 0 && errno == EINTR);
        if (count < 0)
            return refuse(source->path, errno, detail);
        sha256_update(&source->sha256, (size_t)count, source->chunk);
        *from_bytes += (uint64_t)count;
    }
    if (count != 0)
        return MXS_OK;
    sha256_digest(&source->sha256, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return MXS_ERR_END;
}

/* chunk as UTF-8 into out, as much of it as surely fits. */
static enum mxs_err read_utf16(mxs_source *source, uint8_t *out, size_t size_bytes, size_t *got,
                               struct mxs_detail *detail)
{
    MXS_ASSERT(size_bytes >= 256);
    struct range *left = &source->chunk_left;
    for (*got = 0; *got == 0;) {
        if (left->at == left->end) {
            size_t count;
            enum mxs_err err = read_decoded(source, source->chunk, sizeof source->chunk, &count, detail);
            if (err != MXS_OK)
                return err;
            *left = (struct range){0, count};
            if (count == 0) {
                *got = mxs_utf16_finish(&source->decoder, out);
                return MXS_OK;
            }
        }
        size_t piece = left->end - left->at;
        while (mxs_utf16_room_bytes(piece) > size_bytes)
            piece /= 2;
        *got = mxs_utf16_put(&source->decoder, source->chunk + left->at, piece, out);
        left->at += piece;
    }
    return MXS_OK;
}

enum mxs_err mxs_source_read(mxs_source *source, uint8_t *out, size_t size_bytes, size_t *got,
                             struct mxs_detail *detail)
{
    struct range *left = &source->chunk_left;
    if (source->utf16)
        return read_utf16(source, out, size_bytes, got, detail);
    if (left->at == left->end)
        return read_decoded(source, out, size_bytes, got, detail);
    size_t count = left->end - left->at < size_bytes ? left->end - left->at : size_bytes;
    memcpy(out, source->chunk + left->at, count);
    left->at += count;
    *got = count;
    return MXS_OK;
}

void mxs_source_position(const mxs_source *source, uint64_t *read_bytes, uint64_t *size_bytes, bool *plain)
{
    *plain = source->archive == NULL && !source->utf16;
    *read_bytes = source->stored_bytes;
    if (*plain)
        *read_bytes -= source->chunk_left.end - source->chunk_left.at;
    *size_bytes = source->size_bytes;
}

void mxs_source_close(mxs_source **source)
{
    if (*source == NULL)
        return;
    archive_read_free((*source)->archive);
    if ((*source)->fd > STDIN_FILENO)
        close((*source)->fd);
    free((*source)->path);
    free(*source);
    *source = NULL;
}
