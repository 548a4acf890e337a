// What the process asks of Linux about itself, and Swift's Glibc module leaves out.
#pragma once

#include <stdint.h>

// Takes the unchanged pages of the program and its libraries off the process.
//
// Relocating, reading the command line and the configuration touch code and constants everywhere, and the kernel maps
// their neighbours too: two thirds of what an idle process held were pages that no call needs. They are pages of
// files, so nothing is lost: what is touched again comes back from the system's cache. Segments that can be written are
// left alone.
void cprocess_forget_start(void);

// Names the calling thread, for whoever lists the threads of the process; 15 characters are shown.
void cprocess_name_thread(const char *name);

// The number that Linux gives to the kind of file system on which an open file lies; 0 where it does not say.
uint32_t cprocess_file_system(int file);
