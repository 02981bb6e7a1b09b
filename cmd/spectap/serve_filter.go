package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/mcptools/spectools"
)

// filterFlags choose operations of a document.
type filterFlags struct {
	tags             []string
	include, exclude string
	listFile         string

	mu     sync.Mutex      // guards listed
	listed map[string]bool // operationIds of the list; true when a document has it
}

func (f *filterFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringSliceVar(&f.tags, "tag", nil, "serve operations with this `tag` only (repeatable: any of them)")
	fl.StringVar(&f.include, "include-desc-regex", os.Getenv("INCLUDE_DESC_REGEX"), "serve operations whose description, or summary, matches this `pattern` (env INCLUDE_DESC_REGEX)")
	fl.StringVar(&f.exclude, "exclude-desc-regex", os.Getenv("EXCLUDE_DESC_REGEX"), "leave out those that match this `pattern` (env EXCLUDE_DESC_REGEX)")
	fl.StringVar(&f.listFile, "function-list-file", "", "serve the operationIds of this `file` only, one a line")
}

// filter is nil when nothing is filtered.
func (f *filterFlags) filter() (func(spectools.Operation) bool, error) {
	include, err1 := compiled("--include-desc-regex", f.include)
	exclude, err2 := compiled("--exclude-desc-regex", f.exclude)
	list, err3 := readList(f.listFile)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if len(f.tags) == 0 && include == nil && exclude == nil && list == nil {
		return nil, nil
	}
	f.listed = list
	return func(op spectools.Operation) bool {
		text := op.Description
		if text == "" {
			text = op.Summary
		}
		listed := list == nil || f.isListed(op.ID) // asked first: the list is held to be right whatever else chooses
		switch {
		case len(f.tags) > 0 && !slices.ContainsFunc(op.Tags, func(t string) bool { return slices.Contains(f.tags, t) }):
			return false
		case include != nil && !include.MatchString(text), exclude != nil && exclude.MatchString(text):
			return false
		}
		return listed
	}, nil
}

func (f *filterFlags) isListed(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.listed[id]; !ok {
		return false
	}
	f.listed[id] = true
	return true
}

// unknown refuses a list with operations that no document has: it is a slip, and what was meant would not be served.
func (f *filterFlags) unknown() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(f.listed)) {
		if !f.listed[id] {
			return &hint{&misuse{fmt.Errorf("--function-list-file %s: no operation has the operationId %s", f.listFile, id)}, "spectap serve SPEC --dry-run, for what there is"}
		}
	}
	return nil
}

func compiled(flag, pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, &misuse{fmt.Errorf("%s: %w", flag, err)}
	}
	return re, nil
}

// readList reads names, none of them found yet.
func readList(path string) (map[string]bool, error) {
	if path == "" {
		return nil, nil
	}
	names, err := readNames(path)
	if err != nil {
		return nil, err
	}
	out := make(map[string]bool)
	for _, name := range names {
		out[name] = false
	}
	return out, nil
}

// dryFlags print the tools in the place of serving them.
type dryFlags struct {
	run, summary bool
	diff         string
}

func (f *dryFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.run, "dry-run", false, "print the tools as JSON, and serve nothing")
	fl.BoolVar(&f.summary, "summary", false, "with --dry-run: print how many tools there are, by tag")
	fl.StringVar(&f.diff, "diff", "", "with --dry-run: print what changed since this `file`, an earlier dry run; the exit status is 3 when something did")
}

func (f *dryFlags) check(cmd *cobra.Command) error {
	if !f.run && (f.summary || f.diff != "") {
		return usagef(cmd, "--summary and --diff need --dry-run")
	}
	return nil
}

// dryRun prints what would be served.
func (p *program) dryRun(f *dryFlags, sets []*spectools.Set) error {
	var tools []spectools.ToolSummary
	for _, s := range sets {
		tools = append(tools, s.Summaries()...)
	}
	switch {
	case f.diff != "":
		return diffTools(p.stdout, f.diff, tools)
	case f.summary:
		return summarize(p.stdout, tools)
	}
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if tools == nil {
		tools = []spectools.ToolSummary{}
	}
	return e.Encode(tools)
}

func summarize(w io.Writer, tools []spectools.ToolSummary) error {
	byTag := make(map[string]int)
	for _, t := range tools {
		if len(t.Tags) == 0 {
			byTag["(no tag)"]++
		}
		for _, tag := range t.Tags {
			byTag[tag]++
		}
	}
	fmt.Fprintf(w, "%d tools\n", len(tools))
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		if _, err := fmt.Fprintf(w, "%6d  %s\n", byTag[tag], tag); err != nil {
			return err
		}
	}
	return nil
}

// diffTools compares by name; a tool that changed is told with what of it did.
func diffTools(w io.Writer, path string, tools []spectools.ToolSummary) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the earlier dry run: %w", err)
	}
	var before []spectools.ToolSummary
	if err := json.Unmarshal(data, &before); err != nil {
		return &hint{fmt.Errorf("read %s: it is not the output of a dry run", path), "spectap serve SPEC --dry-run > " + path}
	}
	old := make(map[string]spectools.ToolSummary)
	for _, t := range before {
		old[t.Name] = t
	}
	found := false
	say := func(format string, args ...any) {
		found = true
		fmt.Fprintf(w, format, args...)
	}
	for _, t := range tools {
		was, ok := old[t.Name]
		delete(old, t.Name)
		if !ok {
			say("+ %s  %s %s\n", t.Name, t.Method, t.Path)
		} else if what := changes(was, t); len(what) > 0 {
			say("~ %s  %s\n", t.Name, strings.Join(what, ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		say("- %s  %s %s\n", name, old[name].Method, old[name].Path)
	}
	if found {
		return exitStatus(exitFound)
	}
	return nil
}

// changes names what differs between two states of a tool.
func changes(a, b spectools.ToolSummary) []string {
	var out []string
	add := func(what string, differs bool) {
		if differs {
			out = append(out, what)
		}
	}
	add("method or path", a.Method != b.Method || a.Path != b.Path)
	add("description", a.Description != b.Description)
	add("tags", !slices.Equal(a.Tags, b.Tags))
	add("confirmation", a.Held != b.Held)
	var x, y any
	json.Unmarshal(a.InputSchema, &x) // both were JSON to get here
	json.Unmarshal(b.InputSchema, &y)
	add("arguments", !reflect.DeepEqual(x, y))
	return out
}
