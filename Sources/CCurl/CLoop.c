#define _GNU_SOURCE
#include "CLoop.h"

void cloop_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }
