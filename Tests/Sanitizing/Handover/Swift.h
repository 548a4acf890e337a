// What both kinds of handover need.
#pragma once

// Of the Thread Sanitizer's runtime: what was released at an address is before what acquires there. Other builds have none.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

void handover_acquire(void *address);
void handover_release(void *address);

// The function of this name in Swift's libraries; ends the process where there is none.
void *handover_function_of_swift(const char *name);
