#include "model/weights.h"

#include <cstring>

namespace samovar::model {
namespace {

// A matrix to pack and where it goes: one of the two.
struct Binding {
  ops::FileMatrix matrix;
  kernels::PackedMatrix* to = nullptr;
  ops::HeadWeights* head = nullptr;
};

struct Shape {
  size_t rows = 0;
  size_t cols = 0;
};

std::string text(const Shape& shape) {
  return "[" + std::to_string(shape.cols) + ", " + std::to_string(shape.rows) + "]";
}

// Finds tensors by name, checks them and notes what is to be packed. The first failure stays.
class Binder {
 public:
  Binder(const gguf::File& file, const kernels::Table& table) : file_(&file), table_(&table) {}

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  [[nodiscard]] const Error& error() const { return *error_; }
  [[nodiscard]] const std::vector<Binding>& bindings() const { return bindings_; }
  [[nodiscard]] bool has(const std::string& name) const {
    return file_->directory().find_tensor(name) != nullptr;
  }

  // Checked file rows of a matrix; an empty one after a failure.
  ops::FileMatrix matrix(const std::string& name, const Shape& shape) {
    const gguf::Tensor* tensor = find(name);
    if (tensor == nullptr) return {};
    const Shape found{tensor->dims[1], tensor->dims[0]};
    if (tensor->n_dims > 2 || found.rows != shape.rows || found.cols != shape.cols) {
      fail(Code::kCorrupt,
           "GGUF: tensor '" + name + "' has the shape " + text(found) + ", expected " + text(shape));
      return {};
    }
    return {static_cast<tensor::Type>(tensor->type_number), shape.rows, shape.cols, tensor->bytes};
  }

  void bind(const std::string& name, const Shape& shape, kernels::PackedMatrix& to) {
    const ops::FileMatrix found = matrix(name, shape);
    if (!failed()) bindings_.push_back({found, &to, nullptr});
  }

  void bind_head(const std::string& name, const Shape& shape, ops::HeadWeights& to) {
    const ops::FileMatrix found = matrix(name, shape);
    if (!failed()) bindings_.push_back({found, nullptr, &to});
  }

  // Rows [first, first + shape.rows) of a fused matrix of `all_rows` rows.
  void bind_rows(const std::string& name, size_t all_rows, size_t first, const Shape& shape,
                 kernels::PackedMatrix& to) {
    ops::FileMatrix part = matrix(name, {all_rows, shape.cols});
    if (failed()) return;
    const size_t row_bytes = tensor::row_bytes(part.type, part.cols);
    part.bytes = part.bytes.subspan(first * row_bytes, shape.rows * row_bytes);
    part.rows = shape.rows;
    bindings_.push_back({part, &to, nullptr});
  }

  void vector(const std::string& name, size_t n, std::vector<float>& to) {
    const gguf::Tensor* tensor = find(name);
    if (tensor == nullptr) return;
    if (tensor->n_dims != 1 || tensor->dims[0] != n) {
      fail(Code::kCorrupt, "GGUF: tensor '" + name + "' has " + std::to_string(tensor->dims[0]) +
                               " elements, expected " + std::to_string(n));
      return;
    }
    to.resize(n);
    table_->dequantize_row(static_cast<tensor::Type>(tensor->type_number), tensor->bytes.data(), n,
                           to.data());
  }

  void optional_vector(const std::string& name, size_t n, std::vector<float>& to) {
    if (has(name)) vector(name, n, to);
  }

 private:
  void fail(Code code, const std::string& message) {
    if (!error_) error_ = Error{code, message};
  }

  const gguf::Tensor* find(const std::string& name) {
    if (failed()) return nullptr;
    const gguf::Tensor* tensor = file_->directory().find_tensor(name);
    if (tensor == nullptr) {
      fail(Code::kCorrupt, "GGUF: tensor '" + name + "' is missing");
    } else if (!tensor::find_type(tensor->type_number)) {
      fail(Code::kUnsupported, "unsupported type " + std::string(tensor::type_name(tensor->type_number)) +
                                   " (number " + std::to_string(tensor->type_number) + ") in tensor '" +
                                   name + "'");
      return nullptr;
    }
    return tensor;
  }

  const gguf::File* file_;
  const kernels::Table* table_;
  std::vector<Binding> bindings_;
  std::optional<Error> error_;
};

void bind_norm(Binder& binder, const Config& c, const std::string& name, Norm& norm) {
  binder.vector(name + ".weight", c.d_model, norm.weight);
  if (c.norm_kind == NormKind::kLayer) binder.optional_vector(name + ".bias", c.d_model, norm.bias);
}

// One matrix and bias of q, k and v.
struct Projection {
  const char* name;
  size_t first;  // row of the fused matrix
  size_t rows;
  kernels::PackedMatrix* matrix;
  std::vector<float>* bias;
};

void bind_projections(Binder& binder, const Config& c, const std::string& p, LayerWeights& layer) {
  const size_t q_rows = c.n_heads * c.head_dim;
  const size_t kv_rows = c.n_kv_heads * c.head_dim;
  const size_t all = q_rows + 2 * kv_rows;
  const bool fused = binder.has(p + "attn_qkv.weight");
  std::vector<float> fused_bias;
  if (fused) binder.optional_vector(p + "attn_qkv.bias", all, fused_bias);
  for (const Projection& part :
       {Projection{"attn_q", 0, q_rows, &layer.attn_q, &layer.attn_q_bias},
        Projection{"attn_k", q_rows, kv_rows, &layer.attn_k, &layer.attn_k_bias},
        Projection{"attn_v", q_rows + kv_rows, kv_rows, &layer.attn_v, &layer.attn_v_bias}}) {
    if (fused) {
      binder.bind_rows(p + "attn_qkv.weight", all, part.first, {part.rows, c.d_model}, *part.matrix);
    } else {
      binder.bind(p + part.name + ".weight", {part.rows, c.d_model}, *part.matrix);
    }
    if (fused_bias.empty()) {
      binder.optional_vector(p + part.name + ".bias", part.rows, *part.bias);
    } else {
      const auto begin = fused_bias.begin() + static_cast<std::ptrdiff_t>(part.first);
      part.bias->assign(begin, begin + static_cast<std::ptrdiff_t>(part.rows));
    }
  }
}

void bind_attention(Binder& binder, const Config& c, const std::string& p, LayerWeights& layer) {
  const size_t q_rows = c.n_heads * c.head_dim;
  const bool whole = c.head_norms == HeadNorms::kWholeRow;
  if (c.has_pre_norms) bind_norm(binder, c, p + "attn_norm", layer.attn_norm);
  bind_projections(binder, c, p, layer);
  binder.optional_vector(p + "attn_q_norm.weight", whole ? q_rows : c.head_dim, layer.attn_q_norm);
  binder.optional_vector(p + "attn_k_norm.weight", whole ? c.n_kv_heads * c.head_dim : c.head_dim,
                         layer.attn_k_norm);
  binder.bind(p + "attn_output.weight", {c.d_model, q_rows}, layer.attn_output);
  binder.optional_vector(p + "attn_output.bias", c.d_model, layer.attn_output_bias);
  if (c.has_post_norms) binder.vector(p + "post_attention_norm.weight", c.d_model, layer.post_attn_norm);
}

void bind_feed_forward(Binder& binder, const Config& c, const std::string& p, LayerWeights& layer) {
  if (c.has_pre_norms && !c.has_parallel_blocks) bind_norm(binder, c, p + "ffn_norm", layer.ffn_norm);
  if (!c.has_gate) {
    binder.bind(p + "ffn_up.weight", {c.d_ff, c.d_model}, layer.ffn_up);
  } else if (binder.has(p + "ffn_gate.weight")) {
    binder.bind(p + "ffn_gate.weight", {c.d_ff, c.d_model}, layer.ffn_gate);
    binder.bind(p + "ffn_up.weight", {c.d_ff, c.d_model}, layer.ffn_up);
  } else {  // one matrix: the gate's rows, then the up projection's
    binder.bind_rows(p + "ffn_up.weight", 2 * c.d_ff, 0, {c.d_ff, c.d_model}, layer.ffn_gate);
    binder.bind_rows(p + "ffn_up.weight", 2 * c.d_ff, c.d_ff, {c.d_ff, c.d_model}, layer.ffn_up);
  }
  binder.bind(p + "ffn_down.weight", {c.d_model, c.d_ff}, layer.ffn_down);
  binder.optional_vector(p + "ffn_gate.bias", c.d_ff, layer.ffn_gate_bias);
  binder.optional_vector(p + "ffn_up.bias", c.d_ff, layer.ffn_up_bias);
  binder.optional_vector(p + "ffn_down.bias", c.d_model, layer.ffn_down_bias);
  if (c.has_post_norms) binder.vector(p + "post_ffw_norm.weight", c.d_model, layer.post_ffn_norm);
}

void bind_all(Binder& binder, const Config& c, Weights& weights) {
  weights.embedding = binder.matrix("token_embd.weight", {c.n_vocab, c.d_model});
  weights.layers.resize(c.n_layers);
  for (size_t i = 0; i < c.n_layers; ++i) {
    const std::string p = "blk." + std::to_string(i) + ".";
    bind_attention(binder, c, p, weights.layers[i]);
    bind_feed_forward(binder, c, p, weights.layers[i]);
  }
  bind_norm(binder, c, "output_norm", weights.output_norm);
  binder.optional_vector("output.bias", c.n_vocab, weights.output_bias);
  const bool tied = !binder.has("output.weight");
  binder.bind_head(tied ? "token_embd.weight" : "output.weight", {c.n_vocab, c.d_model}, weights.output);
}

size_t sum_packed_bytes(const kernels::Table& table, const std::vector<Binding>& bindings) {
  size_t total = 0;
  for (const Binding& binding : bindings) {
    total += binding.head != nullptr ? ops::WeightArena::head_bytes(table, binding.matrix)
                                     : ops::WeightArena::packed_bytes(table, binding.matrix);
  }
  return total;
}

}  // namespace

Result<size_t> measure_weights(const gguf::File& file, const Config& config, const kernels::Table& table) {
  Weights weights;
  Binder binder(file, table);
  bind_all(binder, config, weights);
  if (binder.failed()) return binder.error();
  return sum_packed_bytes(table, binder.bindings());
}

Result<Weights> load_weights(const gguf::File& file, const Config& config, const kernels::Table& table,
                             platform::ThreadPool& pool) {
  Weights weights;
  Binder binder(file, table);
  bind_all(binder, config, weights);
  if (binder.failed()) return binder.error();
  auto arena = ops::WeightArena::make(table, sum_packed_bytes(table, binder.bindings()));
  if (!arena) return arena.error();
  weights.arena = std::move(*arena);
  for (const Binding& binding : binder.bindings()) {
    if (binding.head != nullptr) {
      *binding.head = weights.arena.pack_head(pool, file.mapping(), binding.matrix);
    } else {
      *binding.to = weights.arena.pack(pool, file.mapping(), binding.matrix);
    }
  }
  return weights;
}

}  // namespace samovar::model
