/* Data of a page in little room: a gzip stream in Base64, which a script of the page undoes with what every browser has
 * (DecompressionStream), and a person with `base64 -d | gunzip`. Nothing of it can end an element or be read as markup.
 *
 * Spec       @rfc{1952,2} @rfc{4648,4}
 * In         Bytes
 * Out        Characters of Base64, on one line; the same for the same bytes and the same zlib
 * Errors     MXS_ERR_MEMORY; sticky in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_PAGE_INTERNAL_PACKED_H
#define MXS_REPORTS_PAGE_INTERNAL_PACKED_H

#include "base/out.h"

MXS_CHECK enum mxs_err mxs_page_put_packed(mxs_out *out, const char *data, size_t size_bytes,
                                           struct mxs_detail *detail);

#endif
