// libpq as Debian's libpq-dev installs it: the folder is named here, so that no compiler needs to be told. Beside it what
// wakes a thread that waits for libpq, and Swift's Glibc module leaves out.
#pragma once

#include <postgresql/libpq-fe.h>
#include <sys/eventfd.h>
