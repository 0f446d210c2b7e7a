/* Says which public list a file is, where its name tells: Tranco names its files after the list's id, by which it can
 * be cited and found again.
 *
 * In         A path
 * Out        "Tranco list KJ62W, https://tranco-list.eu/list/KJ62W", or false
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_INPUT_CITATION_H
#define MXS_SCANNER_INPUT_CITATION_H

#include <stdbool.h>
#include <stddef.h>

#define MXS_CITATION_SIZE 96

bool mxs_citation_text(const char *path, char out[MXS_CITATION_SIZE]);

#endif
