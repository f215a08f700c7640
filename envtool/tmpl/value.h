// The values that a template computes with: Python's, as far as templates see them. Strings, lists and maps
// of the caller's variables are referred to, never copied. Knows nothing of syntax, printing or operators.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "envtool/base/source.h"
#include "envtool/doc/value.h"

namespace tmpl {

class Value;
class Dict;
class Object;
class Runtime;

enum class Type : std::uint8_t {
  missing,
  undefined,
  none,
  boolean,
  integer,
  real,
  text,
  list,
  tuple,
  dict,
  object
};

/// A slot that was never set. Templates never see it: reading it gives an Undefined.
struct Missing {};
struct None {};

/// Why there is no value.
struct UndefinedInfo;

/// Whether a string's letters are HTML already (what `safe`, `escape` and `tojson` return): joined with
/// other strings by `+`, `%` and the methods, it escapes these.
enum class Markup : std::uint8_t { no, yes };

/// A string in UTF-8.
struct Text {
  std::shared_ptr<const std::string> bytes;
  Markup markup = Markup::no;
};

struct List {
  std::vector<Value> items;
};

struct Tuple {
  std::vector<Value> items;
  bool group = false;  ///< what `groupby` returns: `.grouper` and `.list` name the two items
};

/// One value; cheap to copy: containers are shared, as in Python. New containers come from a Runtime.
class Value {
 public:
  Value() = default;
  static Value none() { return Value(Data(None{})); }
  static Value undefined(UndefinedInfo info);
  static Value boolean(bool value) { return Value(Data(value)); }
  static Value integer(std::int64_t value) { return Value(Data(value)); }
  static Value real(double value) { return Value(Data(value)); }
  static Value text(std::string bytes, Markup markup = Markup::no);
  static Value text(Text text) { return Value(Data(std::move(text))); }
  static Value list(std::shared_ptr<List> list) { return Value(Data(std::move(list))); }
  static Value tuple(std::shared_ptr<const Tuple> tuple) { return Value(Data(std::move(tuple))); }
  static Value dict(std::shared_ptr<Dict> dict) { return Value(Data(std::move(dict))); }
  static Value object(std::shared_ptr<Object> object) { return Value(Data(std::move(object))); }
  /// A value of the caller; `value` must outlive the rendering.
  static Value borrow(const doc::Value& value);
  static Value borrow(const doc::Map& map) { return Value(Data(&map)); }

  Type type() const { return kTypes[data_.index()]; }
  bool is(Type type) const { return this->type() == type; }
  bool is_missing() const { return is(Type::missing); }
  bool is_undefined() const { return is(Type::undefined); }
  bool is_none() const { return is(Type::none); }
  bool is_bool() const { return is(Type::boolean); }
  /// An integer or a boolean, which Python counts with too.
  bool is_integral() const { return is(Type::integer) || is_bool(); }
  bool is_real() const { return is(Type::real); }
  bool is_number() const { return is_integral() || is_real(); }
  bool is_text() const { return is(Type::text); }
  bool is_markup() const { return is_text() && std::get<Text>(data_).markup == Markup::yes; }
  bool is_list() const { return is(Type::list); }
  bool is_tuple() const { return is(Type::tuple); }
  bool is_dict() const { return is(Type::dict); }
  bool is_object() const { return is(Type::object); }
  /// Whether no other value can be reached through it.
  bool is_scalar() const { return is_none() || is_number() || is_text(); }

  /// The data; the type must be the named one.
  const UndefinedInfo& as_undefined() const { return *std::get<std::shared_ptr<const UndefinedInfo>>(data_); }
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_integer() const {
    return is_bool() ? std::int64_t{as_bool()} : std::get<std::int64_t>(data_);
  }
  double as_real() const { return is_real() ? std::get<double>(data_) : static_cast<double>(as_integer()); }
  const std::string& as_text() const { return *std::get<Text>(data_).bytes; }
  const Text& as_shared_text() const { return std::get<Text>(data_); }
  const std::shared_ptr<Object>& as_object() const { return std::get<std::shared_ptr<Object>>(data_); }
  bool is_group() const;

  /// The items of a list or the entries of a dict that the template made itself, or null for those of the
  /// caller.
  std::shared_ptr<List> own_list() const;
  std::shared_ptr<Dict> own_dict() const;

  /// A list's or tuple's size and items. Items of the caller's lists are wrapped when asked for.
  std::size_t sequence_size() const;
  Value sequence_at(std::size_t index) const;
  /// All of them.
  std::vector<Value> sequence_items() const;

  /// A dict's size, keys and values by position.
  std::size_t dict_size() const;
  Value dict_key_at(std::size_t index) const;
  Value dict_value_at(std::size_t index) const;
  /// The value of a key, or nothing. Throws base::Error for keys that can't be hashed.
  std::optional<Value> dict_find(const Value& key) const;
  std::optional<Value> dict_find(std::string_view key) const;

  /// Whether both are the very same object (Python's `is`).
  bool same_as(const Value& other) const;

 private:
  using Data = std::variant<Missing, std::shared_ptr<const UndefinedInfo>, None, bool, std::int64_t, double,
                            Text, const doc::List*, std::shared_ptr<List>, std::shared_ptr<const Tuple>,
                            const doc::Map*, std::shared_ptr<Dict>, std::shared_ptr<Object>>;
  static constexpr Type kTypes[] = {Type::missing, Type::undefined, Type::none,  Type::boolean, Type::integer,
                                    Type::real,    Type::text,      Type::list,  Type::list,    Type::tuple,
                                    Type::dict,    Type::dict,      Type::object};

  explicit Value(Data data) : data_(std::move(data)) {}

  Data data_;
};

struct UndefinedInfo {
  std::string message;  ///< the whole sentence: "`user.nmae` is undefined"
  std::string name;     ///< what was looked for, for suggestions
  Value object;         ///< where it was looked for; missing for variables
  base::Span span;      ///< where the template asked for it
  bool strict = false;
};

/// Keys of any hashable type with their values, in the order in which they were added.
class Dict {
 public:
  struct Entry {
    Value key;
    Value value;
    std::size_t hash;
  };

  std::size_t size() const { return entries_.size(); }
  const Entry& at(std::size_t index) const { return entries_[index]; }
  /// The entry of a key, or null. Throws base::Error for keys that can't be hashed.
  const Entry* find(const Value& key) const;
  const Entry* find(std::string_view key) const;
  void reserve(std::size_t size) { entries_.reserve(size); }
  void set(const Value& key, Value value);
  bool erase(const Value& key);
  void clear();

 private:
  std::size_t position(const Value& key, std::size_t hash) const;
  void index_from(std::size_t first);

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> table_;  ///< open addressing over positions + 1, empty while the dict is small
};

/// Values that come one after the other, each once.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Sets `out` to the next value, or returns false at the end.
  virtual bool next(Value& out) = 0;
};
using StreamPtr = std::unique_ptr<Stream>;

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// Everything that is neither a scalar nor a plain container: functions, macros, loops, ranges, views,
/// generators, ...
class Object : public std::enable_shared_from_this<Object> {
 public:
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;

  /// As messages name it: `range`, `generator`, `macro`.
  virtual std::string_view type_name() const = 0;
  /// Python's str(); by default refused, since Python would print an address.
  virtual std::string repr(Runtime& runtime) const;
  virtual bool truth() const { return length().value_or(1) != 0; }
  virtual std::optional<std::size_t> length() const { return std::nullopt; }
  /// A stream over the items, or null if there are none to go over.
  virtual StreamPtr iterate(Runtime& runtime);
  /// The same from the end, or null.
  virtual StreamPtr reversed(Runtime& runtime);
  virtual std::optional<Value> attribute(Runtime& runtime, std::string_view name);
  /// The value of `[key]`; nothing where Python raises TypeError or LookupError.
  virtual std::optional<Value> item(Runtime& runtime, const Value& key);
  virtual bool callable() const { return false; }
  virtual Value call(Runtime& runtime, Arguments&& arguments);
  /// Equality beyond identity, for objects that have it.
  virtual bool equals(const Object& other) const { return this == &other; }
  /// The items as values if these make up the object (ranges, views), for slices and `in`.
  virtual bool is_sequence() const { return false; }
};

/// The type of a value for messages: `an integer`, `a list`, `none`.
std::string with_article(const Value& value);

}  // namespace tmpl
