#include "http/router.h"

#include <algorithm>
#include <utility>

namespace samovar::http {
namespace {

std::string_view next_segment(std::string_view& rest) {
  const size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

bool is_named(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// Walks pattern and path side by side; `visit(name, value)` sees every named part.
template <typename Visit>
bool match(std::string_view pattern, std::string_view path, Visit visit) {
  if (pattern.ends_with("/*")) {
    pattern.remove_suffix(1);
    return path.starts_with(pattern);
  }
  if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/'))
    return false;
  std::string_view pattern_rest = pattern;
  std::string_view path_rest = path;
  while (!pattern_rest.empty() || !path_rest.empty()) {
    const std::string_view want = next_segment(pattern_rest);
    const std::string_view have = next_segment(path_rest);
    if (is_named(want)) {
      if (have.empty()) return false;
      visit(want.substr(1, want.size() - 2), have);
    } else if (want != have) {
      return false;
    }
  }
  return true;
}

bool matches(std::string_view pattern, std::string_view path) {
  return match(pattern, path, [](std::string_view, std::string_view) {});
}

// Exact text beats named parts, and those beat a trailing "/*".
int specificity(std::string_view pattern) {
  if (pattern.ends_with("/*")) return 0;
  return pattern.find('{') == std::string_view::npos ? 2 : 1;
}

void send_text(ResponseWriter& writer, int status, Headers headers, std::string body) {
  headers.emplace_back("Content-Type", "text/plain");
  writer.send({.status = status, .headers = std::move(headers), .body = std::move(body)});
}

void add_method(std::string& allow, std::string_view method) {
  if (!allow.empty()) allow += ", ";
  allow += method == "GET" ? "HEAD, GET" : method;
}

}  // namespace

void Router::add(std::string method, std::string path, Handler handler) {
  routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

void Router::add_upload(std::string method, std::string path, Handler handler) {
  routes_.push_back({std::move(method), std::move(path), std::move(handler), true});
}

bool Router::takes_upload(std::string_view method, std::string_view path) const {
  std::string ignored;
  const Route* route = find(method, path, ignored);
  return route != nullptr && route->is_upload;
}

void Router::add_filter(Filter filter) { filters_.push_back(std::move(filter)); }

std::string Router::pattern(std::string_view path) const {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!matches(route.path, path)) continue;
    if (best == nullptr || specificity(route.path) > specificity(best->path)) best = &route;
  }
  return best == nullptr ? "" : best->path;
}

std::set<std::string> Router::patterns() const {
  std::set<std::string> out;
  for (const Route& route : routes_) out.insert(route.path);
  return out;
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Route& route : routes_) out.emplace_back(route.method, route.path);
  return out;
}

bool Router::knows(std::string_view path) const {
  return std::any_of(routes_.begin(), routes_.end(),
                     [&](const Route& route) { return matches(route.path, path); });
}

const Router::Route* Router::find(std::string_view method, std::string_view path, std::string& allow) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!matches(route.path, path)) continue;
    if (route.method == wanted || route.method == method) {
      if (best == nullptr || specificity(route.path) > specificity(best->path)) best = &route;
    } else {
      add_method(allow, route.method);
    }
  }
  return best;
}

void Router::dispatch(const Request& request, std::shared_ptr<ResponseWriter> writer) const {
  std::string allow;
  if (const Route* route = find(request.method, request.path, allow)) {
    route->handler(request, std::move(writer));
  } else if (!allow.empty()) {
    send_text(*writer, 405, {{"Allow", allow}}, "405 method not allowed");
  } else {
    send_text(*writer, 404, {}, "404 page not found");
  }
}

void Router::handle(const Request& request, std::shared_ptr<ResponseWriter> writer) const {
  run_filter(0, request, std::move(writer));
}

void Router::run_filter(size_t index, const Request& request, std::shared_ptr<ResponseWriter> writer) const {
  if (index == filters_.size()) {
    dispatch(request, std::move(writer));
    return;
  }
  filters_[index](request, std::move(writer),
                  [this, index](const Request& passed, std::shared_ptr<ResponseWriter> inner) {
                    run_filter(index + 1, passed, std::move(inner));
                  });
}

std::string Router::part(std::string_view pattern, std::string_view path, std::string_view name) {
  std::string found;
  match(pattern, path, [&](std::string_view key, std::string_view value) {
    if (key == name) found = value;
  });
  return found;
}

}  // namespace samovar::http
