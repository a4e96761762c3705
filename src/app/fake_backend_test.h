// A backend for tests of the terminal commands: answers at once, remembers what it was asked.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"

namespace samovar::app {

class FakeBackend : public backend::Backend {
 public:
  class DoneRun : public backend::Run {
   public:
    void cancel() override {}
  };

  std::shared_ptr<backend::Run> generate(backend::Request request,
                                         std::shared_ptr<backend::Listener> listener) override {
    requests.push_back(std::move(request));
    if (failure) {
      listener->on_failed(*failure);
    } else {
      for (const backend::Piece& piece : pieces) listener->on_piece(piece);
      listener->on_done(summary);
    }
    return std::make_shared<DoneRun>();
  }
  void list(backend::Callback<std::vector<backend::ModelSummary>> callback) override {
    callback(std::vector<backend::ModelSummary>{});
  }
  void list_loaded(backend::Callback<std::vector<backend::LoadedModel>> callback) override {
    callback(std::vector<backend::LoadedModel>{});
  }
  void describe(std::string model, bool /*verbose*/,
                backend::Callback<backend::ModelDescription> callback) override {
    if (model != card.summary.name) {
      callback(Error{Code::kNotFound, "model '" + model + "' not found"});
    } else {
      callback(card);
    }
  }
  void check_ready(backend::Callback<bool> callback) override { callback(true); }
  [[nodiscard]] std::string place() const override { return "fake"; }

  std::vector<backend::Piece> pieces = {{.content = "Hel"}, {.content = "lo."}};
  backend::Summary summary;
  std::optional<Error> failure;
  backend::ModelDescription card;
  std::vector<backend::Request> requests;
};

}  // namespace samovar::app
