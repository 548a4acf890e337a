// What a loop needs of Linux and Swift's Glibc module leaves out.
#pragma once

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

// `pthread_setname_np`, which hides behind a feature macro. At most 15 characters.
void cloop_name_thread(pthread_t thread, const char *_Nonnull name);
