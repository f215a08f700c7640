// What the operators of expressions do, as Python defines it. Knows nothing of syntax beyond the operators'
// names.
#pragma once

#include "envtool/tmpl/ast.h"
#include "envtool/tmpl/value.h"

namespace tmpl {

/// `left op right`. Throws base::Error for types that don't fit, for division by zero and for integers over
/// 64 bits.
Value binary(Runtime& runtime, BinaryOp op, const Value& left, const Value& right);

Value negate(const Value& operand);
Value plus(const Value& operand);

/// `left op right` as a truth value.
bool compare(Runtime& runtime, CompareOp op, const Value& left, const Value& right);

/// Whether `container` contains `item`. Throws base::Error if it can't contain anything.
bool contains(Runtime& runtime, const Value& container, const Value& item);

/// `format % arguments` for a string: printf-style formatting.
Value percent_format(Runtime& runtime, const Value& format, const Value& arguments);

}  // namespace tmpl
