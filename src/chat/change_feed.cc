#include "chat/change_feed.h"

#include "chat/identity.h"

namespace samovar::chat {
namespace {

constexpr LogBounds kKeptNews = {.lines = 500, .bytes = size_t{1} << 20U};
constexpr size_t kMostFeeds = 200;  // that nobody follows

}  // namespace

ChangeFeeds::ChangeFeeds() : boot_(make_random_id(6)) {}

std::shared_ptr<ChangeFeeds::Feed> ChangeFeeds::find(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  const auto found = feeds_.find(owner);
  return found == feeds_.end() ? nullptr : found->second;
}

void ChangeFeeds::tell(const std::string& owner, std::string_view members) {
  if (announce_) announce_(owner);
  if (const std::shared_ptr<Feed> feed = find(owner)) append(*feed, members);
}

void ChangeFeeds::append(Feed& feed, std::string_view members) {
  const std::lock_guard lock(feed.order);
  feed.log->append("{\"n\":" + std::to_string(feed.log->last() + 1) + "," + std::string(members) + "}\n");
}

void ChangeFeeds::tell_reset(const std::string& owner) {
  std::vector<std::shared_ptr<Feed>> told;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, feed] : feeds_) {
      if (owner.empty() || name == owner) told.push_back(feed);
    }
  }
  for (const auto& feed : told) append(*feed, "\"type\":\"reset\"");
}

// A feed that nobody follows and that is forgotten makes its pages ask for everything again: no harm.
void ChangeFeeds::forget_idle() {
  if (feeds_.size() < kMostFeeds) return;
  std::erase_if(feeds_, [](const auto& item) { return item.second->log->n_readers() == 0; });
}

std::shared_ptr<EventLog> ChangeFeeds::open(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  auto& feed = feeds_[owner];
  if (!feed) {
    feed = std::make_shared<Feed>();
    feed->log = std::make_shared<EventLog>(kKeptNews);
    if (closed_) feed->log->close();
    const std::shared_ptr<Feed> kept = feed;
    forget_idle();
    feeds_[owner] = kept;
    return kept->log;
  }
  return feed->log;
}

void ChangeFeeds::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [owner, feed] : feeds_) feed->log->close();
}

}  // namespace samovar::chat
