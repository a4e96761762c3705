#include "sampling/stop_matcher.h"

#include <algorithm>
#include <utility>

namespace samovar::sampling {
namespace {

struct Match {
  size_t begin = std::string::npos;
  size_t end = std::string::npos;
};

// The stop string that is complete first, as if the text came byte by byte: how the text was cut into
// pieces must not matter. Of two that end together the longer one.
Match find_first(const std::string& text, const std::vector<std::string>& stops) {
  Match first;
  for (const std::string& stop : stops) {
    const size_t begin = text.find(stop);
    if (begin == std::string::npos) continue;
    const size_t end = begin + stop.size();
    if (end < first.end || (end == first.end && begin < first.begin)) first = {begin, end};
  }
  return first;
}

// Length of the longest end of `text` that begins a stop string without being all of it.
size_t count_undecided(std::string_view text, const std::vector<std::string>& stops) {
  size_t longest = 0;
  for (const std::string& stop : stops) {
    for (size_t n = std::min(text.size(), stop.size() - 1); n > longest; --n) {
      if (text.ends_with(std::string_view(stop).substr(0, n))) longest = n;
    }
  }
  return longest;
}

}  // namespace

StopMatcher::StopMatcher(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

std::string StopMatcher::push(std::string_view piece) {
  if (stopped_) return {};
  held_ += piece;
  const Match match = find_first(held_, stops_);
  if (match.begin != std::string::npos) {
    stopped_ = true;
    std::string shown = held_.substr(0, match.begin);
    held_.clear();
    return shown;
  }
  const size_t undecided = count_undecided(held_, stops_);
  std::string shown = held_.substr(0, held_.size() - undecided);
  held_.erase(0, shown.size());
  return shown;
}

std::string StopMatcher::finish() { return stopped_ ? std::string() : std::exchange(held_, {}); }

}  // namespace samovar::sampling
