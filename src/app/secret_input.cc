#include "app/secret_input.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "accounts/passwords.h"

namespace samovar::app {
namespace {

// The terminal does not show what is typed as long as this lives.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_set_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~Silence() {
    if (is_set_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool is_set_ = false;
};

std::string ask(const std::string& prompt) {
  std::fputs(prompt.c_str(), stderr);
  std::string line;
  {
    const Silence silence;
    std::getline(std::cin, line);
  }
  std::fputs("\n", stderr);
  return line;
}

}  // namespace

Result<std::string> read_new_password(const std::string& name) {
  std::string password;
  if (::isatty(STDIN_FILENO) != 0) {
    password = ask("Password for " + name + ": ");
    if (ask("Once more: ") != password) return Error{Code::kInvalidArgument, "these were two different ones"};
  } else {
    std::getline(std::cin, password);
    if (password.ends_with('\r')) password.pop_back();
  }
  if (const auto good = accounts::check_new_password(password, name); !good) return good.error();
  return password;
}

}  // namespace samovar::app
