package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/filter"
)

const filterExample = `  spectap filter --tag orders api.yaml -o orders.yaml
  spectap filter --method GET --no-deprecated api.json
  spectap filter --function-list-file ids.txt api.yaml      # operationIds, one per line`

// filtering is one run of filter.
type filtering struct {
	p                                 *program
	config                            filter.Config
	include, exclude, path, list, out string
}

func newFilterCmd(p *program) *cobra.Command {
	x := &filtering{p: p}
	cmd := &cobra.Command{
		Use:   "filter SPEC",
		Short: "Keep some operations of a document, and everything that they refer to",
		Long: `Prints an OpenAPI document with only the operations that meet all given conditions. Components,
security schemes, tags and links that nothing refers to are dropped. Format, order and comments
are kept. The document is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0 or 3.1.`,
		Example: filterExample,
		Args:    exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := x.configure(cmd); err != nil {
				return err
			}
			return x.run(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&x.config.Tags, "tag", nil, "keep operations with one of these `tags`")
	f.StringSliceVar(&x.config.Methods, "method", nil, "keep operations of these `methods`")
	f.StringVar(&x.path, "path", "", "keep operations whose path matches this `regexp`")
	f.StringVar(&x.include, "include-desc-regex", "",
		"keep operations whose description, or else summary, matches this `regexp`")
	f.StringVar(&x.exclude, "exclude-desc-regex", "",
		"drop operations whose description, or else summary, matches this `regexp`")
	f.StringVar(&x.list, "function-list-file", "",
		"keep operations whose operationIds are in this `file`, one per line")
	f.BoolVar(&x.config.NoDeprecated, "no-deprecated", false, "drop deprecated operations")
	f.StringVarP(&x.out, "out", "o", "", "write to this `file` (default: stdout)")
	return cmd
}

// configure compiles the patterns and reads the list of operationIds.
func (x *filtering) configure(cmd *cobra.Command) error {
	c := &x.config
	for _, r := range []struct {
		flag, pattern string
		to            **regexp.Regexp
	}{
		{"include-desc-regex", x.include, &c.Include},
		{"exclude-desc-regex", x.exclude, &c.Exclude},
		{"path", x.path, &c.Paths},
	} {
		if r.pattern == "" {
			continue
		}
		re, err := regexp.Compile(r.pattern)
		if err != nil {
			return usagef(cmd, "--%s: %w", r.flag, err)
		}
		*r.to = re
	}
	if x.list == "" {
		return nil
	}
	ids, err := readNames(x.list)
	c.IDs = append(c.IDs, ids...)
	return err
}

func (x *filtering) run(ctx context.Context, spec string) error {
	if _, err := formatFor("", x.out); err != nil { // of a name that no document has
		return &hint{&misuse{fmt.Errorf("-o %s: a document is YAML or JSON", x.out)},
			meantFile(x.out, strings.ToLower(filepath.Ext(x.out)))}
	}
	data, err := x.p.readSpec(spec)
	if err != nil {
		return err
	}
	if err := x.checkFormat(spec, data); err != nil {
		return err
	}
	doc, count, err := filter.Document(data, x.config)
	var unknown *filter.UnknownError
	if errors.As(err, &unknown) {
		try := "spectap filter --help"
		if near := spelling.Nearest(unknown.Name, unknown.Known); near != "" && slices.Contains(x.config.Tags, unknown.Name) {
			try = "spectap filter " + quoteArg(spec) + " --tag " + quoteArg(near)
		} else if near != "" {
			try = quoteArg(near) + " in " + quoteArg(x.list)
		}
		return &hint{&misuse{fmt.Errorf("filter %s: %w", spec, err)}, try}
	}
	if err != nil {
		return &hint{fmt.Errorf("filter %s: %w", spec, err), "spectap validate " + quoteArg(spec)}
	}
	if count == 0 {
		// It loads: filter.Document has read it.
		if loaded, err := openapi.Load(data); err == nil {
			if tags, n := filter.Tags(loaded); n > 0 {
				return &hint{&misuse{fmt.Errorf("filter %s: none of the %s meets the conditions; %s",
					spec, plural(n, "operation"), filter.TagList(tags))}, "spectap filter --help"}
			}
		}
	}
	if err := x.p.writeOut(ctx, "document", x.out, doc); err != nil {
		return err
	}
	if x.out != "" && x.out != "-" {
		fmt.Fprintf(x.p.stderr, "%s: %s\n", x.out, plural(count, "operation"))
	}
	return nil
}

// checkFormat refuses a file for the result whose name says another format than the document has,
// which the result keeps.
func (x *filtering) checkFormat(spec string, data []byte) error {
	has, other := "JSON", ".json"
	if !json.Valid(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		has, other = "YAML", ".yaml"
	}
	ext := strings.ToLower(filepath.Ext(x.out))
	if ext == ".yml" {
		ext = ".yaml"
	}
	if ext == other || ext != ".json" && ext != ".yaml" {
		return nil
	}
	return &hint{&misuse{fmt.Errorf("-o %s: %s is %s, and filter keeps the format", x.out, spec, has)},
		"-o " + quoteArg(strings.TrimSuffix(x.out, filepath.Ext(x.out))+other)}
}

// readNames reads a list of names, one per line. It ignores empty lines and lines that begin with
// "#".
func readNames(path string) ([]string, error) {
	data, err := readFile(path, maxSettings)
	if err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	var out []string
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		if l := strings.TrimSpace(s.Text()); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read list %s: the file has no names", path)
	}
	return out, nil
}
