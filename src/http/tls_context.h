// What Tls keeps behind its header: OpenSSL's context, which connections share.
#pragma once

#include <boost/asio/ssl/context.hpp>

namespace samovar::http {

struct TlsContext {
  boost::asio::ssl::context ssl{boost::asio::ssl::context::tls_server};
};

}  // namespace samovar::http
