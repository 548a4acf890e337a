#pragma once
#include <stdint.h>

// How often memory was asked for since the program started.
uint64_t counting_allocations(void);

// Does some work. callgrind is told to count instructions inside this function only, by its name.
void counting_measured(void (*work)(void *context), void *context);
