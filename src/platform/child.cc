#include "platform/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"

namespace samovar::platform {
namespace {

Error failed(const char* what) {
  return {Code::kIo, std::string("a helper process: ") + what + ": " + std::strerror(errno)};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return number_; }
  void reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// A file in memory: unlike a pipe it cannot fill up while nobody reads.
int make_input(std::string_view bytes) {
  const int file = ::memfd_create("input", MFD_CLOEXEC);
  while (file >= 0 && !bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n <= 0) {
      ::close(file);
      return -1;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (file >= 0) ::lseek(file, 0, SEEK_SET);
  return file;
}

std::vector<std::string> small_environment() {
  std::vector<std::string> kept;
  for (const char* name : {"LD_LIBRARY_PATH", "LANG", "LC_ALL", "GCONV_PATH"}) {
    if (const char* value = std::getenv(name); value != nullptr)
      kept.push_back(std::string(name) + "=" + value);
  }
  return kept;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// 0, or an error number.
int spawn(const ChildWish& wish, int input, int output, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> arguments = wish.arguments;
  std::vector<std::string> environment = small_environment();
  const int error = ::posix_spawn(&child, arguments.front().c_str(), &actions, &attributes,
                                  pointers(arguments).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Reads until the end, the deadline or too much.
ChildFate read_output(int from, const ChildWish& wish, std::string& output) {
  const int64_t deadline_ms = steady_ms() + wish.timeout_ms;
  std::array<char, 65536> buffer;
  while (true) {
    const int64_t left_ms = deadline_ms - steady_ms();
    pollfd wait = {from, POLLIN, 0};
    const int ready = left_ms <= 0 ? 0 : ::poll(&wait, 1, static_cast<int>(left_ms));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return ChildFate::kTooSlow;
    const ssize_t n = ::read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return ChildFate::kExited;
    output.append(buffer.data(), static_cast<size_t>(n));
    if (output.size() > wish.max_output_bytes) return ChildFate::kTooTalkative;
  }
}

}  // namespace

Result<ChildEnd> run_child(const ChildWish& wish) {
  const Descriptor input(make_input(wish.input));
  if (input.get() < 0) return failed("its input");
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return failed("a pipe");
  const Descriptor output(pipe[0]);
  Descriptor theirs(pipe[1]);
  pid_t child = 0;
  if (const int error = spawn(wish, input.get(), theirs.get(), child); error != 0) {
    errno = error;
    return failed("it could not be started");
  }
  theirs.reset();
  ChildEnd end;
  end.fate = read_output(output.get(), wish, end.output);
  if (end.fate != ChildFate::kExited) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (end.fate != ChildFate::kExited) return end;
  if (WIFSIGNALED(status)) end.fate = ChildFate::kDied;
  end.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return end;
}

std::string own_program() { return "/proc/self/exe"; }

}  // namespace samovar::platform
