#define _GNU_SOURCE
#include "CCurl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// 7.85 brought PROTOCOLS_STR; thread-safe initialisation came with 7.84, PREREQFUNCTION and MAXLIFETIME_CONN with 7.80.
#define CCURL_FLOOR 0x075500

#if LIBCURL_VERSION_NUM < CCURL_FLOOR
#error "libcurl 7.85 or newer is needed"
#endif

_Static_assert(CCURL_INTEREST_NONE == CURL_POLL_NONE, "");
_Static_assert(CCURL_INTEREST_READ == CURL_POLL_IN, "");
_Static_assert(CCURL_INTEREST_WRITE == CURL_POLL_OUT, "");
_Static_assert(CCURL_INTEREST_BOTH == CURL_POLL_INOUT, "");
_Static_assert(CCURL_INTEREST_REMOVE == CURL_POLL_REMOVE, "");
_Static_assert(CCURL_READY_READ == CURL_CSELECT_IN, "");
_Static_assert(CCURL_READY_WRITE == CURL_CSELECT_OUT, "");
_Static_assert(CCURL_READY_ERROR == CURL_CSELECT_ERR, "");
_Static_assert(CCURL_REQUEST_GOES_ON == CURL_PREREQFUNC_OK, "");
_Static_assert(CCURL_REQUEST_STOPS == CURL_PREREQFUNC_ABORT, "");
_Static_assert(CCURL_ERROR_TEXT_SIZE >= CURL_ERROR_SIZE, "");

#define EASY_SET(easy, option, value) (curl_easy_setopt((CURL *)(easy), (option), (value)) == CURLE_OK)
#define MULTI_SET(multi, option, value) (curl_multi_setopt((CURLM *)(multi), (option), (value)) == CURLM_OK)

// The library

int ccurl_library_prepare(void) {
    signal(SIGPIPE, SIG_IGN);
    // libcurl would write the secrets of every TLS connection to the file that this names.
    unsetenv("SSLKEYLOGFILE");
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1) {
        return CCURL_LIBRARY_FAILED;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return CCURL_LIBRARY_FAILED;
    }
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    if (info->version_num < CCURL_FLOOR) {
        return CCURL_LIBRARY_TOO_OLD;
    }
    if ((info->features & CURL_VERSION_THREADSAFE) == 0) {
        return CCURL_LIBRARY_NOT_THREADSAFE;
    }
    if (info->ssl_version == NULL || strncmp(info->ssl_version, "OpenSSL/", 8) != 0) {
        return CCURL_LIBRARY_NOT_OPENSSL;
    }
    return CCURL_LIBRARY_READY;
}

const char *ccurl_library_version_text(void) { return curl_version(); }

// How a transfer ended

int ccurl_end_of(int code) {
    switch (code) {
    case CURLE_OK:
        return CCURL_END_COMPLETE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return CCURL_END_UNRESOLVABLE;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
        return CCURL_END_NOT_CONNECTED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
        return CCURL_END_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return CCURL_END_TIMEOUT;
    case CURLE_GOT_NOTHING:
        return CCURL_END_EMPTY;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_SSL_SHUTDOWN_FAILED:
        return CCURL_END_BROKEN;
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_RANGE_ERROR:
    case CURLE_BAD_DOWNLOAD_RESUME:
        return CCURL_END_MALFORMED;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
        return CCURL_END_STOPPED;
    case CURLE_FILESIZE_EXCEEDED:
        return CCURL_END_TOO_LARGE;
    case CURLE_OUT_OF_MEMORY:
        return CCURL_END_NO_MEMORY;
    case CURLE_UNSUPPORTED_PROTOCOL:
        return CCURL_END_PROTOCOL;
    default:
        return CCURL_END_OTHER;
    }
}

const char *ccurl_text_of(int code) { return curl_easy_strerror((CURLcode)code); }

// Parsed URLs

static bool url_part_is(CURLU *url, CURLUPart part, const char *wanted) {
    char *text = NULL;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
        return wanted == NULL;
    }
    const bool same = wanted != NULL && strcmp(text, wanted) == 0;
    curl_free(text);
    return same;
}

ccurl_url *ccurl_url_make(const char *origin) {
    CURLU *url = curl_url();
    if (url == NULL) {
        return NULL;
    }
    if (curl_url_set(url, CURLUPART_URL, origin, CURLU_DISALLOW_USER) == CURLUE_OK
        && (url_part_is(url, CURLUPART_SCHEME, "http") || url_part_is(url, CURLUPART_SCHEME, "https"))
        && url_part_is(url, CURLUPART_PATH, "/") && url_part_is(url, CURLUPART_QUERY, NULL)
        && url_part_is(url, CURLUPART_FRAGMENT, NULL)) {
        return (ccurl_url *)url;
    }
    curl_url_cleanup(url);
    return NULL;
}

char *ccurl_url_host(ccurl_url *url) {
    char *host = NULL;
    char *port = NULL;
    char *text = NULL;
    if (curl_url_get((CURLU *)url, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        return NULL;
    }
    int count;
    if (curl_url_get((CURLU *)url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT) == CURLUE_OK) {
        count = asprintf(&text, "%s:%s", host, port);
    } else {
        count = asprintf(&text, "%s", host);
    }
    curl_free(host);
    curl_free(port);
    return count < 0 ? NULL : text;
}

void ccurl_text_free(char *text) { free(text); }

void ccurl_url_free(ccurl_url *url) { curl_url_cleanup((CURLU *)url); }

// Header lists

ccurl_headers *ccurl_headers_append(ccurl_headers *list, const char *line) {
    return (ccurl_headers *)curl_slist_append((struct curl_slist *)list, line);
}

void ccurl_headers_free(ccurl_headers *list) { curl_slist_free_all((struct curl_slist *)list); }

// Easy handles

ccurl_easy *ccurl_easy_make(void) { return (ccurl_easy *)curl_easy_init(); }

void ccurl_easy_free(ccurl_easy *easy) { curl_easy_cleanup((CURL *)easy); }

bool ccurl_set_url(ccurl_easy *easy, ccurl_url *url) { return EASY_SET(easy, CURLOPT_CURLU, (CURLU *)url); }

bool ccurl_set_request_target(ccurl_easy *easy, const char *target) {
    return EASY_SET(easy, CURLOPT_REQUEST_TARGET, target);
}

bool ccurl_set_no_request_target(ccurl_easy *easy) {
    return EASY_SET(easy, CURLOPT_REQUEST_TARGET, (char *)NULL);
}

bool ccurl_set_headers(ccurl_easy *easy, ccurl_headers *headers) {
    return EASY_SET(easy, CURLOPT_HTTPHEADER, (struct curl_slist *)headers);
}

// COPYPOSTFIELDS, even of nothing, turns the request into a POST: the method is set last.
bool ccurl_set_no_body(ccurl_easy *easy, const char *method) {
    const bool dropped = EASY_SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1)
        && EASY_SET(easy, CURLOPT_COPYPOSTFIELDS, (void *)NULL) && EASY_SET(easy, CURLOPT_HTTPGET, 1L);
    if (!dropped) {
        return false;
    }
    if (strcmp(method, "HEAD") == 0) {
        return EASY_SET(easy, CURLOPT_CUSTOMREQUEST, (char *)NULL) && EASY_SET(easy, CURLOPT_NOBODY, 1L);
    }
    return EASY_SET(easy, CURLOPT_CUSTOMREQUEST, method);
}

// The size goes first: COPYPOSTFIELDS copies that many bytes.
bool ccurl_set_body(ccurl_easy *easy, const char *method, const void *bytes, size_t size) {
    const void *copied = size == 0 ? "" : bytes;
    return EASY_SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size)
        && EASY_SET(easy, CURLOPT_COPYPOSTFIELDS, copied) && EASY_SET(easy, CURLOPT_CUSTOMREQUEST, method);
}

bool ccurl_set_accepted_encodings(ccurl_easy *easy, const char *text) {
    return EASY_SET(easy, CURLOPT_ACCEPT_ENCODING, text);
}

bool ccurl_set_http11_only(ccurl_easy *easy) {
    return EASY_SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

bool ccurl_set_http09_refused(ccurl_easy *easy) { return EASY_SET(easy, CURLOPT_HTTP09_ALLOWED, 0L); }

bool ccurl_set_protocols(ccurl_easy *easy, const char *names) {
    return EASY_SET(easy, CURLOPT_PROTOCOLS_STR, names) && EASY_SET(easy, CURLOPT_REDIR_PROTOCOLS_STR, names);
}

bool ccurl_set_no_redirects(ccurl_easy *easy) { return EASY_SET(easy, CURLOPT_FOLLOWLOCATION, 0L); }

bool ccurl_set_no_proxy(ccurl_easy *easy) {
    return EASY_SET(easy, CURLOPT_PROXY, "") && EASY_SET(easy, CURLOPT_NOPROXY, "*");
}

bool ccurl_set_no_netrc(ccurl_easy *easy) { return EASY_SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED); }

bool ccurl_set_no_signals(ccurl_easy *easy) { return EASY_SET(easy, CURLOPT_NOSIGNAL, 1L); }

// New in 7.87. Without it, removing a handle waits for its name look-up.
bool ccurl_set_quick_exit(ccurl_easy *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    const CURLcode code = curl_easy_setopt((CURL *)easy, CURLOPT_QUICK_EXIT, 1L);
    return code == CURLE_OK || code == CURLE_UNKNOWN_OPTION;
#else
    (void)easy;
    return true;
#endif
}

bool ccurl_set_tls_verified(ccurl_easy *easy) {
    return EASY_SET(easy, CURLOPT_SSL_VERIFYPEER, 1L) && EASY_SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
}

bool ccurl_set_tls12_or_newer(ccurl_easy *easy) {
    return EASY_SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

bool ccurl_set_ca_file(ccurl_easy *easy, const char *path) { return EASY_SET(easy, CURLOPT_CAINFO, path); }

bool ccurl_set_no_ca_directory(ccurl_easy *easy) { return EASY_SET(easy, CURLOPT_CAPATH, (char *)NULL); }

static bool set_text(ccurl_easy *easy, CURLoption option, const void *bytes, size_t size) {
    // libcurl reads the blob at once, and what it points at whenever it connects.
    struct curl_blob blob = {.data = (void *)bytes, .len = size, .flags = CURL_BLOB_NOCOPY};
    return EASY_SET(easy, option, &blob);
}

bool ccurl_set_ca_text(ccurl_easy *easy, const void *bytes, size_t size) {
    return set_text(easy, CURLOPT_CAINFO_BLOB, bytes, size);
}

bool ccurl_set_client_certificate_text(ccurl_easy *easy, const void *bytes, size_t size) {
    return EASY_SET(easy, CURLOPT_SSLCERTTYPE, "PEM") && set_text(easy, CURLOPT_SSLCERT_BLOB, bytes, size);
}

bool ccurl_set_client_key_text(ccurl_easy *easy, const void *bytes, size_t size) {
    return EASY_SET(easy, CURLOPT_SSLKEYTYPE, "PEM") && set_text(easy, CURLOPT_SSLKEY_BLOB, bytes, size);
}

bool ccurl_set_connect_timeout_ms(ccurl_easy *easy, long milliseconds) {
    return EASY_SET(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
}

bool ccurl_set_timeout_ms(ccurl_easy *easy, long milliseconds) {
    return EASY_SET(easy, CURLOPT_TIMEOUT_MS, milliseconds);
}

bool ccurl_set_stall_timeout_s(ccurl_easy *easy, long bytes_per_second, long seconds) {
    return EASY_SET(easy, CURLOPT_LOW_SPEED_LIMIT, bytes_per_second)
        && EASY_SET(easy, CURLOPT_LOW_SPEED_TIME, seconds);
}

bool ccurl_set_buffer_size(ccurl_easy *easy, long bytes) { return EASY_SET(easy, CURLOPT_BUFFERSIZE, bytes); }

bool ccurl_set_upload_buffer_size(ccurl_easy *easy, long bytes) {
    return EASY_SET(easy, CURLOPT_UPLOAD_BUFFERSIZE, bytes);
}

bool ccurl_set_idle_age_limit_s(ccurl_easy *easy, long seconds) {
    return EASY_SET(easy, CURLOPT_MAXAGE_CONN, seconds);
}

bool ccurl_set_lifetime_limit_s(ccurl_easy *easy, long seconds) {
    return EASY_SET(easy, CURLOPT_MAXLIFETIME_CONN, seconds);
}

bool ccurl_set_tcp_no_delay(ccurl_easy *easy) { return EASY_SET(easy, CURLOPT_TCP_NODELAY, 1L); }

bool ccurl_set_tcp_keepalive_s(ccurl_easy *easy, long idle_seconds, long interval_seconds) {
    return EASY_SET(easy, CURLOPT_TCP_KEEPALIVE, 1L) && EASY_SET(easy, CURLOPT_TCP_KEEPIDLE, idle_seconds)
        && EASY_SET(easy, CURLOPT_TCP_KEEPINTVL, interval_seconds);
}

bool ccurl_set_private(ccurl_easy *easy, void *context) { return EASY_SET(easy, CURLOPT_PRIVATE, context); }

bool ccurl_set_error_text(ccurl_easy *easy, char *buffer) { return EASY_SET(easy, CURLOPT_ERRORBUFFER, buffer); }

// Assigning a callback to libcurl's own type first lets the compiler check it, which the variadic call would not.

bool ccurl_set_on_body(ccurl_easy *easy, ccurl_bytes_callback callback, void *context) {
    const curl_write_callback checked = callback;
    return EASY_SET(easy, CURLOPT_WRITEFUNCTION, checked) && EASY_SET(easy, CURLOPT_WRITEDATA, context);
}

bool ccurl_set_on_header(ccurl_easy *easy, ccurl_bytes_callback callback, void *context) {
    const curl_write_callback checked = callback;
    return EASY_SET(easy, CURLOPT_HEADERFUNCTION, checked) && EASY_SET(easy, CURLOPT_HEADERDATA, context);
}

bool ccurl_set_before_request(ccurl_easy *easy, ccurl_request_callback callback, void *context) {
    const curl_prereq_callback checked = callback;
    return EASY_SET(easy, CURLOPT_PREREQFUNCTION, checked) && EASY_SET(easy, CURLOPT_PREREQDATA, context);
}

// The IPv4 blocks of the IANA special-purpose address registry (RFC 6890), multicast and what is reserved.
static bool is_public_ipv4(uint32_t address) {
    static const struct {
        uint32_t start;
        int bits;
    } closed[] = {
        {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16}, {0xAC100000, 12},
        {0xC0000000, 24}, {0xC0000200, 24}, {0xC0586300, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24},
        {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4},
    };
    for (size_t index = 0; index < sizeof closed / sizeof closed[0]; index++) {
        const uint32_t mask = ~(uint32_t)0 << (32 - closed[index].bits);
        if ((address & mask) == closed[index].start) {
            return false;
        }
    }
    return true;
}

static uint32_t ipv4_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// Global unicast is 2000::/3; what in it leads into an IPv4 network, to documentation or to benchmarks is left out.
static bool is_public_ipv6(const uint8_t *bytes) {
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        return is_public_ipv4(ipv4_at(bytes + 12));
    }
    if ((bytes[0] & 0xE0) != 0x20) {
        return false;
    }
    const bool is_protocol_block = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02;
    const bool is_documentation = (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8)
        || (bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] < 0x10);
    const bool is_6to4 = bytes[0] == 0x20 && bytes[1] == 0x02;
    return !is_protocol_block && !is_documentation && !is_6to4;
}

static bool is_public(const struct sockaddr *address) {
    switch (address->sa_family) {
    case AF_INET: return is_public_ipv4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    case AF_INET6: return is_public_ipv6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    default: return false;
    }
}

bool ccurl_is_public_address(const char *text) {
    struct in_addr ipv4;
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        return is_public_ipv4(ntohl(ipv4.s_addr));
    }
    struct in6_addr ipv6;
    return inet_pton(AF_INET6, text, &ipv6) == 1 && is_public_ipv6(ipv6.s6_addr);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    const ccurl_socket_hooks *hooks = context;
    (void)purpose;
    if (hooks->is_public_only && !is_public(&address->addr)) {
        return CURL_SOCKET_BAD;
    }
    const int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (descriptor < 0) {
        return CURL_SOCKET_BAD;
    }
    hooks->opened(hooks->context, descriptor);
    return descriptor;
}

static int close_socket(void *context, curl_socket_t descriptor) {
    const ccurl_socket_hooks *hooks = context;
    hooks->closing(hooks->context, descriptor);
    return close(descriptor);
}

bool ccurl_set_socket_hooks(ccurl_easy *easy, const ccurl_socket_hooks *hooks) {
    const curl_opensocket_callback opening = open_socket;
    const curl_closesocket_callback closing = close_socket;
    void *context = (void *)hooks;
    return EASY_SET(easy, CURLOPT_OPENSOCKETFUNCTION, opening) && EASY_SET(easy, CURLOPT_OPENSOCKETDATA, context)
        && EASY_SET(easy, CURLOPT_CLOSESOCKETFUNCTION, closing) && EASY_SET(easy, CURLOPT_CLOSESOCKETDATA, context);
}

void *ccurl_get_private(ccurl_easy *easy) {
    char *context = NULL;
    return curl_easy_getinfo((CURL *)easy, CURLINFO_PRIVATE, &context) == CURLE_OK ? context : NULL;
}

long ccurl_get_status(ccurl_easy *easy) {
    long status = 0;
    return curl_easy_getinfo((CURL *)easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

// Multi handles

ccurl_multi *ccurl_multi_make(void) { return (ccurl_multi *)curl_multi_init(); }

void ccurl_multi_free(ccurl_multi *multi) { curl_multi_cleanup((CURLM *)multi); }

bool ccurl_multi_set_on_socket(ccurl_multi *multi, ccurl_socket_callback callback, void *context) {
    const curl_socket_callback checked = callback;
    return MULTI_SET(multi, CURLMOPT_SOCKETFUNCTION, checked) && MULTI_SET(multi, CURLMOPT_SOCKETDATA, context);
}

bool ccurl_multi_set_on_timer(ccurl_multi *multi, ccurl_timer_callback callback, void *context) {
    const curl_multi_timer_callback checked = callback;
    return MULTI_SET(multi, CURLMOPT_TIMERFUNCTION, checked) && MULTI_SET(multi, CURLMOPT_TIMERDATA, context);
}

bool ccurl_multi_set_connections_per_host(ccurl_multi *multi, long count) {
    return MULTI_SET(multi, CURLMOPT_MAX_HOST_CONNECTIONS, count);
}

bool ccurl_multi_set_connections_kept(ccurl_multi *multi, long count) {
    return MULTI_SET(multi, CURLMOPT_MAXCONNECTS, count);
}

bool ccurl_multi_set_no_multiplexing(ccurl_multi *multi) {
    return MULTI_SET(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
}

bool ccurl_multi_add(ccurl_multi *multi, ccurl_easy *easy) {
    return curl_multi_add_handle((CURLM *)multi, (CURL *)easy) == CURLM_OK;
}

void ccurl_multi_remove(ccurl_multi *multi, ccurl_easy *easy) {
    curl_multi_remove_handle((CURLM *)multi, (CURL *)easy);
}

bool ccurl_multi_socket_ready(ccurl_multi *multi, int descriptor, int readiness) {
    int running = 0;
    return curl_multi_socket_action((CURLM *)multi, descriptor, readiness, &running) == CURLM_OK;
}

bool ccurl_multi_timer_fired(ccurl_multi *multi) {
    int running = 0;
    return curl_multi_socket_action((CURLM *)multi, CURL_SOCKET_TIMEOUT, 0, &running) == CURLM_OK;
}

ccurl_easy *ccurl_multi_next_ended(ccurl_multi *multi, int *code) {
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read((CURLM *)multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *code = (int)message->data.result;
            return (ccurl_easy *)message->easy_handle;
        }
    }
    return NULL;
}
