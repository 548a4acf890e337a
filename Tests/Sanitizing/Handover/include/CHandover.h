// Tells the Thread Sanitizer what it cannot see of how threads hand over to each other; there is nothing to call.
//
// Swift's own libraries are not built with the sanitizer. Where one thread hands over to the next inside of them, it
// reports what the second reads as a race with what the first wrote. So functions of ours stand before some of Swift's,
// since a program is searched before its libraries: they say what happens, and call those of Swift.
#pragma once
