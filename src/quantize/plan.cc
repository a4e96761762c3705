#include "quantize/plan.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace samovar::quantize {
namespace {

using tensor::Type;

constexpr auto kFileTypes = std::to_array<FileType>({{"F32", 0, Type::kF32},
                                                     {"F16", 1, Type::kF16},
                                                     {"Q4_0", 2, Type::kQ4_0},
                                                     {"Q4_1", 3, Type::kQ4_1},
                                                     {"Q5_0", 8, Type::kQ5_0},
                                                     {"Q5_1", 9, Type::kQ5_1},
                                                     {"Q8_0", 7, Type::kQ8_0},
                                                     {"Q4_K_S", 14, Type::kQ4_K},
                                                     {"Q4_K_M", 15, Type::kQ4_K},
                                                     {"Q5_K_S", 16, Type::kQ5_K},
                                                     {"Q5_K_M", 17, Type::kQ5_K},
                                                     {"Q6_K", 18, Type::kQ6_K}});

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_quantised(Type type) { return type != Type::kF32 && type != Type::kF16 && type != Type::kBF16; }

// Matrices that are small, or that everything else hangs on, stay as they are.
bool is_converted(const gguf::Tensor& tensor) {
  constexpr auto kKept =
      std::to_array<std::string_view>({"_norm.weight", "ffn_gate_inp.weight", "altup", "laurel",
                                       "per_layer_model_proj", "position_embd.weight", "token_types.weight",
                                       "ssm_conv1d.weight", "shortconv.conv.weight", "attn_rel_b.weight"});
  if (tensor.n_dims < 2 || !tensor.name.ends_with("weight")) return false;
  return std::none_of(kKept.begin(), kKept.end(),
                      [&](std::string_view word) { return has(tensor.name, word); });
}

// "blk.7.ffn_down.weight" -> 7
int64_t layer_of(std::string_view name) {
  int64_t layer = 0;
  if (name.starts_with("blk.")) std::from_chars(name.data() + 4, name.data() + name.size(), layer);
  return layer;
}

// The first and last eighth of the layers, and every third one between.
bool takes_more_bits(int64_t layer, int64_t n_layers) {
  return layer < n_layers / 8 || layer >= 7 * n_layers / 8 || (layer - n_layers / 8) % 3 == 2;
}

class Mixture {
 public:
  Mixture(const gguf::Directory& model, const FileType& wanted) : wanted_(wanted) {
    has_output_ = model.find_tensor("output.weight") != nullptr;
    const gguf::Value* name = model.find("general.architecture");
    const std::string arch(name == nullptr ? "" : name->string().value_or(""));
    const gguf::Value* blocks = model.find(arch + ".block_count");
    n_layers_ = blocks == nullptr ? 0 : blocks->integer().value_or(0);
    is_llama_70b_ = arch == "llama" && n_layers_ == 80;
  }

  [[nodiscard]] Type choose(const gguf::Tensor& tensor) const {
    if (!is_quantised(wanted_.type)) return wanted_.type;
    Type type = choose_by_name(tensor);
    const auto fits = [&](Type candidate) {
      return tensor.dims[0] % tensor::type_info(candidate).block_elements == 0;
    };
    // Rows that are no whole number of 256 weights take the nearest type with blocks of 32.
    if (!fits(type)) {
      type = type == Type::kQ4_K   ? Type::kQ5_0
             : type == Type::kQ5_K ? Type::kQ5_1
             : type == Type::kQ6_K ? Type::kQ8_0
                                   : type;
    }
    return fits(type) ? type : Type::kF16;
  }

 private:
  [[nodiscard]] bool is_m() const { return wanted_.name.ends_with("_K_M"); }
  [[nodiscard]] bool is_4_s() const { return wanted_.name == "Q4_K_S"; }

  [[nodiscard]] Type choose_by_name(const gguf::Tensor& tensor) const {
    const std::string_view name = tensor.name;
    // The output head, also where it is the embedding.
    if (name == "output.weight" || (!has_output_ && name == "token_embd.weight")) {
      const bool whole = tensor.dims[0] % tensor::type_info(wanted_.type).block_elements == 0;
      return !whole || wanted_.type == Type::kQ8_0 ? Type::kQ8_0 : Type::kQ6_K;
    }
    const int64_t layer = layer_of(name);
    if (has(name, "attn_v.weight")) {
      Type type = wanted_.type;
      if (is_m() && takes_more_bits(layer, n_layers_)) type = Type::kQ6_K;
      if (is_4_s() && layer < 4) type = Type::kQ5_K;
      // Eight heads share it there: small, and worth more bits.
      return is_llama_70b_ && type == Type::kQ4_K ? Type::kQ5_K : type;
    }
    if (has(name, "ffn_down")) {
      if (is_m() && takes_more_bits(layer, n_layers_)) return Type::kQ6_K;
      if (is_4_s() && layer < n_layers_ / 8) return Type::kQ5_K;
    }
    if (has(name, "attn_qkv.weight") && is_m())
      return wanted_.type == Type::kQ4_K ? Type::kQ5_K : Type::kQ6_K;
    return wanted_.type;
  }

  const FileType& wanted_;
  bool has_output_ = false;
  bool is_llama_70b_ = false;
  int64_t n_layers_ = 0;
};

}  // namespace

std::optional<FileType> find_file_type(std::string_view name) {
  const auto same = [](char a, char b) {
    return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 32) : a) == b;
  };
  for (const FileType& known : kFileTypes) {
    if (std::equal(name.begin(), name.end(), known.name.begin(), known.name.end(), same)) return known;
  }
  return std::nullopt;
}

std::string list_file_types() {
  std::string out;
  for (const FileType& known : kFileTypes) out += (out.empty() ? "" : ", ") + std::string(known.name);
  return out;
}

Result<std::vector<Type>> plan_types(const gguf::Directory& model, const FileType& wanted,
                                     Requantize requantize) {
  const gguf::Value* parts = model.find("split.count");
  if (parts != nullptr && parts->integer().value_or(0) > 1) {
    return Error{Code::kUnsupported, "the model lies in several files: join them first"};
  }
  const Mixture mixture(model, wanted);
  std::vector<Type> out;
  for (const gguf::Tensor& tensor : model.tensors) {
    const auto known = tensor::find_type(tensor.type_number);
    if (!known) {
      return Error{Code::kUnsupported, std::string(tensor.name) + " is " +
                                           std::string(tensor::type_name(tensor.type_number)) +
                                           ", which this program does not read"};
    }
    const Type type = is_converted(tensor) ? mixture.choose(tensor) : known->type;
    if (type != known->type && is_quantised(known->type) && requantize == Requantize::kRefuse) {
      return Error{Code::kUnsupported,
                   std::string(tensor.name) + " is " + std::string(known->name) + " already"};
    }
    out.push_back(type);
  }
  return out;
}

}  // namespace samovar::quantize
