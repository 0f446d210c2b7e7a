/* What --help shows is the table itself, so nothing can be hidden and nothing can be missing.
 *
 * In         The command tables
 * Out        --help: what a command does, examples first, then its options by group
 * Units      width: columns
 * Limits     Widths below 40 columns are taken as 40, above 100 as 100
 * Errors     None beyond those of the stream
 * Bugs       Width counts bytes: help texts are ASCII
 */
#ifndef MXS_OPTIONS_HELP_H
#define MXS_OPTIONS_HELP_H

#include <stdio.h>

#include "options/option.h"

/* Of the terminal behind the stream; COLUMNS when there is none; else 80. */
unsigned mxs_help_width(FILE *stream);
void mxs_help_write_program(FILE *out, const struct mxs_program *program, unsigned width);
void mxs_help_write_command(FILE *out, const struct mxs_program *program, const struct mxs_command *command,
                            unsigned width);

#endif
