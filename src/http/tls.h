// TLS for the server's own listeners: certificate and key from PEM files, read again when they change, so
// that a renewed certificate needs no restart. TLS 1.2 and newer. Thread: the server's, but for load().
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace samovar::http {

struct TlsFiles {
  std::filesystem::path certificate;  // PEM: the server's own first, then the chain
  std::filesystem::path key;          // PEM, without a password
};

struct TlsContext;  // tls_context.h

class Tls {
 public:
  // What people should know: a certificate that has ended or soon will, files that cannot be read any more.
  using Notice = std::function<void(const std::string&)>;

  // Fails with kInvalidArgument, naming the file: it cannot be read, is no PEM, or key and certificate do not
  // belong together.
  [[nodiscard]] static Result<std::shared_ptr<Tls>> load(TlsFiles files, Notice notice);

  // What a new connection uses. Looks for changed files at most once a second; files that cannot be used
  // leave the old ones in use.
  [[nodiscard]] std::shared_ptr<TlsContext> current();

 private:
  struct Stamp {
    std::filesystem::file_time_type certificate, key;
    bool operator==(const Stamp&) const = default;
  };

  Tls(TlsFiles files, Notice notice) : files_(std::move(files)), notice_(std::move(notice)) {}
  [[nodiscard]] Result<std::shared_ptr<TlsContext>> read() const;
  [[nodiscard]] Stamp stamp() const;

  const TlsFiles files_;
  const Notice notice_;
  std::shared_ptr<TlsContext> context_;
  Stamp stamp_;
  int64_t looked_ms_ = 0;  // steady clock
};

}  // namespace samovar::http
