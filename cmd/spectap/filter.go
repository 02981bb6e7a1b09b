package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/openapi"
)

const filterExample = `  spectap filter --tag orders api.yaml -o orders.yaml
  spectap filter --method GET --no-deprecated api.json
  spectap filter --function-list-file ids.txt api.yaml      # operationIds, one a line`

func newFilterCmd(p *program) *cobra.Command {
	var c openapi.FilterConfig
	var include, exclude, path, list, out string
	cmd := &cobra.Command{
		Use:   "filter SPEC",
		Short: "Keep some operations of a document, and what they refer to",
		Long: `Filter prints an OpenAPI document (2.0, 3.0 or 3.1; JSON or YAML; - is stdin) with the operations that pass all conditions
given. Components, security schemes, tags and links that nothing refers to any more are dropped. The format, the order
and the comments stay.`,
		Example: filterExample,
		Args:    exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, r := range []struct {
				flag, pattern string
				to            **regexp.Regexp
			}{
				{"include-desc-regex", include, &c.Include},
				{"exclude-desc-regex", exclude, &c.Exclude},
				{"path", path, &c.Paths},
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
			if list != "" {
				ids, err := readNames(list)
				if err != nil {
					return err
				}
				c.IDs = append(c.IDs, ids...)
			}
			data, err := p.readSpec(args[0])
			if err != nil {
				return err
			}
			doc, kept, err := openapi.Filter(data, c)
			if err != nil {
				return fmt.Errorf("filter %s: %w", args[0], err)
			}
			if kept == 0 {
				fmt.Fprintln(p.stderr, "no operation passes the conditions")
			}
			if out == "" || out == "-" {
				_, err := p.stdout.Write(doc)
				return err
			}
			if err := writeFile(out, doc, 0o644); err != nil {
				return &hint{fmt.Errorf("write document: %w", err), "another file with -o"}
			}
			fmt.Fprintf(p.stderr, "%s: %s\n", out, plural(kept, "operation"))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&c.Tags, "tag", nil, "keep operations with one of these `tags`")
	f.StringSliceVar(&c.Methods, "method", nil, "keep operations of these `methods`")
	f.StringVar(&path, "path", "", "keep operations whose path matches this `regexp`")
	f.StringVar(&include, "include-desc-regex", "", "keep operations whose description, or summary, matches this `regexp`")
	f.StringVar(&exclude, "exclude-desc-regex", "", "drop operations whose description, or summary, matches this `regexp`")
	f.StringVar(&list, "function-list-file", "", "keep the operations whose operationIds are in this `file`, one a line")
	f.BoolVar(&c.NoDeprecated, "no-deprecated", false, "drop deprecated operations")
	f.StringVarP(&out, "out", "o", "", "write to this `file` (default: stdout)")
	return cmd
}

// readNames reads names, one a line; empty lines and those that begin with # do not count.
func readNames(path string) ([]string, error) {
	data, err := os.ReadFile(path)
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
		return nil, fmt.Errorf("read list %s: it names nothing", path)
	}
	return out, nil
}
