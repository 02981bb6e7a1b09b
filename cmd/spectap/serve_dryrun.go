package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools"
)

// dryFlags print the tools instead of serving them.
type dryFlags struct {
	run, summary bool
	diff         string
}

func (f *dryFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.run, "dry-run", false, "print the tools as JSON and exit")
	fl.BoolVar(&f.summary, "summary", false, "with --dry-run: print the number of tools by tag")
	fl.StringVar(&f.diff, "diff", "",
		"with --dry-run: print the changes since this `file`, the output of an earlier dry run; the exit status "+
			"is 3 if there are any")
}

func (f *dryFlags) check(cmd *cobra.Command) error {
	if !f.run && (f.summary || f.diff != "") {
		return usagef(cmd, "--summary and --diff need --dry-run")
	}
	return nil
}

// dryRun prints the tools that would be served.
func (p *program) dryRun(f *dryFlags, sets []*spectools.Set) error {
	var tools []spectools.ToolSummary
	for _, s := range sets {
		tools = append(tools, s.Shown()...)
	}
	switch {
	case f.diff != "":
		return diffTools(p.stdout, f.diff, tools)
	case f.summary:
		return summarize(p.stdout, tools)
	}
	if tools == nil {
		tools = []spectools.ToolSummary{}
	}
	return p.printIndentedJSON(tools)
}

// summarize prints the number of tools, in total and by tag.
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

// diffTools compares the tools with those of an earlier dry run, by name, and prints what changed.
func diffTools(w io.Writer, path string, tools []spectools.ToolSummary) error {
	data, err := readFile(path, maxInput)
	if err != nil {
		return fmt.Errorf("read the earlier dry run: %w", err)
	}
	var earlier []spectools.ToolSummary
	if err := json.Unmarshal(data, &earlier); err != nil {
		return &hint{fmt.Errorf("read %s: the file is not the output of a dry run", path),
			"spectap serve SPEC --dry-run > " + path}
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
	return exitStatus(exitFound)
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
