package document

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/compact"
	"github.com/spectap/spectap/openapi/router"
)

// SpecResult is an OpenAPI document, or the part of it that describes some operations.
type SpecResult struct {
	tool.Untrusted
	// Document is set if the format is JSON.
	Document   map[string]any `json:"document,omitempty"` // the OpenAPI document, if the format is json
	Text       string         `json:"text,omitempty"`     // the document, if the format is yaml or compact
	Format     string         `json:"format"`
	Version    string         `json:"version"`    // the version of OpenAPI
	Operations int            `json:"operations"` // operations in this result
	Hosts      []string       `json:"hosts"`      // the requested hosts; empty: all
	Flows      int64          `json:"flows"`      // flows that are the evidence for the document
	Excluded   []Excluded     `json:"excluded"`   // flows without an operation, by reason
	Note       string         `json:"note,omitempty"`
	tool.Page
}

// maxSpecBytes limits the document in one result, in bytes.
const maxSpecBytes = 4 << 20

// Continuation implements [tool.Partial].
func (r SpecResult) Continuation(name string) string {
	if !r.Truncated {
		return ""
	}
	return fmt.Sprintf("This is a document of %d of %d operations. Call %s again with the same arguments and offset %d "+
		"for the next ones; or with tag, paths or format compact.", r.Operations, r.Total, name, r.NextOffset)
}

// Lines implements [tool.Lines]. A document is written as it is, so that a client that has only the
// text can save it, and the notes about it precede it.
func (r SpecResult) Lines() string {
	if r.Format == formatCompact {
		return r.Text + "\n" + strings.TrimSpace(fmt.Sprintf("%s from %s. %s",
			view.Count(r.Total, "operation"), view.Count(r.Flows, "flow"), r.Note))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "OpenAPI %s, %s: %d of %s, from %s",
		r.Version, r.Format, r.Operations, view.Count(r.Total, "operation"), view.Count(r.Flows, "flow"))
	if len(r.Hosts) > 0 {
		b.WriteString(" of " + strings.Join(r.Hosts, ", "))
	}
	writeExcluded(&b, r.Excluded)
	b.WriteByte('\n')
	if r.Note != "" {
		b.WriteString(r.Note + "\n")
	}
	if r.Format != "json" {
		return b.String() + r.Text
	}
	b.Write(jsonvalue.Encode(r.Document))
	return string(view.VisibleJSON([]byte(b.String() + "\n")))
}

// formatCompact is the format of one line for each operation and type.
const formatCompact = "compact"

func (s *Tools) exportSpec() tool.Tool {
	params := []tool.Param{
		source.APIParam, tagParam,
		{Name: "paths", Kind: tool.StringList, MaxLength: 400, Doc: "only at or below these paths; * is any text"},
		{Name: "format", Kind: tool.String, Enum: []string{"json", "yaml", formatCompact}, Default: "json",
			Doc: "compact is a tenth of json: a line for each operation and type"},
		{Name: "version", Kind: tool.String, Enum: []string{"3.0", "3.1", "3.2"}, Default: "3.1", Doc: "the version of OpenAPI"},
		{Name: "max_bytes", Kind: tool.Integer, Min: 1 << 10, Max: maxSpecBytes,
			Doc: "default 38000; a larger one comes in parts"},
		{Name: "evidence", Kind: tool.Boolean, Default: false,
			Doc: "with counts of the traffic behind each operation"},
		operationsOffset, newestParam,
	}
	return tool.New("export_openapi_spec", "OpenAPI document",
		"Returns the inferred OpenAPI document of a host, or of all: compact to read it, json or yaml for programs.",
		params, s.export)
}

func (s *Tools) export(ctx context.Context, a tool.Args) (SpecResult, error) {
	// A saved document describes one API; a reader of the compact form wants all of them.
	isOne := a.String("format") != formatCompact
	d, hosts, err := s.document(ctx, a, selection{oneAPI: isOne})
	if err != nil {
		return SpecResult{}, err
	}
	form, err := s.forms.Compact(d.OpenAPI, d.Decided.Counts())
	if err != nil {
		return SpecResult{}, err
	}
	filter := operationFilter{Tag: a.String("tag"), Paths: a.Strings("paths"), Prefix: router.Prefix(d.OpenAPI.Servers)}
	selected, _ := filter.Select(form.Operations())
	if len(selected) == 0 && !filter.IsZero() {
		return SpecResult{}, noOperations(form, filter.Tag, "tag and paths")
	}
	offset := a.Int("offset")
	if offset > len(selected) {
		return SpecResult{}, tool.BadArgument("offset", "is too large: the document has %s", view.Count(len(selected), "operation"))
	}
	p := specPart{form: form, format: a.String("format"), selected: selected[offset:]}
	if p.data, err = s.data(&d, p.format, a.Bool("evidence")); err != nil {
		return SpecResult{}, err
	}
	limit := cmp.Or(a.Int("max_bytes"), view.MaxContent)
	n, err := p.fit(limit)
	if err != nil {
		return SpecResult{}, err
	}
	size, err := p.write(n)
	if err != nil {
		return SpecResult{}, err
	}
	if limit = max(limit, view.MaxContent); size > limit {
		o := p.operations(n)[0]
		return SpecResult{}, tool.Errorf(tool.CodeBadArgument,
			fmt.Sprintf("pass max_bytes %d, or call get_operation with format compact, or ask a person for a file: spectap export -o api.yaml", size),
			"%s %s alone has %d bytes: the limit is %d", view.Visible(o.Method), view.Visible(o.Template), size, limit)
	}
	out := SpecResult{
		Untrusted: tool.Notice(), Document: p.document, Text: p.text, Format: p.format, Version: d.OpenAPI.OpenAPI,
		Operations: n, Hosts: view.VisibleAll(hosts), Flows: d.Decided.Flows,
		Excluded: excluded(d.Decided.Excluded), Note: d.Note,
	}
	_, out.Page = tool.PageOf(selected, offset, n)
	return out, nil
}

// data returns the data of a document, nil for the compact format.
func (s *Tools) data(d *source.DocumentResult, format string, evidence bool) (*apidoc.Data, error) {
	switch {
	case format == formatCompact && evidence:
		return nil, tool.BadArgument("evidence", "is not in the compact format, which has counts (n=)")
	case format == formatCompact:
		return nil, nil
	case evidence:
		doc, err := openapi.Copy(d.OpenAPI) // others share it
		if err != nil {
			return nil, err
		}
		build.AddEvidence(doc, d.Decided)
		return apidoc.DataOf(doc)
	}
	return s.forms.Data(d.OpenAPI)
}

// specPart writes parts of a document.
type specPart struct {
	data     *apidoc.Data // nil for the compact format
	form     *compact.Form
	format   string
	selected []int // operations

	document map[string]any
	text     string
}

// fit returns how many of the selected operations have at most limit bytes.
func (p *specPart) fit(limit int) (n int, err error) {
	if n = len(p.selected); p.format != formatCompact {
		// The YAML of a document has about as many bytes, so this is a first bound for it.
		n, err = apidoc.Fit(n, limit, func(n int) (int, error) { return p.data.Size(p.operations(n)), nil })
		if err != nil || p.format == "json" {
			return n, err
		}
	}
	return apidoc.Fit(n, limit, p.write)
}

// operations returns the first n selected operations.
func (p *specPart) operations(n int) []compact.Operation {
	out := make([]compact.Operation, n)
	for i := range out {
		out[i] = p.form.Operations()[p.selected[i]]
	}
	return out
}

// write writes a document of the first n selected operations. It returns the size of a text. For
// all operations it is the complete document.
func (p *specPart) write(n int) (int, error) {
	complete := n == len(p.form.Operations())
	if p.format == formatCompact {
		if p.text = p.form.Part(p.selected[:n]); complete {
			p.text = p.form.String()
		}
		return len(p.text), nil
	}
	part := p.data.Whole()
	if !complete {
		part = p.data.Part(p.operations(n))
	}
	if p.format == "json" {
		p.document = part
		return len(jsonvalue.Encode(part)), nil
	}
	var b strings.Builder
	err := openapi.EncodeData(&b, part, openapi.YAML)
	p.text = b.String()
	return len(p.text), err
}
