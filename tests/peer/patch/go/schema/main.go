// Writes envtool/patch/schema_table.cc: how the fields of Kubernetes' built-in kinds merge.
//
// The facts are read off the struct tags (`patchStrategy`, `patchMergeKey`) of the types that kubectl itself knows, so
// the table covers what `kubectl patch --local --type strategic` covers. Fields that are neither maps nor lists are
// left out: nothing merges below them. Types of equal content share their rows.
package main

import (
	"bufio"
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"sort"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/scheme"
)

type field struct {
	name, shape, mergeKey string
	below                 reflect.Type
	merges                bool
}

var (
	jsonMarshaler = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	textMarshaler = reflect.TypeOf((*encoding.TextMarshaler)(nil)).Elem()
	// Stands for everything without known fields: scalars in lists and maps with free keys.
	opaque = reflect.TypeOf("")
)

func main() {
	kinds := knownKinds()
	table := newTable()
	rows := []string{}
	for _, kind := range kinds {
		rows = append(rows, fmt.Sprintf("    {%q, %q, %d},", kind.apiVersion, kind.kind, table.add(kind.structure)))
	}
	write(table, rows)
}

type knownKind struct {
	apiVersion, kind string
	structure        reflect.Type
}

// Objects only: lists of objects and the options of requests are never patched.
func knownKinds() []knownKind {
	meta := reflect.TypeOf(metav1.ObjectMeta{})
	kinds := []knownKind{}
	for gvk, structure := range scheme.Scheme.AllKnownTypes() {
		if found, ok := structure.FieldByName("ObjectMeta"); !ok || found.Type != meta {
			continue
		}
		if gvk.Version == "__internal" {
			continue
		}
		apiVersion, kind := gvk.ToAPIVersionAndKind()
		kinds = append(kinds, knownKind{apiVersion, kind, structure})
	}
	sort.Slice(kinds, func(i, j int) bool {
		if kinds[i].apiVersion != kinds[j].apiVersion {
			return kinds[i].apiVersion < kinds[j].apiVersion
		}
		return kinds[i].kind < kinds[j].kind
	})
	return kinds
}

// Rows of types, each once: types with the same name and fields get the same number.
type table struct {
	numbers map[reflect.Type]int
	same    map[string]int
	names   []string
	fields  [][]string
}

func newTable() *table {
	t := &table{numbers: map[reflect.Type]int{}, same: map[string]int{}}
	t.numbers[opaque] = t.append("map", nil)
	return t
}

func (t *table) append(name string, fields []string) int {
	content := name + "\n" + strings.Join(fields, "\n")
	if number, found := t.same[content]; found {
		return number
	}
	number := len(t.names)
	t.same[content] = number
	t.names = append(t.names, name)
	t.fields = append(t.fields, fields)
	return number
}

// A type that contains itself gets its number before its fields are known; all others share the rows of types that are the same.
func (t *table) add(structure reflect.Type) int {
	number, found := t.numbers[structure]
	if found && number < 0 {
		number = len(t.names)
		t.names = append(t.names, structure.Name())
		t.fields = append(t.fields, nil)
		t.numbers[structure] = number
	}
	if found {
		return number
	}
	t.numbers[structure] = -1
	rows := []string{}
	for _, f := range fieldsOf(structure) {
		rows = append(rows, fmt.Sprintf("    {%q, %d, %s, %q},", f.name, t.add(f.below), f.shape, f.mergeKey))
	}
	if number = t.numbers[structure]; number < 0 {
		number = t.append(structure.Name(), rows)
		t.numbers[structure] = number
	} else {
		t.fields[number] = rows
	}
	return number
}

func fieldsOf(structure reflect.Type) []field {
	fields := []field{}
	for i := 0; i < structure.NumField(); i++ {
		member := structure.Field(i)
		name := strings.Split(member.Tag.Get("json"), ",")[0]
		if name == "" && member.Anonymous {
			fields = append(fields, fieldsOf(member.Type)...)
		} else if name != "" && name != "-" {
			fields = append(fields, describe(name, member)...)
		}
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].name < fields[j].name })
	return fields
}

// The one row for a map or a list, none for anything else.
func describe(name string, member reflect.StructField) []field {
	strategy := member.Tag.Get("patchStrategy")
	merges := false
	replaces := false
	for _, part := range strings.Split(strategy, ",") {
		merges = merges || part == "merge"
		replaces = replaces || part == "replace"
	}
	f := field{name: name, mergeKey: member.Tag.Get("patchMergeKey")}
	inner := indirect(member.Type)
	switch {
	case isScalar(inner):
		return nil
	case inner.Kind() == reflect.Slice:
		f.below = opaqueUnlessStruct(indirect(inner.Elem()))
		f.shape = map[bool]string{true: "kMergedList", false: "kList"}[merges]
	case inner.Kind() == reflect.Map || inner.Kind() == reflect.Struct:
		f.below = opaqueUnlessStruct(inner)
		f.shape = map[bool]string{true: "kReplacedMap", false: "kMap"}[replaces]
	default:
		return nil
	}
	return []field{f}
}

func indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func opaqueUnlessStruct(t reflect.Type) reflect.Type {
	if t.Kind() != reflect.Struct || isScalar(t) {
		return opaque
	}
	return t
}

// Bytes are a string in JSON; times, quantities and the like write themselves as scalars. Raw objects write
// themselves too, as whatever they hold.
func isScalar(t reflect.Type) bool {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		return true
	}
	if t.Kind() != reflect.Struct || t.Name() == "RawExtension" || t.Name() == "FieldsV1" {
		return false
	}
	pointer := reflect.PointerTo(t)
	return pointer.Implements(jsonMarshaler) || pointer.Implements(textMarshaler)
}

func write(t *table, kinds []string) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, "// Generated by tests/peer/patch/go/schema from the types of k8s.io/kubectl %s. Do not edit.\n", version())
	fmt.Fprint(out, "#include \"envtool/patch/schema_table.h\"\n\nnamespace patch::table {\nnamespace {\n\n")
	fmt.Fprintln(out, "using enum Shape;\n\n// clang-format off\nconstexpr FieldRow kFields[] = {")
	types := []string{}
	first := 0
	for number, rows := range t.fields {
		types = append(types, fmt.Sprintf("    {%q, %d, %d},", t.names[number], first, len(rows)))
		first += len(rows)
		if len(rows) > 0 {
			fmt.Fprintf(out, "    // %d: %s\n%s\n", number, t.names[number], strings.Join(rows, "\n"))
		}
	}
	fmt.Fprintf(out, "};\n\nconstexpr TypeRow kTypes[] = {\n%s\n};\n", strings.Join(types, "\n"))
	fmt.Fprintf(out, "\nconstexpr KindRow kKinds[] = {\n%s\n};\n// clang-format on\n", strings.Join(kinds, "\n"))
	fmt.Fprint(out, "\n}  // namespace\n\n")
	fmt.Fprintln(out, "std::span<const FieldRow> fields() { return kFields; }")
	fmt.Fprintln(out, "std::span<const TypeRow> types() { return kTypes; }")
	fmt.Fprintln(out, "std::span<const KindRow> kinds() { return kKinds; }")
	fmt.Fprintln(out, "\n}  // namespace patch::table")
}

// The version of kubectl's module that this program was built with.
func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "k8s.io/kubectl" {
			return module.Version
		}
	}
	return "unknown"
}
