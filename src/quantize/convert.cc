#include "quantize/convert.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "gguf/writer.h"
#include "kernels/dequantize.h"
#include "platform/file_placement.h"
#include "quantize/rows.h"

namespace samovar::quantize {
namespace fs = std::filesystem;
namespace {

using tensor::Type;

constexpr size_t kSlabFloats = size_t{4} << 20U;  // converted between two writes
constexpr size_t kChunkFloats = size_t{32} << 10U;
constexpr float kLargestHalf = 65504.0F;
constexpr uint64_t kQuantizationVersion = 2;

// A file that is not there until it is whole.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(fs::path target) : target_(std::move(target)), path_(target_) {
    path_ += ".unfinished-" + std::to_string(getpid());
  }
  ~UnfinishedFile() {
    if (file_ != nullptr) std::fclose(file_);
    std::error_code ignored;
    if (!done_) fs::remove(path_, ignored);
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  [[nodiscard]] Result<void> open(uint64_t n_bytes) {
    const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    std::error_code failed;
    const fs::space_info space = fs::space(folder, failed);
    if (!failed && space.available < n_bytes) {
      return Error{Code::kIo, target_.string() + " needs " + std::to_string(n_bytes) +
                                  " bytes, the disk has " + std::to_string(space.available) + " free"};
    }
    file_ = std::fopen(path_.c_str(), "wb");
    return file_ == nullptr ? fail() : Result<void>();
  }

  [[nodiscard]] Result<void> write(const void* bytes, size_t n) {
    return std::fwrite(bytes, 1, n, file_) == n ? Result<void>() : fail();
  }

  [[nodiscard]] Result<void> finish() {
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!closed) return fail();
    if (auto synced = platform::sync_path(path_); !synced) return synced;
    std::error_code failed;
    fs::rename(path_, target_, failed);
    if (failed) return Error{Code::kIo, target_.string() + ": " + failed.message()};
    done_ = true;
    return platform::sync_path(target_.has_parent_path() ? target_.parent_path() : fs::path("."));
  }

 private:
  [[nodiscard]] Result<void> fail() const {
    return Error{Code::kIo, path_.string() + ": " + std::generic_category().message(errno)};
  }

  fs::path target_;
  fs::path path_;
  std::FILE* file_ = nullptr;
  bool done_ = false;
};

class Converter {
 public:
  Converter(const gguf::File& source, UnfinishedFile& out, platform::ThreadPool& pool, const Tell& tell)
      : source_(source), out_(out), pool_(pool), tell_(tell), floats_(pool.n_threads()) {
    progress_.n_tensors = source.directory().tensors.size();
    for (const gguf::Tensor& tensor : source.directory().tensors) {
      progress_.total_bytes += static_cast<int64_t>(tensor.bytes.size());
    }
  }

  [[nodiscard]] Result<void> add(const gguf::Tensor& tensor, Type to) {
    const auto from = static_cast<Type>(tensor.type_number);
    const size_t row_floats = tensor.dims[0];
    const size_t n_rows = tensor.dims[1] * tensor.dims[2] * tensor.dims[3];
    const size_t row_bytes = tensor::row_bytes(from, row_floats);
    const size_t at_once = std::max<size_t>(1, kSlabFloats / row_floats);
    size_t written = 0;
    for (size_t row = 0; row < n_rows; row += at_once) {
      if (!tell_(progress_)) return Error{Code::kCancelled, "stopped"};
      const size_t n = std::min(at_once, n_rows - row);
      const auto part = tensor.bytes.subspan(row * row_bytes, n * row_bytes);
      Result<void> done =
          from == to ? out_.write(part.data(), part.size()) : convert_rows(tensor, part, n, to);
      if (!done) return done;
      source_.mapping().give_back(part);
      progress_.done_bytes += static_cast<int64_t>(part.size());
      written += n * tensor::row_bytes(to, row_floats);
    }
    ++progress_.tensor;
    return pad(written);
  }

  [[nodiscard]] int64_t source_bytes() const { return progress_.total_bytes; }

 private:
  [[nodiscard]] Result<void> pad(size_t written) {
    const size_t alignment = source_.directory().alignment;
    const std::string zeros((alignment - written % alignment) % alignment, '\0');
    return out_.write(zeros.data(), zeros.size());
  }

  [[nodiscard]] Result<void> convert_rows(const gguf::Tensor& tensor, std::span<const std::byte> part,
                                          size_t n_rows, Type to) {
    const auto from = static_cast<Type>(tensor.type_number);
    const size_t row_floats = tensor.dims[0];
    const size_t from_bytes = tensor::row_bytes(from, row_floats);
    const size_t to_bytes = tensor::row_bytes(to, row_floats);
    slab_.resize(n_rows * to_bytes);
    const float limit = to == Type::kF32 ? std::numeric_limits<float>::max() : kLargestHalf;
    const size_t rows_per_chunk = std::max<size_t>(1, kChunkFloats / row_floats);
    std::atomic<bool> fits{true};
    pool_.run((n_rows + rows_per_chunk - 1) / rows_per_chunk, [&](size_t chunk, size_t thread) {
      std::vector<float>& row = floats_[thread];
      row.resize(row_floats);
      const size_t end = std::min(n_rows, (chunk + 1) * rows_per_chunk);
      for (size_t i = chunk * rows_per_chunk; i < end; ++i) {
        kernels::dequantize_row(from, part.data() + i * from_bytes, row_floats, row.data());
        const bool fine =
            std::all_of(row.begin(), row.end(), [limit](float x) { return std::fabs(x) <= limit; });
        if (!fine) {
          fits.store(false);
          continue;
        }
        quantize_row(to, row.data(), row_floats, slab_.data() + i * to_bytes);
      }
    });
    if (!fits.load()) {
      return Error{Code::kUnsupported, std::string(tensor.name) +
                                           " has values that are not finite or too large for " +
                                           std::string(tensor::type_info(to).name)};
    }
    return out_.write(slab_.data(), slab_.size());
  }

  const gguf::File& source_;
  UnfinishedFile& out_;
  platform::ThreadPool& pool_;
  const Tell& tell_;
  Progress progress_;
  std::vector<std::byte> slab_;
  std::vector<std::vector<float>> floats_;  // by thread
};

// The source's, with the new type in its place.
std::vector<std::pair<std::string_view, gguf::Value>> make_metadata(const gguf::Directory& source,
                                                                    const FileType& type) {
  auto out = source.metadata;
  std::erase_if(out, [](const auto& entry) { return entry.first.starts_with("split."); });
  const auto set = [&out](std::string_view key, uint64_t number) {
    const gguf::Value value{gguf::ValueType::kU32, number};
    const auto at =
        std::find_if(out.begin(), out.end(), [key](const auto& entry) { return entry.first == key; });
    if (at != out.end()) {
      at->second = value;
    } else {
      out.emplace_back(key, value);
    }
  };
  set("general.file_type", type.number);
  set("general.quantization_version", kQuantizationVersion);
  return out;
}

}  // namespace

Result<Outcome> convert_file(const gguf::File& source, const fs::path& target, const Order& order,
                             platform::ThreadPool& pool, const Tell& tell) {
  const gguf::Directory& model = source.directory();
  const auto types = plan_types(model, order.type, order.requantize);
  if (!types) return Error{types.error().code, source.path().string() + ": " + types.error().message};
  std::error_code ignored;
  if (fs::equivalent(source.path(), target, ignored)) {
    return Error{Code::kInvalidArgument, target.string() + " is the file that is read: give another name"};
  }
  std::vector<gguf::TensorPlan> plan;
  Outcome outcome;
  for (size_t i = 0; i < types->size(); ++i) {
    const gguf::Tensor& tensor = model.tensors[i];
    const Type type = (*types)[i];
    plan.push_back({.name = tensor.name,
                    .type_number = static_cast<uint32_t>(type),
                    .n_dims = tensor.n_dims,
                    .dims = tensor.dims,
                    .n_bytes = tensor::row_bytes(type, tensor.dims[0]) * tensor.dims[1] * tensor.dims[2] *
                               tensor.dims[3]});
    ++outcome.tensors[std::string(tensor::type_info(type).name)];
  }
  const gguf::Header header = gguf::make_header(make_metadata(model, order.type), plan, model.alignment);
  outcome.bytes = static_cast<int64_t>(header.bytes.size() + header.data_bytes);
  UnfinishedFile out(target);
  if (auto opened = out.open(static_cast<uint64_t>(outcome.bytes)); !opened) return opened.error();
  if (auto written = out.write(header.bytes.data(), header.bytes.size()); !written) return written.error();
  Converter converter(source, out, pool, tell);
  outcome.source_bytes = converter.source_bytes();
  for (size_t i = 0; i < types->size(); ++i) {
    if (auto added = converter.add(model.tensors[i], (*types)[i]); !added) return added.error();
  }
  if (auto finished = out.finish(); !finished) return finished.error();
  return outcome;
}

}  // namespace samovar::quantize
