// The page's service behind /ui/... (docs/page-api.md): configuration, models, and conversations whose
// answers stream. Speaks to a backend::Backend only; knows neither sockets nor engines.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "backend/upstream_board.h"
#include "chat/limits.h"
#include "chat/log_stream.h"
#include "chat/office_text.h"
#include "chat/session_history.h"
#include "chat/setup.h"
#include "history/archive.h"
#include "http/router.h"

namespace samovar::chat {

struct Deps {
  std::shared_ptr<backend::Backend> backend;
  std::string backend_kind = "engine";                             // "engine", "ollama", "openai", "mixed"
  std::function<std::vector<backend::UpstreamState>()> upstreams;  // unset: the engine answers
  std::string name = "Samovar";
  std::string version;
  std::string default_model;  // empty: the page takes the first of the list
  Settings defaults;
  Limits limits;
  HistoryLimits history;  // of conversations that the page itself keeps (the older calls)
  Setup setup;            // samovar.toml, and the files that it names
  std::string logo_bytes;
  std::string css_text;
  // Conversations; must outlive the router and the backend. Unset: those calls answer `unsupported`.
  history::Archive* archive = nullptr;
  history::Archive* temporary = nullptr;  // in memory, for temporary chats
  bool is_stored = false;                 // `archive` is on a disk
  std::string history_notice;
  int64_t keep_days = 0;  // conversations that are not changed for so long go, unless pinned; 0: none goes
  // No more can wait for answers once `n_coming` that are being written down have come; unset: never.
  std::function<bool(size_t n_coming)> is_full;
  // Told when somebody has deleted their own account; may be unset.
  std::function<void(const std::string& user, const std::string& name, const std::string& address)>
      account_deleted;
  ReadPdf read_pdf = read_pdf_text;
  PostLater post_later;  // a timer; unset: no heartbeats and no cleaning up
  std::vector<std::pair<std::string, std::string>> welcome;  // language -> markdown
  int64_t deadline_ms = 0;                                   // of an answer; 0: the backend's own limit
  std::function<int64_t()> now_ns;   // a clock that never goes back; unset: the steady clock
  std::function<int64_t()> wall_ms;  // milliseconds since 1970; unset: the system clock
};

struct Service;

// What the program needs of the service besides its endpoints.
class Handle {
 public:
  explicit Handle(std::shared_ptr<Service> service) : service_(std::move(service)) {}
  // Ends the streams that would never end by themselves; before the server stops.
  void end_feeds();
  // Breaks off the answers that are under way and waits until they are written; false when that takes longer
  // than `most_ms`: archive and backend are in use then.
  [[nodiscard]] bool end_runs(int most_ms);
  // Stops the answers of an account that may not have them any more.
  void stop_runs_of(const std::string& user);

 private:
  std::shared_ptr<Service> service_;
};

// `look` of GET /ui/config: the login screen wants it too.
[[nodiscard]] std::string encode_look(const Look& look);

// Adds the /ui/... endpoints.
Handle add_routes(http::Router& router, Deps deps);

}  // namespace samovar::chat
