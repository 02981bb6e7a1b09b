package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/spelling"
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
	fl.StringSliceVar(&f.tags, "tag", nil, "serve only operations with this `tag` (repeatable: any of them)")
	fl.StringVar(&f.include, "include-desc-regex", os.Getenv("INCLUDE_DESC_REGEX"),
		"serve only operations whose description, or else summary, matches this `pattern` (env INCLUDE_DESC_REGEX)")
	fl.StringVar(&f.exclude, "exclude-desc-regex", os.Getenv("EXCLUDE_DESC_REGEX"),
		"leave out operations that match this `pattern` (env EXCLUDE_DESC_REGEX)")
	fl.StringVar(&f.listFile, "function-list-file", "", "serve only the operationIds in this `file`, one per line")
}

// filter returns a function that reports whether an operation is selected, nil if there is no
// filter.
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
		text := op.Description
		if text == "" {
			text = op.Summary
		}
		// Before the other conditions, so that it marks the entry of the list.
		listed := list == nil || f.isListed(op.ID)
		switch {
		case len(f.tags) > 0 && !f.hasTag(op.Tags):
			return false
		case include != nil && !include.MatchString(text), exclude != nil && exclude.MatchString(text):
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

// dryRun is what to try if the operations of a document are not those that a person meant.
const dryRun = "the same without filters and with --dry-run, which prints the operations"

// unknown refuses a tag, or a list with an operationId, that no document has, and filters that
// leave no operation: with a typo, operations would be missing.
func (f *filterFlags) unknown() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, tag := range f.tags {
		if !f.tagged[tag] {
			try := dryRun
			if near := spelling.Nearest(tag, slices.Sorted(maps.Keys(f.known))); near != "" {
				try = "--tag " + quoteArg(near)
			}
			return &hint{&misuse{fmt.Errorf("--tag %s: no operation has this tag; %s", tag, tagList(f.known))}, try}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.listed)) {
		if !f.listed[id] {
			err := fmt.Errorf("--function-list-file %s: no operation has the operationId %s", f.listFile, id)
			return &hint{&misuse{err}, dryRun}
		}
	}
	if f.left == 0 && f.total > 0 {
		return &hint{&misuse{fmt.Errorf("the filters leave none of the %d operations; %s", f.total, tagList(f.known))},
			dryRun}
	}
	return nil
}

// tagList says which tags there are.
func tagList(tags map[string]bool) string { return filter.TagList(slices.Sorted(maps.Keys(tags))) }

// compiled compiles the pattern of a flag; nil for an empty one.
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

// readList reads operationIds, mapped to false.
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
