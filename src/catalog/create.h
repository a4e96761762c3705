// Making a model from what the store has: another model or a GGUF blob, with texts and parameters of its own.
// Layers, their order and their bytes are Ollama's, so that equal models have equal digests.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store.h"

namespace samovar::catalog {

struct CreateRequest {
  Name name;
  std::optional<Name> from;                  // an existing model; else `files`
  std::map<std::string, std::string> files;  // relative path -> "sha256:<hex>" of a blob
  std::map<std::string, std::string> adapters;
  std::string template_text;          // Go template; empty: the base's, or the GGUF's own
  std::string system;                 // empty: the base's
  std::vector<std::string> licenses;  // added to the base's
  std::string params_json;            // a JSON object merged over the base's; empty: none
  std::string messages_json;          // a JSON array; empty: the base's
  // Turns the weights into others before they are used: the path of a GGUF blob -> the hex digest of the blob
  // to take instead. Empty: they stay.
  std::function<Result<std::string>(const std::filesystem::path& gguf)> convert;
};

// Paths must be relative and digests well-formed: kInvalidArgument in Ollama's words.
[[nodiscard]] Result<void> check_file_map(const std::map<std::string, std::string>& files);

// What can be told before anything is done: kInvalidArgument and kUnsupported, in Ollama's words where it
// has some.
[[nodiscard]] Result<void> check_create(const CreateRequest& request);

// `tell` gets Ollama's status lines ("using existing layer sha256:...", "writing manifest").
// kNotFound when `from` is not in the store; kInvalidArgument, kUnsupported, kCorrupt, kIo.
[[nodiscard]] Result<void> create_model(const Store& store, const CreateRequest& request,
                                        const std::function<void(std::string)>& tell);

}  // namespace samovar::catalog
