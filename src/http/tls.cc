#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <utility>

#include "base/clock.h"
#include "http/tls_context.h"

namespace samovar::http {
namespace {

using boost::system::error_code;
namespace ssl = boost::asio::ssl;

constexpr int64_t kLookEveryMs = 1000;
constexpr int64_t kWarnBeforeS = 14 * 24 * 3600;

// The first protocol that both sides speak: there is only one.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr std::array<unsigned char, 9> kOurs = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs.data(), kOurs.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Error tls_error(const std::filesystem::path& file, const std::string& what, const error_code& error) {
  return {Code::kInvalidArgument, "TLS: " + file.string() + ": " + what + " (" + error.message() + ")"};
}

// "" or what is to be said of the time that the certificate is good for.
std::string time_problem(SSL_CTX* context, const std::filesystem::path& file) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr) return "";
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return "";
  std::array<char, 32> day{};
  std::strftime(day.data(), day.size(), "%Y-%m-%d", &end);
  const std::string renew = "; renew it, the new file is read without a restart";
  const int64_t left_s = static_cast<int64_t>(timegm(&end)) - static_cast<int64_t>(std::time(nullptr));
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return "TLS: the certificate in " + file.string() + " is not valid yet: is the clock right?";
  if (left_s < 0)
    return "TLS: the certificate in " + file.string() + " ended on " + day.data() + ": browsers refuse it" +
           renew;
  if (left_s < kWarnBeforeS)
    return "TLS: the certificate in " + file.string() + " ends on " + day.data() + renew;
  return "";
}

}  // namespace

Result<std::shared_ptr<Tls>> Tls::load(TlsFiles files, Notice notice) {
  std::shared_ptr<Tls> tls(new Tls(std::move(files), std::move(notice)));
  tls->stamp_ = tls->stamp();
  auto context = tls->read();
  if (!context) return context.error();
  tls->context_ = *std::move(context);
  tls->looked_ms_ = steady_ms();
  if (const auto problem = time_problem(tls->context_->ssl.native_handle(), tls->files_.certificate);
      !problem.empty())
    tls->notice_(problem);
  return tls;
}

Tls::Stamp Tls::stamp() const {
  std::error_code ignored;
  return {std::filesystem::last_write_time(files_.certificate, ignored),
          std::filesystem::last_write_time(files_.key, ignored)};
}

Result<std::shared_ptr<TlsContext>> Tls::read() const {
  auto context = std::make_shared<TlsContext>();
  ssl::context& made = context->ssl;
  SSL_CTX* native = made.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  error_code error;
  made.use_certificate_chain_file(files_.certificate.string(), error);
  if (error) return tls_error(files_.certificate, "no certificate in PEM can be read from it", error);
  made.set_password_callback([](size_t, ssl::context::password_purpose) { return std::string(); }, error);
  made.use_private_key_file(files_.key.string(), ssl::context::pem, error);
  const bool is_pair = SSL_CTX_check_private_key(native) == 1;
  ERR_clear_error();
  if (error && ERR_GET_LIB(static_cast<unsigned long>(error.value())) == ERR_LIB_X509)
    return Error{Code::kInvalidArgument, "TLS: the key in " + files_.key.string() +
                                             " does not belong to the certificate in " +
                                             files_.certificate.string()};
  if (error) return tls_error(files_.key, "no private key in PEM can be read from it", error);
  if (!is_pair) return tls_error(files_.key, "the key does not belong to the certificate", error);
  return context;
}

std::shared_ptr<TlsContext> Tls::current() {
  const int64_t now_ms = steady_ms();
  if (now_ms - looked_ms_ < kLookEveryMs) return context_;
  looked_ms_ = now_ms;
  const Stamp seen = stamp();
  if (seen == stamp_) return context_;
  stamp_ = seen;
  auto changed = read();
  if (!changed) {
    notice_(changed.error().message + "; the earlier certificate stays in use");
    return context_;
  }
  context_ = *std::move(changed);
  const auto problem = time_problem(context_->ssl.native_handle(), files_.certificate);
  notice_(problem.empty() ? "TLS: a new certificate from " + files_.certificate.string() + " is in use"
                          : problem);
  return context_;
}

}  // namespace samovar::http
