// One file over HTTP in parallel ranges, each tried again when it fails or stalls, going on where an earlier
// attempt stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "registry/parts.h"
#include "registry/session.h"

namespace samovar::registry {

struct DownloadOptions {
  size_t n_streams = 8;                         // ranges at once
  int max_tries = 6;                            // of a range, in a row without any progress
  std::chrono::milliseconds retry_delay{1000};  // doubled with each try
  std::chrono::milliseconds stall{30'000};      // without a byte: the range is asked for anew
  std::chrono::milliseconds report{60};         // between two reports of progress
};

// Bytes that are there.
using DownloadProgress = std::function<void(int64_t completed_bytes)>;

// Downloads `url` (an address or a path of the session's registry) into `file`. What came stays on disk when
// it fails. The server's errors and lies about sizes and ranges end in kUnavailable or kCorrupt with a
// sentence.
[[nodiscard]] Result<void> download(Session& session, const std::string& url, PartFile& file,
                                    const DownloadOptions& options, const DownloadProgress& progress);

// What a server says of a file before it is downloaded.
struct RemoteFile {
  std::string url;          // behind all redirects
  int64_t size_bytes = -1;  // -1: it does not say
  bool gives_ranges = false;
  std::string etag;
};
[[nodiscard]] Result<RemoteFile> probe(Session& session, const std::string& url);

}  // namespace samovar::registry
