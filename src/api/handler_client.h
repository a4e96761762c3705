// For tests only: asks the router without sockets and gathers what a client would see.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "http/body_pipe.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/text.h"

namespace samovar::api {

struct Seen {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::vector<std::string> pieces;
  bool streamed = false;
  bool finished = false;

  [[nodiscard]] std::string header(std::string_view name) const {
    http::Request request;
    request.headers = headers;
    return std::string(request.header(name));
  }
};

class HandlerClient {
 public:
  HandlerClient(const http::Router& router, std::string method, const std::string& target,
                std::string body = {}, http::Headers headers = {})
      : exchange_(std::make_shared<http::Exchange>([] {}, 1U << 20U)) {
    http::Request request;
    request.method = std::move(method);
    http::set_target(request, target);
    if (router.takes_upload(request.method, request.path)) {
      request.upload = std::make_shared<http::BodyPipe>();
      request.upload->push(std::move(body));
      request.upload->finish();
    } else {
      request.body = std::move(body);
    }
    request.headers = std::move(headers);
    router.handle(request, http::Exchange::make_writer(exchange_));
  }

  // Everything sent so far.
  const Seen& look() {
    auto taken = exchange_->take();
    for (auto* head : {taken.whole ? &*taken.whole : nullptr, taken.started ? &*taken.started : nullptr}) {
      if (head == nullptr) continue;
      seen_.status = head->status;
      seen_.headers = head->headers;
      seen_.body = head->body;
    }
    if (taken.started) seen_.streamed = true;
    for (std::string& piece : taken.pieces) {
      seen_.body += piece;
      seen_.pieces.push_back(std::move(piece));
    }
    seen_.finished = taken.finished;
    return seen_;
  }

  void leave() { exchange_->peer_gone(); }

 private:
  std::shared_ptr<http::Exchange> exchange_;
  Seen seen_;
};

}  // namespace samovar::api
