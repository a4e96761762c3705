// Method + path -> handler. Filled once, then shared read-only by every connection. The most specific
// pattern wins: exact text, then named parts, then "/*".
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace samovar::http {

class Router {
 public:
  // `path` is exact ("/api/chat"), has named parts ("/ui/chats/{id}/messages") or ends in "/*".
  // A GET route answers HEAD too (the server drops the body).
  void add(std::string method, std::string path, Handler handler);

  // A route whose handler reads the body from Request::upload while it comes, on another thread. The handler
  // runs before the body is there and may answer before its end; the connection is closed then.
  void add_upload(std::string method, std::string path, Handler handler);
  // Whether such a route would get that request.
  [[nodiscard]] bool takes_upload(std::string_view method, std::string_view path) const;

  // The path of the most specific route that serves `path`, as it was added; "" when there is none.
  [[nodiscard]] std::string pattern(std::string_view path) const;

  // Every path that was added, once.
  [[nodiscard]] std::set<std::string> patterns() const;

  // Every method with its path, in the order in which they were added.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> routes() const;

  // Whether some method is served at that path.
  [[nodiscard]] bool knows(std::string_view path) const;

  // A handler wrapped around every other one, outermost first: CORS, Host check, access log.
  using Filter = std::function<void(const Request&, std::shared_ptr<ResponseWriter>, const Handler& next)>;
  void add_filter(Filter filter);

  // Answers for no route (404) and a known path with another method (405 + Allow). Defaults are Ollama's:
  // text/plain "404 page not found", "405 method not allowed".
  void handle(const Request& request, std::shared_ptr<ResponseWriter> writer) const;

  // The named part of a path: part("/ui/chats/{id}/messages", "/ui/chats/7/messages", "id") == "7".
  [[nodiscard]] static std::string part(std::string_view pattern, std::string_view path,
                                        std::string_view name);

 private:
  struct Route {
    std::string method;
    std::string path;
    Handler handler;
    bool is_upload = false;
  };
  const Route* find(std::string_view method, std::string_view path, std::string& allow) const;
  void dispatch(const Request& request, std::shared_ptr<ResponseWriter> writer) const;
  void run_filter(size_t index, const Request& request, std::shared_ptr<ResponseWriter> writer) const;

  std::vector<Route> routes_;
  std::vector<Filter> filters_;
};

}  // namespace samovar::http
