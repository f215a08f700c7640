// What holds for all values: merging with nothing, merging twice, pointers to every node. Seeds are fixed, and shown on failure.
#include <gmock/gmock.h>

#include <functional>

#include "envtool/doc/json.h"
#include "envtool/patch/json_patch.h"
#include "envtool/patch/merge.h"
#include "envtool/patch/pointer.h"
#include "envtool/patch/strategic.h"
#include "tests/support/random_values.h"

namespace patch {
namespace {

using doc::Value;
using test::RandomValues;

constexpr unsigned kCases = 500;

/// Of few names, so that two maps often share keys.
Value small_map(RandomValues& random, int depth) {
  doc::Map map;
  for (const char* key : {"a", "b", "c"}) {
    const std::size_t kind = random.below(depth > 0 ? 6 : 4);
    if (kind == 0) continue;
    map.set(key, kind == 1 ? Value() : kind < 4 ? random.value(0) : small_map(random, depth - 1));
  }
  return map;
}

Value container(RandomValues& random, const char* name) {
  Value made = doc::make_map({{"name", name}});
  if (random.chance()) made["image"] = random.text();
  if (random.chance()) made["args"] = doc::List{random.text(), random.text()};
  for (const char* variable : {"A", "B", "C"}) {
    if (random.chance()) made["env"].push_back(doc::make_map({{"name", variable}, {"value", random.text()}}));
  }
  return made;
}

/// A Pod, or what a patch says of one.
Value pod(RandomValues& random) {
  Value made = doc::make_map({{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", doc::make_map({{"name", "p"}})}});
  for (const char* name : {"one", "two", "three"}) {
    if (random.chance()) made["spec"]["containers"].push_back(container(random, name));
    if (random.chance()) made["spec"]["volumes"].push_back(doc::make_map({{"name", name}, {"emptyDir", doc::Map()}}));
    if (random.chance()) made["metadata"]["labels"][name] = random.text();
  }
  return made;
}

void visit(const Value& value, const Pointer& at, const std::function<void(const Pointer&, const Value&)>& visitor) {
  visitor(at, value);
  const auto below = [&](const std::string& token, const Value& child) {
    Pointer next = at;
    next.push_back(token);
    visit(child, next, visitor);
  };
  if (value.is_map()) {
    for (const doc::Entry& entry : value.as_map()) below(entry.key, entry.value);
  } else if (value.is_list()) {
    for (std::size_t i = 0; i < value.as_list().size(); ++i) below(std::to_string(i), value.as_list()[i]);
  }
}

TEST(MergeProperty, NothingOnTopChangesNothing) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    RandomValues random(seed);
    const Value value = random.map(4);
    ASSERT_EQ(doc::emit_json(merge(value, Value())), doc::emit_json(value)) << "seed " << seed;
    ASSERT_EQ(doc::emit_json(merge(value, Value(doc::Map()))), doc::emit_json(value)) << "seed " << seed;
    ASSERT_EQ(json_patch(value, Value(doc::List())), value) << "seed " << seed;
  }
}

TEST(MergeProperty, TwiceIsOnce) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    RandomValues random(seed);
    const Value lower = small_map(random, 3);
    const Value upper = small_map(random, 3);
    const Value once = merge(lower, upper);
    ASSERT_EQ(merge(once, upper), once) << "seed " << seed;
    ASSERT_EQ(json_merge_patch(lower, upper), once) << "seed " << seed;
  }
}

TEST(MergeProperty, ResultsDoNotDependOnTheOrderOfKeys) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    RandomValues random(seed);
    const Value lower = small_map(random, 3);
    const Value upper = small_map(random, 3);
    ASSERT_EQ(merge(random.shuffled(lower), random.shuffled(upper)), merge(lower, upper)) << "seed " << seed;
  }
}

TEST(StrategicProperty, AnEmptyPatchChangesNothing) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    RandomValues random(seed);
    const Value object = pod(random);
    ASSERT_EQ(doc::emit_json(strategic_merge(object, Value(doc::Map()))), doc::emit_json(object)) << "seed " << seed;
  }
}

TEST(StrategicProperty, TwiceIsOnce) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    RandomValues random(seed);
    const Value object = pod(random);
    const Value patch = pod(random);
    const Value once = strategic_merge(object, patch);
    ASSERT_EQ(strategic_merge(once, patch), once) << "seed " << seed;
  }
}

TEST(StrategicProperty, ResultsDoNotDependOnTheOrderOfKeys) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    RandomValues random(seed);
    const Value object = pod(random);
    const Value patch = pod(random);
    ASSERT_EQ(strategic_merge(random.shuffled(object), random.shuffled(patch)), strategic_merge(object, patch)) << "seed " << seed;
  }
}

TEST(PointerProperty, EveryNodeIsFoundUnderItsPointer) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    RandomValues random(seed);
    const Value document = random.map(3);
    visit(document, {}, [&](const Pointer& at, const Value& value) {
      ASSERT_EQ(parse_pointer(to_string(at)), at) << "seed " << seed;
      ASSERT_EQ(find(document, at), &value) << "seed " << seed;
    });
  }
}

}  // namespace
}  // namespace patch
