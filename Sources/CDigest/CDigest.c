#include "CDigest.h"

#include <openssl/sha.h>

bool cdigest_sha256(const void *bytes, size_t count, uint8_t *digest) {
    // Without bytes there may be no address either.
    static const uint8_t nothing = 0;
    return SHA256(count > 0 ? bytes : &nothing, count, digest) != NULL;
}
