package lint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// WriteText writes a line for each finding as compilers do: "file:line:column: severity: message
// [rule]". Text of the document cannot end a line or act on a terminal.
func (r *Report) WriteText(w io.Writer, file string) error {
	for _, f := range r.Findings {
		where := strings.TrimSpace(f.Method + " " + f.Path)
		if where != "" {
			where += ": "
		}
		line := fmt.Sprintf("%s:%d:%d: %s: %s%s [%s]", cmp.Or(f.File, file), f.Line, f.Column, f.Severity, where, f.Message, f.Rule)
		if _, err := io.WriteString(w, visible.Line(line)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// Summary returns the version that the document was judged by and the number of findings of each
// severity, in one line.
func (r *Report) Summary() string {
	version := r.Version
	if parts := strings.SplitN(version, ".", 3); len(parts) == 3 {
		version = parts[0] + "." + parts[1] // patch versions have the same rules
	}
	return fmt.Sprintf("judged by OpenAPI %s, %s: %s, %s, %s", version, plural(r.Operations, "operation"),
		plural(r.Count(Error), "error"), plural(r.Count(Warning), "warning"), plural(r.Count(Note), "note"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

// writeJSON writes all JSON of the package. Characters that do not show are escaped.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(visible.NewJSONWriter(w))
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
