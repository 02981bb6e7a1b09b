package document

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/lint"
)

const filterExample = `  spectap filter --tag orders api.yaml -o orders.yaml
  spectap filter --method GET --no-deprecated api.json
  spectap filter --function-list-file ids.txt api.yaml      # operationIds, one per line
  spectap filter --overlay names.overlay.yaml api.yaml      # changes that are kept in a file of their own`

// filtering is one run of filter.
type filtering struct {
	p                                 *cli.Program
	config                            filter.Config
	include, exclude, path, list, out string
	overlays                          []string
}

// NewFilterCmd returns the command filter.
func NewFilterCmd(p *cli.Program) *cobra.Command {
	x := &filtering{p: p}
	cmd := &cobra.Command{
		Use:   "filter SPEC",
		Short: "Keep some operations of a document, and everything that they refer to",
		Long: `Prints an OpenAPI document with only the operations that meet all given conditions. Components,
security schemes, tags and links that nothing refers to are dropped. Format, order and comments
are kept. The document is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0, 3.1 or 3.2.
--overlay changes it before.`,
		Example: filterExample,
		Args:    cli.Exactly(1, "one document"),
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
		"keep operations whose description or summary matches this `regexp`")
	f.StringVar(&x.exclude, "exclude-desc-regex", "",
		"drop operations whose description or summary matches this `regexp`")
	f.StringVar(&x.list, "function-list-file", "",
		"keep operations whose operationIds are in this `file`, one per line")
	f.BoolVar(&x.config.NoDeprecated, "no-deprecated", false, "drop deprecated operations")
	f.StringArrayVar(&x.overlays, "overlay", nil, overlayUsage)
	p.AddRefs(cmd)
	p.AddOut(cmd, &x.out, "write to this `file` (default: stdout)")
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
			return cli.Usagef(cmd, "--%s: %w", r.flag, err)
		}
		*r.to = re
	}
	if x.list == "" {
		return nil
	}
	ids, err := ReadNames(x.list)
	c.IDs = append(c.IDs, ids...)
	return err
}

func (x *filtering) run(ctx context.Context, spec string) error {
	x.p.DocumentOut = x.out
	r, err := x.p.ReadWhole(ctx, spec, "")
	if err != nil {
		return err
	}
	data := r.Text
	if err := x.checkFormat(spec, data); err != nil {
		return err
	}
	if data, err = applyOverlays(ctx, x.p, data, spec, x.overlays); err != nil {
		return err
	}
	doc, count, err := filter.Document(data, x.config)
	if _, ok := errors.AsType[*filter.UnknownError](err); ok {
		return cli.WithHint(cli.Misusef("filter %s: %w", spec, err), "spectap filter --help")
	}
	if err != nil {
		return cli.WithHint(fmt.Errorf("filter %s: %w", spec, lint.Explain(ctx, data, nil, err)), "spectap validate "+cli.QuoteArg(spec))
	}
	if count == 0 {
		// It loads: filter.Document has read it.
		if loaded, err := openapi.Load(data); err == nil {
			if tags, n := filter.Tags(loaded); n > 0 {
				return cli.WithHint(cli.Misusef("filter %s: none of the %s meets the conditions; %s",
					spec, cli.Plural(n, "operation"), filter.TagList(tags)), "spectap filter --help")
			}
		}
	}
	if err := x.p.WriteOut(ctx, "document", x.out, doc); err != nil {
		return err
	}
	if x.out != "" && x.out != "-" {
		fmt.Fprintf(x.p.Stderr, "%s: %s\n", x.out, cli.Plural(count, "operation"))
	}
	return nil
}

// checkFormat refuses an output file whose extension differs from the format of the document, which
// the result keeps.
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
	return cli.WithHint(cli.Misusef("-o %s: %s is %s, and filter keeps the format", x.out, spec, has),
		"-o "+cli.QuoteArg(strings.TrimSuffix(x.out, filepath.Ext(x.out))+other))
}

// ReadNames reads a list of names, one per line. It ignores empty lines and lines that begin with
// "#".
func ReadNames(path string) ([]string, error) {
	data, err := cli.ReadFile(path, cli.MaxSettings)
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

const overlayUsage = "apply this Overlay document (1.0 or 1.1) first; repeat it for several: `FILE`"

// applyOverlays applies Overlay files to a document. Errors call the document of. A target that
// selects nothing is printed on stderr.
func applyOverlays(ctx context.Context, p *cli.Program, document []byte, of string, files []string) ([]byte, error) {
	for _, file := range files {
		data, err := cli.ReadFile(file, cli.MaxSettings)
		if err != nil {
			return nil, fmt.Errorf("read overlay: %w", err)
		}
		o, err := parseOverlay(ctx, data)
		if err != nil {
			return nil, fmt.Errorf("read overlay %s: %w", file, err)
		}
		out, unmatched, err := o.Apply(ctx, document)
		if err == nil {
			_, err = openapi.LoadContext(ctx, out)
		}
		if err != nil {
			return nil, fmt.Errorf("apply overlay %s to %s: %w", file, of, err)
		}
		for _, target := range unmatched {
			fmt.Fprintf(p.Stderr, "spectap: overlay %s: nothing in %s is at %s\n", file, of, target)
		}
		document = out
	}
	return document, nil
}
