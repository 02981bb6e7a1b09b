package report

import (
	"bytes"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// SetPositions sets the line and column of findings that have no position: those of the operation,
// or of its path, or of the schema, in the text of a document. It leaves findings without either.
//
// It does nothing for documents with lines of more than 64 KiB: a column there is useless to a
// reader, and the time to parse them grows with the square of a line.
func SetPositions(findings []Finding, text []byte) {
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if len(line) > 64<<10 {
			return
		}
	}
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 {
		return
	}
	at := map[string]*yaml.Node{}
	for section, before := range map[string]string{"paths": "", "webhooks": "webhook:"} {
		for path, item := range yamledit.Pairs(yamledit.Get(root.Content[0], section)) {
			at[before+path.Value] = path
			for method := range yamledit.Pairs(item) {
				at[strings.ToUpper(method.Value)+" "+before+path.Value] = method
			}
		}
	}
	schemas := map[string]*yaml.Node{}
	for name := range yamledit.Pairs(yamledit.Get(yamledit.Get(root.Content[0], "components"), "schemas")) {
		schemas[name.Value] = name
	}
	for i := range findings {
		f := &findings[i]
		if f.Line > 0 {
			continue
		}
		n, ok := at[f.Operation]
		switch {
		case f.Operation == "":
			n, ok = schemas[f.Schema]
		case !ok:
			_, path, _ := strings.Cut(f.Operation, " ")
			n, ok = at[path]
		}
		if ok {
			f.Line, f.Column = n.Line, n.Column
		}
	}
}
