package document

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/page"
)

// NewDocCmd returns the command doc.
func NewDocCmd(p *cli.Program) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "doc SPEC",
		Short: "Write a document as Markdown or as one HTML file",
		Long: `Writes an OpenAPI document as Markdown, or as one HTML file that loads nothing from other
places. The document is a file or - for stdin, in JSON or YAML, of version 2.0 to 3.2.`,
		Example: "  spectap doc api.yaml -o api.html\n  spectap doc --format markdown api.yaml >API.md",
		Args:    cli.Exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := pageFormat(format, out)
			if err != nil {
				return cli.Usagef(cmd, "%w", err)
			}
			doc, err := LoadSpec(cmd.Context(), p, args[0])
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if f == "html" {
				err = page.HTML(&b, doc)
			} else {
				err = page.Markdown(&b, doc)
			}
			if err != nil {
				return err
			}
			err = p.WriteOut(cmd.Context(), "page", out, b.Bytes())
			if err == nil && out != "" && out != "-" {
				_, n := filter.Tags(doc)
				err = p.Say("%s: %s", out, cli.Plural(n, "operation"))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&format, "format", "", "markdown or html (default: by the file extension, else markdown)")
	p.AddRefs(cmd)
	p.AddOut(cmd, &out, "write to this `file` (default: stdout)")
	return cmd
}

// pageFormat returns the format that a flag names, else the format of the file extension, else
// Markdown.
func pageFormat(flag, file string) (string, error) {
	switch strings.ToLower(flag) {
	case "markdown", "md":
		return "markdown", nil
	case "html":
		return "html", nil
	case "":
		switch ext := strings.ToLower(filepath.Ext(file)); ext {
		case ".html", ".htm":
			return "html", nil
		case "", ".md", ".markdown":
			return "markdown", nil
		default:
			return "", fmt.Errorf("-o %s: pages are .html or .md; --format names the format of other files", file)
		}
	}
	return "", fmt.Errorf("--format %q: must be markdown or html", flag)
}
