#!/bin/sh
# Runs a test that judges by the clock ahead of what else this machine does, as far as the user may.
#
#   by_the_clock.sh COMMAND...
#
# Linux weighs sessions against each other (sched_autogroup), and being nice only within one: so a session of its own, and that one first.
# It ends when whoever started it does.
set -u
# shellcheck disable=SC2016 # expanded in there
exec setsid --wait setpriv --pdeathsig TERM sh -c '{ echo -15 >/proc/self/autogroup; } 2>/dev/null; exec "$@"' sh "$@"
