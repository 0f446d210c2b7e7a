/* Made from the tables, so a script knows exactly the commands, options and choices of the program that wrote it.
 *
 * Spec       bash's complete, zsh's compsys, fish's complete
 * In         The command tables
 * Out        A completion script for one shell
 * Errors     MXS_ERR_INPUT: no such shell
 */
#ifndef MXS_OPTIONS_COMPLETION_H
#define MXS_OPTIONS_COMPLETION_H

#include <stdio.h>

#include "options/option.h"

#define MXS_COMPLETION_SHELLS "bash|zsh|fish"

MXS_CHECK enum mxs_err mxs_completion_write(FILE *out, const struct mxs_program *program, const char *shell,
                                            struct mxs_detail *detail);

#endif
