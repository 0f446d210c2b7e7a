#include "base/out.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

/* Escaping works on code points: a text is decoded once, by one strict decoder, and each format says what it does
 * with each point. A byte that is not UTF-8 becomes U+FFFD in all of them, so that nothing downstream decodes it in
 * another way than we did. */


static void fail(mxs_out *out)
{
    if (out->err != MXS_OK)
        return;
    out->system = errno;
    out->err = errno == EPIPE                                           ? MXS_ERR_STOPPED
               : (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) ? MXS_ERR_DISK
                                                                        : MXS_ERR_IO;
}

/* Makes room: by writing, or, where the bytes collect, by growing. */
static void flush(mxs_out *out)
{
    if (out->stream == NULL) {
        char *grown = realloc(out->buffer, out->capacity * 2);
        out->full = grown == NULL;
        if (out->full) {
            out->err = MXS_ERR_MEMORY;
            out->used = 0;
            return;
        }
        out->buffer = grown;
        out->capacity *= 2;
        return;
    }
    if (out->err == MXS_OK && out->used > 0 && fwrite(out->buffer, 1, out->used, out->stream) != out->used)
        fail(out);
    out->used = 0;
}

void mxs_out_attach(mxs_out *out, FILE *stream)
{
    size_t capacity = stream != NULL ? MXS_OUT_BUFFER_SIZE : MXS_OUT_COLLECT_SIZE;
    *out = (mxs_out){.stream = stream, .buffer = malloc(capacity), .capacity = capacity};
    if (out->buffer == NULL) {
        out->err = MXS_ERR_MEMORY;
        out->capacity = 0;
    }
}

/* A new file beside the one it will replace. Below 0: errno says why. */
static int make_temporary(mxs_out *out)
{
    int fd = mkstemp(out->temporary);
    if (fd < 0) {
        free(out->temporary); /* nothing was made under that name */
        out->temporary = NULL;
        return fd;
    }
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) != 0) {
        /* the file is then more private than asked; its content is right */
    }
    return fd;
}

static bool is_database(const char *path)
{
    static const char magic[] = "SQLite format 3"; /* https://www.sqlite.org/fileformat.html 1.3.1 */
    char header[sizeof magic] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = fd >= 0 && read(fd, header, sizeof header) == sizeof header && memcmp(header, magic, sizeof magic) == 0;
    if (fd >= 0)
        close(fd);
    return is;
}

enum mxs_err mxs_out_open(mxs_out *out, const char *path, struct mxs_detail *detail)
{
    struct stat info;
    mxs_out_attach(out, stdout);
    if (path == NULL || strcmp(path, "-") == 0)
        return MXS_OK;
    bool there = stat(path, &info) == 0, device = there && !S_ISREG(info.st_mode);
    if (there && !device && is_database(path)) {
        mxs_out_abandon(out);
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s is a database and would be lost: name another file", path);
    }
    out->path = there && !device ? realpath(path, NULL) : strdup(path); /* a link stays one */
    out->temporary = device || out->path == NULL ? NULL : malloc(strlen(out->path) + sizeof ".XXXXXX");
    if (out->path == NULL || (!device && out->temporary == NULL)) {
        mxs_out_abandon(out);
        return mxs_err_memory(detail, NULL);
    }
    if (!device)
        sprintf(out->temporary, "%s.XXXXXX", out->path);
    int fd = device ? open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY) : make_temporary(out);
    if (fd < 0) {
        int code = errno;
        mxs_out_abandon(out);
        return mxs_err_set(detail, MXS_ERR_IO,
                           "%s: cannot be written: %s: check that its folder exists and is writable", path,
                           strerror(code));
    }
    out->stream = fdopen(fd, "w");
    out->owned = true;
    if (out->stream == NULL) {
        close(fd);
        mxs_out_abandon(out);
        return mxs_err_memory(detail, NULL);
    }
    return MXS_OK;
}

bool mxs_out_sync_folder(const char *path)
{
    char copy[4096];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES; /* it may be written and not be read: there is no handle to sync it by */
    bool done = fsync(fd) == 0 || errno == EINVAL; /* of a file system whose folders cannot be synced */
    int code = errno;
    close(fd);
    errno = code;
    return done;
}

enum mxs_err mxs_out_check(const mxs_out *out, struct mxs_detail *detail)
{
    return out->err == MXS_OK ? MXS_OK : mxs_err_memory(detail, NULL);
}

enum mxs_err mxs_out_finish(mxs_out *out, struct mxs_detail *detail)
{
    MXS_ASSERT(out->stream != NULL);
    flush(out);
    if (out->err == MXS_OK && fflush(out->stream) != 0)
        fail(out);
    if (out->err == MXS_OK && out->temporary != NULL && fsync(fileno(out->stream)) != 0)
        fail(out);
    if (out->owned && fclose(out->stream) != 0)
        fail(out);
    out->owned = false;
    if (out->err == MXS_OK && out->temporary != NULL && rename(out->temporary, out->path) != 0)
        fail(out);
    if (out->err == MXS_OK && out->temporary != NULL) {
        free(out->temporary);
        out->temporary = NULL;
        if (!mxs_out_sync_folder(out->path)) /* the file is whole; its name would not outlive a power cut */
            fail(out);
    }
    enum mxs_err err = out->err;
    if (err == MXS_OK) {
        /* said by its exit code */
    } else if (err == MXS_ERR_STOPPED) {
        mxs_err_set(detail, err, "the reader of the output went away");
    } else {
        mxs_err_set(detail, err, "%s: cannot be written: %s", out->path != NULL ? out->path : "standard output",
                    strerror(out->system));
    }
    mxs_out_abandon(out);
    return err;
}

void mxs_out_abandon(mxs_out *out)
{
    if (out->owned && out->stream != NULL)
        fclose(out->stream);
    out->owned = false;
    if (out->temporary != NULL)
        unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    free(out->buffer);
    out->path = out->temporary = out->buffer = NULL;
    out->used = out->capacity = 0;
}

void mxs_out_bytes(mxs_out *out, const char *data, size_t size_bytes)
{
    if (size_bytes == 0)
        return; /* of a buffer that was refused, perhaps */
    if (size_bytes <= out->capacity - out->used) {
        memcpy(out->buffer + out->used, data, size_bytes);
        out->used += size_bytes;
        return;
    }
    while (size_bytes > 0 && out->capacity > 0) {
        if (out->used == out->capacity)
            flush(out);
        size_t part = out->capacity - out->used;
        if (part > size_bytes)
            part = size_bytes;
        memcpy(out->buffer + out->used, data, part);
        out->used += part;
        data += part;
        size_bytes -= part;
    }
}

void mxs_out_text(mxs_out *out, const char *text) { mxs_out_bytes(out, text, strlen(text)); }

void mxs_out_int(mxs_out *out, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--at] = '-';
    mxs_out_bytes(out, digits + at, sizeof digits - at);
}

void mxs_out_fraction(mxs_out *out, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.4g", value);
    mxs_out_text(out, text);
    if (strpbrk(text, ".e") == NULL)
        mxs_out_text(out, ".0");
}

void mxs_out_format(mxs_out *out, const char *format, ...)
{
    char text[1024];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    MXS_ASSERT(size >= 0);
    char *whole = text; /* what the world published may be of any length */
    if ((size_t)size >= sizeof text && vasprintf(&whole, format, again) < 0) {
        out->err = out->err == MXS_OK ? MXS_ERR_MEMORY : out->err;
        out->system = ENOMEM;
        whole = NULL;
    }
    va_end(again);
    if (whole != NULL)
        mxs_out_bytes(out, whole, (size_t)size);
    if (whole != text)
        free(whole);
}

static void put_point(mxs_out *out, uint32_t point)
{
    char bytes[4];
    size_t size = 0;
    if (point < 0x80) {
        bytes[size++] = (char)point;
    } else if (point < 0x800) {
        bytes[size++] = (char)(0xC0 | point >> 6);
        bytes[size++] = (char)(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        bytes[size++] = (char)(0xE0 | point >> 12);
        bytes[size++] = (char)(0x80 | (point >> 6 & 0x3F));
        bytes[size++] = (char)(0x80 | (point & 0x3F));
    } else {
        bytes[size++] = (char)(0xF0 | point >> 18);
        bytes[size++] = (char)(0x80 | (point >> 12 & 0x3F));
        bytes[size++] = (char)(0x80 | (point >> 6 & 0x3F));
        bytes[size++] = (char)(0x80 | (point & 0x3F));
    }
    mxs_out_bytes(out, bytes, size);
}

static void put_json(mxs_out *out, uint32_t point)
{
    if (point == '"' || point == '\\')
        mxs_out_format(out, "\\%c", (char)point);
    else if (point == '\n')
        mxs_out_text(out, "\\n");
    else if (point == '\t')
        mxs_out_text(out, "\\t");
    else if (!mxs_utf8_steers(point))
        put_point(out, point);
    else if (point < 0x10000)
        mxs_out_format(out, "\\u%04x", (unsigned)point);
    else /* a pair of surrogates @rfc{8259,7} */
        mxs_out_format(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((point - 0x10000) >> 10)),
                       (unsigned)(0xDC00 + (point & 0x3FF)));
}

static const char *html_name(uint32_t point)
{
    switch (point) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static const char *latex_name(uint32_t point)
{
    switch (point) {
    case '\\': return "\\textbackslash{}";
    case '~': return "\\textasciitilde{}";
    case '^': return "\\textasciicircum{}";
    case '<': return "\\textless{}";
    case '>': return "\\textgreater{}";
    case '|': return "\\textbar{}";
    case '"': return "\\textquotedbl{}";
    case '-': return "{-}"; /* no ligatures: "--" stays two */
    case '[': return "{[}"; /* first in a row it would be an argument of the row's end before it */
    case '*': return "{*}";
    case '`': return "\\textasciigrave{}";
    case '{': return "\\{";
    case '}': return "\\}";
    case '&': return "\\&";
    case '%': return "\\%";
    case '$': return "\\$";
    case '#': return "\\#";
    case '_': return "\\_";
    default: return NULL;
    }
}

/* What pdfLaTeX prints with [T1]{fontenc} alone. It stops at anything else, so that one name would cost the whole
 * paper. */
static bool has_latex(uint32_t point)
{
    static const uint32_t missing[] = {0x126, 0x127, 0x138, 0x13F, 0x140, 0x149, 0x166, 0x167, 0x17F};
    static const uint32_t more[] = {0x218,  0x219,  0x21A,  0x21B,  0x2013, 0x2014, 0x2018, 0x2019,
                                    0x201C, 0x201D, 0x2020, 0x2021, 0x2022, 0x2026, 0x20AC, 0x2122};
    const uint32_t *list = point < 0x180 ? missing : more;
    size_t count = point < 0x180 ? sizeof missing / sizeof *missing : sizeof more / sizeof *more;
    for (size_t i = 0; i < count; i++)
        if (list[i] == point)
            return point >= 0x180;
    return point < 0x180;
}

/* Markdown reads punctuation as markup anywhere in a cell; HTML inside it is markup as well. */
static void put_markdown(mxs_out *out, uint32_t point)
{
    const char *name = html_name(point);
    if (name != NULL)
        mxs_out_text(out, name);
    else if (point < 0x80 && strchr("\\`*_{}[]()#+!|~$:@", (int)point) != NULL)
        mxs_out_format(out, point == ':' || point == '@' ? "&#%u;" : "\\%c", (unsigned)point);
    else
        put_point(out, point);
}

static void put_visible(mxs_out *out, enum mxs_escape escape, uint32_t point)
{
    const char *name = NULL;
    if (escape == MXS_ESCAPE_HTML)
        name = html_name(point);
    else if (escape == MXS_ESCAPE_LATEX)
        name = latex_name(point);
    if (name != NULL)
        mxs_out_text(out, name);
    else if (escape == MXS_ESCAPE_MARKDOWN)
        put_markdown(out, point);
    else if (escape == MXS_ESCAPE_PROMETHEUS && (point == '\\' || point == '"'))
        mxs_out_format(out, "\\%c", (char)point);
    else
        put_point(out, point);
}

/* "\x1b" or "<U+202E>", with the format's own escaping of the marks around it. */
static void put_invisible(mxs_out *out, enum mxs_escape escape, uint32_t point)
{
    char text[16];
    snprintf(text, sizeof text, point < 0x80 ? "\\x%02x" : "<U+%04X>", (unsigned)point);
    for (const char *c = text; *c != '\0'; c++)
        put_visible(out, escape, (unsigned char)*c);
}

/* A spreadsheet takes a cell that starts so for a formula; RFC 4180 quoting does not stop it, an apostrophe does. */
static bool is_formula(const char *data, size_t size_bytes)
{
    if (size_bytes == 0)
        return false;
    if (strchr("=+-@\t\r\n", data[0]) != NULL && data[0] != '\0')
        return true;
    static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"}; /* ＝＋－＠ */
    for (size_t i = 0; i < 4; i++)
        if (size_bytes >= 3 && memcmp(data, wide[i], 3) == 0)
            return true;
    return false;
}

static void put_csv(mxs_out *out, const char *data, size_t size_bytes)
{
    bool quoted = false;
    for (size_t i = 0; i < size_bytes && !quoted; i++)
        quoted = strchr("\",;\r\n\t ", data[i]) != NULL && data[i] != '\0';
    if (quoted)
        mxs_out_bytes(out, "\"", 1);
    if (is_formula(data, size_bytes))
        mxs_out_bytes(out, "'", 1);
    for (size_t i = 0, step; i < size_bytes; i += step) {
        uint32_t point = mxs_utf8_read((const unsigned char *)data + i, size_bytes - i, &step);
        if (point == '"')
            mxs_out_text(out, "\"\"");
        else if (mxs_utf8_steers(point) && point != '\t' && point != '\n' && point != '\r')
            put_invisible(out, MXS_ESCAPE_CSV, point);
        else
            put_point(out, point);
    }
    if (quoted)
        mxs_out_bytes(out, "\"", 1);
}

/* How many bytes from the start need no escape: reports are made of host names and addresses. */
static size_t plain_span(enum mxs_escape escape, const char *data, size_t size_bytes)
{
    size_t i = 0;
    if (escape == MXS_ESCAPE_JSON || escape == MXS_ESCAPE_TERMINAL) {
        while (i < size_bytes && data[i] >= ' ' && data[i] < 0x7F && data[i] != '"' && data[i] != '\\')
            i++;
        return i;
    }
    while (i < size_bytes &&
           ((data[i] >= 'a' && data[i] <= 'z') || (data[i] >= '0' && data[i] <= '9') || data[i] == '.'))
        i++;
    return i;
}

void mxs_out_escaped(mxs_out *out, enum mxs_escape escape, const char *data, size_t size_bytes)
{
    if (escape == MXS_ESCAPE_CSV) {
        put_csv(out, data, size_bytes);
        return;
    }
    size_t i = plain_span(escape, data, size_bytes);
    mxs_out_bytes(out, data, i);
    for (size_t step; i < size_bytes; i += step) {
        uint32_t point = mxs_utf8_read((const unsigned char *)data + i, size_bytes - i, &step);
        if (escape == MXS_ESCAPE_JSON)
            put_json(out, point);
        else if (mxs_utf8_steers(point) || (escape == MXS_ESCAPE_LATEX && !has_latex(point)))
            put_invisible(out, escape, point);
        else
            put_visible(out, escape, point);
    }
}

void mxs_out_json(mxs_out *out, const char *data, size_t size_bytes)
{
    mxs_out_bytes(out, "\"", 1);
    mxs_out_escaped(out, MXS_ESCAPE_JSON, data, size_bytes);
    mxs_out_bytes(out, "\"", 1);
}

void mxs_out_json_value(mxs_out *out, const char *data, size_t size_bytes)
{
    size_t plain = 0;
    while (plain < size_bytes && data[plain] >= ' ' && data[plain] < 0x7F)
        plain++;
    mxs_out_bytes(out, data, plain);
    for (size_t i = plain, step; i < size_bytes; i += step) {
        uint32_t point = mxs_utf8_read((const unsigned char *)data + i, size_bytes - i, &step);
        if (point == '"' || point == '\\')
            put_point(out, point);
        else
            put_json(out, point < 0x20 ? ' ' : point); /* line ends between values */
    }
}

const char *mxs_count_text(int64_t value, char *buffer, size_t buffer_size)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%lld", (long long)value);
    size_t used = 0;
    for (int i = 0; i < size && used + 2 < buffer_size; i++) {
        if (i > 0 && (size - i) % 3 == 0 && digits[i - 1] != '-')
            buffer[used++] = ',';
        buffer[used++] = digits[i];
    }
    buffer[used] = '\0';
    return buffer;
}

void mxs_out_count(mxs_out *out, int64_t count, const char *after)
{
    char text[32];
    mxs_out_text(out, mxs_count_text(count, text, sizeof text));
    mxs_out_text(out, after);
}

void mxs_out_number(mxs_out *out, int64_t count, const char *one, const char *many)
{
    mxs_out_count(out, count, count == 1 ? one : many);
}

const char *mxs_megabytes_text(uint64_t bytes, char *buffer, size_t buffer_size)
{
    char number[32];
    snprintf(buffer, buffer_size, "%s MB", mxs_count_text((int64_t)(bytes / 1000000), number, sizeof number));
    return buffer;
}

const char *mxs_share_text(double share, char buffer[MXS_SHARE_TEXT_SIZE])
{
    static const double whole = 1e-9; /* shares that add up to all may miss it by their last bits */
    const char *text = share >= whole && share < 0.0005        ? "<0.1 %"
                       : share >= 0.9995 && share <= 1 - whole ? ">99.9 %" : NULL;
    if (text != NULL)
        snprintf(buffer, MXS_SHARE_TEXT_SIZE, "%s", text);
    else
        snprintf(buffer, MXS_SHARE_TEXT_SIZE, "%.1f %%", share * 100);
    return buffer;
}

char *mxs_out_escaped_copy(enum mxs_escape escape, const char *data, size_t size_bytes)
{
    mxs_out out;
    mxs_out_attach(&out, NULL);
    mxs_out_escaped(&out, escape, data, size_bytes);
    mxs_out_bytes(&out, "", 1);
    char *copy = out.err == MXS_OK ? strdup(out.buffer) : NULL;
    mxs_out_abandon(&out);
    return copy;
}
