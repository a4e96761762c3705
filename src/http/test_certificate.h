// For tests only: a certificate that signs itself, and a client that speaks TLS and takes any certificate.
#pragma once

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/test_client.h"

namespace samovar::http {

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* what) const {
    kFree(what);
  }
};

// Writes name.crt and name.key into `folder`, good from now on for that long (less than 0: it has ended).
inline void write_certificate(const std::filesystem::path& folder, const std::string& name,
                              long seconds = 100L * 24 * 3600) {
  const std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Freer<X509_free>> made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), seconds < 0 ? 2 * seconds : -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  X509_sign(made.get(), key.get(), EVP_sha256());
  const auto write = [&](const std::string& ending, auto writer) {
    FILE* file = std::fopen((folder / (name + ending)).c_str(), "wb");
    writer(file);
    std::fclose(file);
  };
  write(".crt", [&](FILE* file) { PEM_write_X509(file, made.get()); });
  write(".key",
        [&](FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

class TlsClient {
 public:
  explicit TlsClient(uint16_t port, int newest = TLS1_3_VERSION)
      : client_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_security_level(context_.get(), 0);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), client_.descriptor());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string peer_name() const {
    const std::unique_ptr<X509, Freer<X509_free>> shown(SSL_get1_peer_certificate(ssl_.get()));
    std::string name(64, '\0');
    const int n =
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(), 64);
    name.resize(static_cast<size_t>(std::max(n, 0)));
    return name;
  }
  void say(std::string_view bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  // Everything up to and with `end`; what had come when the server closed or 5 s passed without it.
  std::string hear_until(std::string_view end) {
    while (received_.find(end) == std::string::npos && receive()) {
    }
    const size_t at = received_.find(end);
    if (at == std::string::npos) return std::exchange(received_, {});
    std::string out = received_.substr(0, at + end.size());
    received_.erase(0, at + end.size());
    return out;
  }
  // Whether the server has said, inside TLS, that no more comes.
  bool hears_the_end() {
    while (receive()) {
    }
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  void close_rudely() { client_.close(); }

 private:
  bool receive() {
    pollfd wait{.fd = client_.descriptor(), .events = POLLIN, .revents = 0};
    if (SSL_pending(ssl_.get()) == 0 && ::poll(&wait, 1, 5'000) != 1) return false;
    std::string part(16U << 10U, '\0');
    const int n = SSL_read(ssl_.get(), part.data(), static_cast<int>(part.size()));
    if (n <= 0) return false;
    received_.append(part, 0, static_cast<size_t>(n));
    return true;
  }

  TestClient client_;
  std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freer<SSL_free>> ssl_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace samovar::http
