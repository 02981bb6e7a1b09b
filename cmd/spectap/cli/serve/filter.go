package serve

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

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/openapi/filter"
)

// filterFlags select operations of a document.
type filterFlags struct {
	tags             []string
	include, exclude string
	listFile         string

	mu     sync.Mutex      // guards the fields below
	listed map[string]bool // operationIds of the list; true once an operation has it
	tagged map[string]bool // tags of --tag that an operation has
	known  map[string]bool // tags of all operations
	total  int             // operations that the filter was asked about
	left   int             // those that it selected
}

func (f *filterFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadTools)()
	fl.StringSliceVar(&f.tags, "tag", nil, "serve only operations with this `tag` (repeatable: any of them)")
	fl.StringVar(&f.include, "include-desc-regex", os.Getenv("INCLUDE_DESC_REGEX"),
		"serve only operations whose description or summary matches this `pattern` (env INCLUDE_DESC_REGEX)")
	fl.StringVar(&f.exclude, "exclude-desc-regex", os.Getenv("EXCLUDE_DESC_REGEX"),
		"leave out operations that match this `pattern` (env EXCLUDE_DESC_REGEX)")
	fl.StringVar(&f.listFile, "function-list-file", "", "serve only the operationIds in this `file`, one per line")
}

// filter returns a function that reports whether an operation is selected, or nil if no flag is
// set.
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
	f.tagged = map[string]bool{}
	return func(op spectools.Operation) bool {
		matches := func(r *regexp.Regexp) bool { return r.MatchString(op.Description) || r.MatchString(op.Summary) }
		// Check the list first, so that its entries are marked as found.
		listed := list == nil || f.isListed(op.ID)
		switch {
		case len(f.tags) > 0 && !f.hasTag(op.Tags):
			return false
		case include != nil && !matches(include), exclude != nil && matches(exclude):
			return false
		}
		return listed
	}, nil
}

// count returns a filter that counts the operations, those that it selects, and their tags.
func (f *filterFlags) count(selects func(spectools.Operation) bool) func(spectools.Operation) bool {
	f.known = map[string]bool{}
	return func(op spectools.Operation) bool {
		ok := selects(op)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.total++
		if ok {
			f.left++
		}
		for _, tag := range op.Tags {
			f.known[tag] = true
		}
		return ok
	}
}

// hasTag reports whether one of an operation's tags is selected.
func (f *filterFlags) hasTag(tags []string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := false
	for _, tag := range tags {
		if slices.Contains(f.tags, tag) {
			f.tagged[tag], found = true, true
		}
	}
	return found
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

// dryRun is the hint if the selected operations are not the intended ones.
const dryRun = "the same without filters and with --dry-run, which prints the operations"

// unknown returns an error for a tag or a listed operationId that no document has, and for filters
// that select no operation: with a typo, operations would be missing.
func (f *filterFlags) unknown() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, tag := range f.tags {
		if !f.tagged[tag] {
			return cli.WithHint(cli.Misusef("--tag %s: no operation has this tag; %s", tag, tagList(f.known)), dryRun)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.listed)) {
		if !f.listed[id] {
			err := fmt.Errorf("--function-list-file %s: no operation has the operationId %s", f.listFile, id)
			return cli.WithHint(cli.Misused(err), dryRun)
		}
	}
	if f.left == 0 && f.total > 0 {
		return cli.WithHint(cli.Misusef("the filters leave none of the %d operations; %s", f.total, tagList(f.known)),
			dryRun)
	}
	return nil
}

// tagList lists the existing tags.
func tagList(tags map[string]bool) string { return filter.TagList(slices.Sorted(maps.Keys(tags))) }

// compiled compiles the pattern of a flag. It returns nil for an empty pattern.
func compiled(flag, pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, cli.Misusef("%s: %w", flag, err)
	}
	return re, nil
}

// readList reads operationIds as keys with the value false.
func readList(path string) (map[string]bool, error) {
	if path == "" {
		return nil, nil
	}
	names, err := document.ReadNames(path)
	if err != nil {
		return nil, err
	}
	out := make(map[string]bool)
	for _, name := range names {
		out[name] = false
	}
	return out, nil
}

// dryFlags print the tools instead of serving them.
type dryFlags struct {
	run, summary bool
	diff         string
}

func (f *dryFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadTools, "dry-run")()
	fl.BoolVar(&f.run, "dry-run", false, "print the tools as JSON and exit")
	fl.BoolVar(&f.summary, "summary", false, "with --dry-run: print the number of tools by tag")
	fl.StringVar(&f.diff, "diff", "",
		"with --dry-run: print the changes since this `file`, the output of an earlier dry run; the exit status "+
			"is 3 if there are any")
}

// printDryRun prints the tools that would be served.
func printDryRun(p *cli.Program, f *dryFlags, sets []*spectools.Set) error {
	var tools []spectools.ToolSummary
	for _, s := range sets {
		tools = append(tools, s.Shown()...)
	}
	switch {
	case f.diff != "":
		return DiffTools(p.Stdout, f.diff, tools)
	case f.summary:
		return Summarize(p.Stdout, tools)
	}
	if tools == nil {
		tools = []spectools.ToolSummary{}
	}
	return p.PrintIndentedJSON(tools)
}

// Summarize prints the number of tools, in total and by tag.
func Summarize(w io.Writer, tools []spectools.ToolSummary) error {
	byTag := make(map[string]int)
	for _, t := range tools {
		if len(t.Tags) == 0 {
			byTag["(no tag)"]++
		}
		for _, tag := range t.Tags {
			byTag[tag]++
		}
	}
	if _, err := fmt.Fprintf(w, "%d tools\n", len(tools)); err != nil {
		return err
	}
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		if _, err := fmt.Fprintf(w, "%6d  %s\n", byTag[tag], visible.Line(tag)); err != nil {
			return err
		}
	}
	return nil
}

// DiffTools compares the tools by name with those of an earlier dry run, and prints the
// differences.
func DiffTools(w io.Writer, path string, tools []spectools.ToolSummary) error {
	data, err := cli.ReadFile(path, cli.MaxInput)
	if err != nil {
		return fmt.Errorf("read the earlier dry run: %w", err)
	}
	var earlier []spectools.ToolSummary
	if err := json.Unmarshal(data, &earlier); err != nil {
		return cli.WithHint(fmt.Errorf("read %s: the file is not the output of a dry run", path),
			"spectap serve SPEC --dry-run > "+path)
	}
	old := make(map[string]spectools.ToolSummary)
	for _, t := range earlier {
		old[t.Name] = t
	}
	var b strings.Builder
	for _, t := range tools {
		before, ok := old[t.Name]
		delete(old, t.Name)
		if !ok {
			b.WriteString(visible.Line(fmt.Sprintf("+ %s  %s %s", t.Name, t.Method, t.Path)) + "\n")
		} else if what := changes(before, t); len(what) > 0 {
			b.WriteString(visible.Line("~ "+t.Name+"  "+strings.Join(what, ", ")) + "\n")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		b.WriteString(visible.Line(fmt.Sprintf("- %s  %s %s", name, old[name].Method, old[name].Path)) + "\n")
	}
	if b.Len() == 0 {
		return nil
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return cli.ExitStatus(cli.ExitFound)
}

// changes names the differences between two versions of a tool.
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
	json.Unmarshal(a.InputSchema, &x) // cannot fail: both were decoded from JSON
	json.Unmarshal(b.InputSchema, &y)
	add("arguments", !reflect.DeepEqual(x, y))
	return out
}
