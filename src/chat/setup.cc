#include "chat/setup.h"

#include <algorithm>

namespace samovar::chat {

const Profile* Setup::find_profile(std::string_view id) const {
  const auto found = std::find_if(profiles.begin(), profiles.end(),
                                  [&](const Profile& profile) { return profile.id == id; });
  return found == profiles.end() || id.empty() ? nullptr : &*found;
}

}  // namespace samovar::chat
