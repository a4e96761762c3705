#include "http/port_owner.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

namespace samovar::http {
namespace {

namespace fs = std::filesystem;

constexpr auto kListenState = "0A";

// Socket inodes that listen on `port`, from a table in the format of proc(5), /proc/net/tcp.
void append_listeners(const char* table, uint16_t port, std::vector<std::string>& inodes) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // headings
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    const size_t colon = local.rfind(':');
    if (state != kListenState || colon == std::string::npos) continue;
    if (std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port)
      inodes.push_back("socket:[" + inode + "]");
  }
}

bool holds_any(const fs::path& process, const std::vector<std::string>& inodes) {
  std::error_code error;
  for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    const std::string target = fs::read_symlink(entry->path(), unreadable).string();
    if (std::find(inodes.begin(), inodes.end(), target) != inodes.end()) return true;
  }
  return false;
}

}  // namespace

std::string find_port_owner(uint16_t port) {
  std::vector<std::string> inodes;
  append_listeners("/proc/net/tcp", port, inodes);
  append_listeners("/proc/net/tcp6", port, inodes);
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && !inodes.empty() && entry != end;
       entry.increment(error)) {
    const std::string pid = entry->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (!holds_any(entry->path(), inodes)) continue;
    std::string name;
    std::getline(std::ifstream(entry->path() / "comm"), name);
    return "process " + pid + " (" + name + ")";
  }
  return "another process";
}

}  // namespace samovar::http
