// Answers what Go's archive/tar and moby's patternmatcher make of an input, one JSON value per line.
package main

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// question is a list of lines of an ignore file and a path.
type question struct {
	Ignore string `json:"ignore"`
	Path   string `json:"path"`
}

// answer is `true`, `false` or `error`.
func answer(q question) string {
	patterns, err := ignorefile.ReadAll(strings.NewReader(q.Ignore))
	if err != nil {
		return "error"
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return "error"
	}
	matched, err := matcher.MatchesOrParentMatches(q.Path)
	if err != nil {
		return "error"
	}
	return fmt.Sprint(matched)
}

func answerAll(in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	for {
		var q question
		err := decoder.Decode(&q)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(out, answer(q))
	}
}

func list(in io.Reader, out io.Writer) error {
	reader := tar.NewReader(in)
	for {
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%c %o %s:%d %s:%d %d %d %s -> %s\n", h.Typeflag, h.Mode, h.Uname, h.Uid, h.Gname, h.Gid,
			len(content), h.ModTime.Unix(), h.Name, h.Linkname)
	}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	verbs := map[string]func(io.Reader, io.Writer) error{"match": answerAll, "list": list}
	if err := verbs[os.Args[1]](bufio.NewReader(os.Stdin), out); err != nil {
		log.Fatal(err)
	}
}
