#include "http/client_transfer.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/ascii.h"

namespace samovar::http {
namespace {

// A proxy of the environment is not asked for this machine's own addresses.
bool is_loopback(std::string_view origin) {
  const size_t host = origin.find("://") + 3;
  const std::string_view rest = origin.substr(std::min(host, origin.size()));
  return rest.starts_with("localhost") || rest.starts_with("127.") || rest.starts_with("[::1]");
}

std::string format_seconds(int64_t ms) {
  if (ms < 1000) return std::to_string(ms) + " ms";
  return std::to_string(ms / 1000) + (ms % 1000 / 100 != 0 ? "." + std::to_string(ms % 1000 / 100) : "") +
         " s";
}

// Why, and what to do about it.
std::string explain_certificate(CURL* handle) {
  long verdict = X509_V_OK;
  curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &verdict);
  if (verdict == X509_V_OK) return "it belongs to another name";
  const std::string why = X509_verify_cert_error_string(verdict);
  if (verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID)
    return why + " (is the clock of this machine right?)";
  return why + " (an authority of your own must be among those in /etc/ssl/certs)";
}

}  // namespace

std::string url_origin(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t end = std::min(url.find_first_of("/?#", host), url.size());
  // Names and passwords do not belong into messages.
  const size_t at = url.substr(host, end - host).rfind('@');
  if (at == std::string_view::npos) return std::string(url.substr(0, end));
  return std::string(url.substr(0, host)) + std::string(url.substr(host + at + 1, end - host - at - 1));
}

ClientTransfer::ClientTransfer(ClientRequest request, std::shared_ptr<ClientListener> listener)
    : request_(std::move(request)),
      listener_(std::move(listener)),
      origin_(url_origin(request_.url)),
      handle_(curl_easy_init()) {
  if (handle_ != nullptr) set_up();
}

ClientTransfer::~ClientTransfer() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(sent_headers_);
}

void ClientTransfer::set_up() {
  curl_easy_setopt(handle_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout_ms));
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.deadline_ms));
  if (is_loopback(origin_)) curl_easy_setopt(handle_, CURLOPT_PROXY, "");
  if (!request_.verify_tls) {
    curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  set_up_body();
  // libcurl would wait a second for "100 Continue" before sending larger bodies.
  sent_headers_ = curl_slist_append(sent_headers_, "Expect:");
  for (const auto& [name, value] : request_.headers) {
    sent_headers_ = curl_slist_append(sent_headers_, (name + ": " + value).c_str());
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, sent_headers_);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &ClientTransfer::take_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &ClientTransfer::take_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
}

void ClientTransfer::set_up_body() {
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request_.file) {
    set_up_file();
  } else if (request_.method == "POST" || request_.method == "PUT" || !request_.body.empty()) {
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.c_str());  // not copied; request_ outlives it
  }
  curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void ClientTransfer::set_up_file() {
  file_.open(request_.file->path, std::ios::binary);
  file_.seekg(request_.file->offset);
  curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle_, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024L);
  curl_easy_setopt(handle_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.file->bytes));
  curl_easy_setopt(handle_, CURLOPT_READFUNCTION, &ClientTransfer::give_body);
  curl_easy_setopt(handle_, CURLOPT_READDATA, this);
  curl_easy_setopt(handle_, CURLOPT_SEEKFUNCTION, &ClientTransfer::rewind_body);
  curl_easy_setopt(handle_, CURLOPT_SEEKDATA, this);
}

size_t ClientTransfer::give_body(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  if (transfer.cancelled_) return CURL_READFUNC_ABORT;
  const FileBody& body = *transfer.request_.file;
  const int64_t wanted = std::min(static_cast<int64_t>(size * count), body.bytes - transfer.sent_bytes_);
  transfer.file_.read(bytes, wanted);
  if (transfer.file_.gcount() != wanted) return CURL_READFUNC_ABORT;
  transfer.sent_bytes_ += wanted;
  if (body.on_sent) body.on_sent(transfer.sent_bytes_);
  return static_cast<size_t>(wanted);
}

// A connection that was kept may turn out to be dead after bytes have been given to it.
int ClientTransfer::rewind_body(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  transfer.file_.clear();
  transfer.file_.seekg(transfer.request_.file->offset + offset);
  transfer.sent_bytes_ = offset;
  return transfer.file_ ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

size_t ClientTransfer::take_header(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  const std::string_view line(bytes, size * count);
  if (line.starts_with("HTTP/")) transfer.headers_.clear();  // a new answer, after "100 Continue"
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    transfer.headers_.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size * count;
}

size_t ClientTransfer::take_body(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  if (transfer.cancelled_) return 0;
  transfer.tell_head();
  transfer.last_bytes_ = std::chrono::steady_clock::now();
  if (!transfer.listener_->on_body({bytes, size * count})) {
    transfer.cancelled_ = true;
    return 0;
  }
  return size * count;
}

std::optional<int64_t> ClientTransfer::until_stalled(std::chrono::steady_clock::time_point now) const {
  if (request_.stall_limit_ms <= 0 || !told_head_) return std::nullopt;
  const auto quiet = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_bytes_).count();
  return request_.stall_limit_ms - quiet;
}

void ClientTransfer::tell_head() {
  if (told_head_) return;
  told_head_ = true;
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  listener_->on_head(static_cast<int>(status), headers_);
}

void ClientTransfer::end(CURLcode code) {
  if (cancelled_) {
    listener_->on_end(Error{Code::kCancelled, "the request to " + origin_ + " was cancelled"});
    return;
  }
  if (code != CURLE_OK) {
    listener_->on_end(explain(code));
    return;
  }
  tell_head();
  listener_->on_end({});
}

Error ClientTransfer::explain(CURLcode code) const {
  const auto unavailable = [&](const std::string& what) { return Error{Code::kUnavailable, what}; };
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return explain_timeout();
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      if (is_connected()) return unavailable(origin_ + " answered with something that is not HTTP");
      return {Code::kInvalidArgument, "'" + request_.url + "' is not an http:// or https:// address"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("the host name in " + origin_ + " is not known");
    case CURLE_GOT_NOTHING:
      return unavailable(origin_ + " closed the connection without an answer");
    case CURLE_COULDNT_CONNECT: {
      long reason = 0;
      curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &reason);
      if (reason == ECONNREFUSED) return unavailable(origin_ + " refused the connection");
      return unavailable(origin_ + " cannot be reached: " +
                         (reason != 0 ? std::strerror(static_cast<int>(reason)) : curl_easy_strerror(code)));
    }
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return unavailable("the connection to " + origin_ + " was lost" + (told_head_ ? " in mid-answer" : ""));
    case CURLE_ABORTED_BY_CALLBACK:
      if (!request_.file) break;
      return {Code::kIo, "cannot read " + request_.file->path.string()};
    case CURLE_PEER_FAILED_VERIFICATION:
      return unavailable("the certificate of " + origin_ +
                         " cannot be trusted: " + explain_certificate(handle_));
    default:
      break;
  }
  return unavailable(origin_ + ": " + curl_easy_strerror(code));
}

bool ClientTransfer::is_connected() const {
  curl_off_t connected_us = 0;
  curl_easy_getinfo(handle_, CURLINFO_CONNECT_TIME_T, &connected_us);
  return connected_us > 0;
}

Error ClientTransfer::explain_timeout() const {
  if (const auto left = until_stalled(std::chrono::steady_clock::now()); left && *left <= 0) {
    return {Code::kTimeout,
            origin_ + " stopped in mid-answer: nothing came for " + format_seconds(request_.stall_limit_ms)};
  }
  if (!is_connected()) {
    const bool connect_limit =
        request_.deadline_ms == 0 || request_.connect_timeout_ms < request_.deadline_ms;
    const int64_t limit = connect_limit ? request_.connect_timeout_ms : request_.deadline_ms;
    return {Code::kTimeout, origin_ + " did not accept the connection within " + format_seconds(limit)};
  }
  const std::string what = told_head_ ? " did not finish its answer within " : " did not answer within ";
  return {Code::kTimeout, origin_ + what + format_seconds(request_.deadline_ms)};
}

}  // namespace samovar::http
