// The peer of envtool's strategic merge: k8s.io/apimachinery's own, over JSON lines.
//
// In:  {"object": {...}, "patch": {...}}
// Out: {"outcomes": [{"result": {...}} or {"error": "..."}, ...]}
//
// With -quantities, of k8s.io/apimachinery's quantities:
// In:  {"text": "1.5Gi", "other": "2G"}
// Out: {"canonical": "1536Mi", "compared": -1} or {"error": "..."}
//
// With -repeat N each patch is applied N times more and nothing is looked at, to time it: bench/patches.py.
//
// Go visits maps in random order, so some patches have more than one outcome: each is tried several times, and every
// different outcome is given. Directives that stay in a result are cut out of it, see strategic.h.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/kubectl/pkg/scheme"
)

type request struct {
	Object json.RawMessage `json:"object"`
	Patch  json.RawMessage `json:"patch"`
	Text   string          `json:"text"`
	Other  string          `json:"other"`
}

type outcome struct {
	Result any    `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

func main() {
	tries := flag.Int("tries", 6, "how often each patch is applied")
	repeat := flag.Int("repeat", 0, "how often each patch is applied without a look at the result")
	quantities := flag.Bool("quantities", false, "parse quantities instead")
	flag.Parse()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	decoder := json.NewDecoder(in)
	for decoder.More() {
		var r request
		if err := decoder.Decode(&r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var answer map[string]any
		if *quantities {
			answer = quantity(r)
		} else {
			applyOften(r, *repeat)
			answer = map[string]any{"outcomes": outcomes(r, *tries)}
		}
		line, _ := json.Marshal(answer)
		out.Write(append(line, '\n'))
	}
}

// The canonical text is made anew: a parsed quantity remembers its text even where that isn't canonical.
func quantity(r request) map[string]any {
	parsed, err := resource.ParseQuantity(r.Text)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	other := resource.MustParse(r.Other)
	number, suffix := parsed.CanonicalizeBytes(nil)
	return map[string]any{"canonical": string(number) + string(suffix), "compared": parsed.Cmp(other)}
}

func outcomes(r request, tries int) []outcome {
	seen := map[string]bool{}
	all := []outcome{}
	for i := 0; i < tries; i++ {
		one := apply(r)
		text, _ := json.Marshal(one)
		if !seen[string(text)] {
			seen[string(text)] = true
			all = append(all, one)
		}
	}
	return all
}

func applyOften(r request, times int) {
	object, err := scheme.Scheme.New(kindOf(r.Object))
	for i := 0; i < times && err == nil; i++ {
		_, err = strategicpatch.StrategicMergePatch(r.Object, r.Patch, object)
	}
	if times > 0 && err != nil {
		panic(err)
	}
}

func apply(r request) (result outcome) {
	defer func() {
		if problem := recover(); problem != nil {
			result = outcome{Error: fmt.Sprint("panic: ", problem)}
		}
	}()
	object, err := scheme.Scheme.New(kindOf(r.Object))
	if err != nil {
		return outcome{Error: "strategic merge patch is not supported for " + kindOf(r.Object).String()}
	}
	patched, err := strategicpatch.StrategicMergePatch(r.Object, r.Patch, object)
	if err != nil {
		return outcome{Error: err.Error()}
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(patched)))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return outcome{Error: err.Error()}
	}
	clean, _ := withoutDirectives(value)
	return outcome{Result: clean}
}

func kindOf(object []byte) schema.GroupVersionKind {
	var meta struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	json.Unmarshal(object, &meta)
	return schema.FromAPIVersionAndKind(meta.APIVersion, meta.Kind)
}

func isDirective(key string) bool {
	return key == "$retainKeys" || strings.HasPrefix(key, "$setElementOrder/") ||
		strings.HasPrefix(key, "$deleteFromPrimitiveList/")
}

// The value without directives, and whether it stays.
func withoutDirectives(value any) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return mapWithoutDirectives(value)
	case []any:
		kept := []any{}
		for _, element := range value {
			if clean, keep := withoutDirectives(element); keep {
				kept = append(kept, clean)
			}
		}
		return kept, true
	}
	return value, true
}

func mapWithoutDirectives(value map[string]any) (any, bool) {
	if _, found := value["$patch"]; found {
		return nil, false
	}
	for key, below := range value {
		clean, keep := withoutDirectives(below)
		if !keep || isDirective(key) {
			delete(value, key)
		} else {
			value[key] = clean
		}
	}
	return value, true
}
