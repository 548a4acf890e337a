// SHA-256, by the libcrypto that libcurl uses too.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Writes the SHA-256 of `count` bytes to `digest`, which has room for 32; false where libcrypto cannot.
bool cdigest_sha256(const void *bytes, size_t count, uint8_t *digest);

// Writes the HMAC-SHA256 of `count` bytes under a key to `code`, which has room for 32; false where libcrypto cannot.
bool cdigest_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t *code);
