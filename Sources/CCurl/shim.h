#include <curl/curl.h>

// Functions with a variable number of arguments cannot be called from Swift; these have fixed ones.

static inline CURLcode spw_curl_set_number(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode spw_curl_set_large(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

// Texts are copied, other pointers must stay valid until the transfer ends.
static inline CURLcode spw_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode spw_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode spw_curl_set_writer(CURL *handle, curl_write_callback writer) {
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, writer);
}

static inline CURLcode spw_curl_set_progress(CURL *handle, curl_xferinfo_callback progress) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
}

static inline CURLcode spw_curl_status(CURL *handle, long *status) {
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
}

static inline CURLcode spw_curl_retry_after(CURL *handle, curl_off_t *seconds) {
  return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, seconds);
}

static inline CURLcode spw_curl_certificates(CURL *handle, struct curl_certinfo **certificates) {
  return curl_easy_getinfo(handle, CURLINFO_CERTINFO, certificates);
}
