package flows

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/visible"
)

// NewRedactCmd returns the command redact.
func NewRedactCmd(p *cli.Program) *cobra.Command {
	var mediaType string
	var explain bool
	cmd := &cobra.Command{
		Use:   "redact FILE",
		Short: "Replace the secrets of a file by placeholders, or say which rules find them",
		Long: `Prints a file with its secrets and personal data replaced by placeholders, as everything that shows
traffic does. The file is the body of a request or response, or any text; - is stdin. What it has
in it decides how it is read: JSON, XML, HTML, YAML, a form, event streams, text. Placeholders of
one run are equal for equal values, and differ from those of other runs and of stores.

--explain prints a line for each value instead: where it begins, as LINE:COLUMN and the names around
it, its length, the rule that hides it, and why. It never prints the value.

The redaction rules of the configuration file apply.`,
		Example: `  spectap redact response.json >shareable.json
  spectap redact --explain response.json            # what is hidden, and by which rule
  curl -s https://api.example.com/me | spectap redact -
  spectap redact --type application/x-www-form-urlencoded body.txt`,
		Args: cli.Exactly(1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if mediaType != "" && !strings.Contains(mediaType, "/") {
				return cli.Usagef(cmd, "--type %s: it must be a media type, such as application/json", mediaType)
			}
			data, err := p.ReadSpec(args[0])
			if err != nil {
				return err
			}
			c, err := cli.LoadConfig(p.Global.Config)
			if err != nil {
				return err
			}
			key := make([]byte, 32)
			rand.Read(key) // never fails
			out, found := redact.New(key, redact.Config{Rules: c.Rules}).Explain(mediaType, data)
			if explain {
				return printFindings(p, found)
			}
			_, err = p.Stdout.Write(out)
			return err
		},
	}
	cmd.Flags().StringVar(&mediaType, "type", "", "the media `type` of the file, where its content does not tell")
	cmd.Flags().BoolVar(&explain, "explain", false, "print what is hidden and why instead")
	return cmd
}

// printFindings prints a row for each value that is hidden.
func printFindings(p *cli.Program, found []redact.Finding) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range found {
		place := "-"
		if f.Line > 0 {
			place = fmt.Sprintf("%d:%d", f.Line, f.Column)
		}
		fmt.Fprintf(w, "%s\t%s\t%d bytes\t%s\t%s\n", place, visible.Line(cmp.Or(f.Path, "-")), f.Length, visible.Line(f.Rule), visible.Line(f.Reason))
	}
	w.Flush() // to memory
	if _, err := io.WriteString(p.Stdout, b.String()); err != nil {
		return err
	}
	return p.Say("%s hidden", cli.Plural(len(found), "value"))
}
