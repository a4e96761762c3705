// Requests of Ollama's API that look after models: bytes -> plain structs, with Ollama's rules and error
// texts. Pure; fail with kInvalidArgument, the message being what the client gets.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::wire {

struct TransferRequest {  // pull and push
  std::string model;
  bool insecure = false;
  bool stream = true;
};

struct CreateRequest {
  std::string model;
  std::string from;
  bool has_files = false;                    // the member is there, be it empty
  std::map<std::string, std::string> files;  // relative path -> digest
  std::map<std::string, std::string> adapters;
  std::string template_text;
  std::string system;
  std::vector<std::string> licenses;
  std::string params_json;    // the object as it came; empty: none
  std::string messages_json;  // the array as it came; empty: none
  std::string quantize;
  bool stream = true;
};

struct CopyRequest {
  std::string source;
  std::string destination;
};

[[nodiscard]] Result<TransferRequest> parse_pull_request(std::string_view body);
[[nodiscard]] Result<TransferRequest> parse_push_request(std::string_view body);
[[nodiscard]] Result<CreateRequest> parse_create_request(std::string_view body);
[[nodiscard]] Result<CopyRequest> parse_copy_request(std::string_view body);
// The model's name; may be empty.
[[nodiscard]] Result<std::string> parse_delete_request(std::string_view body);

// {"status":"pulling 84d3ef4011a7","digest":"sha256:...","total":98362470,"completed":40468480}: digest and
// figures left out when empty or zero.
struct ProgressLine {
  std::string status;
  std::string digest;
  int64_t total_bytes = 0;
  int64_t completed_bytes = 0;
};
[[nodiscard]] std::string encode_progress(const ProgressLine& line);

}  // namespace samovar::wire
