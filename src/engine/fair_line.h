// The waiting line of several clients: each waits in its own order, and the next place goes to the client
// with the least under way; among equals, to the one whose turn was longest ago. So one client's fifty
// requests do not keep another's one waiting. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace samovar::engine {

// What each client has under way; one that is missing has nothing.
using UnderWay = std::map<std::string, size_t>;

template <typename T>
class FairLine {
 public:
  void add(const std::string& client, T item) {
    const auto [place, is_new] = clients_.try_emplace(client);
    if (is_new) place->second.turn = ++last_turn_;
    place->second.items.push_back(std::move(item));
    ++size_;
  }

  // The next one, which leaves the line.
  std::optional<T> take(const UnderWay& under_way) {
    const auto next = find_next(clients_, under_way);
    if (next == clients_.end()) return std::nullopt;
    T item = std::move(next->second.items.front());
    next->second.items.pop_front();
    next->second.turn = ++last_turn_;
    if (next->second.items.empty()) clients_.erase(next);
    --size_;
    return item;
  }

  // Everybody in the order in which they would be taken if nobody came and nothing ended.
  [[nodiscard]] std::vector<T> in_order(UnderWay under_way) const {
    std::map<std::string, Turns> left;
    for (const auto& [client, waiting] : clients_) left[client] = {waiting.turn, waiting.items.size()};
    std::vector<T> out;
    uint64_t turn = last_turn_;
    for (auto next = find_next(left, under_way); next != left.end(); next = find_next(left, under_way)) {
      const auto& items = clients_.at(next->first).items;
      out.push_back(items[items.size() - next->second.n_left]);
      ++under_way[next->first];
      next->second.turn = ++turn;
      if (--next->second.n_left == 0) left.erase(next);
    }
    return out;
  }

  // Takes out all that `is_gone` says, in any order.
  template <typename Predicate>
  std::vector<T> remove_if(const Predicate& is_gone) {
    std::vector<T> out;
    for (auto client = clients_.begin(); client != clients_.end();) {
      std::deque<T> stay;
      for (T& item : client->second.items) {
        if (is_gone(item)) {
          out.push_back(std::move(item));
        } else {
          stay.push_back(std::move(item));
        }
      }
      client->second.items.swap(stay);
      client = client->second.items.empty() ? clients_.erase(client) : std::next(client);
    }
    size_ -= out.size();
    return out;
  }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  struct Waiting {
    uint64_t turn = 0;  // when it was last its turn, or when it came
    std::deque<T> items;
  };
  struct Turns {
    uint64_t turn = 0;
    size_t n_left = 0;
  };

  template <typename Clients>
  static auto find_next(Clients& clients, const UnderWay& under_way) {
    const auto rank = [&](const auto& client) {
      const auto found = under_way.find(client.first);
      return std::pair(found == under_way.end() ? size_t{0} : found->second, client.second.turn);
    };
    return std::min_element(clients.begin(), clients.end(),
                            [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  }

  std::map<std::string, Waiting> clients_;
  uint64_t last_turn_ = 0;
  size_t size_ = 0;
};

}  // namespace samovar::engine
