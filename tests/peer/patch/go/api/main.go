// Writes envtool/manifest/api_table.cc: the fields of Kubernetes' built-in kinds, what they hold, and which minor versions of
// Kubernetes serve a kind.
//
// The facts are read off the Go types that kubectl itself knows; versions off the methods that the types of k8s.io/api have for
// their life cycle. A kind without them has been there since before 1.16. Equal types share their rows.
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

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubectl/pkg/scheme"
)

type introduced interface{ APILifecycleIntroduced() (int, int) }
type removed interface{ APILifecycleRemoved() (int, int) }

var (
	jsonMarshaler = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	textMarshaler = reflect.TypeOf((*encoding.TextMarshaler)(nil)).Elem()
	// What the JSON form of a Go type can't be read off.
	special = map[reflect.Type]string{
		reflect.TypeOf(resource.Quantity{}):    "kQuantity",
		reflect.TypeOf(intstr.IntOrString{}):   "kIntOrString",
		reflect.TypeOf(metav1.Time{}):          "kText",
		reflect.TypeOf(metav1.MicroTime{}):     "kText",
		reflect.TypeOf(metav1.Duration{}):      "kText",
		reflect.TypeOf(metav1.FieldsV1{}):      "kAny",
		reflect.TypeOf(runtime.RawExtension{}): "kAny",
	}
)

func main() {
	table := newTable()
	rows := []string{}
	for _, kind := range knownKinds() {
		since, until := lifeCycle(kind.structure)
		rows = append(rows, fmt.Sprintf("    {%q, %q, %d, %d, %d},", kind.apiVersion, kind.kind, table.add(kind.structure), since, until))
	}
	write(table, rows)
}

type knownKind struct {
	apiVersion, kind string
	structure        reflect.Type
}

// Objects only, in the order of their version and kind.
func knownKinds() []knownKind {
	meta := reflect.TypeOf(metav1.ObjectMeta{})
	kinds := []knownKind{}
	for gvk, structure := range scheme.Scheme.AllKnownTypes() {
		if found, ok := structure.FieldByName("ObjectMeta"); !ok || found.Type != meta || gvk.Version == "__internal" {
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

// The first minor version of Kubernetes 1 that serves a kind, and the first that doesn't any more (0: none).
func lifeCycle(structure reflect.Type) (since, until int) {
	object := reflect.New(structure).Interface()
	if begins, ok := object.(introduced); ok {
		_, since = begins.APILifecycleIntroduced()
	}
	if ends, ok := object.(removed); ok {
		_, until = ends.APILifecycleRemoved()
	}
	return since, until
}

type table struct {
	numbers map[reflect.Type]int
	same    map[string]int
	types   []string
	names   []string
	fields  [][]string
}

func newTable() *table { return &table{numbers: map[reflect.Type]int{}, same: map[string]int{}} }

func (t *table) append(name, row string, fields []string) int {
	content := name + "\n" + row + "\n" + strings.Join(fields, "\n")
	if number, found := t.same[content]; found {
		return number
	}
	number := len(t.types)
	t.same[content] = number
	t.types, t.names, t.fields = append(t.types, row), append(t.names, name), append(t.fields, fields)
	return number
}

// A type that contains itself gets its number before its fields are known.
func (t *table) add(of reflect.Type) int {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if number, found := t.numbers[of]; found {
		if number < 0 {
			number = len(t.types)
			t.types, t.names, t.fields = append(t.types, "kObject"), append(t.names, of.Name()), append(t.fields, nil)
			t.numbers[of] = number
		}
		return number
	}
	number := t.describe(of)
	t.numbers[of] = number
	return number
}

func (t *table) describe(of reflect.Type) int {
	if holds, ok := special[of]; ok {
		return t.append("", holds, nil)
	}
	switch of.Kind() {
	case reflect.String:
		return t.append("", "kText", nil)
	case reflect.Bool:
		return t.append("", "kBoolean", nil)
	case reflect.Float32, reflect.Float64:
		return t.append("", "kReal", nil)
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return t.append("", "kBytes", nil)
		}
		return t.append("", fmt.Sprintf("kList, %d", t.add(of.Elem())), nil)
	case reflect.Map:
		return t.append("", fmt.Sprintf("kMap, %d", t.add(of.Elem())), nil)
	case reflect.Struct:
		return t.object(of)
	case reflect.Interface:
		return t.append("", "kAny", nil)
	}
	return t.append("", "kInteger", nil)
}

func (t *table) object(of reflect.Type) int {
	pointer := reflect.PointerTo(of)
	if pointer.Implements(jsonMarshaler) || pointer.Implements(textMarshaler) {
		return t.append("", "kAny", nil)
	}
	t.numbers[of] = -1
	rows := t.rowsOf(of)
	sort.Strings(rows)
	if number := t.numbers[of]; number >= 0 {
		t.fields[number] = rows
		return number
	}
	return t.append(of.Name(), "kObject", rows)
}

func (t *table) rowsOf(of reflect.Type) []string {
	rows := []string{}
	for i := 0; i < of.NumField(); i++ {
		member := of.Field(i)
		name := strings.Split(member.Tag.Get("json"), ",")[0]
		if name == "" && member.Anonymous {
			rows = append(rows, t.rowsOf(member.Type)...)
		} else if name != "" && name != "-" {
			rows = append(rows, fmt.Sprintf("    {%q, %d},", name, t.add(member.Type)))
		}
	}
	return rows
}

func write(t *table, kinds []string) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, "// Generated by tests/peer/patch/go/api from the types of k8s.io/kubectl %s. Do not edit.\n", version())
	fmt.Fprint(out, "#include \"envtool/manifest/api_table.h\"\n\nnamespace manifest::table {\nnamespace {\n\n")
	fmt.Fprintln(out, "using enum Holds;\n\n// clang-format off\nconstexpr FieldRow kFields[] = {")
	types := []string{}
	first := 0
	for number, rows := range t.fields {
		row := t.types[number]
		if row == "kObject" {
			row = fmt.Sprintf("kObject, %d, %d", first, len(rows))
		}
		types = append(types, fmt.Sprintf("    {%q, %s},", t.names[number], row))
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
	fmt.Fprintln(out, "\n}  // namespace manifest::table")
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
