/* A plain file is read straight into the caller's buffer; libarchive is started only for what begins like something
 * compressed. Only decoders inside the library are switched on: no program is ever started.
 *
 * In         A path, or "-" for standard input
 * Out        Its bytes: decompressed, UTF-16 made UTF-8, byte-order mark gone
 * Units      Bytes
 * Limits     Two buffers of 64 KB and the decoder's window
 * Errors     MXS_ERR_INPUT: missing, a directory, unreadable, damaged compression, bytes behind it; MXS_ERR_IO;
 *            MXS_ERR_MEMORY
 * Ownership  open/close; standard input is not closed
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_SOURCE_H
#define MXS_SCANNER_INPUT_INTERNAL_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "base/bytes.h"

#define MXS_SOURCE_MEMBER_SIZE 256

typedef struct mxs_source mxs_source;

MXS_CHECK enum mxs_err mxs_source_open(mxs_source **out, const char *path, struct mxs_detail *detail);
/* Moves to the next file of a zip, which has read to its end or is left where it is: MXS_ERR_END where there is none,
 * and for everything that is no zip. */
MXS_CHECK enum mxs_err mxs_source_next(mxs_source *source, struct mxs_detail *detail);
/* The name of the file of a zip that is being read, any bytes at all, cut; "" of anything else. */
const char *mxs_source_member(const mxs_source *source);
/* Whether that goes with data and is none, by its name: a licence may hold a line that is a name. */
bool mxs_source_about(const mxs_source *source);
/* Up to size_bytes (at least 256) bytes into out; *got is 0 only at the end, of a zip at the end of its file. */
MXS_CHECK enum mxs_err mxs_source_read(mxs_source *source, uint8_t *out, size_t size_bytes, size_t *got,
                                       struct mxs_detail *detail);
/* Bytes taken of the file as stored. *plain: what was read is what is stored, so a reader may subtract what it has not
 * used. */
void mxs_source_position(const mxs_source *source, uint64_t *read_bytes, uint64_t *size_bytes, bool *plain);
/* The SHA-256 of the file as stored, in hexadecimal, piece by piece: *from_bytes begins at 0, MXS_OK asks for another
 * call, MXS_ERR_END has the digest. After the text was read to its end; nothing is read after it. */
#define MXS_SOURCE_DIGEST_SIZE 65
MXS_CHECK enum mxs_err mxs_source_digest(mxs_source *source, uint64_t *from_bytes, char out[MXS_SOURCE_DIGEST_SIZE],
                                         struct mxs_detail *detail);
void mxs_source_close(mxs_source **source);

#endif
