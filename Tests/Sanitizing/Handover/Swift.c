#define _GNU_SOURCE
#include "Swift.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

void handover_acquire(void *address) {
    if (__tsan_acquire != NULL) {
        __tsan_acquire(address);
    }
}

void handover_release(void *address) {
    if (__tsan_release != NULL) {
        __tsan_release(address);
    }
}

void *handover_function_of_swift(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        fprintf(stderr, "This Swift has no %s: see Tests/Sanitizing/Handover\n", name);
        abort();
    }
    return function;
}
