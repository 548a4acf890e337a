// What starting a process takes, and Swift's Glibc module leaves out.
#pragma once

#include <spawn.h>

// The new process gets no descriptor from this one on, however many there are; an error number, 0 for none.
int cspawn_close_from(posix_spawn_file_actions_t *actions, int first);
