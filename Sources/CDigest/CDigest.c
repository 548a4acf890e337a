#include "CDigest.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

bool cdigest_sha256(const void *bytes, size_t count, uint8_t *digest) {
    // Without bytes there may be no address either.
    static const uint8_t nothing = 0;
    return SHA256(count > 0 ? bytes : &nothing, count, digest) != NULL;
}

bool cdigest_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t *code) {
    static const uint8_t nothing = 0;
    unsigned int length = 0;
    return key_count <= INT_MAX
        && HMAC(EVP_sha256(), key_count > 0 ? key : &nothing, (int)key_count, count > 0 ? bytes : &nothing, count, code,
                &length) != NULL;
}
